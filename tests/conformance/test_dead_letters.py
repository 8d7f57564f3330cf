"""What becomes of rejected messages, on every transport."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Binder, DeadLetter, Delivery, Subscription
from tests.conformance.places import (
    DEADLINE,
    Place,
    counted,
    declared,
    numbered,
    publish_all,
    take,
)

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


async def next_of(subscription: Subscription) -> Delivery:
    """The next one, to be settled by the test before it asks for another."""
    async with asyncio.timeout(DEADLINE):
        return await subscription.get()


async def reject(subscription: Subscription, count: int, reason: str = "") -> None:
    """The next ones become dead letters."""
    for _ in range(count):
        (await next_of(subscription)).nack(reason)


async def letters(binder: Binder, queue: QueueName, count: int) -> list[DeadLetter]:
    """All dead letters of a queue, once there are so many; fails if there are more."""
    async with asyncio.timeout(DEADLINE):
        while len(found := await binder.dead_letters.look(queue)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(found) == count
    return found


async def test_what_is_rejected_is_kept(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    queue, other = await declared(client, fresh, "both", "both")
    inbox, begin = await client.subscribe(queue), time.time()
    assert await binder.dead_letters.look(queue) == []
    await publish_all(client, queue, numbered(3))
    await reject(inbox, 3, "no such lamp")
    found = await letters(binder, queue, 3)
    assert [each.payload for each in found] == numbered(3)
    assert {each.queue for each in found} == {queue}
    assert {each.reason for each in found} <= {"no such lamp", "rejected"}
    assert {each.count for each in found} == {1}
    assert all(not each.first or begin - 2 < each.first < time.time() + 2 for each in found)
    assert len({each.id for each in found}) == 3
    assert await binder.dead_letters.look(queue, 2) == found[:2]
    async with asyncio.timeout(DEADLINE):
        # A broker may count now and then only.
        while (there := await binder.dead_letters.queues()).get(queue) != 3:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert other not in there


async def test_only_the_first_settlement_counts(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    await publish_all(client, queue, numbered(4))
    one = await next_of(inbox)
    one.ack()
    one.nack()
    two = await next_of(inbox)
    two.nack()
    two.nack()
    two.ack()
    three = await next_of(inbox)
    three.ack()
    three.retry()
    (await next_of(inbox)).nack()
    found = await letters(binder, queue, 2)
    assert [each.payload for each in found] == [numbered(4)[1], numbered(4)[3]]


async def test_they_can_be_requeued(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    await publish_all(client, queue, numbered(3))
    await reject(inbox, 3)
    before = await letters(binder, queue, 3)
    assert await binder.dead_letters.requeue(queue) == 3
    assert await binder.dead_letters.look(queue) == []
    assert queue not in await binder.dead_letters.queues()
    # It fails again, and that is known of it.
    await reject(inbox, 2)
    assert await take(inbox, 1) == numbered(1, 2)
    again = await letters(binder, queue, 2)
    assert [(each.payload, each.count) for each in again] == [(each, 2) for each in numbered(2)]
    assert [each.first for each in again] == [each.first for each in before[:2]]
    await client.publish(queue, b"new")
    await reject(inbox, 1)
    assert [each.count for each in await letters(binder, queue, 3)] == [2, 2, 1]


async def test_some_are_requeued_edited_or_dropped(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox, dead = await client.subscribe(queue), binder.dead_letters
    await publish_all(client, queue, numbered(6))
    await reject(inbox, 6)
    found = await letters(binder, queue, 6)
    ids = [each.id for each in found]
    assert await dead.requeue(queue, {ids[1], ids[3], "no such"}, {ids[3]: b"mended"}) == 2
    assert sorted(await take(inbox, 2)) == sorted([found[1].payload, b"mended"])
    assert await dead.requeue(queue, ids[1:2]) == 0
    assert await dead.drop(queue, {ids[0], ids[1], "no such"}) == 1
    left = await letters(binder, queue, 3)
    # In any order: letters of a quorum queue that were looked at often lie behind the others.
    assert {each.payload for each in left} == {found[at].payload for at in (2, 4, 5)}
    assert await dead.drop(queue, []) == 0
    assert await dead.drop(queue) == 3
    assert await dead.look(queue) == []
    assert await dead.drop(queue) == await dead.requeue(queue) == 0


async def test_a_name_is_no_collection_of_names(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox, dead = await client.subscribe(queue), binder.dead_letters
    await publish_all(client, queue, numbered(13))
    await reject(inbox, 13)
    names = [each.id for each in await letters(binder, queue, 13)]
    assert await dead.drop(queue, names[11]) == 1
    assert await dead.requeue(queue, names[12]) == 1
    assert await take(inbox, 1) == numbered(1, 12)
    assert {each.id for each in await dead.look(queue)} == set(names[:11])
    assert await dead.look(queue, -1) == await dead.look(queue, 0) == []


async def test_a_binding_takes_them_elsewhere(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    queue, grave, further = await declared(client, fresh, "both", "both", "in")
    inbox, at_grave = await client.subscribe(queue), await client.subscribe(grave)
    beyond = await client.subscribe(further)
    binding = Binding(queue, grave, Kind.DEAD_LETTER)
    for each in (binding, binding, Binding(grave, further)):
        await binder.bind(each)
    assert binding in await binder.bindings()
    await publish_all(client, queue, numbered(5))
    assert await take(inbox, 1) == numbered(1)
    await reject(inbox, 4)
    assert await take(at_grave, 4) == numbered(4, 1)
    if not client.traits.keeps:
        # A broker's queue is bound to what publishes to it, which dead letters need not pass.
        assert await take(beyond, 4) == numbered(4, 1)
    await counted(binder, {binding: 4})
    assert await binder.dead_letters.look(queue) == []
    await binder.unbind(binding)
    assert binding not in await binder.bindings()
    await client.publish(queue, b"stays")
    await reject(inbox, 1)
    assert [each.payload for each in await letters(binder, queue, 1)] == [b"stays"]


async def test_many_queues_have_one_grave(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    one, two, grave = await declared(binder, fresh, "both", "both", "in")
    at_grave = await binder.subscribe(grave)
    for queue in (one, two):
        await binder.bind(Binding(queue, grave, Kind.DEAD_LETTER))
        inbox = await binder.subscribe(queue)
        await binder.publish(queue, queue.encode())
        await reject(inbox, 1)
    assert sorted(await take(at_grave, 2)) == sorted([one.encode(), two.encode()])
    assert not {one, two} & set(await binder.dead_letters.queues())


async def test_an_onlooker_rejects_nothing(place: Place, fresh: Fresh) -> None:
    binder, client = await place.binder(), await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox, tap = await client.subscribe(queue), await binder.tap(queue, Side.IN)
    await publish_all(client, queue, numbered(2))
    await reject(tap, 2)
    assert await take(inbox, 1) == numbered(1)
    await reject(inbox, 1)
    assert [each.payload for each in await letters(binder, queue, 1)] == numbered(1, 1)
