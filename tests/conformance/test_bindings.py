"""What the contract promises of bindings, taps and discoveries, on every transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from tests.conformance.places import (
    DEADLINE,
    Place,
    counted,
    declared,
    nothing_more,
    numbered,
    passed,
    publish_all,
    publish_quickly,
    take,
    take_from_each,
)

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


async def test_bind_is_idempotent_and_undone_at_once(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    source, target = await declared(binder, fresh, "out", "in")
    inbox, binding = await binder.subscribe(target), Binding(source, target)
    for _ in range(3):
        await binder.bind(binding)
    assert binding in await binder.bindings()
    await publish_all(binder, source, numbered(5))
    assert await take(inbox, 5) == numbered(5)
    await counted(binder, {binding: 5})
    for _ in range(3):
        await binder.unbind(binding)
    assert binding not in await binder.bindings()
    assert binding not in passed(binder)
    await publish_all(binder, source, numbered(5))
    await nothing_more(binder, inbox)


async def test_what_is_bound_must_be_there(place: Place, fresh: Fresh) -> None:
    binder = await place.binder(name="")
    source, target = fresh("out"), fresh("in")
    ends = [(source, Side.OUT), (target, Side.IN)]
    are_there = [await binder.is_declared(*end) for end in ends]
    assert are_there == [not binder.traits.keeps] * 2
    for end in ends:
        await binder.declare(*end)
        assert await binder.is_declared(*end)
    await binder.bind(Binding(source, target))
    assert Binding(source, target) in await binder.bindings()


async def test_unbinding_what_was_never_bound(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    source, target, inport, outport = await declared(binder, fresh, "both", "both", "in", "out")
    inbox, kept = await binder.subscribe(target), Binding(source, target)
    await binder.bind(kept)
    for stranger in (
        Binding(target, source),
        Binding(source, inport),
        Binding(outport, target),
    ):
        await binder.unbind(stranger)
    assert await binder.bindings() >= {kept}
    await publish_all(binder, source, numbered(3))
    assert await take(inbox, 3) == numbered(3)
    await counted(binder, {kept: 3})


async def test_a_binding_that_comes_back_counts_from_zero(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    source, target = await declared(binder, fresh, "out", "in")
    inbox, binding = await binder.subscribe(target), Binding(source, target)
    for _ in range(3):
        await binder.bind(binding)
        assert passed(binder)[binding] == 0
        await publish_all(binder, source, numbered(4))
        assert await take(inbox, 4) == numbered(4)
        await counted(binder, {binding: 4})
        await binder.unbind(binding)
    await nothing_more(binder, inbox)


async def test_a_cycle_does_not_loop(forwarder: Place, fresh: Fresh) -> None:
    binder, client = await forwarder.binder(), await forwarder.client()
    a, b, c = await declared(binder, fresh, "both", "both", "both")
    for binding in (Binding(a, b), Binding(b, c), Binding(c, a)):
        await binder.bind(binding)
    inboxes = {queue: await client.subscribe(queue) for queue in (a, b, c)}
    for source in (a, b, c):
        taking = take_from_each(inboxes.values(), 100)
        await publish_all(client, source, numbered(100))
        assert await taking == [numbered(100)] * 3
    for binding in (Binding(a, b), Binding(b, c), Binding(c, a)):
        await binder.unbind(binding)
    for queue in (a, b, c):
        await nothing_more(client, inboxes[queue])


async def test_equal_messages_in_a_cycle_are_all_forwarded(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    a, b = await declared(binder, fresh, "both", "both")
    await binder.bind(Binding(a, b))
    await binder.bind(Binding(b, a))
    at_a, at_b = await client.subscribe(a), await client.subscribe(b)
    taking = take_from_each([at_a, at_b], 100)
    for _ in range(50):
        await client.publish(a, b"same")
        await client.publish(b, b"same")
    assert await taking == [[b"same"] * 100] * 2
    await binder.unbind(Binding(a, b))
    await binder.unbind(Binding(b, a))
    await nothing_more(client, at_a)
    await nothing_more(client, at_b)


async def test_a_queue_bound_to_itself_only_counts(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    [queue] = await declared(binder, fresh, "both")
    inbox, binding = await binder.subscribe(queue), Binding(queue, queue)
    await binder.bind(binding)
    await publish_all(binder, queue, numbered(10))
    assert await take(inbox, 10) == numbered(10)
    await counted(binder, {binding: 10})
    await nothing_more(binder, inbox)


async def test_a_chain_is_followed_to_its_end(forwarder: Place, fresh: Fresh) -> None:
    binder = await forwarder.binder()
    queues = await declared(binder, fresh, *["both"] * 6)
    bindings = [Binding(*pair) for pair in pairwise(queues)]
    for binding in bindings:
        await binder.bind(binding)
    inboxes = [await binder.subscribe(queue) for queue in queues]
    taking = take_from_each(inboxes, 20)
    await publish_all(binder, queues[0], numbered(20))
    assert await taking == [numbered(20)] * 6
    await counted(binder, dict.fromkeys(bindings, 20))
    await publish_all(binder, queues[3], numbered(7, 100))
    for inbox in inboxes[3:]:
        assert await take(inbox, 7) == numbered(7, 100)
    await counted(binder, dict(zip(bindings, [20, 20, 20, 27, 27], strict=True)))


async def test_two_ways_to_one_queue_deliver_once(forwarder: Place, fresh: Fresh) -> None:
    binder = await forwarder.binder()
    a, b, c, d = await declared(binder, fresh, "out", "both", "both", "in")
    for binding in (Binding(a, b), Binding(a, c), Binding(b, d), Binding(c, d)):
        await binder.bind(binding)
    inbox = await binder.subscribe(d)
    await publish_all(binder, a, numbered(10))
    assert await take(inbox, 10) == numbered(10)
    await nothing_more(binder, inbox)


async def test_two_sources_to_one_target(place: Place, fresh: Fresh) -> None:
    binder, one, two = await place.binder(), await place.client(), await place.client()
    a, b, target = await declared(binder, fresh, "out", "out", "in")
    await binder.bind(Binding(a, target))
    await binder.bind(Binding(b, target))
    inbox = await binder.subscribe(target)
    async with asyncio.TaskGroup() as group:
        group.create_task(publish_all(one, a, numbered(250)))
        group.create_task(publish_all(two, b, numbered(250, 10_000)))
        found = await take(inbox, 500)
    assert [each for each in found if len(each) < 13] == numbered(250)
    assert [each for each in found if len(each) >= 13] == numbered(250, 10_000)


async def test_one_source_to_many_targets(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    source, *targets = await declared(binder, fresh, "out", *["in"] * 20)
    for target in targets:
        await binder.bind(Binding(source, target))
    inboxes = [await binder.subscribe(target) for target in targets]
    taking = take_from_each(inboxes, 50)
    await publish_all(binder, source, numbered(50))
    assert await taking == [numbered(50)] * 20


async def test_changing_bindings_loses_nothing_of_the_others(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    source, kept, inport, outport = await declared(binder, fresh, "both", "both", "in", "out")
    await binder.bind(Binding(source, kept))
    inbox = await client.subscribe(kept)
    sending = asyncio.create_task(publish_all(client, source, numbered(600)))
    taking = asyncio.create_task(take(inbox, 600))
    others = [Binding(source, inport), Binding(outport, kept), Binding(kept, source)]
    while not sending.done():
        for other in others:
            await binder.bind(other)
        for other in others:
            await binder.unbind(other)
        await asyncio.sleep(0)
    await sending
    assert await taking == numbered(600)
    await nothing_more(client, inbox)


async def test_a_tap_takes_nothing_away(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    source, target = await declared(binder, fresh, "out", "in")
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
    binder, client = await place.binder(), await place.client()
    source, target = await declared(binder, fresh, "out", "in")
    await binder.bind(Binding(source, target))
    tap, inbox = await binder.tap(source, Side.OUT), await client.subscribe(target)
    sending = asyncio.create_task(publish_quickly(client, source, numbered(10_500)))
    assert len(await take(inbox, 10_500)) == 10_500
    await sending
    async with asyncio.timeout(DEADLINE):
        while (await tap.get()).payload != numbered(1, 10_499)[0]:
            pass


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


async def test_what_is_said_about_a_message_travels_with_it(place: Place, fresh: Fresh) -> None:
    """Along bindings, to each reader, and again with another attempt."""
    client, binder = await place.client(), await place.binder()
    [source], [target] = await declared(client, fresh, "out"), await declared(client, fresh, "in")
    await binder.bind(Binding(source, target))
    inbox = await client.subscribe(target)
    said = {"topic": "a/b", "level": "ü"}
    for metadata in (said, None):
        confirmed = await client.post(source, b"1", Side.OUT, metadata=metadata)
        if confirmed is not None:
            await confirmed
        async with asyncio.timeout(DEADLINE):
            delivery = await inbox.get()
            expected = {} if metadata is None or not place.carries_metadata else metadata
            assert dict(delivery.metadata) == expected
            delivery.retry()
            delivery = await inbox.get()
            assert (delivery.payload, dict(delivery.metadata)) == (b"1", expected)
            delivery.ack()
