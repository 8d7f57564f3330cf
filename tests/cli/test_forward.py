"""`--forward`: which of what participants print is printed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import run, running
from tests.runtime.projects import project

SAYS = """import sys

def says(in_):
    print("out", in_, flush=True)
    print("err", in_, file=sys.stderr, flush=True)
    return in_
"""
GRAPH = """'0.05' -> SECONDS tick(core/Interval) OUT -> IN says(demo/Says)
says OUT -> IN seen(core/Output)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.fbp").write_text(GRAPH)
    return project(tmp_path, Says=SAYS)


@pytest.mark.parametrize(
    ("command", "kept", "left"),
    [
        (["run", "main.fbp", "--forward", "stderr"], "says | err ", ("says | out", "seen")),
        (["serve", "--port=0", "--graph=main.fbp", "--forward=stderr"], "says | err ", ("seen",)),
        (
            ["setup", "main.fbp", "--participants", "--forever", "--forward", "stdout"],
            "says | out ",
            ("says | err",),
        ),
    ],
)
def test_one_of_them(
    command: list[str], kept: str, left: tuple[str, ...], folder: Path, mosquitto: Mosquitto
) -> None:
    with running(*command, "--broker", mosquitto.url, cwd=folder) as program:
        lines = [line for _ in range(5) for line in program.until(kept)]
        status, out, err = program.end(signal.SIGTERM)
    assert (status, err) == (0, "")
    assert not [line for line in [*lines, *out.splitlines()] if line.startswith(left)]


def test_both_of_them_in_their_order(folder: Path, mosquitto: Mosquitto) -> None:
    with running("run", "main.fbp", "--broker", mosquitto.url, cwd=folder) as program:
        lines = program.until("says | err ") + program.until("says | err ")
        assert program.end(signal.SIGTERM)[0] == 0
    said = [line.split()[2] for line in lines if line.startswith(("says | out", "says | err"))]
    assert said == ["out", "err", "out", "err"]


def test_the_last_words_of_a_program_are_heard_whatever_is_forwarded(
    folder: Path, mosquitto: Mosquitto
) -> None:
    (folder / "components" / "Says.py").write_text("raise SystemExit('no voice today')\n")
    with running(
        *("run", "main.fbp", "--forward", "stdout", "--broker", mosquitto.url), cwd=folder
    ) as program:
        assert "no voice today" in program.complaint()
        assert program.end(signal.SIGTERM)[0] == 0


def test_what_is_no_stream(folder: Path) -> None:
    for command in (["run", "main.fbp"], ["serve"]):
        said = run(*command, "--forward", "stdin", cwd=folder)
        assert (said.returncode, said.stdout) == (1, "")
        assert said.stderr == "msgflo-lab: --forward stdin: there are only stdout, stderr\n"
