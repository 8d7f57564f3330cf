"""`msgflo-lab run`: a project with programs, on real brokers, from its folder."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import Running, run, running
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


def test_as_many_workers_as_the_graph_says_share_the_work(project: Path, managed: str) -> None:
    graph = {
        "processes": {
            "tick": {"component": "core/Interval"},
            "read": {"component": "core/Function"},
            "work": {"component": "demo/Double", "metadata": {"scale": {"min": 3, "max": 3}}},
        },
        "connections": [
            {"data": 0.05, "tgt": {"process": "tick", "port": "seconds"}},
            {"data": "21", "tgt": {"process": "read", "port": "expression"}},
            *(
                {"src": {"process": a, "port": "out"}, "tgt": {"process": b, "port": "in"}}
                for a, b in (("tick", "read"), ("read", "work"))
            ),
        ],
    }
    (project / "main.fbp").unlink()
    (project / "main.json").write_text(json.dumps(graph))
    with running("run", str(project), "--broker", managed, "--json") as program:
        program.line()
        works: dict[int, int] = {}
        while len(works) < 3:
            works |= worked(program)
        os.killpg(os.getpgid(works[2]), signal.SIGKILL)
        assert "of `work` #2 exited with signal SIGKILL" in program.complaint()
        before = works[2]
        while works[2] == before:
            works |= worked(program)
        status, _, err = program.end(signal.SIGTERM)
    assert (status, err) == (0, "")
    assert works.keys() == {1, 2, 3}
    assert len({*works.values(), before}) == 4
    assert not any(map(is_process, works.values()))


def worked(program: Running) -> dict[int, int]:
    """Who has done a job, by number: its process. None if its next line is about something else."""
    said = json.loads(program.line())
    found = re.fullmatch(r"doubled by (\d+)", said["line"])
    return {said["worker"]: int(found[1])} if found else {}


READS = """def reads(in_):
    print(open("data/x.csv").read(), flush=True)
"""


@pytest.mark.parametrize("is_alone", [True, False])
def test_relative_paths_are_those_of_the_project(
    tmp_path: Path, mosquitto: Mosquitto, *, is_alone: bool
) -> None:
    folder = tmp_path / "project"
    for name in ("components", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "components" / "reads.py").write_text(READS)
    (folder / "data" / "x.csv").write_text("1,2")
    (folder / "main.fbp").write_text("'0.2' -> SECONDS tick(core/Interval) OUT -> IN reads(reads)")
    options = ["--job-events", "events", *([] if is_alone else ["--broker", mosquitto.url])]
    with running("run", "project", *options, cwd=tmp_path) as program:
        assert program.line().startswith("project/main.fbp on ")
        program.until("reads | 1,2")
        assert program.end(signal.SIGTERM)[0] == 0
    # What the command line names is where it was typed.
    assert (tmp_path / "events").exists()


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
