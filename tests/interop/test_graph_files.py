"""Graphs in files, between us and the real msgflo: same bindings, same initial packets."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from msgflo_lab import Lab
from msgflo_lab.graph import Graph
from tests.brokers import Mosquitto, RabbitMQ, free_port, need

from .amqp import Management, lab_on, python, received
from .conftest import Subscriber, node_package, node_repeat, publish
from .watching import DEADLINE, all_bound, is_running, wait_for

TEXT = """\
first(Repeat) OUT -> IN second(Repeat)
{"say": ["hello", 1, null]} -> IN first
"""
HELLO = {"say": ["hello", 1, None]}


Ear = Callable[[Any], list[Any]]
"""Waits for a message; gives all up to it."""


class Place(NamedTuple):
    """A broker, as this test needs it.

    Attributes:
        lab: A running lab.
        passed: An ear for what comes out of a role, as long as the block runs.
        send: Puts a message into `first`, beside the graph.
        bindings: What the broker has bound, where it can tell.
    """

    url: str
    lab: Callable[[], Any]
    passed: Callable[[str], Any]
    send: Callable[[Any], None]
    bindings: Callable[[], set[tuple[str, str]]]


def on_mosquitto(broker: Mosquitto) -> Place:
    @contextmanager
    def lab() -> Iterator[Lab]:
        with Lab() as lab:
            lab.start(broker.url)
            yield lab

    @contextmanager
    def passed(role: str) -> Iterator[Ear]:
        ear = Subscriber(broker, f"{role}.OUT")

        def until(value: Any) -> list[Any]:
            ear.wait_for(json.dumps(value, separators=(",", ":")).encode())
            return [json.loads(line) for line in list(ear.lines) if line.startswith(b"{")]

        try:
            yield until
        finally:
            ear.close()

    def send(value: Any) -> None:
        publish(broker, "first.IN", json.dumps(value).encode())

    # Mosquitto binds nothing itself: what is bound shows in what passes.
    return Place(broker.url, lab, passed, send, set)


def on_rabbitmq(broker: RabbitMQ, url: str) -> Place:
    management = Management(broker, url)

    @contextmanager
    def passed(role: str) -> Iterator[Ear]:
        with python(url) as channel:
            channel.queue_declare(f"ear-{role}", exclusive=True)
            channel.queue_bind(f"ear-{role}", f"{role}.OUT")
            got: list[Any] = []

            def until(value: Any) -> list[Any]:
                while value not in got:
                    more = received(channel, f"ear-{role}", 1)
                    assert more, (value, got)
                    got.extend(more)
                return got

            yield until

    def send(value: Any) -> None:
        with python(url) as channel:
            channel.basic_publish("", "first.IN", json.dumps(value).encode())

    def bindings() -> set[tuple[str, str]]:
        found = ((each["source"], each["destination"]) for each in management.all("bindings"))
        # Ears and taps, ours and msgflo's, have queues of their own.
        return {(source, target) for source, target in found if target.endswith(".IN") and source}

    return Place(url, lambda: lab_on(broker, url), passed, send, bindings)


@pytest.fixture(params=["mosquitto", "rabbitmq"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "mosquitto":
        return on_mosquitto(request.getfixturevalue("mosquitto"))
    return on_rabbitmq(request.getfixturevalue("rabbitmq"), request.getfixturevalue("vhost"))


@contextmanager
def msgflo(url: str, folder: Path, graph: str) -> Iterator[Path]:
    """The real one, with a graph that it also saves; gives its log."""
    (folder / "package.json").write_text(json.dumps({"name": "jobs", "msgflo": {}}))
    (folder / "participants").mkdir(exist_ok=True)
    program = str(node_package("msgflo") / "bin" / "msgflo")
    command = [need("node"), program, "--broker", url, "--host", "127.0.0.1"]
    command += ["--port", str(free_port()), "--library", "package.json"]
    command += ["--graph", graph, "--auto-save", "true"]
    log = folder / "msgflo.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
    try:
        yield log
    finally:
        process.terminate()
        process.wait()


def eventually(condition: Callable[[], object], said: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, said()
        time.sleep(0.05)


def ready(lab: Lab) -> None:
    for role in ("first", "second"):
        wait_for(lab, is_running(role))


def wanted(graph: Graph) -> tuple[set[Any], dict[Any, Any], dict[Any, str]]:
    """What matters of a graph: edges, initial packets, components."""
    return (
        set(graph.edges),
        {at: initial.value for at, initial in graph.initials.items()},
        {role: node.component for role, node in graph.nodes.items()},
    )


def check(place: Place, name: str, first: Ear, second: Ear) -> None:
    """The initial packet has come, and what comes out of one goes into the other."""
    assert first(HELLO)[0] == HELLO
    place.send({"n": name})
    assert second({"n": name})


@pytest.mark.parametrize("name", ["net.json", "net.fbp"])
def test_a_graph_goes_to_msgflo_and_comes_back(place: Place, tmp_path: Path, name: str) -> None:
    """We carry it out and export it; msgflo loads that and saves it; we import what it saved."""
    with ExitStack() as stack:
        for role in ("first", "second"):
            stack.enter_context(node_repeat(place.url, role))

        with place.lab() as lab:
            ready(lab)
            with place.passed("first") as first, place.passed("second") as second:
                lab.fbp(TEXT)
                wait_for(lab, all_bound)
                check(place, "ours", first, second)
                bound = place.bindings()
            lab.export(tmp_path / name)
            before = wanted(lab.graph)
            # Brokers that keep what was bound are to keep nothing of it.
            lab.fbp("")
        written = (tmp_path / name).read_bytes()

        with (
            place.passed("first") as first,
            place.passed("second") as second,
            msgflo(place.url, tmp_path, name) as log,
        ):
            eventually(lambda: "msgflo started" in log.read_text(), log.read_text)
            check(place, "theirs", first, second)
            assert place.bindings() == bound
            # It saves JSON, whatever the file is called, half a second after the last change.
            eventually(lambda: (tmp_path / name).read_bytes() != written, log.read_text)
            saved = json.loads((tmp_path / name).read_text())
        assert saved["inports"] == []
        (tmp_path / "saved.json").write_text(json.dumps(saved))

        with place.lab() as lab:
            ready(lab)
            with place.passed("first") as first, place.passed("second") as second:
                lab.import_(tmp_path / "saved.json")
                wait_for(lab, all_bound)
                assert wanted(lab.graph) == before
                check(place, "again", first, second)
                assert place.bindings() == bound
