"""Programs of participants, and the command line: as people start them."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.network import EdgeState
from tests.brokers import Mosquitto
from tests.cli.program import environment, run, running, started
from tests.metrics.scraping import scrape
from tests.runtime.helpers import Sink, eventually, state

PROGRAM = """
from msgflo_lab import run

def double(x: float):
    return 2 * x

run({"double": double})
"""

GRAPH = "'21' -> IN read(core/Output)\n"


def url_of(line: str) -> str:
    assert line.startswith("metrics at http://127.0.0.1:")
    return line.removeprefix("metrics at ")


def test_a_program_of_participants(tmp_path: Path, mosquitto: Mosquitto) -> None:
    (tmp_path / "double.py").write_text(PROGRAM)
    events = tmp_path / "jobs.jsonl"
    env = environment(
        MSGFLO_BROKER=mosquitto.url, MSGFLO_METRICS="0", MSGFLO_JOB_EVENTS=str(events)
    )
    with ExitStack() as stack:
        lab = stack.enter_context(Lab())
        lab.start(mosquitto.url)
        program = stack.enter_context(started(sys.executable, tmp_path / "double.py", env=env))
        assert program.line() == f"double on {mosquitto.url}"
        url = url_of(program.line())
        sink = Sink(lab)
        lab.connect("double.out", sink.port)
        eventually(lambda: state(lab, "double.out", sink.port) is EdgeState.BOUND)
        for number in range(10):
            lab.send("double.x", number)
        lab.send("double.x", None)
        sink.wait(10)
        eventually(lambda: scrape(url).value("msgflo_errors_total", role="double") == 1)
        found = scrape(url)
        assert found.value("msgflo_link_up") == 1
        assert found.value("msgflo_messages_total", role="double", port="x", side="in") == 11
        assert found.value("msgflo_messages_total", role="double", port="out", side="out") == 10
        assert found.value("msgflo_job_seconds_count", role="double", inport="x") == 11
        assert program.end(signal.SIGTERM)[0] == 0
    jobs = [json.loads(line) for line in events.read_text().splitlines()]
    assert [job["outport"] for job in jobs] == ["out"] * 10 + ["error"]


def test_a_program_whose_port_is_taken_works_all_the_same(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    (tmp_path / "double.py").write_text(PROGRAM)
    with Lab() as lab:
        lab.start()
        taken = lab.metrics.serve(0).removeprefix("http://").removesuffix("/metrics")
        env = environment(MSGFLO_BROKER=mosquitto.url, MSGFLO_METRICS=taken)
        with started(sys.executable, tmp_path / "double.py", env=env) as program:
            assert program.line() == f"double on {mosquitto.url}"
            line = program.complaint()
            assert line.startswith("MSGFLO_METRICS: cannot serve metrics at http://")
            assert program.end(signal.SIGTERM)[0] == 0


@pytest.mark.parametrize("command", ["run", "serve"])
def test_the_command_line(command: str, tmp_path: Path) -> None:
    graph, events = tmp_path / "main.fbp", tmp_path / "jobs.jsonl"
    graph.write_text(GRAPH)
    options = ["--metrics", "127.0.0.1:0", "--job-events", str(events)]
    where = [str(graph)] if command == "run" else ["--graph", str(graph), "--port", "0"]
    with running(command, *where, *options) as program:
        url = url_of(program.until("metrics at ")[-1])
        at = {"role": "read", "inport": "in"}
        eventually(lambda: scrape(url).value("msgflo_job_seconds_count", **at) == 1)
        assert scrape(url).value("msgflo_job_events_lost_total") == 0
        program.end(signal.SIGINT)
    [event] = map(json.loads, events.read_text().splitlines())
    assert (event["role"], event["component"]) == ("read", "core/Output")
    told_stats = run("jobstats", str(events))
    assert told_stats.returncode == 0
    found = json.loads(told_stats.stdout)["read"]
    assert found == pytest.approx(
        {"average": event["duration"] / 1e3, "stddev": 0, "percentile": event["duration"] / 1e3}
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "main.fbp", "--metrics", "nine"], "`nine` is no [HOST:]PORT"),
        (["jobstats", "main.fbp"], "main.fbp:1: no job event"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "main.fbp").write_text(GRAPH)
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"msgflo-lab: {said}")
    assert done.stderr.count("\n") == 1
