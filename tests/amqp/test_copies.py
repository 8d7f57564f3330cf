"""What is not processed goes on: counted, whatever is full, gone, or written on the messages."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, unquote

import pytest

from msgflo_lab.definition import Side as PortSide
from msgflo_lab.errors import InvalidMessage, TransportError
from msgflo_lab.names import QueueName, dead_letters_of
from msgflo_lab.transport import BrokerUrl, Subscription
from msgflo_lab_transports.amqp import Amqp, AmqpClient, Channel, unprocessed
from msgflo_lab_transports.amqp.consumer import Received
from msgflo_lab_transports.amqp.frames import PERSISTENT
from msgflo_lab_transports.amqp.headers import (
    entries_of,
    headers_of,
    joined,
    properties_of,
    table_of,
)
from tests.amqp.tools import DEADLINE, Inbox, Side, count, until
from tests.brokers import RabbitMQ

pytestmark = pytest.mark.anyio

QUEUE = QueueName("work.IN")
DEAD = dead_letters_of(QUEUE)
OUT = QueueName("work.OUT")
FULL = {"x-max-length": 3, "x-overflow": "reject-publish"}


class Reader:
    """A client that reads the queue."""

    def __init__(self, client: AmqpClient, inbox: Subscription, notes: list[str]) -> None:
        self.client = client
        self.inbox = inbox
        self.notes = notes

    async def next(self) -> Received:
        async with asyncio.timeout(DEADLINE):
            delivery = await self.inbox.get()
        assert isinstance(delivery, Received)
        return delivery


@asynccontextmanager
async def reading(url: str, options: dict[str, Any] | None = None) -> AsyncIterator[Reader]:
    """A client that reads the queue, which has these options; None: declared by somebody else."""
    notes: list[str] = []
    client = await Amqp().client(BrokerUrl.parse(url), name="test", on_note=notes.append)
    try:
        if options is not None:
            await client.declare(QUEUE, PortSide.IN, options)
        yield Reader(client, await client.subscribe(QUEUE), notes)
    finally:
        await client.close()


async def bodies(side: Side, queue: str, number: int) -> list[bytes]:
    """Take so many out of a queue; there are no more."""
    channel, inbox = await side.channel(), Inbox()
    await channel.consume(queue, inbox)
    await inbox.wait_for(number)
    await channel.close()
    assert await count(await side.channel(), queue) == 0
    return sorted(delivery.body for delivery in inbox.all)


@pytest.mark.parametrize("confirms", ["own", "all"])
async def test_a_full_queue_loses_no_retry(
    side: Side, vhost: str, monkeypatch: pytest.MonkeyPatch, confirms: str
) -> None:
    """Their attempts are counted all the same: no message goes round and round."""
    monkeypatch.setattr(unprocessed, "AMQP_REQUEUE_SECONDS", 0.01)
    sent, done = set[bytes](), set[bytes]()
    async with reading(f"{vhost}?confirms={confirms}", {"arguments": FULL}) as reader:

        async def send() -> None:
            number = 0
            while len(sent) < 100:
                number += 1
                try:
                    await reader.client.publish(QUEUE, b"%d" % number, PortSide.IN)
                except TransportError:  # there is no room
                    await asyncio.sleep(0.001)
                else:
                    sent.add(b"%d" % number)

        async def work() -> None:
            async for delivery in reader.inbox:
                if delivery.attempt == 1:
                    delivery.retry()
                else:
                    done.add(delivery.payload)
                    delivery.ack()

        # The last one may be done before its sender hears that the broker has it.
        working = asyncio.create_task(work())
        await asyncio.wait_for(send(), DEADLINE)
        await until(lambda: sent <= done)
    await working
    assert done == sent


@pytest.mark.parametrize("gone", ["queue", "binding", "exchange"])
@pytest.mark.parametrize("reason", ["why", ""])
async def test_the_place_of_the_dead_letters_is_gone(
    side: Side, vhost: str, gone: str, reason: str
) -> None:
    admin = await side.channel()
    async with reading(f"{vhost}?prefetch=50", {}) as reader:
        if gone == "queue":
            await admin.delete_queue(DEAD)
        elif gone == "binding":
            await admin.unbind_queue(DEAD, DEAD)
        else:
            await admin.delete_exchange(DEAD)
        for number in range(50):
            await reader.client.publish(QUEUE, b"%02d" % number, PortSide.IN)
        for _ in range(50):
            (await reader.next()).nack(reason)
        await until(lambda: reader.notes)
        assert "was declared and bound again" in reader.notes[0]
    assert await bodies(side, DEAD, 50) == [b"%02d" % number for number in range(50)]
    assert await count(admin, QUEUE) == 0


@pytest.mark.parametrize("confirms", ["own", "all"])
async def test_no_room_for_dead_letters(
    side: Side, vhost: str, monkeypatch: pytest.MonkeyPatch, confirms: str
) -> None:
    """They stay in their queue, and it is said why."""
    monkeypatch.setattr(unprocessed, "AMQP_REQUEUE_SECONDS", 0.01)
    admin = await side.channel()
    await admin.declare_queue(DEAD, durable=True, arguments=FULL)
    await admin.declare_exchange(DEAD, durable=True)
    await admin.bind_queue(DEAD, DEAD)
    async with reading(f"{vhost}?confirms={confirms}", {}) as reader:
        for number in range(10):
            await reader.client.publish(QUEUE, b"%d" % number, PortSide.IN)
        for _ in range(30):
            (await reader.next()).nack("no")
        assert any("cannot become a dead letter" in note for note in reader.notes)
    dead = await bodies(side, DEAD, 3)
    assert sorted(dead + await bodies(side, QUEUE, 7)) == [b"%d" % number for number in range(10)]


@pytest.mark.parametrize("declared", [False, True])
async def test_a_queue_that_others_made_without_dead_letters(
    side: Side, vhost: str, declared: bool
) -> None:
    admin = await side.channel()
    await admin.declare_queue(QUEUE)
    async with reading(vhost, {} if declared else None) as reader:
        for number in range(5):
            admin.publish("", QUEUE, b"%d" % number)
        for _ in range(5):
            (await reader.next()).nack()
    assert await bodies(side, DEAD, 5) == [b"%d" % number for number in range(5)]


async def test_dead_letters_that_are_to_go_elsewhere(side: Side, vhost: str) -> None:
    """They do, with the reason; and where that leads nowhere, they lie where others do."""
    admin = await side.channel()
    await admin.declare_queue("grave")
    options = {"deadLetterExchange": "", "deadLetterRoutingKey": "grave"}
    async with reading(vhost, options) as reader:
        for name in ("first", "second"):
            await reader.client.publish(QUEUE, name.encode(), PortSide.IN)
            (await reader.next()).nack("why")
            if name == "first":
                assert await bodies(side, "grave", 1) == [b"first"]
                await admin.delete_queue("grave")
    assert await bodies(side, DEAD, 1) == [b"second"]


FOREIGN = [
    (b"text", b"S\x00\x00\x00\x02\xff\xfe"),
    (b"large", b"d" + struct.pack(">d", 1e300)),
    (b"tenth", b"d" + struct.pack(">d", 0.1)),
    (b"when", b"T" + (1_700_000_000_123).to_bytes(8, "big")),
    (b"x-death", b"S\x00\x00\x00\x01\xff"),
]


@pytest.mark.parametrize("confirms", ["own", "all"])
async def test_what_others_wrote_on_a_message_stays_on_it(
    side: Side, vhost: str, confirms: str
) -> None:
    """And stops nobody: what comes after it is processed too."""
    said = {
        "content_encoding": b"\x04gzip", "headers": table_of(FOREIGN), "priority": b"\x05",
        "correlation_id": b"\x02\xff\xfe", "reply_to": b"\x07answers", "expiration": b"\x06600000",
        "message_id": b"\x01m", "timestamp": (1_700_000_000).to_bytes(8, "big"),
        "type": b"\x05order", "user_id": b"\x05guest", "app_id": b"\x04shop",
    }  # fmt: skip
    admin = await side.channel()
    async with reading(f"{vhost}?confirms={confirms}", {}) as reader:
        admin.publish("", QUEUE, b"odd", joined(said))
        admin.publish("", QUEUE, b"next")
        first = await reader.next()
        assert (first.payload, first.attempt) == (b"odd", 1)
        first.retry(0.05)
        second = await reader.next()
        assert second.payload == b"next"
        second.ack()
        again = await reader.next()
        assert (again.payload, again.attempt) == (b"odd", 2)
        now = properties_of(again.delivery.encoded_properties)
        kept = {name: data for name, data in said.items() if name not in ("expiration", "user_id")}
        assert {**now, "headers": kept["headers"]} == {**kept, "delivery_mode": b"\x02"}
        others = {entry for entry in FOREIGN if entry[0] != b"x-death"}
        assert others <= set(entries_of(now["headers"]))
        again.nack("odd")
    inbox = Inbox()
    await admin.consume(DEAD, inbox)
    (letter,) = await inbox.wait_for()
    dead = properties_of(letter.encoded_properties)
    assert {**dead, "headers": kept["headers"]} == {**kept, "delivery_mode": b"\x02"}
    assert others <= set(entries_of(dead["headers"]))


async def test_headers_that_leave_no_room_for_ours(side: Side, vhost: str) -> None:
    admin = await side.channel()
    size = admin.most_properties - 30
    large = joined(
        {"headers": table_of([(b"large", b"S" + size.to_bytes(4, "big") + bytes(size))])}
    )
    async with reading(vhost, {}) as reader:
        admin.publish("", QUEUE, b"odd", large)
        (await reader.next()).retry()
        again = await reader.next()
        assert (again.payload, again.attempt) == (b"odd", 2)
        again.nack("no")
        admin.publish("", QUEUE, b"odd too", large)
        (await reader.next()).nack("no")
        assert any("headers are too long" in note for note in reader.notes)
    inbox = Inbox()
    await admin.consume(DEAD, inbox)
    names = [
        [name for name, _ in headers_of(d.encoded_properties)] for d in await inbox.wait_for(2)
    ]
    assert all(b"x-death" in each and b"large" not in each for each in names)


async def test_delays_have_few_queues(side: Side, rabbitmq: RabbitMQ, vhost: str) -> None:
    async with reading(f"{vhost}?prefetch=200", {}) as reader:
        for number in range(200):
            await reader.client.publish(QUEUE, b"%d" % number, PortSide.IN)
        for number in range(200):
            (await reader.next()).retry(60 + number / 4)
        admin = await side.channel()
        waiting = [f"retry-{step}-{QUEUE}" for step in (60_000, 72_000, 90_000, 120_000)]
        async with asyncio.timeout(DEADLINE):
            while sum([await _ready(admin, each) for each in waiting]) < 200:
                await asyncio.sleep(0.05)
                if not admin.is_open:
                    admin = await side.channel()
        where = quote(unquote(vhost.rpartition("/")[2]), safe="")
        # A classic queue lets go of what is due before the next one has it.
        for each in waiting:
            found: Any = rabbitmq.api("GET", f"/queues/{where}/{each}")
            assert found["type"] == "quorum"
            assert found["arguments"]["x-dead-letter-strategy"] == "at-least-once"
        await reader.client.publish(QUEUE, b"odd", PortSide.IN)
        odd = await reader.next()
        with pytest.raises(InvalidMessage, match="a day"):
            odd.retry(float("nan"))
        odd.ack()


async def _ready(channel: Channel, queue: str) -> int:
    try:
        return await count(channel, queue)
    except TransportError:
        return 0


@pytest.mark.parametrize("confirms", ["own", "all"])
async def test_results_that_the_broker_refuses(side: Side, vhost: str, confirms: str) -> None:
    """What has led to them is not acknowledged: it becomes a dead letter."""
    admin = await side.channel()
    async with reading(f"{vhost}?confirms={confirms}", {}) as reader:
        await reader.client.declare(OUT, PortSide.OUT, {})
        await admin.declare_queue("sink", durable=True, arguments=FULL)
        await admin.bind_queue("sink", OUT)
        for number in range(20):
            await reader.client.publish(QUEUE, b"%02d" % number, PortSide.IN)
        for _ in range(20):
            delivery = await reader.next()
            confirmed = await reader.client.post(OUT, delivery.payload, cause=delivery)
            try:
                if confirmed is not None:
                    await confirmed
            except TransportError as error:
                delivery.nack(str(error))
            else:
                delivery.ack()
        if confirms == "own":
            await until(lambda: any("did not take its result" in note for note in reader.notes))
    sink, dead = await bodies(side, "sink", 3), await bodies(side, DEAD, 17)
    assert sorted(sink + dead) == [b"%02d" % number for number in range(20)]
    assert await count(admin, QUEUE) == 0


async def test_a_single_active_consumer(side: Side, vhost: str) -> None:
    """Whoever has declared it: its messages do not stop to come."""
    admin = await side.channel()
    for option, name in enumerate(("foreign", "ours")):
        queue, single = QueueName(name), {"x-single-active-consumer": True}
        if not option:
            await admin.declare_queue(queue, durable=True, arguments=single)
        for number in range(3_000 if not option else 0):
            admin.publish("", queue, b"%d" % number, PERSISTENT)
        client = await Amqp().client(BrokerUrl.parse(vhost), name="test")
        try:
            await client.declare(queue, PortSide.IN, single if option else {})
            for number in range(3_000 if option else 0):
                admin.publish("", queue, b"%d" % number, PERSISTENT)
            inbox = await client.subscribe(queue)
            async with asyncio.timeout(DEADLINE):
                for number in range(3_000):
                    delivery = await inbox.get()
                    assert delivery.payload == b"%d" % number
                    delivery.ack()
        finally:
            await client.close()


@pytest.mark.parametrize("confirms", ["own", "all"])
async def test_results_of_several_inports_keep_their_order(
    side: Side, vhost: str, confirms: str
) -> None:
    admin, inbox = await side.channel(), Inbox()
    client = await Amqp().client(BrokerUrl.parse(f"{vhost}?confirms={confirms}"), name="test")
    try:
        await client.declare(OUT, PortSide.OUT, {})
        await admin.declare_queue("sink")
        await admin.bind_queue("sink", OUT)
        await admin.consume("sink", inbox)
        inboxes = []
        for queue in (QUEUE, QueueName("other.IN")):
            await client.declare(queue, PortSide.IN, {})
            inboxes.append(await client.subscribe(queue))
            for _ in range(300):
                admin.publish("", queue, b"")
        async with asyncio.timeout(DEADLINE):
            for number in range(600):
                delivery = await inboxes[number % 2].get()
                await client.post(OUT, b"%03d" % number, cause=delivery)
                delivery.ack()
        assert await inbox.bodies(600) == [b"%03d" % number for number in range(600)]
    finally:
        await client.close()
