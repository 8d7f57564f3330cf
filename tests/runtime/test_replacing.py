"""New code for a participant, under load and from handlers that do not return."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import NotRunning
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


def test_new_code_for_who_is_removed_meanwhile_is_let_go(lab: Lab) -> None:
    released, begun = threading.Event(), threading.Event()

    def slow(x: int) -> None:
        begun.set()
        released.wait(DEADLINE)

    failed: list[BaseException] = []

    def replace() -> None:
        try:
            lab.add(same, "slow")
        except BaseException as error:
            failed.append(error)

    lab.add(slow)
    lab.send("slow.x", 1)
    begun.wait(DEADLINE)
    replacing = threading.Thread(target=replace)
    replacing.start()
    eventually(lambda: on_loop(lab, lambda s: s._replacing))
    removing = threading.Thread(target=lab.remove, args=("slow",))
    removing.start()
    removing.join(DEADLINE)
    released.set()
    replacing.join(DEADLINE)
    assert not failed
    # Its thread ends a moment after its handler has returned.
    eventually(lambda: not lab.status().problems)
    assert not lab.network().roles


def test_an_async_handler_that_refuses_to_be_cancelled_can_be_replaced(lab: Lab) -> None:
    released = threading.Event()

    async def stubborn() -> AsyncIterator[int]:
        yield 1
        while not released.is_set():
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue

    lab.add(stubborn, "f")
    lab.inspect("f.out", 1, wait=5)
    lab.remove("f")
    lab.add(same, "f")
    released.set()
    assert role(lab, "f").workers == 1


def test_new_code_waits_for_the_handler_and_the_last_one_wins(lab: Lab) -> None:
    released, begun = threading.Event(), threading.Event()

    def slow(x: int) -> int:
        begun.set()
        released.wait(DEADLINE)
        return x

    sink = Sink(lab)
    lab.add(slow, "f")
    lab.connect("f.out", sink.port)
    for number in range(3):
        lab.send("f.x", number)
    begun.wait(DEADLINE)
    adding = [
        threading.Thread(target=lab.add, args=(lambda x: x + 10, "f")),
        threading.Thread(target=lab.add, args=(lambda x: x + 20, "f")),
    ]
    for each in adding:
        each.start()
        eventually(lambda: state(lab, "f.out", sink.port))
        each.join(0.2)
    released.set()
    for each in adding:
        each.join(DEADLINE)
    lab.send("f.x", 3)
    got = sink.wait(4)
    assert [number % 10 for number in got] == [0, 1, 2, 3]
    assert (got[0], got[3]) == (0, 23)


@pytest.mark.parametrize("kind", ["sync", "async", "generator", "class"])
def test_replacing_and_renaming_under_load_loses_no_message(lab: Lab, kind: str) -> None:
    def sync(x: int) -> int:
        return x

    async def coroutine(x: int) -> int:
        await asyncio.sleep(0)
        return x

    def generator(x: int) -> Iterator[int]:
        yield x

    class Object:
        inports = ("x",)

        def process(self, inport: str, x: int) -> int:
            return x

    codes: dict[str, Any] = {
        "sync": sync,
        "async": coroutine,
        "generator": generator,
        "class": Object,
    }
    sink = Sink(lab)
    lab.add(codes[kind], "f0")
    lab.connect("f0.out", sink.port)
    device = Foreign(lab, definition("dev", {}, {"out": "dev.OUT"}))
    lab.connect("dev.out", "f0.x")
    total = 1_200

    def send() -> None:
        for number in range(total):
            device.send("dev.OUT", b"%d" % number)

    sending = threading.Thread(target=send)
    sending.start()
    turn = 0
    while sending.is_alive():
        lab.add(codes[kind], f"f{turn}")
        lab.rename(f"f{turn}", f"f{turn + 1}")
        turn += 1
    assert sink.wait(total) == list(range(total))
    assert turn > 1
    assert not lab.errors()


def test_a_thread_of_replaced_code_is_told(lab: Lab) -> None:
    raised: list[BaseException] = []
    go_on = threading.Event()

    class Threaded:
        send: Any

        def process(self, inport: str, message: Any) -> None:
            threading.Thread(target=self.later).start()

        def later(self) -> None:
            self.send("out", "before")
            go_on.wait(DEADLINE)
            try:
                self.send("out", "after")
            except BaseException as error:
                raised.append(error)

    lab.add(Threaded, "f")
    lab.send("f.in", 1)
    assert lab.inspect("f.out", 1, wait=DEADLINE)[0].value == "before"
    lab.add(same, "f")
    go_on.set()
    eventually(lambda: raised)
    assert isinstance(raised[0], NotRunning)
    assert lab.inspect("f.out", 1)[0].value == "before"
