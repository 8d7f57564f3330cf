"""Handlers, classes and watchers that call the lab they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgflo_lab import Lab, MsgFloLabError
from tests.runtime.helpers import (
    Sink,
    eventually,
)


def same(x: Any) -> Any:
    return x


def test_an_async_handler_can_call_the_lab(lab: Lab) -> None:
    sink = Sink(lab)

    async def f(x: int) -> None:
        lab.connect("g.out", sink.port)
        lab.add(same, "g")
        lab.send("g.x", x + 1)
        assert lab.network().roles

    lab.add(f)
    for number in range(20):
        lab.send("f.x", number)
        lab.connect("a.out", f"b{number}.in")
    assert sink.wait(20) == list(range(1, 21))
    assert not lab.errors()


def test_a_watcher_cannot_call_the_lab_and_is_told(lab: Lab) -> None:
    calls: list[Callable[[], object]] = [
        lambda: lab.send("sink.in", 1),
        lambda: lab.connect("f.out", "sink.in"),
        lab.network,
        lab.stop,
        lab.start,
    ]
    told: list[str] = []

    def watcher(_: object) -> None:
        while calls:
            try:
                calls.pop()()
            except MsgFloLabError as error:
                told.append(str(error))

    lab.watch(watcher)
    Sink(lab)
    eventually(lambda: len(told) == 5)
    assert all("cannot call the lab: it would wait for itself" in each for each in told)
    lab.unwatch(watcher)


def test_a_handler_in_its_thread_can_call_the_lab(lab: Lab) -> None:
    sink = Sink(lab)

    def f(x: int) -> None:
        lab.connect("g.out", sink.port)
        lab.send(sink.port, x)
        lab.add(same, "g")
        lab.send("g.x", x + 1)

    lab.add(f)
    lab.send("f.x", 1)
    assert sink.wait(2) == [1, 2]
    assert not lab.errors()


def test_a_class_can_call_the_lab_when_it_is_made(lab: Lab) -> None:
    class Wired:
        def __init__(self) -> None:
            lab.connect("wired.out", "sink.in")

        def process(self, inport: str, message: Any) -> Any:
            return message

    sink = Sink(lab)
    lab.add(Wired, "wired")
    lab.stop()
    lab.start()
    lab.send("wired.in", 1)
    assert sink.wait(1) == [1]
