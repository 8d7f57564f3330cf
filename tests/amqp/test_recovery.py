"""What goes wrong under a network that runs: it comes back by itself, and says what happened.

Once with bare clients and a binder, and once with a lab and its participants.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import quote, unquote

import pytest

from msgflo_lab import Lab
from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Link, Subscription
from msgflo_lab_transports.amqp import Amqp, AmqpBinder, AmqpClient, client, link
from tests.amqp.tools import DEADLINE, until
from tests.brokers import RabbitMQ
from tests.proxies import Proxy, proxy

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

SOURCE, TARGET = QueueName("ask.OUT"), QueueName("answer.NUMBER")
Happening = Callable[[], Coroutine[None, None, None]]
NAMES = ("publisher", "consumer", "lab", "ask", "answer")
"""Who is connected, in the one case or the other."""


class Trouble:
    """What can be done to a virtual host, a broker, and the way there."""

    def __init__(self, broker: RabbitMQ, url: str, way: Proxy) -> None:
        self.broker = broker
        self._way = way
        self._vhost = quote(unquote(url.rpartition("/")[2]), safe="")
        self.url = f"amqp://127.0.0.1:{way.port}/{url.rpartition('/')[2]}"

    async def restart(self) -> None:
        await asyncio.to_thread(self.broker.restart)

    async def kill(self) -> None:
        await asyncio.to_thread(self.broker.kill)
        await asyncio.to_thread(self.broker.start)

    async def break_the_network(self) -> None:
        self._way.broken = True
        self._way.cut()
        await asyncio.sleep(2)
        self._way.broken = False

    async def drop_connections(self) -> None:
        """As an operator does. The interface hears of connections late."""
        dropped = set[str]()
        async with asyncio.timeout(DEADLINE):
            while len(dropped) < 3:
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


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    """A RabbitMQ that may be harmed."""
    broker = RabbitMQ(tmp_path_factory.mktemp("own"))
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@pytest.fixture(params=["restart", "kill", "break_the_network", "drop_connections"])
async def trouble(
    request: pytest.FixtureRequest, anyio_backend: object
) -> AsyncIterator[tuple[Trouble, Happening]]:
    """Trouble in which nothing that the broker has is lost."""
    is_harmful = request.param in ("restart", "kill")
    broker: RabbitMQ = request.getfixturevalue("own" if is_harmful else "rabbitmq")
    with broker.vhost() as url:
        async with proxy(broker.port) as way:
            found = Trouble(broker, url, way)
            yield found, getattr(found, request.param)


@asynccontextmanager
async def deleting(rabbitmq: RabbitMQ) -> AsyncIterator[Trouble]:
    """Trouble on the broker that all share."""
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
        self._next = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, options: str = "") -> AsyncIterator[Bare]:
        bare, address, transport = cls(), BrokerUrl.parse(url + options), Amqp()

        def hear(name: str) -> Callable[[Link, str], None]:
            return lambda link, _detail: bare.links.append((name, link))

        def options_of(name: str) -> dict[str, object]:
            return {"name": name, "on_link": hear(name), "on_note": bare.notes.append}

        bare.publisher = await transport.client(address, **options_of("publisher"))  # type: ignore[arg-type]
        bare.binder = await transport.binder(address, **options_of("lab"))  # type: ignore[arg-type]
        bare.consumer = await transport.client(address, **options_of("consumer"))  # type: ignore[arg-type]
        await bare.publisher.declare(SOURCE, Side.OUT)
        await bare.consumer.declare(TARGET, Side.IN)
        await bare.binder.bind(Binding(SOURCE, TARGET))
        reading = asyncio.create_task(bare._read(await bare.consumer.subscribe(TARGET)))
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


async def test_clients_come_back_and_nothing_is_lost(
    trouble: tuple[Trouble, Happening],
) -> None:
    where, happens = trouble
    async with Bare.open(where.url, "?confirms=all") as bare:
        await bare.send(200)
        happening = asyncio.create_task(happens())
        while not happening.done():
            await bare.send(50)
            await asyncio.sleep(0.01)
        await happening
        await bare.send(200)
        await bare.all_there()
        assert len(bare.sent) >= 400
        for name in ("publisher", "lab", "consumer"):
            # The last word may still be to come: each connects when it likes.
            await until(lambda name=name: bare.of(name)[-1:] == [Link.UP])  # type: ignore[misc]
            assert bare.of(name)[0] is Link.DOWN


@pytest.mark.parametrize("what", ["delete_queue", "delete_exchange"])
async def test_clients_declare_and_bind_anew_what_was_deleted(
    rabbitmq: RabbitMQ, what: str
) -> None:
    """What is sent meanwhile has nowhere to go; what is sent when it is mended arrives."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.send(200)
        await bare.all_there()
        await getattr(where, what)()
        bare.sent.clear()
        await bare.mended()
        bare.sent.clear()
        await bare.send(200)
        await bare.all_there()
        said = {"delete_queue": "was deleted", "delete_exchange": "the broker closed a channel"}
        assert any(said[what] in text for text in bare.notes), bare.notes
        assert not any("\n" in text for text in bare.notes)


async def test_a_channel_that_the_broker_closes(rabbitmq: RabbitMQ) -> None:
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.send(100)
        for handle in (bare.publisher, bare.consumer):
            assert handle._sure is not None
            handle._sure.ack(4711)  # unknown to the broker
            handle._sure.flush_acks()
            sending = asyncio.create_task(bare.send(100))
            await until(lambda: ("publisher", Link.UP) in bare.links)
            await sending
        await bare.send(100)
        await bare.all_there()
        assert any("unknown delivery tag" in text for text in bare.notes)


async def test_a_network_that_stays_away(
    rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who publishes is told once the transport's patience is over; then it goes on."""
    for module in (link, client):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 1.0)
    async with proxy(rabbitmq.port) as way:
        with rabbitmq.vhost() as url:
            where = Trouble(rabbitmq, url, way)
            async with Bare.open(where.url) as bare:
                await bare.send(10)
                way.broken = True
                way.cut()
                for _ in range(2):
                    start = time.monotonic()
                    with pytest.raises(
                        ConnectionFailed, match="none came back within 1 s"
                    ) as error:
                        await bare.publisher.publish(SOURCE, b"0")
                    assert time.monotonic() - start < 3
                    assert "\n" not in str(error.value)
                way.broken = False
                await bare.mended()
                await bare.send(10)
                await bare.all_there()


@pytest.fixture
def numbers() -> list[int]:
    """What a lab's last participant has got."""
    return []


def lab_with(numbers: list[int]) -> Lab:
    """A lab that passes numbers on from `ask` to `answer`."""
    lab = Lab()

    def ask(number: int) -> int:
        return number

    def answer(number: int) -> None:
        numbers.append(number)

    lab.add(ask)
    lab.add(answer)
    lab.connect("ask.out", "answer.number")
    return lab


class Flow:
    """Numbers on their way through a lab, whose methods are called in a thread."""

    def __init__(self, lab: Lab, numbers: list[int]) -> None:
        self.lab = lab
        self._numbers = numbers
        self._next = 0
        self.sent: set[int] = set()

    def send(self, count: int) -> None:
        for number in range(self._next, self._next + count):
            self.lab.send("ask.number", number)
            self.sent.add(number)
        self._next += count

    def all_there(self) -> None:
        deadline = time.monotonic() + DEADLINE
        while not self.sent <= set(self._numbers):
            assert time.monotonic() < deadline, (
                self.sent - set(self._numbers),
                self.lab.status(),
            )
            time.sleep(0.01)

    def mended(self) -> None:
        deadline = time.monotonic() + DEADLINE
        while True:
            assert time.monotonic() < deadline, self.lab.status()
            with suppress(TransportError):
                self.send(1)
            time.sleep(0.05)
            if self._next - 1 in self._numbers:
                return


async def test_a_lab_comes_back_and_nothing_is_lost(
    trouble: tuple[Trouble, Happening], numbers: list[int]
) -> None:
    where, happens = trouble
    with lab_with(numbers) as lab:
        await asyncio.to_thread(lab.start, where.url, confirms="all")
        flow = Flow(lab, numbers)
        await asyncio.to_thread(flow.send, 100)
        happening = asyncio.create_task(happens())
        while not happening.done():
            await asyncio.to_thread(flow.send, 20)
        await happening
        await asyncio.to_thread(flow.send, 100)
        await asyncio.to_thread(flow.all_there)
        status = lab.status()
        assert status.is_up
        assert any("link down: lost the connection" in text for text in status.problems)
        assert any("link up: connected to" in text for text in status.problems)
        assert not lab.errors()
        await asyncio.to_thread(lab.stop)


@pytest.mark.parametrize("what", ["delete_queue", "delete_exchange", "delete_announcements"])
async def test_a_lab_declares_and_binds_anew_what_was_deleted(
    rabbitmq: RabbitMQ, numbers: list[int], what: str
) -> None:
    async with deleting(rabbitmq) as where:
        with lab_with(numbers) as lab:
            await asyncio.to_thread(lab.start, where.url)
            flow = Flow(lab, numbers)
            await asyncio.to_thread(flow.send, 100)
            await asyncio.to_thread(flow.all_there)
            await getattr(where, what)()
            flow.sent.clear()
            await asyncio.to_thread(flow.mended)
            flow.sent.clear()
            await asyncio.to_thread(flow.send, 100)
            await asyncio.to_thread(flow.all_there)
            # Who comes now is heard of.
            await asyncio.to_thread(lab.add, lambda number: number, "late", outports=["out"])
            deadline = time.monotonic() + DEADLINE
            while not any(role.role == "late" and role.workers for role in lab.network().roles):
                assert time.monotonic() < deadline, lab.network()
                await asyncio.sleep(0.05)
            status = lab.status()
            assert status.is_up
            said = {
                "delete_queue": "the queue `answer.NUMBER` was deleted",
                "delete_exchange": "no exchange 'ask.OUT'",
                "delete_announcements": "the queue `fbp` was deleted",
            }
            assert any(said[what] in text for text in status.problems), status.problems
            await asyncio.to_thread(lab.stop)
