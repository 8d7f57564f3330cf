"""Messages on which the broker closes the channel: one error for their sender; all else goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, unquote

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.errors import PayloadTooLarge, TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Link
from msgflo_lab_transports.amqp import Amqp, AmqpClient, ChannelClosed, Connection, consumers
from msgflo_lab_transports.amqp.connect import connect
from tests.amqp.tools import DEADLINE, MOST, until
from tests.brokers import RabbitMQ
from tests.proxies import proxy

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

QUEUE, OUT, OTHER = QueueName("work.IN"), QueueName("work.OUT"), QueueName("other.IN")


@asynccontextmanager
async def client_of(url: str, links: list[Link], notes: list[str]) -> AsyncIterator[AmqpClient]:
    client = await Amqp().client(
        BrokerUrl.parse(url),
        name="test",
        on_link=lambda link, _: links.append(link),
        on_note=notes.append,
    )
    try:
        yield client
    finally:
        await client.close()


async def test_one_that_is_too_large_among_many(narrow: RabbitMQ) -> None:
    links: list[Link] = []
    with narrow.vhost() as url:
        async with client_of(url, links, []) as client:
            await client.declare(QUEUE, Side.IN)
            inbox = await client.subscribe(QUEUE)
            answers = []
            for number in range(200):
                body = b"%03d" % number + bytes(MOST if number == 77 else 0)
                answers.append(await client.post(QUEUE, body, Side.IN))
            async with asyncio.timeout(DEADLINE):
                found = await asyncio.gather(*filter(None, answers), return_exceptions=True)
            errors = {n: str(error) for n, error in enumerate(found) if error is not None}
            assert errors.keys() == {77}
            assert "refuses a message of 100,003 bytes for `work.IN`: 406" in errors[77]
            seen = set[bytes]()
            async with asyncio.timeout(DEADLINE):
                while len(seen) < 199:
                    delivery = await inbox.get()
                    seen.add(delivery.payload[:3])
                    delivery.ack()
            assert seen == {b"%03d" % number for number in range(200) if number != 77}
            # It is known now, and costs nothing more.
            before = len(links)
            with pytest.raises(PayloadTooLarge, match="100,000"):
                await client.publish(QUEUE, bytes(MOST + 1), Side.IN)
            await client.publish(QUEUE, b"small", Side.IN)
            assert len(links) == before <= 2


@pytest.mark.parametrize("confirms", ["own", "all"])
async def test_a_result_that_is_too_large(narrow: RabbitMQ, confirms: str) -> None:
    """Its cause comes again, and then it is known of what it leads to."""
    with narrow.vhost() as url:
        async with client_of(f"{url}?confirms={confirms}", [], []) as client:
            await client.declare(QUEUE, Side.IN)
            await client.declare(OUT, Side.OUT)
            inbox = await client.subscribe(QUEUE)
            await client.publish(QUEUE, b"job", Side.IN)
            runs, error = 0, None
            async with asyncio.timeout(DEADLINE):
                while error is None:
                    delivery = await inbox.get()
                    runs += 1
                    try:
                        confirmed = await client.post(OUT, bytes(MOST + 1), cause=delivery)
                        if confirmed is not None:
                            await confirmed
                        delivery.ack()
                    except TransportError as found:
                        error = found
            assert 1 <= runs <= 3
            assert "100,001" in str(error)


async def modest(rabbitmq: RabbitMQ, vhost: str, **allowed: str) -> str:
    """The address with a user who may not do everything."""
    where = quote(unquote(vhost.rpartition("/")[2]), safe="")
    rabbitmq.api("PUT", "/users/modest", {"password": "secret", "tags": ""})
    rights = {"configure": ".*", "write": ".*", "read": ".*", **allowed}
    await asyncio.to_thread(rabbitmq.api, "PUT", f"/permissions/{where}/modest", rights)
    return vhost.replace("amqp://", "amqp://modest:secret@")


@pytest.mark.parametrize("kind", ["forbidden", "internal"])
async def test_where_nothing_may_be_sent(rabbitmq: RabbitMQ, vhost: str, kind: str) -> None:
    links: list[Link] = []
    url = vhost
    if kind == "forbidden":
        url = await modest(rabbitmq, vhost, write="^(?!work.OUT)")
    else:
        await _declare(vhost, lambda c: c.declare_exchange(OUT, durable=True, internal=True))
    async with client_of(url, links, []) as client:
        await client.declare(OUT, Side.OUT)
        await client.declare(QUEUE, Side.IN)
        for _ in range(20):
            with pytest.raises(TransportError, match=r"refuses a message .* 403 ACCESS_REFUSED"):
                await client.publish(OUT, b"x")
            await client.publish(QUEUE, b"x", Side.IN)
        # Only the first one has cost a link.
        assert links.count(Link.DOWN) == 1


async def test_a_queue_that_somebody_else_takes(
    rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other subscriptions go on without; and it is read again when he is gone."""
    monkeypatch.setattr(consumers, "AMQP_REASSERT_SECONDS", 0.1)
    links: list[Link] = []
    notes: list[str] = []
    async with proxy(rabbitmq.port) as way:
        url = f"amqp://127.0.0.1:{way.port}/{vhost.rpartition('/')[2]}"
        async with client_of(url, links, notes) as client:
            inboxes = {}
            for queue in (QUEUE, OTHER):
                await client.declare(queue, Side.IN)
                inboxes[queue] = await client.subscribe(queue)
            way.broken = True
            way.cut()
            thief = await _take(vhost, QUEUE)
            way.broken = False
            await until(lambda: Link.UP in links)
            assert any("not read at present: `work.IN`" in note for note in notes), notes
            for queue in (OTHER, QUEUE):
                if queue == QUEUE:
                    await thief.close()
                await client.publish(queue, queue.encode(), Side.IN)
                async with asyncio.timeout(DEADLINE):
                    delivery = await inboxes[queue].get()
                assert delivery.payload == queue.encode()
                delivery.ack()
            assert any("is read again" in note for note in notes), notes


async def _take(url: str, queue: QueueName) -> Connection:
    """Read a queue that nobody else may read then, as soon as nobody else does."""
    connection = await connect(BrokerUrl.parse(url), name="thief", on_lost=lambda _: None)
    async with asyncio.timeout(DEADLINE):
        while True:
            channel = await connection.channel()
            try:
                await channel.consume(queue, lambda _: None, exclusive=True)
            except ChannelClosed:
                await asyncio.sleep(0.01)
            else:
                return connection


async def test_it_is_said_why_no_link_comes_back(rabbitmq: RabbitMQ) -> None:
    notes: list[str] = []
    with rabbitmq.vhost() as url:
        async with client_of(url, [], notes) as client:
            await client.declare(QUEUE, Side.IN)
            await client.subscribe(QUEUE)
            where = quote(unquote(url.rpartition("/")[2]), safe="")
            await asyncio.to_thread(rabbitmq.api, "DELETE", f"/vhosts/{where}")
            await until(lambda: any("still no link" in note for note in notes))
            assert not any("declared again" in note for note in notes)
            await asyncio.to_thread(rabbitmq.api, "PUT", f"/vhosts/{where}")
            await client.publish(QUEUE, b"x", Side.IN)
            assert any("declared again" in note for note in notes)
            assert sum("still no link" in note for note in notes) == 1


async def _declare(url: str, request: Any) -> None:
    connection = await connect(BrokerUrl.parse(url), name="admin", on_lost=lambda _: None)
    await request(await connection.channel())
    await connection.close()


async def test_a_broker_that_takes_no_messages(narrow: RabbitMQ) -> None:
    """Whoever waits for its answer hears of it soon, and nobody waits with leaving."""
    with narrow.vhost() as url:
        async with client_of(url, [], []) as client:
            await client.declare(OUT, Side.OUT)
            await asyncio.to_thread(narrow.control, "set_vm_memory_high_watermark", "0.00001")
            try:
                stuck = asyncio.create_task(client.publish(OUT, b"x"))
                start = time.monotonic()
                for work in (client.announce(b"{}"), client.declare(QUEUE, Side.IN)):
                    with pytest.raises(TransportError, match="answers nothing: low on memory"):
                        await work
                await client.close()
                assert time.monotonic() - start < 9
            finally:
                await asyncio.to_thread(narrow.control, "set_vm_memory_high_watermark", "0.4")
            with pytest.raises(TransportError):
                await stuck
