"""`direct://` at its bounds: full inboxes, cycles, large payloads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.binding import Binding
from msgflo_lab.errors import ConnectionFailed, PayloadTooLarge, Timeout
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Binder, BrokerUrl, Subscription, transport_for
from msgflo_lab_transports import direct
from tests.runtime.helpers import DEADLINE, Sink, role

A, B, C = (QueueName(each) for each in "abc")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small inboxes and little patience."""
    monkeypatch.setattr(direct, "DIRECT_INBOX_MESSAGES", 4)
    monkeypatch.setattr(direct, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr("msgflo_lab.runtime.participant.AHEAD", 1)


async def opened() -> Binder:
    url = BrokerUrl.parse("direct://")
    return await transport_for(url).binder(url, name="test")


async def drained(inbox: Subscription) -> list[bytes]:
    await inbox.close()
    return [delivery.payload async for delivery in inbox]


@pytest.mark.anyio
async def test_one_that_is_full_costs_the_others_no_message(hasty: None) -> None:
    binder = await opened()
    slow, fast, later = [await binder.subscribe(queue) for queue in (A, A, A)]
    for number in range(4):
        await binder.publish(A, b"%d" % number)
    for _ in range(4):
        await fast.get()
    waiting = asyncio.create_task(binder.publish(A, b"4"))
    await asyncio.sleep(0)
    for _ in range(2):
        await later.get()
    with pytest.raises(Timeout, match=r"the inbox of `a` has been full for 0.05 s"):
        await waiting
    assert await drained(fast) == [b"4"]
    assert await drained(later) == [b"2", b"3", b"4"]
    assert await drained(slow) == [b"0", b"1", b"2", b"3"]
    await binder.close()


@pytest.mark.anyio
async def test_a_publisher_waits_for_room_and_keeps_the_order(hasty: None) -> None:
    binder = await opened()
    await binder.bind(Binding(A, B))
    inbox = await binder.subscribe(B)

    async def publish() -> None:
        for number in range(100):
            await binder.publish(A, b"%d" % number)

    publishing = asyncio.create_task(publish())
    got = [(await inbox.get()).payload for _ in range(100)]
    await publishing
    assert got == [b"%d" % number for number in range(100)]
    await binder.close()


@pytest.mark.anyio
async def test_a_subscription_that_is_closed_lets_the_publisher_go(hasty: None) -> None:
    binder = await opened()
    inbox = await binder.subscribe(A)
    for _ in range(4):
        await binder.publish(A, b"")
    waiting = asyncio.create_task(binder.publish(A, b""))
    await asyncio.sleep(0)
    await inbox.close()
    await waiting
    await binder.close()
    with pytest.raises(ConnectionFailed):
        await binder.publish(A, b"")


@pytest.mark.anyio
async def test_bindings_of_two_binders_are_held_by_each() -> None:
    one, two = await opened(), await opened()
    inbox = await one.subscribe(B)
    for binder in (one, two, two):
        await binder.bind(Binding(A, B))
    await one.publish(A, b"1")
    await two.unbind(Binding(A, B))
    await one.publish(A, b"2")
    await one.close()
    await two.publish(A, b"3")
    assert await two.bindings() == frozenset()
    await two.close()
    assert [delivery.payload async for delivery in inbox] == [b"1", b"2"]


@pytest.mark.anyio
async def test_a_payload_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "DIRECT_MAX_PAYLOAD", 10)
    binder = await opened()
    with pytest.raises(PayloadTooLarge, match="DIRECT_MAX_PAYLOAD = 10"):
        await binder.publish(A, b"x" * 11)
    await binder.close()


@pytest.mark.anyio
async def test_paths_that_nobody_listens_to_do_not_pile_up() -> None:
    binder = await opened()
    assert isinstance(binder, direct.DirectBinder)
    for number in range(30_000):
        await binder.publish(QueueName(str(number)), b"")
    assert len(binder._hub.paths) <= 10_001
    await binder.close()


def test_a_cycle_that_multiplies_its_messages_is_an_error_and_no_standstill(
    hasty: None, lab: Lab
) -> None:
    def twice(x: Any) -> Iterator[Any]:
        yield x
        yield x

    sink = Sink(lab)
    lab.add(twice)
    lab.connect("twice.out", "twice.x")
    lab.send("twice.x", 1)
    (failure, *_) = lab.errors("twice", wait=DEADLINE)
    assert "waits for itself along a cycle" in failure.summary
    lab.send(sink.port, "still here")
    assert sink.wait(1) == ["still here"]


def test_a_large_message(lab: Lab) -> None:
    sink = Sink(lab)
    lab.add(lambda x: x, "f")
    lab.connect("f.out", sink.port)
    large = bytes(32 * 1024 * 1024 - 1) + b"\xff"
    lab.send("f.x", large)
    assert sink.wait(1) == [large]
    assert lab.inspect("f.x")[0].payload == large
    lab.send("f.x", 1)
    sink.wait(2)
    assert len(lab.inspect("f.x")) == 1, "a megabyte is kept, or the newest"


def test_a_blocked_participant_with_a_full_inbox_is_told_of(hasty: None, lab: Lab) -> None:
    released = threading.Event()
    lab.add(lambda x: released.wait(DEADLINE) and x, "blocked")
    lab.add(lambda x: x, "source")
    lab.connect("source.out", "blocked.x")
    sink = Sink(lab)
    lab.connect("source.out", sink.port)
    for number in range(10):
        while not _sent(lab, number):
            assert lab.is_running
    assert sink.wait(10) == list(range(10)), "the others get each message all the same"
    assert "its participant is blocked" in lab.errors("source", wait=DEADLINE)[0].summary
    assert role(lab, "blocked").workers == 1
    released.set()


def _sent(lab: Lab, number: int) -> bool:
    try:
        lab.send("source.x", number)
    except Timeout:
        return False
    return True
