"""A broker that refuses a message may have deleted a queue just then, or have one that is full."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pamqp import commands

from msgflo_lab.definition import Side
from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp import Amqp, AmqpClient
from tests.amqp.fake import Fake, Peer, fake_broker

pytestmark = pytest.mark.anyio

OUT, OTHER = QueueName("work.OUT"), QueueName("work.ERROR")


@asynccontextmanager
async def refusing(times: int) -> AsyncIterator[tuple[Fake, AmqpClient]]:
    """A broker that refuses so many messages, and a client of its."""
    published = 0

    def answer(peer: Peer, channel: int, method: object) -> bool:
        nonlocal published
        if isinstance(method, commands.Exchange.Declare):
            peer.send(channel, commands.Exchange.DeclareOk())
        elif isinstance(method, commands.Basic.Publish):
            published += 1
            refused = published <= times
            tag = sum(isinstance(each, commands.Basic.Publish) for _, each in fake.methods)
            peer.send(channel, (commands.Basic.Nack if refused else commands.Basic.Ack)(tag))
        else:
            return False
        return True

    async with fake_broker(answer) as fake:
        client = await Amqp().client(BrokerUrl.parse(fake.url), name="test")
        try:
            yield fake, client
        finally:
            await client.close()


async def test_a_message_that_is_refused_is_sent_once_more() -> None:
    async with refusing(1) as (fake, client):
        await client.publish(OUT, b"1")
        await client.publish(OUT, b"2")
        assert len(await fake.wait_for(commands.Basic.Publish)) == 3


async def test_where_a_queue_is_full_the_others_do_not_get_everything_twice() -> None:
    async with refusing(4) as (fake, client):
        for _ in range(3):
            with pytest.raises(TransportError, match=r"did not take a message for `work\.OUT`"):
                await client.publish(OUT, b"1")
        assert len(await fake.wait_for(commands.Basic.Publish)) == 4
        await client.publish(OTHER, b"1")
        await client.publish(OUT, b"1")


async def test_what_is_sent_once_more_is_waited_for_like_what_was_sent() -> None:
    """Whoever leaves would not hear what became of it."""
    async with refusing(1) as (_, client):
        await client.declare(OUT, Side.OUT)
        confirmed = await client.post(OUT, b"1")
        assert client._sure is not None
        assert confirmed is not None
        await client._sure.settled()
        assert confirmed.done()
