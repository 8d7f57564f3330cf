"""Which files of Python are programs of ours by themselves."""

from __future__ import annotations

import pytest

from msgflo_lab.deployment.project import RUNNER, Program
from msgflo_lab.importing import runs_itself

OWN = ("python3", "components/x.py")


@pytest.mark.parametrize(
    "code",
    [
        "from msgflo_lab import run\nrun(work)",
        "from msgflo_lab import component, main as go\nif True:\n    go(work)",
        "import msgflo_lab\nmsgflo_lab.run({'a': work})",
        "import msgflo_lab as lab\nlab.main(work)",
    ],
)
def test_those_that_call_our_runner(code: str) -> None:
    assert runs_itself(code)


@pytest.mark.parametrize(
    "code",
    [
        "from msgflo_lab import Lab\nlab = Lab()\nlab.start()\nlab.run()",
        "from msgflo_lab import run",
        "import msgflo_lab, asyncio\nasyncio.run(work())",
        "from msgflo import run\nrun(work)  # not msgflo_lab",
        "import msgflo_lab\nmsgflo_lab.run(",
        "import asyncio\n",
    ],
)
def test_others(code: str) -> None:
    """Nothing would tell of them how they are, and who waits for that would end them."""
    assert not runs_itself(code)


def test_what_is_ours_tells_how_it_is_and_what_fits_within_needs_no_broker() -> None:
    runs = "from msgflo_lab import run\nrun(work)"
    programs = {
        "script": Program("x = 1", "x.py"),
        "run by our runner": Program("x = 1", "x.py", (*RUNNER, "components/x.py", "#ROLE")),
        "a program": Program(runs, "x.py", OWN),
        "a program of msgflo's": Program("import msgflo", "x.py", OWN),
        "for msgflo's library": Program("import msgflo", "x.py", (*RUNNER, "components/x.py")),
        "a command": Program("", "", ("coffee", "x.coffee")),
    }
    assert [name for name, each in programs.items() if each.fits_within] == [
        "script",
        "run by our runner",
    ]
    assert [name for name, each in programs.items() if each.is_ours] == [
        "script",
        "run by our runner",
        "a program",
    ]
