"""`msgflo-lab run`: a project with programs, on real brokers, from its folder."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import run, running
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
    with running("run", str(project), "--broker", url) as program:
        lines = program.until("seen | ")
        status, _, err = program.end(signal.SIGTERM)
    assert lines[0].startswith(f"{project / 'main.fbp'} on {kind}://")
    assert "seen | 42" in lines
    marks = [line for line in lines if line.startswith("twice | doubled by ")]
    assert status == 0, err
    assert not is_process(int(marks[0].rpartition(" ")[2]))


def test_a_role_that_is_left_to_others_and_lines_for_programs(project: Path) -> None:
    command = ["run", "main.fbp", "--ignore", "twice", "--ignore", "read,seen", "--json"]
    with running(*command, cwd=project) as program:
        first = json.loads(program.line())
        # On direct://, a program would have been refused, which is said.
        assert program.end(signal.SIGINT) == (0, "", "")
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
