"""From start to stop and over again: what is kept, what is left behind, and who waits for whom."""

from __future__ import annotations

import asyncio
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.discovery import encode
from msgflo_lab.errors import (
    ConnectionFailed,
    InvalidUrl,
    NotRunning,
    UnknownName,
    UnsupportedScheme,
)
from msgflo_lab.names import Role
from msgflo_lab.network import EdgeState, RoleState
from msgflo_lab.runtime.observer import News
from msgflo_lab.transport import BrokerUrl, register
from tests.runtime.helpers import (
    DEADLINE,
    Foreign,
    Sink,
    definition,
    eventually,
    on_loop,
    role,
    state,
)


def same(x: Any) -> Any:
    return x


def test_what_is_made_before_the_start_is_there_after_it() -> None:
    with Lab("mine") as lab:
        assert not lab.is_running
        sink = Sink(lab)
        lab.add(same)
        lab.add(same, "old")
        lab.rename("old", "new")
        lab.remove("new")
        lab.connect("same.out", sink.port)
        lab.send("same.x", 5, initial=True)
        stopped = lab.network()
        assert [(each.role, each.state, each.note) for each in stopped.roles] == [
            ("sink", RoleState.ABSENT, "stopped"),
            ("same", RoleState.ABSENT, "stopped"),
        ]
        assert [port.literal for port in stopped.roles[1].inports] == ["5"]
        assert [edge.state for edge in stopped.edges] == [EdgeState.PENDING]
        with pytest.raises(UnknownName, match="no outport `ouy` on `same`"):
            lab.connect("same.ouy", sink.port)
        assert lab.status().link == "stopped"
        assert lab.traffic() == {}
        status = lab.start()
        assert status.is_up
        assert status.local == ("sink", "same")
        assert sink.wait(1) == [5]
        assert repr(lab) == "<Lab 'mine' on direct://>"
    assert repr(lab) == "<Lab 'mine' stopped>"


def test_again_and_elsewhere(lab: Lab) -> None:
    sink = Sink(lab)
    lab.add(same)
    lab.connect("same.out", sink.port)
    graph = lab.graph
    for number, url in enumerate(["direct://", "direct://elsewhere", "direct://elsewhere"]):
        lab.start(url)
        assert lab.status().url == url
        assert lab.graph is graph
        assert [each.workers for each in lab.network().roles] == [1, 1]
        assert state(lab, "same.out", sink.port) is EdgeState.BOUND
        lab.send("same.x", number)
        assert sink.wait(number + 1) == list(range(number + 1))
        if number == 1:
            lab.stop()
            lab.stop()


def test_what_needs_a_running_lab_says_so() -> None:
    lab = Lab()
    lab.add(same)
    for ask in (lambda: lab.send("same.x", 1), lambda: lab.inspect("same.x")):
        with pytest.raises(NotRunning, match="the lab is stopped; start it first"):
            ask()
    with pytest.raises(LookupError):
        lab.remove("nobody")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("nowhere://", UnsupportedScheme),
        ("no address", InvalidUrl),
        ("direct://?option=1", InvalidUrl),
        ("refusing://host", ConnectionFailed),
    ],
)
def test_a_failed_start_leaves_things_as_they_were(url: str, error: type[Exception]) -> None:
    class Refusing:
        async def client(self, url: BrokerUrl, **_: Any) -> Any:
            raise ConnectionFailed("refused")

        binder = client

    register("refusing", Refusing())
    lab = Lab()
    with pytest.raises(error):
        lab.start(url)
    assert not lab.is_running
    assert lab.status().link == "stopped"
    lab.start()
    sink = Sink(lab)
    with pytest.raises(error):
        lab.start(url)
    assert lab.is_running
    lab.send(sink.port, 1)
    assert sink.wait(1) == [1]
    lab.stop()


def test_who_cannot_be_started_is_a_problem_and_stops_nobody() -> None:
    class Bad:
        def __init__(self) -> None:
            raise OSError("no sensor")

        def process(self, inport: str, message: Any) -> None: ...

    with Lab() as lab:
        lab.add(Bad, "bad")
        sink = Sink(lab)
        assert lab.start().problems == ("`bad` could not be started: OSError: no sensor",)
        lab.send(sink.port, 1)
        assert sink.wait(1) == [1]


def test_nothing_is_left_on_the_loop_but_the_lab_and_nothing_after_stop(lab: Lab) -> None:
    def tasks() -> set[str]:
        return {task.get_name() for task in on_loop(lab, lambda _: asyncio.all_tasks())}

    eventually(lambda: "observer" in tasks())
    before = tasks()
    for number in range(5):
        sink = Sink(lab)
        lab.add(same)
        lab.connect("same.out", sink.port)
        lab.send("same.x", number, initial=True)
        sink.wait(1)
        lab.remove("same")
        lab.remove("sink")
    eventually(lambda: tasks() == before)
    lab.stop()
    assert not [each.name for each in threading.enumerate() if "msgflo" in each.name]


def test_stop_ends_what_others_wait_for(lab: Lab) -> None:
    Sink(lab)
    raised: list[BaseException] = []
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        try:
            lab.inspect("sink.in", 1, wait=1_000)
        except BaseException as error:
            raised.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    begun.wait(DEADLINE)
    lab.stop()
    waiting.join(DEADLINE)
    assert [type(error) for error in raised] == [NotRunning]


def test_one_session_does_not_hear_the_ghosts_of_the_last(lab: Lab) -> None:
    sink = Sink(lab)
    who = on_loop(lab, lambda s: s.local[Role("sink")].definition)
    lab.start()
    other = Foreign(lab, definition("other"))
    other.announce_raw(encode(who))
    other.announce(definition("last"))
    assert role(lab, "sink").workers == 1
    assert sink.got == []


def test_many_threads_at_once(lab: Lab) -> None:
    """Edits and messages from everywhere: nothing is lost, and the end is what was asked for."""
    sink = Sink(lab)
    lab.add(same, "echo")
    lab.connect("echo.out", sink.port)

    def work(number: int) -> None:
        chance = random.Random(number)
        mine = f"p{number}"
        lab.add(same, mine)
        for turn in range(30):
            lab.connect(f"{mine}.out", f"q{chance.randrange(5)}.in")
            lab.send("echo.x", [number, turn])
            lab.network()
            lab.status()
            lab.move({mine: (turn, turn)})
            lab.traffic()
            if turn % 10 == 0:
                lab.add(same, mine)
        for edge in [each for each in lab.graph.edges if each.source == mine]:
            lab.disconnect(f"{edge.source}.{edge.outport}", f"{edge.target}.{edge.inport}")
        lab.rename(mine, f"{mine}-renamed")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    got = sink.wait(240)
    for number in range(8):
        assert [each[1] for each in got if each[0] == number] == list(range(30))
    assert [str(each) for each in lab.graph.edges] == ["echo.out -> sink.in"]
    roles = {each.role: each for each in lab.network().roles}
    for number in range(8):
        assert roles[f"p{number}-renamed"].position == (29, 29)  # type: ignore[index]
        assert f"p{number}" not in roles


def test_starting_stopping_and_editing_at_once() -> None:
    lab = Lab()
    ended = threading.Event()
    failed: list[BaseException] = []

    def edit(number: int) -> None:
        turn = 0
        while not ended.is_set():
            try:
                lab.connect(f"a{number}.out", f"b{turn}.in")
                lab.add(same, f"a{number}")
                lab.network()
            except NotRunning:
                pass
            except BaseException as error:
                failed.append(error)
                return
            turn += 1

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for turn in range(10):
        lab.start("direct://" if turn % 2 else "direct://other")
        if turn % 3 == 0:
            lab.stop()
    ended.set()
    for each in threads:
        each.join(DEADLINE)
        assert not each.is_alive()
    assert not failed
    lab.start()
    planned = on_loop(lab, lambda s: s.coordinator.graph)
    assert planned is lab.graph
    lab.stop()


def test_watching_goes_on_over_stop_and_start(lab: Lab) -> None:
    heard: list[Any] = []
    lab.watch(heard.append)
    eventually(lambda: heard)
    lab.stop()
    lab.start()
    before = len(heard)
    Sink(lab)
    eventually(lambda: any(news.view and news.view.roles for news in heard[before:]))
    lab.unwatch(heard.append)


def test_watchers_hear_of_the_stop() -> None:
    heard: list[News] = []
    lab = Lab()
    lab.start()
    lab.add(same)
    lab.watch(heard.append)
    eventually(lambda: any(n.view and n.view.roles for n in heard))
    lab.stop()
    last = heard[-1].view
    assert last is not None
    assert [(each.role, each.note) for each in last.roles] == [("same", "stopped")]
    count = len(heard)
    lab.start()
    eventually(lambda: len(heard) > count)
    lab.stop()
    lab.unwatch(heard.append)


@pytest.mark.parametrize(
    "address",
    [
        "mqtt://joe:s3k/r1tpw@h:1883",
        "mqtt://joe:s3k#r1tpw@h:1883",
        "mqtt://joe:s3k?r1tpw@h:1883",
        "mqtt://joe:12/s3kr1tpw@h",
        "mqtt:joe:s3kr1tpw@h",
        "joe:s3kr1tpw@h",
        "mqtt://joe:s3kr1tpw@h:99999",
    ],
)
def test_a_mistyped_address_never_shows_its_password(address: str) -> None:
    with pytest.raises(InvalidUrl) as caught:
        Lab().start(address)
    assert "s3k" not in str(caught.value)
    assert "r1tpw" not in str(caught.value)
    assert caught.value.__cause__ is None
