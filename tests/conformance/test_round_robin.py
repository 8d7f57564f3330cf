"""Messages that are for one of several readers, on every transport that has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import chain

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Client, Subscription
from tests.conformance.places import (
    Place,
    counted,
    declared,
    nothing_more,
    numbered,
    publish_all,
    take,
    take_from_each,
    take_shared,
)

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


async def worker(client: Client, queue: QueueName) -> Subscription:
    """One of those who share an inport's queue."""
    await client.declare(queue, Side.IN, {"share": True})
    return await client.subscribe(queue)


@pytest.mark.parametrize("kind", [Kind.ROUND_ROBIN, Kind.PUBSUB])
async def test_each_message_is_for_one_of_the_workers(
    sharing: Place, fresh: Fresh, kind: Kind
) -> None:
    binder = await sharing.binder()
    [source] = await declared(binder, fresh, "out")
    target = fresh("in")
    workers = [await worker(await sharing.client(), target) for _ in range(3)]
    binding = Binding(source, target, kind)
    await binder.bind(binding)
    assert binding in await binder.bindings()
    sending = asyncio.create_task(publish_all(binder, source, numbered(90)))
    found = await take_shared(workers, 90)
    await sending
    assert sorted(chain(*found)) == sorted(numbered(90))
    assert all(found), "nobody goes without"
    await counted(binder, {binding: 90})


async def test_workers_share_what_is_sent_straight_to_them(sharing: Place, fresh: Fresh) -> None:
    client, target = await sharing.client(), fresh("in")
    workers = [await worker(await sharing.client(), target) for _ in range(2)]
    for payload in numbered(30):
        await client.publish(target, payload, Side.IN)
    found = await take_shared(workers, 30)
    assert sorted(chain(*found)) == sorted(numbered(30))
    assert all(found)


async def test_workers_of_one_handle_share_too(sharing: Place, fresh: Fresh) -> None:
    client, target = await sharing.client(), fresh("in")
    workers = [await worker(client, target) for _ in range(3)]
    for payload in numbered(30):
        await client.publish(target, payload, Side.IN)
    found = await take_shared(workers, 30)
    assert sorted(chain(*found)) == sorted(numbered(30))


async def test_an_onlooker_sees_all_that_they_share(sharing: Place, fresh: Fresh) -> None:
    binder = await sharing.binder()
    [source] = await declared(binder, fresh, "out")
    target = fresh("in")
    # One of them is the binder itself: what it sees and what it shares are to be told apart.
    workers = [await worker(each, target) for each in (binder, await sharing.client())]
    await binder.bind(Binding(source, target, Kind.ROUND_ROBIN))
    taps = [await binder.tap(source, Side.OUT), await binder.tap(target, Side.IN)]
    taking = take_from_each(taps, 40)
    await publish_all(binder, source, numbered(40))
    found = await take_shared(workers, 40)
    assert sorted(chain(*found)) == sorted(numbered(40))
    assert await taking == [numbered(40)] * 2
    for tap in taps:
        await tap.close()
    await publish_all(binder, source, numbered(10))
    assert sorted(chain(*await take_shared(workers, 10))) == sorted(numbered(10))


async def test_one_that_does_not_share_gets_a_copy(copying: Place, fresh: Fresh) -> None:
    client, target = await copying.client(), fresh("in")
    workers = [await worker(await copying.client(), target) for _ in range(2)]
    alone = await client.subscribe(target)
    taking = take_from_each([alone], 20)
    await publish_all(client, target, numbered(20))
    assert sorted(chain(*await take_shared(workers, 20))) == sorted(numbered(20))
    assert await taking == [numbered(20)]


async def test_a_worker_that_leaves_leaves_its_share_to_the_others(
    sharing: Place, fresh: Fresh
) -> None:
    binder, leaver = await sharing.binder(), await sharing.client()
    [source] = await declared(binder, fresh, "out")
    target = fresh("in")
    first, second, third = [
        await worker(each, target) for each in (leaver, await sharing.client(), binder)
    ]
    await binder.bind(Binding(source, target, Kind.ROUND_ROBIN))
    await publish_all(binder, source, numbered(12))
    assert sorted(chain(*await take_shared([first, second, third], 12))) == sorted(numbered(12))
    await third.close()
    await publish_all(binder, source, numbered(12))
    assert sorted(chain(*await take_shared([first, second], 12))) == sorted(numbered(12))
    await leaver.close()
    await publish_all(binder, source, numbered(12))
    assert await take(second, 12) == numbered(12)
    await nothing_more(binder, second)


async def test_unbinding_ends_it(sharing: Place, fresh: Fresh) -> None:
    binder, target = await sharing.binder(), fresh("in")
    source, other = await declared(binder, fresh, "out", "out")
    inbox = await worker(binder, target)
    bindings = [Binding(each, target, Kind.ROUND_ROBIN) for each in (source, other)]
    for binding in bindings:
        await binder.bind(binding)
        await binder.bind(binding)
    await binder.unbind(bindings[0])
    await binder.unbind(bindings[0])
    assert bindings[0] not in await binder.bindings()
    await publish_all(binder, source, numbered(5))
    await publish_all(binder, other, numbered(5, 100))
    assert await take(inbox, 5) == numbered(5, 100)
    await nothing_more(binder, inbox)
