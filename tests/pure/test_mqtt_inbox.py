"""The inbox between a transport and a reader."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.names import QueueName
from msgflo_lab_transports import losses
from msgflo_lab_transports.inbox import Inbox, Received, WhenFull

QUEUE = QueueName("q")
pytestmark = pytest.mark.anyio


def message(payload: bytes, settled: list[bytes] | None = None) -> Received:
    return Received(QUEUE, payload, None if settled is None else lambda _: settled.append(payload))


async def test_marks_are_reported_once_each() -> None:
    events: list[str] = []
    inbox = Inbox(
        QUEUE,
        messages=4,
        on_full=lambda _: events.append("full"),
        on_low=lambda _: events.append("low"),
    )
    for number in range(6):
        inbox.put(message(b"%d" % number))
    assert (events, inbox.full, len(inbox)) == (["full"], True, 6)
    for number in range(6):
        assert (await inbox.get()).payload == b"%d" % number
    assert events == ["full", "low"]


async def test_bytes_count_too() -> None:
    inbox = Inbox(QUEUE, messages=100, size=10)
    inbox.put(message(b"12345"))
    assert not inbox.full
    inbox.put(message(b"12345"))
    assert inbox.full
    await inbox.get()
    assert not inbox.full


async def test_an_observer_loses_the_oldest() -> None:
    settled: list[bytes] = []
    inbox = Inbox(QUEUE, messages=3, when_full=WhenFull.DROP_OLDEST)
    for number in range(5):
        inbox.put(message(b"%d" % number, settled))
    assert (inbox.dropped, inbox.full, settled) == (2, False, [b"0", b"1"])
    assert [(await inbox.get()).payload for _ in range(3)] == [b"2", b"3", b"4"]


async def test_losses_are_logged_now_and_then(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "LOSS_LOG_SECONDS", 0.05)
    inbox = Inbox(QUEUE, messages=1, when_full=WhenFull.DROP_OLDEST)
    lost = "dropped: the reader of `q` is too slow"
    for number in range(4):
        inbox.put(message(b"%d" % number))
    await asyncio.sleep(0.001)
    assert caplog.messages == [f"3 messages were {lost}"]
    for number in range(10):
        inbox.put(message(b"%d" % number))
        await asyncio.sleep(0)
    assert len(caplog.messages) == 1
    await asyncio.sleep(0.1)
    assert caplog.messages[1:] == [f"10 messages were {lost}"]
    inbox.put(message(b"last"))
    inbox.end()
    assert caplog.messages[2:] == [f"a message was {lost}"]


async def test_one_message_above_the_bound_is_kept() -> None:
    inbox = Inbox(QUEUE, size=10, when_full=WhenFull.DROP_OLDEST)
    inbox.put(message(b"x" * 50))
    assert len(inbox) == 1


async def test_room_is_awaited() -> None:
    inbox = Inbox(QUEUE, messages=2)
    inbox.put(message(b"1"))
    await inbox.room()
    inbox.put(message(b"2"))
    waiting = asyncio.create_task(inbox.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    await inbox.get()
    await waiting


async def test_what_comes_after_the_end_is_settled() -> None:
    settled: list[bytes] = []
    inbox = Inbox(QUEUE, messages=1)
    inbox.put(message(b"inside", settled))
    assert inbox.full
    waiting = asyncio.create_task(inbox.room())
    await asyncio.sleep(0)
    inbox.end()
    inbox.end()
    await waiting
    inbox.put(message(b"after", settled))
    assert settled == [b"inside", b"after"]
    assert (await inbox.get()).payload == b"inside"
    with pytest.raises(StopAsyncIteration):
        await inbox.get()


async def test_readers_are_served_in_turn() -> None:
    inbox = Inbox(QUEUE)
    readers = [asyncio.create_task(inbox.get()) for _ in range(3)]
    await asyncio.sleep(0)
    readers[1].cancel()
    for number in range(2):
        inbox.put(message(b"%d" % number))
    found = await asyncio.gather(*readers, return_exceptions=True)
    assert isinstance(found[1], asyncio.CancelledError)
    assert [each.payload for each in found if not isinstance(each, BaseException)] == [b"0", b"1"]


async def test_a_reader_cancelled_when_woken_passes_it_on() -> None:
    inbox = Inbox(QUEUE)
    first, second = (asyncio.create_task(inbox.get()) for _ in range(2))
    await asyncio.sleep(0)
    inbox.put(message(b"1"))
    first.cancel()
    assert (await asyncio.wait_for(second, 5)).payload == b"1"
    assert first.cancelled() or first.cancelling()


@given(st.lists(st.sampled_from(("put", "get", "cancel", "step")), max_size=60))
def test_nothing_is_lost_or_reordered(steps: list[str]) -> None:
    async def run() -> None:
        inbox = Inbox(QUEUE, messages=5)
        sent = 0
        found: list[bytes] = []
        readers: list[asyncio.Task[None]] = []

        async def read() -> None:
            delivery = await inbox.get()
            found.append(delivery.payload)

        for step in steps:
            if step == "put":
                inbox.put(message(b"%d" % sent))
                sent += 1
            elif step == "get":
                readers.append(asyncio.create_task(read()))
            elif step == "cancel" and readers:
                readers.pop(0).cancel()
            else:
                await asyncio.sleep(0)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        await asyncio.sleep(0)
        while len(inbox):
            found.append((await inbox.get()).payload)
        assert found == [b"%d" % number for number in range(sent)]

    asyncio.run(run())


def test_a_delivery_is_settled_once() -> None:
    outcomes: list[bool] = []
    delivery = Received(QUEUE, b"", outcomes.append)
    delivery.nack()
    delivery.ack()
    assert outcomes == [False]
