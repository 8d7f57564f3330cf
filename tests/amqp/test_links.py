"""Links that break, and brokers that allow little, or cannot take messages."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from urllib.parse import unquote

import pytest

from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab_transports.amqp.channel import Channel
from msgflo_lab_transports.amqp.confirms import Fate
from msgflo_lab_transports.amqp.delivery import Delivery
from msgflo_lab_transports.amqp.frames import PERSISTENT
from tests.amqp.tools import DEADLINE, Fates, Inbox, News, Side, queue_of, until
from tests.brokers import RabbitMQ
from tests.proxies import proxy

pytestmark = pytest.mark.anyio


async def test_what_is_under_way_when_the_link_breaks(side: Side, rabbitmq: RabbitMQ) -> None:
    async with proxy(rabbitmq.port) as way:
        url = f"amqp://127.0.0.1:{way.port}/{side.url.rpartition('/')[2]}"
        connection = await side.connect(url)
        channel, fates = await connection.channel(confirms=True), Fates()
        queue = await queue_of(channel)
        held: News[Delivery] = News()
        await channel.consume(queue, held)
        channel.publish("", queue, b"held")
        await held.wait_for()
        await channel.settled()
        way.cut()
        channel.publish("", queue, b"lost", then=fates.of(1))
        (lost,) = await side.lost.wait_for()
        assert "lost the connection to amqp://127.0.0.1" in str(lost)
        assert fates.all == [(1, Fate.LOST)]
        # The delivery belongs to a channel that is gone: a new one on the same number never
        # hears of it.
        again = await (await side.connect()).channel()
        assert again.number == channel.number
        inbox = Inbox()
        await again.consume(queue, inbox)
        held.all[0].ack()
        (delivery,) = await inbox.wait_for()
        assert (delivery.body, delivery.redelivered) == (b"held", True)


class Relay:
    """Passes messages from one queue to another at least once, over links that break.

    Acknowledges what the broker has confirmed, and connects again whenever the link is gone.
    """

    def __init__(self, side: Side, url: str, source: str, target: str) -> None:
        self._side, self._url, self._source, self._target = side, url, source, target
        self.passed = 0

    async def run(self) -> None:
        while True:
            lost = asyncio.Event()
            try:
                connection = await self._side.connect(self._url, on_lost=lambda _, e=lost: e.set())
                channel = await connection.channel(confirms=True)
                await channel.consume(self._source, self._handler(channel), prefetch=50)
            except TransportError:
                continue
            await lost.wait()

    async def wait_for(self, count: int) -> None:
        """Until so many messages have been passed on, or may have been."""
        await until(lambda: self.passed >= count)

    def _handler(self, channel: Channel) -> Any:
        def settle(delivery: Delivery, fate: Fate) -> None:
            self.passed += 1
            delivery.ack() if fate is Fate.CONFIRMED else delivery.nack(requeue=True)

        def handle(delivery: Delivery) -> None:
            channel.publish(
                "",
                self._target,
                delivery.body,
                PERSISTENT,
                then=lambda fate: settle(delivery, fate),
            )

        return handle


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_lost_over_links_that_break_at_any_moment(
    side: Side, rabbitmq: RabbitMQ, seed: int
) -> None:
    rand = random.Random(seed)
    admin = await side.channel(confirms=True)
    for name in ("source", "target"):
        await admin.declare_queue(name, durable=True)
    count = 3_000
    for number in range(count):
        body = b"%d" % number + bytes(rand.choice([0, 0, 0, 300_000 if number % 50 == 0 else 9]))
        admin.publish("", "source", body, PERSISTENT)
    await admin.settled()
    found: set[int] = set()

    def note(delivery: Delivery) -> None:
        found.add(int(delivery.body.rstrip(b"\0")))
        delivery.ack()

    await admin.consume("target", note, prefetch=500)
    async with proxy(rabbitmq.port) as way:
        url = f"amqp://127.0.0.1:{way.port}/{side.url.rpartition('/')[2]}"
        relay = Relay(side, url, "source", "target")
        relaying = asyncio.create_task(relay.run())
        for cuts in range(8):
            goal = relay.passed + rand.randrange(1, 350)
            await relay.wait_for(goal)
            # Somewhere between two turns of the loop, and never just after a message.
            await asyncio.sleep(rand.random() / 200)
            assert way.links == cuts + 1
            way.cut()
        await until(lambda: len(found) == count)
        relaying.cancel()
        await asyncio.wait([relaying])


async def test_what_a_broker_allows_is_kept_to(narrow: RabbitMQ) -> None:
    async with Side(narrow.url) as side:
        connection = await side.connect()
        assert connection.frame_max == 8_192
        channel, inbox = await connection.channel(), Inbox()
        queue = await queue_of(channel, "small-frames", auto_delete=True)
        await channel.consume(queue, inbox)
        bodies = [bytes(8_192 + more) for more in (-9, -8, -7, 0, 8_176, 80_000)]
        for body in bodies:
            channel.publish("", queue, body)
        assert await inbox.bodies(len(bodies)) == bodies
        for _ in range(9):
            await connection.channel()
        with pytest.raises(ConnectionFailed, match="all 10 channels"):
            await connection.channel()


async def test_an_operator_who_closes_the_connection(side: Side, rabbitmq: RabbitMQ) -> None:
    await side.connect()
    where = unquote(side.url.rpartition("/")[2])
    # The management interface would hear of the connection seconds later.
    await asyncio.to_thread(rabbitmq.control, "close_all_connections", "--vhost", where, "enough")
    (lost,) = await side.lost.wait_for()
    assert lost.code == 320
    assert "enough" in str(lost)


async def test_a_broker_without_memory_blocks_publishers(narrow: RabbitMQ) -> None:
    async with Side(narrow.url) as side:
        publisher = await side.connect(heartbeat=1)
        channel, fates = await publisher.channel(confirms=True), Fates()
        queue = await queue_of(channel, "blocked")
        # A connection that publishes nothing goes on; its messages were there before.
        reader, inbox = await side.channel(), Inbox()
        channel.publish("", queue, b"before")
        await channel.settled()
        await asyncio.to_thread(narrow.control, "set_vm_memory_high_watermark", "0.00001")
        try:
            channel.publish("", queue, b"held up", then=fates.of(1))
            (why,) = await side.blocked.wait_for()
            assert why
            assert publisher.blocked == why
            assert channel.crowded
            waiting = asyncio.create_task(channel.room())
            await reader.consume(queue, inbox)
            assert await inbox.bodies(1) == [b"before"]
            # Long enough for heartbeats to be missed, if they were.
            reads = publisher.wire.reads
            await until(lambda: publisher.wire.reads >= reads + 6)
            assert publisher.lost is None
            assert not waiting.done()
            assert not fates.all
        finally:
            await asyncio.to_thread(narrow.control, "set_vm_memory_high_watermark", "0.4")
        async with asyncio.timeout(DEADLINE):
            await waiting
        assert await side.blocked.wait_for(2) == [why, None]
        await channel.settled()
        assert fates.all == [(1, Fate.CONFIRMED)]
        assert await inbox.bodies(2) == [b"before", b"held up"]
        await channel.delete_queue(queue)


async def test_traffic_in_one_direction_only_does_not_end_the_link(side: Side) -> None:
    publisher, consumer = await side.connect(heartbeat=1), await side.connect(heartbeat=1)
    out, back = await publisher.channel(), await consumer.channel()
    queue = await queue_of(out)
    arrived = 0

    def count(_delivery: Delivery) -> None:
        nonlocal arrived
        arrived += 1

    await back.consume(queue, count, no_ack=True)
    sent = 0

    async def send() -> None:
        nonlocal sent
        while True:
            out.publish("", queue, b"x")
            sent += 1
            await asyncio.sleep(0.01)

    reads, writes = publisher.wire.reads, consumer.wire.writes
    sending = asyncio.create_task(send())
    # Two a second are due, and a link is given up after the fifth that does not come.
    await until(lambda: publisher.wire.reads >= reads + 6 and consumer.wire.writes >= writes + 6)
    sending.cancel()
    await asyncio.wait([sending])
    await until(lambda: arrived == sent)
    assert publisher.lost is None
    assert consumer.lost is None
    assert publisher.heartbeat == consumer.heartbeat == 1
