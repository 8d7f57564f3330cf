"""What the contract promises, on every transport (`msgflo_lab/transport/contract.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import chain

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidName, MsgFloLabError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Binder, Client, Delivery
from tests.conformance.places import (
    DEADLINE,
    Place,
    declared,
    nothing_more,
    numbered,
    publish_all,
    publish_quickly,
    take,
    take_from_each,
    take_shared,
)

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


async def test_handles_keep_the_protocols(place: Place) -> None:
    assert isinstance(await place.client(), Client)
    assert isinstance(await place.binder(), Binder)


async def test_order_is_kept(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(publish_all(client, queue, numbered(1_200)))
        assert await take(inbox, 1_200) == numbered(1_200)
        await sending


async def test_who_wants_to_know_hears_in_which_order_deliveries_come(
    place: Place, fresh: Fresh
) -> None:
    client = await place.client()
    queues = await declared(client, fresh, "both", "both")
    one, other = [await client.subscribe(queue) for queue in queues]
    arrived: list[Delivery] = []
    all_there = asyncio.Event()

    def came(delivery: Delivery) -> None:
        arrived.append(delivery)
        if len(arrived) == 4:
            all_there.set()

    one.on_arrival = other.on_arrival = came
    for payload in numbered(2):
        for queue in queues:
            await client.publish(queue, payload)
    async with asyncio.timeout(DEADLINE):
        await all_there.wait()
    for inbox in one, other:
        assert list(inbox.at_hand) == [each for each in arrived if each.queue == inbox.queue]
        assert await take(inbox, 2) == numbered(2)
        assert not inbox.at_hand
    if not client.traits.keeps:  # else the order between queues is the broker's affair
        assert [each.queue for each in arrived] == queues * 2


PAYLOADS = {
    "empty": b"",
    "nul": b"\x00",
    "json": b'{"a": 1}',
    "text": b"not json",
    "binary": bytes(range(256)),
    "utf-8": "žluťoučký".encode(),
    "1 MB": b"x" * 2**20,
}


async def test_bytes_arrive_as_they_are(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    source, target = await declared(binder, fresh, "out", "in")
    inbox = await binder.subscribe(target)
    await binder.bind(Binding(source, target))
    for name, payload in PAYLOADS.items():
        await binder.publish(source, payload)
        assert await take(inbox, 1) == [payload], name


async def test_queue_names_are_opaque(place: Place, fresh: Fresh) -> None:
    client, other = await place.client(), await place.client()
    for name in ("a b", "2floor/lamp.OUT", "č/ž", "a//b/", "/", ".", "x" * 200, "🎛️", "%2B"):
        await _has_queue(client, other, QueueName(fresh("") + name))


async def test_queue_names_may_be_long(forwarder: Place, fresh: Fresh) -> None:
    """AMQP alone has a bound, of 255 bytes."""
    client, other = await forwarder.client(), await forwarder.client()
    await _has_queue(client, other, QueueName(fresh("") + "x" * 1_000))


async def _has_queue(client: Client, other: Client, name: QueueName) -> None:
    """What one sends there comes to the other one, under that name."""
    [queue] = await declared(client, lambda _: name, "both")
    inbox = await client.subscribe(queue)
    await other.publish(queue, b"here")
    async with asyncio.timeout(DEADLINE):
        delivery = await inbox.get()
    delivery.ack()
    assert (delivery.queue, delivery.payload, inbox.queue) == (name, b"here", name)


async def test_a_queue_needs_a_name(place: Place) -> None:
    client = await place.client()
    with pytest.raises(InvalidName):
        await client.declare(QueueName(""), Side.IN)


async def test_either_side_reaches_the_queue(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    await client.publish(queue, b"in", Side.IN)
    await client.publish(queue, b"out", Side.OUT)
    assert await take(inbox, 2) == [b"in", b"out"]


async def test_subscribers_get_a_copy_each_or_share(place: Place, fresh: Fresh) -> None:
    client, other = await place.client(), await place.client()
    [queue] = await declared(client, fresh, "both")
    inboxes = [await client.subscribe(queue), await client.subscribe(queue)]
    inboxes.append(await other.subscribe(queue))
    await publish_all(client, queue, numbered(12))
    if client.traits.shares:
        found = await take_shared(inboxes, 12)
        assert sorted(chain(*found)) == sorted(numbered(12))
    else:
        assert await take_from_each(inboxes, 12) == [numbered(12)] * 3


async def test_a_closed_subscription_ends_and_leaves_the_other(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    first, second = await client.subscribe(queue), await client.subscribe(queue)
    if not client.traits.shares:
        await client.publish(queue, b"1")
        assert await take(second, 1) == [b"1"]
    await first.close()
    await first.close()
    await client.publish(queue, b"2")
    assert await take(second, 1) == [b"2"]
    if not client.traits.shares:
        # What was in the inbox can still be had.
        assert await take(first, 1) == [b"1"]
    with pytest.raises(StopAsyncIteration):
        await first.get()
    assert [delivery async for delivery in first] == []


async def test_close_wakes_who_waits(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "in")
    inbox = await client.subscribe(queue)
    waiting = [asyncio.create_task(_ends(inbox.get())) for _ in range(3)]
    await asyncio.sleep(0)
    await client.close()
    async with asyncio.timeout(DEADLINE):
        assert await asyncio.gather(*waiting) == [True, True, True]


async def _ends(waiting: object) -> bool:
    try:
        await waiting  # type: ignore[misc]
    except StopAsyncIteration:
        return True
    return False


async def test_a_cancelled_get_loses_nothing(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    sending = asyncio.create_task(publish_all(client, queue, numbered(300)))
    found: list[bytes] = []
    async with asyncio.timeout(DEADLINE):
        while len(found) < 300:
            getting = asyncio.create_task(inbox.get())
            # Cancelled at every moment: before it starts, while it waits, once it is woken.
            for _ in range(len(found) % 4):
                await asyncio.sleep(0)
            if getting.done() or not getting.cancel():
                delivery = getting.result()
            else:
                try:
                    delivery = await getting
                except asyncio.CancelledError:
                    delivery = await inbox.get()
            delivery.ack()
            found.append(delivery.payload)
    await sending
    assert found == numbered(300)


async def test_a_slow_reader_loses_nothing(place: Place, fresh: Fresh) -> None:
    client, reader = await place.client(), await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await reader.subscribe(queue)
    sending = asyncio.create_task(publish_quickly(client, queue, numbered(2_500)))
    first = await take(inbox, 1)
    await asyncio.wait([sending], timeout=0.3)
    assert first + await take(inbox, 2_499) == numbered(2_500)
    await sending


async def test_settling_twice_is_ignored(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    for _ in range(50):
        await client.publish(queue, b"x")
        async with asyncio.timeout(DEADLINE):
            delivery = await inbox.get()
        delivery.nack()
        delivery.ack()
        delivery.nack()


async def test_settling_in_any_order(place: Place, fresh: Fresh) -> None:
    client = await place.in_hand(10).client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    async with asyncio.timeout(DEADLINE):
        for turn in range(20):
            await publish_all(client, queue, numbered(10))
            deliveries = [await inbox.get() for _ in range(10)]
            for delivery in deliveries[::-1] if turn % 2 else deliveries:
                delivery.ack()


async def test_close_is_idempotent_and_ends_everything(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    source, target = await declared(client, fresh, "out", "in")
    await binder.bind(Binding(source, target))
    inbox = await client.subscribe(target)
    tap = await binder.tap(source, Side.OUT)
    await binder.close()
    await binder.close()
    with pytest.raises(StopAsyncIteration):
        await tap.get()
    await publish_all(client, source, numbered(3))
    if client.traits.keeps:
        assert await take(inbox, 3) == numbered(3)
    # Else no one forwards any more.
    await nothing_more(client, inbox)
    await client.close()
    await client.close()
    with pytest.raises(MsgFloLabError):
        await client.publish(source, b"x")
    with pytest.raises(MsgFloLabError):
        await binder.bind(Binding(source, target))


async def test_posting_waits_for_no_answer_and_keeps_the_order(place: Place, fresh: Fresh) -> None:
    reader, writer = await place.client(), await place.client()
    [queue] = await declared(reader, fresh, "both")
    inbox = await reader.subscribe(queue)
    answers = [await writer.post(queue, payload) for payload in numbered(300)]
    assert await take(inbox, 300) == numbered(300)
    async with asyncio.timeout(DEADLINE):
        for answer in answers:
            if answer is not None:
                await answer
    assert len({answer is None for answer in answers}) == 1, "all are answered, or none is"


async def test_what_was_published_before_closing_arrives(place: Place, fresh: Fresh) -> None:
    reader = await place.client()
    [queue] = await declared(reader, fresh, "both")
    inbox = await reader.subscribe(queue)
    writer = await place.client()
    await publish_all(writer, queue, numbered(500))
    await writer.close()
    assert await take(inbox, 500) == numbered(500)
