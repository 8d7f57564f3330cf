"""`msgflo-lab run`: a project with programs, on real brokers, from its folder."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import COMMAND, DEADLINE, environment, run
from tests.runtime.projects import is_process

DOUBLE = """import os

def double(in_):
    print(f"doubled by {os.getpid()}", flush=True)
    return in_ * 2
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A graph, and a component that is a program of its own."""
    (tmp_path / "package.json").write_text(json.dumps({"name": "demo", "msgflo": {}}))
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "Double.py").write_text(DOUBLE)
    (tmp_path / "main.fbp").write_text(
        "'0.2' -> SECONDS tick(core/Interval) OUT -> IN read(core/Function)\n"
        "'21' -> EXPRESSION read\n"
        "read OUT -> IN twice(demo/Double)\n"
        "twice OUT -> IN seen(core/Output)\n"
    )
    return tmp_path


@pytest.mark.parametrize("kind", ["mqtt", "amqp"])
def test_a_project_runs_until_it_is_told_to_end(
    project: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "mqtt":
        broker: Mosquitto = request.getfixturevalue("mosquitto")
        url = broker.url
    else:
        url = request.getfixturevalue("vhost")
    with subprocess.Popen(
        [COMMAND, "run", str(project), "--broker", url],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            lines = []
            for line in program.stdout:
                lines.append(line.rstrip("\n"))
                if line.startswith("seen | "):
                    break
            program.send_signal(signal.SIGTERM)
            _, err = program.communicate(timeout=DEADLINE)
        finally:
            program.kill()
    assert lines[0].startswith(f"{project / 'main.fbp'} on {kind}://")
    assert "seen | 42" in lines
    marks = [line for line in lines if line.startswith("twice | doubled by ")]
    assert program.returncode == 0, err
    assert not is_process(int(marks[0].rpartition(" ")[2]))


def test_a_role_that_is_left_to_others_and_lines_for_programs(project: Path) -> None:
    with subprocess.Popen(
        [COMMAND, "run", "main.fbp", "--ignore", "twice", "--ignore", "x,seen", "--json"],
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            first = json.loads(program.stdout.readline())
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=DEADLINE)
        finally:
            program.kill()
    assert (program.returncode, out) == (0, "")
    # On direct://, a program would have been refused, which is said.
    assert err == ""
    assert first == {"graph": "main.fbp", "broker": "direct://"}


@pytest.mark.parametrize(
    ("files", "text"),
    [([], "nothing beside"), (["a.fbp", "b.fbp"], "a.fbp, b.fbp beside: name one")],
)
def test_a_folder_of_which_nobody_knows_the_graph(
    tmp_path: Path, files: list[str], text: str
) -> None:
    for each in files:
        (tmp_path / each).write_text("a(core/Drop)\n")
    said = run("run", str(tmp_path))
    assert (said.returncode, said.stdout) == (1, "")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1
