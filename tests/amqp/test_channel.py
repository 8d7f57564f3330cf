"""A channel on a real RabbitMQ: requests, messages both ways, consumers, and how they end."""

from __future__ import annotations

import asyncio
import random

import pytest

from msgflo_lab.errors import InvalidName, PayloadTooLarge
from msgflo_lab_transports.amqp.connection import Connection
from msgflo_lab_transports.amqp.delivery import Delivery
from msgflo_lab_transports.amqp.errors import ChannelClosed
from msgflo_lab_transports.amqp.frames import Properties, encode_properties
from msgflo_lab_transports.amqp.limits import AMQP_ROUTES_KEPT
from tests.amqp.tools import DEADLINE, Closed, Inbox, News, Side, queue_of, until

pytestmark = pytest.mark.anyio

FRAME = 131_072 - 8


@pytest.mark.parametrize(
    "size", [0, 1, 100, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 1, 5_000_000]
)
async def test_bodies_of_every_size(side: Side, size: int) -> None:
    channel = await side.channel()
    queue, inbox = await queue_of(channel), Inbox()
    await channel.consume(queue, inbox)
    body = random.Random(size).randbytes(size)
    channel.publish("", queue, b"before")
    channel.publish("", queue, body)
    channel.publish("", queue, b"after")
    assert await inbox.bodies(3) == [b"before", body, b"after"]


@pytest.mark.parametrize("name", ["größe", "a%23b", "what? *#$!'\"", "a/b c", "q" * 255])
async def test_any_text_is_a_name(side: Side, name: str) -> None:
    channel = await side.channel()
    await channel.declare_exchange(name)
    inbox = Inbox()
    await channel.bind_queue(await queue_of(channel, name), name)
    await channel.consume(name, inbox)
    channel.publish(name, name, b"hello")
    (delivery,) = await inbox.wait_for()
    assert (delivery.exchange, delivery.routing_key, delivery.body) == (name, name, b"hello")
    assert not delivery.redelivered


async def test_a_name_that_amqp_cannot_say_harms_nothing(side: Side) -> None:
    channel = await side.channel()
    for _ in range(2):
        with pytest.raises(InvalidName, match="255 bytes"):
            await channel.declare_queue("q" * 256)
        with pytest.raises(InvalidName, match="255 bytes"):
            channel.publish("", "ö" * 128, b"")
        with pytest.raises(InvalidName, match="255 bytes"):
            await channel.consume("q" * 256, Inbox())
    with pytest.raises(InvalidName, match="headers"):
        encode_properties(Properties(headers={"x": object()}))
    assert await queue_of(channel) == "queue"


async def test_a_payload_above_the_limit_is_refused_and_harms_nothing(side: Side) -> None:
    channel = await side.channel()
    queue, inbox = await queue_of(channel), Inbox()
    await channel.consume(queue, inbox)
    with pytest.raises(PayloadTooLarge, match=r"64,000,000 bytes is above AMQP_MAX_PAYLOAD"):
        channel.publish("", queue, bytes(64_000_000))
    channel.publish("", queue, b"small")
    assert await inbox.bodies(1) == [b"small"]


async def test_properties_and_headers_arrive(side: Side) -> None:
    channel = await side.channel()
    queue, inbox = await queue_of(channel), Inbox()
    await channel.consume(queue, inbox)
    properties = Properties(
        content_type="application/json",
        content_encoding="utf-8",
        headers={"n": 1, "text": "ü", "deep": {"list": [1, "two", None, True]}, "f": 0.5},
        delivery_mode=2,
        priority=3,
        correlation_id="c",
        reply_to="r",
        expiration="60000",
        message_id="m",
        timestamp=1_700_000_000,
        type="t",
        app_id="a",
    )
    channel.publish("", queue, b"{}", encode_properties(properties))
    (delivery,) = await inbox.wait_for()
    assert delivery.properties == properties


async def test_what_was_dead_lettered_says_why(side: Side) -> None:
    channel = await side.channel()
    await channel.declare_exchange("dead-work")
    await channel.bind_queue(await queue_of(channel, "bin"), "dead-work")
    work = await queue_of(channel, "work", arguments={"x-dead-letter-exchange": "dead-work"})
    inbox = Inbox()
    await channel.consume(work, lambda delivery: delivery.nack())
    await channel.consume("bin", inbox)
    channel.publish("", work, b"bad")
    (delivery,) = await inbox.wait_for()
    headers = delivery.properties.headers
    assert headers is not None
    assert delivery.body == b"bad"
    (death,) = headers["x-death"]
    assert (death["queue"], death["reason"], death["count"]) == ("work", "rejected", 1)


async def test_nack_with_requeue_gives_it_again(side: Side) -> None:
    channel = await side.channel()
    queue = await queue_of(channel)
    seen: News[Delivery] = News()

    def once(delivery: Delivery) -> None:
        if delivery.redelivered:
            delivery.ack()
        else:
            delivery.nack(requeue=True)
        # A second settlement would have the broker close the channel.
        delivery.nack()
        delivery.ack()
        seen(delivery)

    await channel.consume(queue, once)
    channel.publish("", queue, b"again")
    assert [each.redelivered for each in await seen.wait_for(2)] == [False, True]
    assert (await channel.declare_queue(queue, passive=True)).messages == 0


async def test_prefetch_bounds_what_comes_for_each_consumer_by_itself(side: Side) -> None:
    channel = await side.channel()
    few: News[Delivery] = News()
    many: News[Delivery] = News()
    for name, inbox, prefetch in (("few", few, 3), ("many", many, 50)):
        await channel.consume(await queue_of(channel, name), inbox, prefetch=prefetch)
        for number in range(60):
            channel.publish("", name, b"%d" % number)
    await few.wait_for(3)
    await many.wait_for(50)
    # The broker has answered this only after it had sent everything that it may.
    await channel.declare_queue("few", passive=True)
    assert (len(few.all), len(many.all)) == (3, 50)
    few.all[0].ack()
    await few.wait_for(4)
    assert [each.body for each in few.all] == [b"0", b"1", b"2", b"3"]


async def test_no_ack_needs_no_settlement(side: Side) -> None:
    channel = await side.channel()
    queue, inbox = await queue_of(channel), Inbox()
    await channel.consume(queue, inbox, no_ack=True)
    for number in range(10):
        channel.publish("", queue, b"%d" % number)
    await inbox.wait_for(10)
    # Inbox acknowledges; had that reached the broker, it would have closed the channel.
    assert (await channel.declare_queue(queue, passive=True)).messages == 0


async def test_topology_can_be_asked_for_and_undone(side: Side) -> None:
    channel = await side.channel()
    await channel.declare_exchange("source")
    await channel.declare_exchange("way", "direct", durable=True)
    await channel.declare_exchange("way", passive=True)
    queue = await queue_of(channel, "target", durable=True)
    await channel.bind_exchange("way", "source")
    await channel.bind_queue(queue, "way")
    channel.publish("source", "", b"1")
    await channel.unbind_exchange("way", "source")
    channel.publish("source", "", b"lost")
    channel.publish("way", "", b"2")
    await channel.unbind_queue(queue, "way")
    channel.publish("way", "", b"lost")
    state = await channel.declare_queue(queue, durable=True)
    assert (state.messages, state.consumers) == (2, 0)
    assert await channel.purge_queue(queue) == 2
    assert await channel.delete_queue(queue) == 0
    assert await channel.delete_queue(queue) == 0
    await channel.delete_exchange("way")
    await channel.delete_exchange("way")
    named = await channel.declare_queue("", exclusive=True, auto_delete=True)
    assert named.name


async def test_requests_that_are_under_way_together_are_answered_in_order(side: Side) -> None:
    channel = await side.channel()
    names = [f"queue-{number}" for number in range(50)]
    found = await asyncio.gather(*(channel.declare_queue(name) for name in names))
    assert [state.name for state in found] == names


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (404, lambda channel: channel.declare_queue("nowhere", passive=True)),
        (404, lambda channel: channel.consume("nowhere", Inbox())),
        (404, lambda channel: channel.bind_queue("there", "nowhere")),
        (406, lambda channel: channel.declare_queue("there", durable=True)),
        (403, lambda channel: channel.declare_exchange("amq.mine")),
    ],
)
async def test_a_channel_that_the_broker_closes(side: Side, code: int, what: object) -> None:
    connection = await side.connect()
    other, closed = await connection.channel(), Closed()
    channel = await connection.channel(on_closed=closed)
    await queue_of(other, "there")
    assert callable(what)
    with pytest.raises(ChannelClosed, match=str(code)) as error:
        await what(channel)
    assert error.value.code == code
    assert [each.code for each in closed.all] == [code]
    for again in (channel.declare_queue("there"), channel.room()):
        with pytest.raises(ChannelClosed, match=str(code)):
            await again
    with pytest.raises(ChannelClosed, match=str(code)):
        channel.publish("", "there", b"")
    channel.ack(1)
    await channel.close()
    # The connection and its other channels stand, and its number is used again.
    assert await queue_of(other, "there") == "there"
    assert (await connection.channel()).number == channel.number
    assert connection.lost is None


async def test_an_exchange_that_is_not_there_closes_the_channel(side: Side) -> None:
    closed = Closed()
    channel = await (await side.connect()).channel(on_closed=closed)
    channel.publish("nowhere", "", b"x")
    (error,) = await closed.wait_for()
    assert error.code == 404
    assert "nowhere" in str(error)


async def test_a_tag_that_was_settled_closes_the_channel_only(side: Side) -> None:
    connection, closed = await side.connect(), Closed()
    channel = await connection.channel(on_closed=closed)
    channel.ack(77)
    (error,) = await closed.wait_for()
    assert error.code == 406
    await _usable(connection)


async def test_a_consumer_whose_queue_is_deleted_is_told(side: Side) -> None:
    connection = await side.connect()
    channel, admin = await connection.channel(), await connection.channel()
    queue, other, inbox = await queue_of(channel), await queue_of(channel, "other"), Inbox()
    cancelled = asyncio.Event()
    tag = await channel.consume(queue, inbox, on_cancelled=cancelled.set)
    await channel.consume(other, inbox)
    await admin.delete_queue(queue)
    async with asyncio.timeout(DEADLINE):
        await cancelled.wait()
    await channel.cancel(tag)
    channel.publish("", other, b"still there")
    assert await inbox.bodies(1) == [b"still there"]


async def test_nobody_else_consumes_what_is_exclusive(side: Side) -> None:
    first, second = await side.channel(), await side.channel()
    queue = await queue_of(first)
    await first.consume(queue, Inbox(), exclusive=True)
    with pytest.raises(ChannelClosed) as error:
        await second.consume(queue, Inbox())
    assert error.value.code == 403


async def test_after_cancel_nothing_comes_and_nothing_is_lost(side: Side) -> None:
    connection = await side.connect()
    channel, publisher = await connection.channel(), await connection.channel()
    queue = await queue_of(channel)
    for round_ in range(10):
        got: list[Delivery] = []
        tag = await channel.consume(queue, got.append, prefetch=20)
        for number in range(100):
            publisher.publish("", queue, b"%d.%d" % (round_, number))
        await until(got.__len__)
        await channel.cancel(tag)
        await channel.cancel(tag)
        before = len(got)
        # What was delivered can still be settled; what was not is still in the queue.
        for delivery in got:
            delivery.ack()
        assert await channel.purge_queue(queue) + before == 100
        assert len(got) == before


@pytest.mark.parametrize("no_ack", [False, True])
async def test_a_consume_that_is_given_up_leaves_no_consumer(side: Side, no_ack: bool) -> None:
    connection = await side.connect()
    channel = await connection.channel()
    queue, got = await queue_of(channel), Inbox()
    for _ in range(5):
        channel.publish("", queue, b"mine")
    consuming = asyncio.create_task(channel.consume(queue, got, no_ack=no_ack))
    await asyncio.sleep(0)
    consuming.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consuming
    async with asyncio.timeout(DEADLINE):
        # What was delivered meanwhile is put back.
        while (state := await channel.declare_queue(queue)).consumers or (
            state.messages < 5 and not no_ack
        ):
            pass
    assert not got.all


async def test_a_channel_that_is_given_up_frees_its_number(side: Side) -> None:
    connection = await side.connect()
    opening = asyncio.create_task(connection.channel())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    numbers = set()
    for _ in range(5):
        channel = await connection.channel()
        numbers.add(channel.number)
        await channel.close()
        await channel.close()
    assert numbers <= {1, 2}
    with pytest.raises(ChannelClosed, match="closed by us"):
        channel.publish("", "queue", b"")


async def test_what_is_not_settled_when_a_channel_closes_comes_again(side: Side) -> None:
    connection = await side.connect()
    first, second = await connection.channel(), await connection.channel()
    queue = await queue_of(first)
    held: News[Delivery] = News()
    await first.consume(queue, held)
    for number in range(5):
        second.publish("", queue, b"%d" % number)
    await held.wait_for(5)
    held.all[1].ack()
    await first.close()
    inbox = Inbox()
    await second.consume(queue, inbox)
    assert await inbox.bodies(4) == [b"0", b"2", b"3", b"4"]
    assert all(delivery.redelivered for delivery in inbox.all)
    # Settling what the broker has taken back does nothing.
    for delivery in held.all:
        delivery.ack()
    await _usable(connection)


async def test_channels_of_one_connection_do_not_mix_their_messages(side: Side) -> None:
    connection = await side.connect()
    rand = random.Random(7)
    channels = [await connection.channel(confirms=number % 2 == 0) for number in range(5)]
    inboxes = [Inbox() for _ in channels]
    expected: list[list[bytes]] = [[] for _ in channels]
    for number, (channel, inbox) in enumerate(zip(channels, inboxes, strict=True)):
        await channel.consume(await queue_of(channel, f"queue-{number}"), inbox, prefetch=7)
    for _ in range(300):
        number = rand.randrange(len(channels))
        body = rand.randbytes(rand.choice([0, 5, 100, FRAME + 5]))
        expected[number].append(body)
        channels[(number + 1) % len(channels)].publish("", f"queue-{number}", body)
        if rand.random() < 0.1:
            await asyncio.sleep(0)
    for inbox, bodies in zip(inboxes, expected, strict=True):
        assert await inbox.bodies(len(bodies)) == bodies


async def test_more_ways_than_are_remembered(side: Side) -> None:
    channel, inbox = await side.channel(), Inbox()
    await channel.declare_exchange("topics", "topic")
    await channel.bind_queue(await queue_of(channel), "topics", "#")
    await channel.consume("queue", inbox)
    count = AMQP_ROUTES_KEPT + 50
    for number in (*range(count), 0):
        channel.publish("topics", f"key-{number}", b"")
    found = await inbox.wait_for(count + 1)
    assert [each.routing_key for each in found] == [f"key-{n}" for n in (*range(count), 0)]


async def test_publishing_waits_for_room_and_loses_nothing(side: Side) -> None:
    channel, receiver = await side.channel(), await side.channel()
    queue = await queue_of(channel)
    sizes: list[int] = []

    def count(delivery: Delivery) -> None:
        sizes.append(len(delivery.body))
        delivery.ack()

    await receiver.consume(queue, count, prefetch=10)
    body = bytes(1_000_000)
    async with asyncio.timeout(2 * DEADLINE):
        for _ in range(60):
            await channel.room()
            channel.publish("", queue, body)
    await until(lambda: len(sizes) == 60)
    assert set(sizes) == {1_000_000}


async def _usable(connection: Connection) -> None:
    channel = await connection.channel()
    await channel.declare_queue("", exclusive=True)
    await channel.close()
