"""`msgflo-lab graph` and `participants` of a broker: who is there, and what is bound."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto, RabbitMQ
from tests.cli.program import run, running

GRAPH = """web(web) OUT -> IN work_job_turns(msgflo/RoundRobin) OUT -> JOB work(work)
work OUT -> IN done(web)
work_job_turns DEADLETTER -> IN grave(web)
"""


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab with four participants that announce themselves all the time; not started yet."""
    monkeypatch.setenv("MSGFLO_DISCOVERY_PERIOD", "1")
    with Lab("people") as lab:

        def web(in_: int) -> int:
            return in_

        def work(job: int) -> int:
            return job

        for role, code in {"web": web, "work": work, "done": web, "grave": web}.items():
            lab.add(code, role)
        yield lab


def test_what_is_bound_is_a_graph_again(
    people: Lab, rabbitmq: RabbitMQ, vhost: str, tmp_path: Path
) -> None:
    people.start(vhost)
    file = tmp_path / "net.fbp"
    file.write_text(GRAPH)
    people.import_(file)
    where = f"{vhost}?management=http://127.0.0.1:{rabbitmq.management}"
    target = tmp_path / "there.json"
    said = run("graph", "--broker", where, "--wait", "1.2", "--output", str(target))
    assert (said.returncode, said.stderr, said.stdout) == (0, "", "")
    one, other = (run("graph", str(each)).stdout.splitlines() for each in (file, target))
    assert sorted(one) == sorted(other)
    found = json.loads(target.read_text())
    assert found["processes"]["work_job_turns"] == {"component": "msgflo/RoundRobin"}
    assert {each["src"]["process"] for each in found["connections"]} == {
        "web",
        "work",
        "work_job_turns",
    }


def test_on_mqtt_nobody_tells_what_is_bound(people: Lab, mosquitto: Mosquitto) -> None:
    people.start(mosquitto.url)
    said = run("graph", "--broker", mosquitto.url, "--wait", "1.2", "--to", "mermaid")
    assert said.returncode == 0
    assert "tells of no bindings" in said.stderr
    assert '"work<br/>' in said.stdout


def test_a_table_for_people(people: Lab, mosquitto: Mosquitto) -> None:
    people.start(mosquitto.url)
    said = run("participants", "--broker", mosquitto.url, "--wait", "1.2")
    lines = [line.split() for line in said.stdout.splitlines()]
    assert lines[0] == ["role", "component", "inports", "outports"]
    assert [line[0] for line in lines[1:]] == ["done", "grave", "web", "work"]
    assert all(len(line) <= 80 for line in said.stdout.splitlines())


def test_who_comes_and_goes(people: Lab, mosquitto: Mosquitto) -> None:
    people.start(mosquitto.url)
    with running("participants", "--broker", mosquitto.url, "--watch", "--json") as program:
        came = [json.loads(each) for each in program.lines(4)]
        people.rename("done", "end")
        event = json.loads(program.line())
        assert program.end(signal.SIGINT)[0] == 0
    assert {each["event"] for each in came} == {"came"}
    assert {each["participant"]["role"] for each in came} == {"web", "work", "done", "grave"}
    assert (event["event"], event["participant"]["role"]) == ("changed", "end")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--wait", "0.3"], "nobody has announced himself within 0.3 s"),
        (["net.fbp"], "Name one of the two"),
    ],
)
def test_what_cannot_be_is_one_line(mosquitto: Mosquitto, arguments: list[str], text: str) -> None:
    said = run("graph", "--broker", mosquitto.url, *arguments)
    assert (said.returncode, said.stdout) == (1, "")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1
