"""What stands in for gevent prints what gevent prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import HERE

WITHOUT = """
import sys, msgflo
try:
    {statement}
except {error} as error:
    print(error)
"""
TELLS = "is not in msgflo-lab's stand-in for gevent"


def printed(python: Path, file: Path) -> tuple[str, int]:
    done = subprocess.run([python, file], capture_output=True, text=True, timeout=60)
    return done.stdout or done.stderr, done.returncode


@pytest.mark.parametrize(
    "name", ["order", "ends", "between", "threads", "links", "patched", "blocking"]
)
def test_it_does_the_same(name: str, original: Path) -> None:
    file = HERE / "greenlets" / f"{name}.py"
    ours, status = printed(Path(sys.executable), file)
    theirs, expected = printed(original, file)
    assert ours.splitlines() == theirs.splitlines()
    assert status == expected


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("import gevent.pool", "ImportError"),
        ("from gevent import pool", "ImportError"),
        ("from gevent import no_such_thing", "ImportError"),
        ("from gevent.pool import Pool", "ImportError"),
        ("import gevent; gevent.config", "AttributeError"),
        ("from gevent.queue import Channel", "ImportError"),
        ("from gevent.monkey import get_original", "ImportError"),
        ("import gevent.queue; gevent.queue.Channel", "AttributeError"),
    ],
)
def test_what_it_has_not_says_what_to_install(statement: str, error: str, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(WITHOUT.format(statement=statement, error=error))
    text, status = printed(Path(sys.executable), file)
    assert status == 0
    assert TELLS in text
    assert "`pip install gevent`" in text
    assert text.count("\n") == 1


def test_greenlets_are_bounded(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(
        "import gevent, msgflo\n"
        "from msgflo_lab.msgflo_python import greenlets\n"
        "greenlets.GREENLETS = 10\n"
        "try:\n"
        "    for _ in range(11): gevent.spawn(gevent.sleep, 60)\n"
        "except RuntimeError as error: print(error)\n"
    )
    text, status = printed(Path(sys.executable), file)
    assert status == 0
    assert text.startswith("10 greenlets are at work")
