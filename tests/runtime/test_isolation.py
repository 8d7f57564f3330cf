"""A handler that blocks or floods harms nobody else, and can be stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from msgflo_lab import Lab, MsgFloLabError
from msgflo_lab.network import EdgeState, RoleState
from tests.runtime.helpers import (
    DEADLINE,
    Foreign,
    Sink,
    definition,
    eventually,
    role,
    state,
)


def same(x: Any) -> Any:
    return x


def test_a_blocked_handler_blocks_nobody_else(lab: Lab) -> None:
    """5,000 messages from the very source that feeds the blocked one, and others elsewhere."""
    released = threading.Event()
    done: list[int] = []

    def blocked(x: int) -> None:
        released.wait(DEADLINE)
        done.append(x)

    sink = Sink(lab)
    other = Sink(lab, "other")
    lab.add(blocked)
    for name in ("free", "source"):
        lab.add(same, name)
    lab.connect("source.out", "blocked.x")
    lab.connect("source.out", "free.x")
    lab.connect("free.out", sink.port)
    device = Foreign(lab, definition("dev", {}, {"out": "dev.OUT"}))
    lab.connect("dev.out", other.port)
    numbers = range(5_000)
    device.send("source.X", *[b"%d" % number for number in numbers])
    device.send("dev.OUT", *[b"%d" % number for number in numbers])
    assert other.wait(len(numbers)) == list(numbers)
    assert sink.wait(len(numbers)) == list(numbers)
    assert not done
    released.set()
    eventually(lambda: done == list(numbers))


def test_a_blocked_handler_does_not_hold_up_its_own_source_or_picture(lab: Lab) -> None:
    released = threading.Event()
    ticks = iter(range(1_000_000))
    lab.add(lambda x: released.wait(DEADLINE) and x, "blocked")
    lab.add(lambda: next(ticks), "clock", every=0.005)
    lab.connect("clock.out", "blocked.x")
    before = lab.inspect("clock.out", 1, wait=5)[0].value
    eventually(lambda: lab.inspect("clock.out", 1)[0].value > before + 20)
    assert role(lab, "blocked").workers == 1
    released.set()


def test_an_async_handler_bound_to_itself_keeps_nobody_out(lab: Lab) -> None:
    async def counter(x: int) -> int:
        return x + 1

    lab.add(counter)
    lab.connect("counter.out", "counter.x")
    lab.send("counter.x", 0)
    eventually(lambda: lab.inspect("counter.out", 1))
    sink = Sink(lab)
    lab.connect("counter.out", sink.port)
    sink.wait(10)
    lab.disconnect("counter.out", "counter.x")
    lab.disconnect("counter.out", sink.port)
    got = sink.wait(10)
    assert got == list(range(got[0], got[0] + len(got))), "each once, in order"


def test_a_source_that_never_waits_keeps_nobody_out(lab: Lab) -> None:
    async def flood() -> AsyncIterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    def spin() -> Iterator[int]:
        while True:
            yield 1

    for code in (flood, spin):
        lab.add(code)
        sink = Sink(lab)
        lab.connect(f"{code.__name__}.out", sink.port)
        sink.wait(100)
        lab.remove(code.__name__)
        lab.remove("sink")


def test_a_class_that_takes_long_to_make_delays_nobody(lab: Lab) -> None:
    released, begun = threading.Event(), threading.Event()

    class Slow:
        def __init__(self) -> None:
            begun.set()
            released.wait(DEADLINE)

        def process(self, inport: str, message: Any) -> Any:
            return message

    adding = threading.Thread(target=lab.add, args=(Slow, "slow"))
    adding.start()
    begun.wait(DEADLINE)
    sink = Sink(lab)
    lab.add(same)
    lab.connect("same.out", sink.port)
    lab.send("same.x", 1)
    assert sink.wait(1) == [1]
    assert lab.network().roles
    released.set()
    adding.join(DEADLINE)
    assert role(lab, "slow").workers == 1


def test_what_cannot_be_made_can_be_removed(lab: Lab) -> None:
    released, begun = threading.Event(), threading.Event()

    class Slow:
        def __init__(self) -> None:
            begun.set()
            released.wait(DEADLINE)

        def process(self, inport: str, message: Any) -> None: ...

    failed: list[Exception] = []

    def add() -> None:
        try:
            lab.add(Slow, "slow")
        except MsgFloLabError as error:
            failed.append(error)

    adding = threading.Thread(target=add)
    adding.start()
    begun.wait(DEADLINE)
    with pytest.raises(MsgFloLabError):
        lab.remove("slow")
    adding.join(DEADLINE)
    assert failed
    assert not lab.network().roles
    released.set()


def test_a_stream_does_not_hold_up_the_messages_of_its_own_object(lab: Lab) -> None:
    released = threading.Event()

    class Both:
        def run(self) -> Iterator[str]:
            yield "begun"
            released.wait(DEADLINE)

        def process(self, inport: str, message: Any) -> Any:
            return message

    sink = Sink(lab)
    lab.connect("both.out", sink.port)
    lab.add(Both, "both")
    lab.send("both.in", 1)
    eventually(lambda: 1 in sink.got)
    released.set()


def test_stop_leaves_a_handler_that_does_not_return(abandons: None) -> None:
    released, begun = threading.Event(), threading.Event()
    with Lab() as lab:
        lab.start()

        def stuck(x: int) -> None:
            begun.set()
            released.wait(DEADLINE)

        lab.add(stuck)
        lab.send("stuck.x", 1)
        begun.wait(DEADLINE)
        before = time.monotonic()
        lab.stop()
        assert time.monotonic() - before < 10
        lab.start()
        assert role(lab, "stuck").workers == 1
    released.set()


@pytest.mark.parametrize("kind", ["handler", "generator", "source", "class"])
def test_an_async_handler_that_blocks_blocks_nobody_else(lab: Lab, kind: str) -> None:
    released, begun = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        released.wait(DEADLINE)

    async def handler(x: int) -> int:
        block()
        return x

    async def generator(x: int) -> AsyncIterator[int]:
        block()
        yield x

    async def source() -> AsyncIterator[int]:
        block()
        yield 1

    class Object:
        inports = ("x",)

        async def process(self, inport: str, x: int) -> int:
            block()
            return x

    codes: dict[str, Any] = {
        "handler": handler,
        "generator": generator,
        "source": source,
        "class": Object,
    }
    sink = Sink(lab)
    lab.add(codes[kind], "blocks")
    if kind != "source":
        lab.send("blocks.x", 1)
    assert begun.wait(DEADLINE)

    async def other(x: int) -> int:
        return x

    lab.add(other)
    lab.connect("other.out", sink.port)
    lab.connect("blocks.out", "late.in")
    for number in range(100):
        lab.send("other.x", number)
    assert sink.wait(100) == list(range(100))
    assert role(lab, "other").state is RoleState.RUNNING
    released.set()
    assert lab.inspect("blocks.out", 1, wait=DEADLINE)[0].value == 1


def test_stop_lets_the_message_in_hand_come_to_its_end(lab: Lab) -> None:
    """What the others of this lab get of it depends on who stops first; a watcher gets it."""
    released, begun = threading.Event(), threading.Event()

    def slow(x: int) -> int:
        begun.set()
        released.wait(1)
        return x + 1

    lab.add(slow)
    device = Foreign(lab, definition("dev", {"in": "dev.IN"}))
    lab.connect("slow.out", "dev.in")
    eventually(lambda: state(lab, "slow.out", "dev.in") is EdgeState.BOUND)
    lab.send("slow.x", 1)
    assert begun.wait(DEADLINE)
    removing = threading.Thread(target=lab.remove, args=("slow",))
    removing.start()
    released.set()
    removing.join(DEADLINE)
    eventually(lambda: device.got == [b"2"])


def test_who_sends_faster_than_the_broker_takes_is_made_to_wait(lab: Lab) -> None:
    """A blocked receiver: its inbox fills, and then the senders' outlets, and then they wait."""
    released = threading.Event()
    made = {"thread": 0, "loop": 0}

    def thread() -> Iterator[bytes]:
        while not released.is_set():
            made["thread"] += 1
            yield b"x" * 100_000

    async def loop() -> AsyncIterator[bytes]:
        while not released.is_set():
            made["loop"] += 1
            yield b"x" * 100_000

    def blocked(x: bytes) -> None:
        released.wait(DEADLINE)

    lab.add(blocked)
    for code in (thread, loop):
        lab.connect(f"{code.__name__}.out", "blocked.x")
        lab.add(code)
    seen: list[dict[str, int]] = []

    def stands_still() -> bool:
        seen.append(dict(made))
        return len(seen) > 200 and seen[-200] == seen[-1]

    eventually(stands_still)
    assert 0 < max(made.values()) < 5_000
    released.set()
