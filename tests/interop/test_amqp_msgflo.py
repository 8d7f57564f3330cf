"""The real msgflo on RabbitMQ: it binds our participants, and we make the same of a graph."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from msgflo_lab import Lab
from tests.brokers import RabbitMQ, free_port, need

from .amqp import Management, lab_on, python, received
from .conftest import node_package
from .watching import DEADLINE, all_bound, wait_for

MARK = "x-msgflo-lab"
GRAPH = {
    "properties": {"name": "jobs", "environment": {"type": "msgflo"}},
    "processes": {
        "front": {"component": "Front"},
        "work": {"component": "Work"},
        "done": {"component": "Done"},
        "broken": {"component": "Broken"},
        "turns": {"component": "msgflo/RoundRobin"},
    },
    "connections": [
        {"src": {"process": "front", "port": "out"}, "tgt": {"process": "turns", "port": "in"}},
        {"src": {"process": "turns", "port": "out"}, "tgt": {"process": "work", "port": "job"}},
        {
            "src": {"process": "turns", "port": "deadletter"},
            "tgt": {"process": "broken", "port": "letter"},
        },
        {"src": {"process": "work", "port": "out"}, "tgt": {"process": "done", "port": "job"}},
    ],
}


def front(number: int) -> int:
    return number


def work(job: int) -> int:
    if job < 0:
        raise ValueError("negative")
    return job


def add_participants(lab: Lab, done: list[int], broken: list[int]) -> None:
    lab.add(front)
    lab.add(work)
    lab.add(lambda job: done.append(job), "done")
    lab.add(lambda letter: broken.append(letter), "broken")


def set_up(url: str, folder: Path) -> None:
    """What `msgflo-setup` makes of the graph."""
    (folder / "graph.json").write_text(json.dumps(GRAPH))
    (folder / "package.json").write_text(json.dumps({"name": "jobs", "msgflo": {}}))
    program = str(node_package("msgflo") / "bin" / "msgflo-setup")
    command = [need("node"), program, "--broker", url, "graph.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done
    assert b"ROUNDROBIN:\t front.OUT -> work.JOB" in done.stdout
    assert b"DEADLETTER:\t work.JOB -> broken.LETTER" in done.stdout


Objects = dict[str, set[str]]


def objects(management: Management) -> Objects:
    """All that outlives its maker, but for our mark on bindings."""
    queues = [each for each in management.all("queues") if not each["exclusive"]]
    known = {each["name"] for each in queues}
    bindings = [
        each
        for each in management.all("bindings")
        if each["source"]
        and (each["destination_type"] == "exchange" or each["destination"] in known)
    ]
    for each in bindings:
        each["arguments"].pop(MARK, None)
    exchanges = [each for each in management.all("exchanges") if not is_builtin(each["name"])]
    return {
        "queues": described(queues, "name", "durable", "auto_delete", "arguments"),
        "exchanges": described(
            exchanges, "name", "type", "durable", "auto_delete", "internal", "arguments"
        ),
        "bindings": described(
            bindings, "source", "destination", "destination_type", "routing_key", "arguments"
        ),
    }


def is_builtin(name: str) -> bool:
    return not name or name.startswith("amq.")


def described(found: list[dict[str, Any]], *keys: str) -> set[str]:
    return {json.dumps([each[key] for key in keys]) for each in found}


def eventually(condition: Callable[[], object], said: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, said()
        time.sleep(0.01)


def test_a_graph_becomes_the_same_objects(rabbitmq: RabbitMQ, tmp_path: Path) -> None:
    made: list[Objects] = []
    for ours in (False, True):
        with rabbitmq.vhost() as url, lab_on(rabbitmq, url) as lab:
            add_participants(lab, [], [])
            if ours:
                lab.balance("front.out", "work.job", dead_letters="broken.letter")
                lab.connect("work.out", "done.job")
                wait_for(lab, all_bound)
            else:
                set_up(url, tmp_path)
            made.append(objects(Management(rabbitmq, url)))
    theirs, mine = made
    assert mine["queues"] == theirs["queues"]
    assert mine["exchanges"] == theirs["exchanges"]
    assert mine["bindings"] - theirs["bindings"] == set()
    # We take the parking place of our participants away where dead letters have another place.
    assert [json.loads(each)[:2] for each in theirs["bindings"] - mine["bindings"]] == [
        ["dead-work.JOB", "dead-work.JOB"]
    ]


@pytest.mark.parametrize("also_ours", [False, True])
def test_our_participants_in_a_graph_that_msgflo_has_set_up(
    rabbitmq: RabbitMQ, vhost: str, tmp_path: Path, also_ours: bool
) -> None:
    """With a lab that has the same graph, nothing is done twice."""
    done, broken = list[int](), list[int]()
    with lab_on(rabbitmq, vhost) as lab:
        add_participants(lab, done, broken)
        set_up(vhost, tmp_path)
        if also_ours:
            lab.balance("front.out", "work.job", dead_letters="broken.letter")
            lab.connect("work.out", "done.job")
            wait_for(lab, all_bound)
        for number in [*range(100), -1, -2]:
            lab.send("front.number", number)
        eventually(lambda: len(done) >= 100 and len(broken) >= 2, lambda: (done, broken))
        assert done == list(range(100))
        assert broken == [-1, -2]


@contextmanager
def coordinator(url: str, folder: Path) -> Iterator[Path]:
    """A msgflo that runs, with a graph of its own; gives its log."""
    edge = {"src": {"process": "a", "port": "out"}, "tgt": {"process": "b", "port": "number"}}
    graph = {**GRAPH, "processes": {"a": {"component": "A"}, "b": {"component": "B"}}}
    (folder / "graph.json").write_text(json.dumps({**graph, "connections": [edge]}))
    (folder / "package.json").write_text(json.dumps({"name": "jobs", "msgflo": {}}))
    (folder / "participants").mkdir()
    program = str(node_package("msgflo") / "bin" / "msgflo")
    command = [need("node"), program, "--broker", url, "--host", "127.0.0.1"]
    command += ["--port", str(free_port()), "--graph", "graph.json", "--library", "package.json"]
    log = folder / "msgflo.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    try:
        yield log
    finally:
        process.terminate()
        process.wait()


_PARTICIPANTS = """
import sys
from msgflo_lab import run

def a(number: int) -> int:
    return number + 1

def b(number: int) -> int:
    return 10 * number

run({"a": a, "b": b}, broker=sys.argv[1])
"""


def test_a_coordinator_discovers_and_binds_ours(
    rabbitmq: RabbitMQ, vhost: str, tmp_path: Path
) -> None:
    management = Management(rabbitmq, vhost)
    with coordinator(vhost, tmp_path) as log:
        command = [sys.executable, "-c", _PARTICIPANTS, vhost]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as ours:
            try:
                assert ours.stdout is not None
                assert ours.stdout.readline().startswith(b"a, b on amqp://")
                wanted = {("a.OUT", "b.NUMBER")}
                eventually(
                    lambda: (
                        wanted
                        <= {
                            (each["source"], each["destination"])
                            for each in management.all("bindings")
                        }
                    ),
                    log.read_text,
                )
                with python(vhost) as channel:
                    channel.queue_declare("ear", exclusive=True)
                    channel.queue_bind("ear", "b.OUT")
                    for number in range(10):
                        channel.basic_publish("", "a.NUMBER", b"%d" % number)
                    assert received(channel, "ear", 10) == [10 * (n + 1) for n in range(10)]
            finally:
                ours.terminate()
