"""What the contract promises, on every transport (`msgflo_lab/transport/contract.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidName, MsgFloLabError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Binder, Client
from tests.conformance.places import (
    DEADLINE,
    Place,
    nothing_more,
    numbered,
    passed,
    publish_all,
    take,
)

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


async def test_handles_keep_the_protocols(place: Place) -> None:
    assert isinstance(await place.client(), Client)
    assert isinstance(await place.binder(), Binder)


async def test_order_is_kept(place: Place, fresh: Fresh) -> None:
    client, queue = await place.client(), fresh("in")
    inbox = await client.subscribe(queue)
    async with asyncio.TaskGroup() as group:
        sending = group.create_task(publish_all(client, queue, numbered(3_000)))
        assert await take(inbox, 3_000) == numbered(3_000)
        await sending


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x00", b'{"a": 1}', b"not json", bytes(range(256)), "žluťoučký".encode(), b"x" * 2**20],
    ids=["empty", "nul", "json", "text", "binary", "utf-8", "1 MB"],
)
async def test_bytes_arrive_as_they_are(place: Place, fresh: Fresh, payload: bytes) -> None:
    binder, source, target = await place.binder(), fresh("out"), fresh("in")
    inbox = await binder.subscribe(target)
    await binder.bind(Binding(source, target))
    await binder.publish(source, payload)
    assert await take(inbox, 1) == [payload]


@pytest.mark.parametrize(
    "name", ["a b", "2floor/lamp.OUT", "č/ž", "a//b/", "/", ".", "x" * 1_000, "🎛️", "%2B"]
)
async def test_queue_names_are_opaque(place: Place, fresh: Fresh, name: str) -> None:
    client, other = await place.client(), await place.client()
    queue = QueueName(fresh("") + name)
    await client.declare(queue, Side.IN)
    inbox = await client.subscribe(queue)
    await other.publish(queue, b"here")
    async with asyncio.timeout(DEADLINE):
        delivery = await inbox.get()
    assert (delivery.queue, delivery.payload, inbox.queue) == (queue, b"here", queue)


async def test_a_queue_needs_a_name(place: Place) -> None:
    client = await place.client()
    with pytest.raises(InvalidName):
        await client.declare(QueueName(""), Side.IN)


async def test_either_side_reaches_the_queue(place: Place, fresh: Fresh) -> None:
    client, queue = await place.client(), fresh("in")
    inbox = await client.subscribe(queue)
    await client.publish(queue, b"in", Side.IN)
    await client.publish(queue, b"out", Side.OUT)
    assert await take(inbox, 2) == [b"in", b"out"]


async def test_every_subscriber_gets_a_copy(place: Place, fresh: Fresh) -> None:
    client, other, queue = await place.client(), await place.client(), fresh("in")
    inboxes = [await client.subscribe(queue), await client.subscribe(queue)]
    inboxes.append(await other.subscribe(queue))
    await client.publish(queue, b"copy")
    for inbox in inboxes:
        assert await take(inbox, 1) == [b"copy"]


async def test_a_closed_subscription_ends_and_leaves_the_other(place: Place, fresh: Fresh) -> None:
    client, queue = await place.client(), fresh("in")
    first, second = await client.subscribe(queue), await client.subscribe(queue)
    await client.publish(queue, b"1")
    assert await take(second, 1) == [b"1"]
    await first.close()
    await first.close()
    await client.publish(queue, b"2")
    assert await take(second, 1) == [b"2"]
    # What was in the inbox can still be had.
    assert await take(first, 1) == [b"1"]
    with pytest.raises(StopAsyncIteration):
        await first.get()
    assert [delivery async for delivery in first] == []


async def test_close_wakes_who_waits(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    inbox = await client.subscribe(fresh("in"))
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
    client, queue = await place.client(), fresh("in")
    inbox = await client.subscribe(queue)
    sending = asyncio.create_task(publish_all(client, queue, numbered(300)))
    found: list[bytes] = []
    async with asyncio.timeout(DEADLINE):
        while len(found) < 300:
            getting = asyncio.create_task(inbox.get())
            # Cancelled at every possible moment: before it starts, while it waits, once it is woken.
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
    client, reader, queue = await place.client(), await place.client(), fresh("in")
    inbox = await reader.subscribe(queue)
    sending = asyncio.create_task(publish_all(client, queue, numbered(5_000)))
    first = await take(inbox, 1)
    await asyncio.wait([sending], timeout=0.3)
    assert first + await take(inbox, 4_999) == numbered(5_000)
    await sending


async def test_settling_twice_is_ignored(place: Place, fresh: Fresh) -> None:
    client, queue = await place.client(), fresh("in")
    inbox = await client.subscribe(queue)
    for _ in range(50):
        await client.publish(queue, b"x")
        async with asyncio.timeout(DEADLINE):
            delivery = await inbox.get()
        delivery.nack()
        delivery.ack()
        delivery.nack()


async def test_settling_in_any_order(place: Place, fresh: Fresh) -> None:
    client, queue = await place.client(), fresh("in")
    inbox = await client.subscribe(queue)
    async with asyncio.timeout(DEADLINE):
        for turn in range(20):
            await publish_all(client, queue, numbered(10))
            deliveries = [await inbox.get() for _ in range(10)]
            for delivery in deliveries[::-1] if turn % 2 else deliveries:
                delivery.ack()


async def test_bind_is_idempotent_and_undone_at_once(place: Place, fresh: Fresh) -> None:
    binder, source, target = await place.binder(), fresh("out"), fresh("in")
    inbox, binding = await binder.subscribe(target), Binding(source, target)
    for _ in range(3):
        await binder.bind(binding)
    assert binding in await binder.bindings()
    await publish_all(binder, source, numbered(5))
    assert await take(inbox, 5) == numbered(5)
    assert passed(binder)[binding] == 5
    for _ in range(3):
        await binder.unbind(binding)
    assert binding not in await binder.bindings()
    assert binding not in passed(binder)
    await publish_all(binder, source, numbered(5))
    await nothing_more(binder, inbox)


async def test_unbinding_what_was_never_bound(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    await binder.unbind(Binding(fresh("a"), fresh("b")))


async def test_a_binding_that_comes_back_counts_from_zero(place: Place, fresh: Fresh) -> None:
    binder, source, target = await place.binder(), fresh("out"), fresh("in")
    inbox, binding = await binder.subscribe(target), Binding(source, target)
    for _ in range(3):
        await binder.bind(binding)
        assert passed(binder)[binding] == 0
        await publish_all(binder, source, numbered(4))
        assert await take(inbox, 4) == numbered(4)
        assert passed(binder)[binding] == 4
        await binder.unbind(binding)
    await nothing_more(binder, inbox)


async def test_a_cycle_does_not_loop(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    a, b, c = fresh("a"), fresh("b"), fresh("c")
    for binding in (Binding(a, b), Binding(b, c), Binding(c, a)):
        await binder.bind(binding)
    inboxes = {queue: await client.subscribe(queue) for queue in (a, b, c)}
    for source in (a, b, c):
        await publish_all(client, source, numbered(100))
        for queue in (a, b, c):
            assert await take(inboxes[queue], 100) == numbered(100)
    for binding in (Binding(a, b), Binding(b, c), Binding(c, a)):
        await binder.unbind(binding)
    for queue in (a, b, c):
        await nothing_more(client, inboxes[queue])


async def test_equal_messages_in_a_cycle_are_all_forwarded(place: Place, fresh: Fresh) -> None:
    binder, client, a, b = await place.binder(), await place.client(), fresh("a"), fresh("b")
    await binder.bind(Binding(a, b))
    await binder.bind(Binding(b, a))
    at_a, at_b = await client.subscribe(a), await client.subscribe(b)
    for _ in range(50):
        await client.publish(a, b"same")
        await client.publish(b, b"same")
    assert await take(at_a, 100) == [b"same"] * 100
    assert await take(at_b, 100) == [b"same"] * 100
    await binder.unbind(Binding(a, b))
    await binder.unbind(Binding(b, a))
    await nothing_more(client, at_a)
    await nothing_more(client, at_b)


async def test_a_queue_bound_to_itself_only_counts(place: Place, fresh: Fresh) -> None:
    binder, queue = await place.binder(), fresh("shared")
    inbox, binding = await binder.subscribe(queue), Binding(queue, queue)
    await binder.bind(binding)
    await publish_all(binder, queue, numbered(10))
    assert await take(inbox, 10) == numbered(10)
    async with asyncio.timeout(DEADLINE):
        while passed(binder)[binding] < 10:
            await asyncio.sleep(0.01)
    assert passed(binder)[binding] == 10
    await nothing_more(binder, inbox)


async def test_a_chain_is_followed_to_its_end(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    queues = [fresh(str(number)) for number in range(6)]
    bindings = [Binding(*pair) for pair in zip(queues, queues[1:], strict=False)]
    for binding in bindings:
        await binder.bind(binding)
    inboxes = [await binder.subscribe(queue) for queue in queues]
    await publish_all(binder, queues[0], numbered(20))
    for inbox in inboxes:
        assert await take(inbox, 20) == numbered(20)
    assert [passed(binder)[binding] for binding in bindings] == [20] * 5
    await publish_all(binder, queues[3], numbered(7, 100))
    for inbox in inboxes[3:]:
        assert await take(inbox, 7) == numbered(7, 100)
    assert [passed(binder)[binding] for binding in bindings] == [20, 20, 20, 27, 27]


async def test_two_ways_to_one_queue_deliver_once(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    a, b, c, d = (fresh(name) for name in "abcd")
    for binding in (Binding(a, b), Binding(a, c), Binding(b, d), Binding(c, d)):
        await binder.bind(binding)
    inbox = await binder.subscribe(d)
    await publish_all(binder, a, numbered(10))
    assert await take(inbox, 10) == numbered(10)
    await nothing_more(binder, inbox)


async def test_two_sources_to_one_target(place: Place, fresh: Fresh) -> None:
    binder, one, two = await place.binder(), await place.client(), await place.client()
    a, b, target = fresh("a"), fresh("b"), fresh("in")
    await binder.bind(Binding(a, target))
    await binder.bind(Binding(b, target))
    inbox = await binder.subscribe(target)
    async with asyncio.TaskGroup() as group:
        group.create_task(publish_all(one, a, numbered(500)))
        group.create_task(publish_all(two, b, numbered(500, 10_000)))
        found = await take(inbox, 1_000)
    assert [each for each in found if len(each) < 13] == numbered(500)
    assert [each for each in found if len(each) >= 13] == numbered(500, 10_000)


async def test_one_source_to_many_targets(place: Place, fresh: Fresh) -> None:
    binder, source = await place.binder(), fresh("out")
    targets = [fresh(f"in{number}") for number in range(20)]
    for target in targets:
        await binder.bind(Binding(source, target))
    inboxes = [await binder.subscribe(target) for target in targets]
    await publish_all(binder, source, numbered(50))
    for inbox in inboxes:
        assert await take(inbox, 50) == numbered(50)


async def test_changing_bindings_loses_nothing_of_the_others(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    source, kept = fresh("out"), fresh("kept")
    await binder.bind(Binding(source, kept))
    inbox = await client.subscribe(kept)
    sending = asyncio.create_task(publish_all(client, source, numbered(2_000)))
    taking = asyncio.create_task(take(inbox, 2_000))
    others = [Binding(source, fresh("other")), Binding(fresh("else"), kept), Binding(kept, source)]
    while not sending.done():
        for other in others:
            await binder.bind(other)
        for other in others:
            await binder.unbind(other)
        await asyncio.sleep(0)
    await sending
    assert await taking == numbered(2_000)
    await nothing_more(client, inbox)


async def test_a_tap_takes_nothing_away(place: Place, fresh: Fresh) -> None:
    binder, client, source, target = (
        await place.binder(),
        await place.client(),
        fresh("out"),
        fresh("in"),
    )
    await binder.bind(Binding(source, target))
    inbox = await client.subscribe(target)
    before, after = await binder.tap(source, Side.OUT), await binder.tap(target, Side.IN)
    await publish_all(client, source, numbered(30))
    for each in (inbox, before, after):
        assert await take(each, 30) == numbered(30)
    await before.close()
    await publish_all(client, source, numbered(30))
    assert await take(inbox, 30) == numbered(30)
    assert await take(after, 30) == numbered(30)


async def test_a_tap_that_nobody_reads_stops_nobody(place: Place, fresh: Fresh) -> None:
    binder, client, source, target = (
        await place.binder(),
        await place.client(),
        fresh("out"),
        fresh("in"),
    )
    await binder.bind(Binding(source, target))
    tap, inbox = await binder.tap(source, Side.OUT), await client.subscribe(target)
    sending = asyncio.create_task(publish_all(client, source, numbered(12_000)))
    assert await take(inbox, 12_000) == numbered(12_000)
    await sending
    newest = b""
    async with asyncio.timeout(DEADLINE):
        while newest != numbered(1, 11_999)[0]:
            newest = (await tap.get()).payload


async def test_announcements_are_discovered(place: Place) -> None:
    binder, one, two = await place.binder(), await place.client(), await place.client()
    found = await binder.discoveries()
    await one.announce(b'{"protocol": "discovery"}')
    assert await take(found, 1) == [b'{"protocol": "discovery"}']
    await two.announce(b"not even JSON")
    assert await take(found, 1) == [b"not even JSON"]
    late = await (await place.binder()).discoveries()
    await one.announce(b"again")
    assert await take(late, 1) == [b"again"]


async def test_close_is_idempotent_and_ends_everything(place: Place, fresh: Fresh) -> None:
    binder, client, source, target = (
        await place.binder(),
        await place.client(),
        fresh("out"),
        fresh("in"),
    )
    await binder.bind(Binding(source, target))
    inbox = await client.subscribe(target)
    tap = await binder.tap(source, Side.OUT)
    await binder.close()
    await binder.close()
    with pytest.raises(StopAsyncIteration):
        await tap.get()
    # No one forwards any more.
    await publish_all(client, source, numbered(3))
    await nothing_more(client, inbox)
    await client.close()
    await client.close()
    with pytest.raises(MsgFloLabError):
        await client.publish(source, b"x")
    with pytest.raises(MsgFloLabError):
        await binder.bind(Binding(source, target))


async def test_what_was_published_before_closing_arrives(place: Place, fresh: Fresh) -> None:
    reader, queue = await place.client(), fresh("in")
    inbox = await reader.subscribe(queue)
    writer = await place.client()
    await publish_all(writer, queue, numbered(500))
    await writer.close()
    assert await take(inbox, 500) == numbered(500)
