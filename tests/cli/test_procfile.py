"""`msgflo-lab procfile` beside msgflo-procfile, on that one's own graphs and libraries."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import DEADLINE, run

MSGFLO = Path(__file__).parents[1] / "interop" / "node" / "node_modules" / "msgflo"
FIXTURES = MSGFLO / "spec" / "fixtures"
WEB = "web: node index.js"


def original(*arguments: str) -> str:
    """What msgflo-procfile prints."""
    said = subprocess.run(
        ["node", str(MSGFLO / "bin" / "msgflo-procfile"), *arguments],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    return said.stdout


@pytest.mark.parametrize(
    ("graph", "arguments"),
    [
        (
            "imgflo-server.fbp",
            "--components participants --library {}/library-imgflo.json --ignore imgflo_jobs "
            "--ignore imgflo_api --ignore drop",
        ),
        ("iips.fbp", "--components participants --library {}/library-noflo.json --ignore web"),
        ("iips.fbp", "--components participants --library {}/library-noflo.json"),
        ("handlers.fbp", "--library {0}/library-handlers.json --components {0}"),
    ],
)
def test_it_prints_the_same(graph: str, arguments: str) -> None:
    command = [str(FIXTURES / graph), *arguments.format(FIXTURES).split(), "--include", WEB]
    said = run("procfile", *command)
    assert said.returncode == 0
    assert said.stdout == original(*command)
    assert said.stdout.endswith(f"{WEB}\n")


def test_a_junction_needs_not_be_left_out() -> None:
    arguments = ["--library", str(FIXTURES / "library-imgflo.json"), "--ignore", "imgflo_api"]
    said = run("procfile", str(FIXTURES / "imgflo-server.fbp"), *arguments, "--ignore", "drop")
    assert said.stdout == "imgflo_worker: node worker.js --name imgflo_worker\n"


def test_all_that_is_missing_is_said_and_nothing_printed() -> None:
    said = run("procfile", str(FIXTURES / "imgflo-server.fbp"), "--ignore", "drop")
    assert (said.returncode, said.stdout) == (1, "")
    assert "No component imgflo-server/ProcessImage defined for role imgflo_worker" in said.stderr
    assert "No component imgflo-server/HttpApi defined for role imgflo_api" in said.stderr
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("r(core/Repeat)\n", "is no program"),
        ("'x' -> IN a_b(nowhere/X)\n", "No component nowhere/X"),
    ],
)
def test_what_has_no_command(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "net.fbp"
    file.write_text(text)
    found = run("procfile", str(file))
    assert found.returncode == 1
    assert said in found.stderr
    assert os.linesep not in found.stderr.rstrip()
