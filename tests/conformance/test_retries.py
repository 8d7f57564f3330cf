"""Messages that are to be tried again, on every transport."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.names import QueueName
from tests.conformance.places import (
    DEADLINE,
    Place,
    declared,
    nothing_more,
    numbered,
    publish_all,
    take,
)
from tests.conformance.test_dead_letters import letters

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


async def test_a_message_comes_until_it_is_settled(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    await client.publish(queue, b"stubborn")
    async with asyncio.timeout(DEADLINE):
        for attempt in range(1, 5):
            delivery = await inbox.get()
            assert (delivery.payload, delivery.attempt) == (b"stubborn", attempt)
            assert delivery.queue == queue
            if attempt < 4:
                delivery.retry(0.0 if attempt % 2 else 0.05)
            # Only the first settlement counts.
            delivery.ack()
            delivery.nack()
    await nothing_more(client, inbox)
    assert await (await place.binder()).dead_letters.look(queue) == []


async def test_what_is_given_back_was_not_tried(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    await client.publish(queue, b"not begun")
    async with asyncio.timeout(DEADLINE):
        for _ in range(3):
            delivery = await inbox.get()
            assert (delivery.payload, delivery.attempt) == (b"not begun", 1)
            delivery.give_back()
            # Only the first settlement counts.
            delivery.ack()
        delivery = await inbox.get()
        delivery.retry()
        delivery = await inbox.get()
        assert delivery.attempt == 2
        delivery.give_back()
        delivery = await inbox.get()
        assert delivery.attempt == 2
        delivery.ack()
    await nothing_more(client, inbox)


async def test_others_pass_one_that_waits(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    await client.publish(queue, b"later")
    async with asyncio.timeout(DEADLINE):
        delivery = await inbox.get()
    begin = time.monotonic()
    delivery.retry(0.6)
    await publish_all(client, queue, numbered(10))
    assert await take(inbox, 10) == numbered(10)
    assert time.monotonic() - begin < 0.6, "too slow to tell"
    async with asyncio.timeout(DEADLINE):
        delivery = await inbox.get()
    assert (delivery.payload, delivery.attempt) == (b"later", 2)
    assert time.monotonic() - begin > 0.55
    delivery.ack()
    await nothing_more(client, inbox)


async def test_many_wait_at_once(place: Place, fresh: Fresh) -> None:
    client = await place.client()
    [queue] = await declared(client, fresh, "both")
    inbox = await client.subscribe(queue)
    # As many as Mosquitto lets one connection of MQTT 3.1.1 leave open.
    await publish_all(client, queue, numbered(20))
    found: list[bytes] = []
    async with asyncio.timeout(DEADLINE):
        while len(found) < 20:
            delivery = await inbox.get()
            if delivery.attempt < 3:
                delivery.retry(0.1)
            else:
                delivery.ack()
                found.append(delivery.payload)
    assert sorted(found) == sorted(numbered(20))
    await nothing_more(client, inbox)


async def test_one_that_is_given_up_is_a_dead_letter(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    [queue] = await declared(binder, fresh, "both")
    inbox = await binder.subscribe(queue)
    await binder.publish(queue, b"hopeless")
    async with asyncio.timeout(DEADLINE):
        while (delivery := await inbox.get()).attempt < 3:
            delivery.retry()
    delivery.nack("three times is enough")
    [letter] = await letters(binder, queue, 1)
    assert (letter.payload, letter.count) == (b"hopeless", 1)
    # Whoever sends it back gives it all its chances again.
    for reason in ("", "again"):
        assert await binder.dead_letters.requeue(queue) == 1
        async with asyncio.timeout(DEADLINE):
            for attempt in range(1, 4):
                delivery = await inbox.get()
                assert delivery.attempt == attempt
                if attempt < 3:
                    delivery.retry()
        delivery.nack(reason)
        await letters(binder, queue, 1)


async def test_one_that_is_given_up_is_new_to_others(place: Place, fresh: Fresh) -> None:
    binder = await place.binder()
    queue, grave = await declared(binder, fresh, "both", "both")
    inbox, at_grave = await binder.subscribe(queue), await binder.subscribe(grave)
    await binder.bind(Binding(queue, grave, Kind.DEAD_LETTER))
    await binder.publish(queue, b"hopeless")
    async with asyncio.timeout(DEADLINE):
        (await inbox.get()).retry()
        (await inbox.get()).nack()
        delivery = await at_grave.get()
    assert (delivery.payload, delivery.attempt) == (b"hopeless", 1)
    delivery.ack()
