"""aio-pika at the other end: a client that nobody here wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from msgflo_lab_transports.amqp.frames import Properties, encode_properties
from tests.amqp.tools import DEADLINE, Inbox, Side, queue_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def other(side: Side) -> AsyncIterator[AbstractChannel]:
    """A channel of aio-pika's in the same virtual host."""
    connection = await aio_pika.connect(side.url.replace("amqp://", "amqp://guest:guest@"))
    async with connection:
        yield await connection.channel()


async def test_from_aio_pika(side: Side, other: AbstractChannel) -> None:
    channel, inbox = await side.channel(), Inbox()
    await channel.declare_exchange("there")
    await channel.bind_queue(await queue_of(channel), "there")
    await channel.consume("queue", inbox)
    exchange = await other.get_exchange("there")
    message = aio_pika.Message(
        bytes(300_000),
        headers={"n": 1, "text": "ü", "list": [1, {"a": True}]},
        content_type="application/json",
        message_id="m",
        priority=2,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )
    await exchange.publish(message, "key")
    (delivery,) = await inbox.wait_for()
    assert delivery.body == bytes(300_000)
    assert (delivery.exchange, delivery.routing_key) == ("there", "key")
    assert delivery.properties == Properties(
        headers={"n": 1, "text": "ü", "list": [1, {"a": True}]},
        content_type="application/json",
        message_id="m",
        priority=2,
        delivery_mode=2,
    )


async def test_to_aio_pika(side: Side, other: AbstractChannel) -> None:
    queue = await other.declare_queue("queue", durable=True, arguments={"x-max-priority": 5})
    channel = await side.channel(confirms=True)
    properties = Properties(headers={"deep": {"x": [None, 2.5]}}, priority=3, expiration="60000")
    channel.publish("", "queue", b"hello" * 60_000, encode_properties(properties))
    await channel.settled()
    async with asyncio.timeout(DEADLINE):
        message = await queue.get()
    assert message.body == b"hello" * 60_000
    assert message.headers == {"deep": {"x": [None, 2.5]}}
    assert (message.priority, message.expiration) == (3, 60)
    await message.reject(requeue=True)
    inbox = Inbox()
    await channel.consume("queue", inbox)
    (delivery,) = await inbox.wait_for()
    assert delivery.redelivered
