"""Trouble for a network that runs, and those who see it through: bare clients and a binder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from urllib.parse import quote, unquote

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Link, Subscription
from msgflo_lab_transports.amqp import Amqp, AmqpBinder, AmqpClient, Connection, client
from msgflo_lab_transports.amqp.binders import Leads, Touched, ask_binders
from msgflo_lab_transports.amqp.connect import connect
from msgflo_lab_transports.amqp.errors import ConnectionLost
from msgflo_lab_transports.amqp.frames import PERSISTENT
from tests.amqp.tools import DEADLINE, Inbox, News, until
from tests.brokers import RabbitMQ
from tests.proxies import Proxy, proxy

SOURCE, TARGET = QueueName("ask.OUT"), QueueName("answer.NUMBER")
NAMES = ("publisher", "binder", "consumer", "lab", "ask", "answer")
"""Who is connected: bare clients, and a lab with its participants."""


class Trouble:
    """What can be done to a virtual host, a broker, and the way there."""

    def __init__(self, broker: RabbitMQ, url: str, way: Proxy) -> None:
        self.broker = broker
        self._way = way
        self._vhost = quote(unquote(url.rpartition("/")[2]), safe="")
        self.url = self.by_way(url)

    def by_way(self, url: str) -> str:
        """How a virtual host is reached through the proxy."""
        return f"amqp://127.0.0.1:{self._way.port}/{url.rpartition('/')[2]}"

    async def restart(self) -> None:
        """In order: whoever is connected is told so."""
        lost = await self._end_and_start(self.broker.stop)
        assert lost.code == 320
        assert "CONNECTION_FORCED" in str(lost)

    async def kill(self) -> None:
        """Without a word."""
        lost = await self._end_and_start(self.broker.kill)
        assert lost.code is None

    async def _end_and_start(self, end: Callable[[], None]) -> ConnectionLost:
        """What a bare connection sees of it, to which nobody brings the link back."""
        url, inbox = BrokerUrl.parse(f"{self.broker.url}/{self._vhost}"), Inbox()
        lost: News[ConnectionLost] = News()
        connection = await connect(url, name="onlooker", on_lost=lost)
        channel = await connection.channel(confirms=True)
        await channel.declare_queue("kept", durable=True)
        channel.publish("", "kept", b"kept", PERSISTENT)
        await channel.settled()
        await asyncio.to_thread(end)
        (found,) = await lost.wait_for()
        assert connection.lost is found
        with pytest.raises(ConnectionFailed, match="nobody listens"):
            await connect(url, name="onlooker", on_lost=lost)
        await asyncio.to_thread(self.broker.start)
        again = await connect(url, name="onlooker", on_lost=lost)
        await (await again.channel()).consume("kept", inbox)
        assert await inbox.bodies(1) == [b"kept"]
        await again.close()
        return found

    async def break_the_network(self, attempts: int = 2 * len(NAMES)) -> None:
        """Until they have tried so often to come back, in vain."""
        self._way.broken = True
        self._way.cut()
        before = self._way.refused
        await until(lambda: self._way.refused >= before + attempts)
        self._way.broken = False

    async def drop_connections(self) -> None:
        """As an operator does. The interface hears of connections late."""
        dropped = set[str]()
        async with asyncio.timeout(DEADLINE):
            while len(dropped) < len(NAMES):
                for name in set(NAMES) - dropped:
                    if await asyncio.to_thread(self.broker.drop_connections, name):
                        dropped.add(name)
                await asyncio.sleep(0.1)

    async def delete_queue(self) -> None:
        await self.delete("queues", TARGET)

    async def delete_exchange(self) -> None:
        await self.delete("exchanges", SOURCE)

    async def delete_announcements(self) -> None:
        await self.delete("queues", "fbp")
        await self.delete("exchanges", "fbp")

    async def delete(self, what: str, name: str) -> None:
        path = f"/{what}/{self._vhost}/{quote(name, safe='')}"
        await asyncio.to_thread(self.broker.api, "DELETE", path)


@asynccontextmanager
async def deleting(rabbitmq: RabbitMQ) -> AsyncIterator[Trouble]:
    """A virtual host, and trouble with it."""
    with rabbitmq.vhost() as url:
        async with proxy(rabbitmq.port) as way:
            yield Trouble(rabbitmq, url, way)


class Bare:
    """A publisher, a binder and a consumer, who keeps what arrives.

    Attributes:
        links: What they were told of their links.
        notes: What they were told otherwise.
        sent: What the broker has confirmed.
        arrived: What came.
    """

    def __init__(self) -> None:
        self.links: list[tuple[str, Link]] = []
        self.notes: list[str] = []
        self.sent: set[int] = set()
        self.arrived: set[int] = set()
        self.publisher: AmqpClient
        self.binder: AmqpBinder
        self.consumer: AmqpClient
        self._inbox: Subscription
        self._next = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, options: str = "", kind: Kind = Kind.PUBSUB
    ) -> AsyncIterator[Bare]:
        bare, address, transport = cls(), BrokerUrl.parse(url + options), Amqp()

        def hear(name: str) -> Callable[[Link, str], None]:
            return lambda link, _detail: bare.links.append((name, link))

        def options_of(name: str) -> dict[str, object]:
            return {"name": name, "on_link": hear(name), "on_note": bare.notes.append}

        bare.publisher = await transport.client(address, **options_of("publisher"))  # type: ignore[arg-type]
        bare.binder = await transport.binder(address, **options_of("binder"))  # type: ignore[arg-type]
        bare.consumer = await transport.client(address, **options_of("consumer"))  # type: ignore[arg-type]
        await bare.publisher.declare(SOURCE, Side.OUT)
        await bare.consumer.declare(TARGET, Side.IN)
        await bare.binder.bind(Binding(SOURCE, TARGET, kind))
        inbox = bare._inbox = await bare.consumer.subscribe(TARGET)
        reading = asyncio.create_task(bare._read(inbox))
        try:
            yield bare
        finally:
            for handle in (bare.publisher, bare.binder, bare.consumer):
                await handle.close()
            await reading

    def of(self, name: str) -> list[Link]:
        """What one of them was told of his link."""
        return [link for each, link in self.links if each == name]

    async def _read(self, inbox: Subscription) -> None:
        async for delivery in inbox:
            self.arrived.add(int(delivery.payload))
            delivery.ack()

    async def send(self, count: int) -> None:
        """Send so many more, and wait until each is confirmed."""
        first, self._next = self._next, self._next + count

        async def send(number: int) -> None:
            await self.publisher.publish(SOURCE, b"%d" % number)
            self.sent.add(number)

        await asyncio.gather(*map(send, range(first, first + count)))

    async def hand_over(self) -> None:
        """Read no more; somebody else does."""
        await self._inbox.close()

    async def all_there(self) -> None:
        """Wait until all that was confirmed has come."""
        await until(lambda: self.sent <= self.arrived)

    async def mended(self) -> None:
        """Wait until something that is sent arrives again."""
        async with asyncio.timeout(DEADLINE):
            while True:
                with suppress(TransportError):
                    await self.send(1)
                await asyncio.sleep(0.05)
                if self._next - 1 in self.arrived:
                    return


def listening(monkeypatch: pytest.MonkeyPatch) -> list[Collection[QueueName]]:
    """What clients ask those who bind, from now on."""
    asked: list[Collection[QueueName]] = []

    async def ask(connection: Connection, queues: Touched) -> Leads:
        asked.append(set(queues))
        return await ask_binders(connection, queues)

    monkeypatch.setattr(client, "ask_binders", ask)
    return asked
