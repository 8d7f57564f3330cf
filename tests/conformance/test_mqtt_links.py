"""MQTT's links: how they fail, come back, and what they restore."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.errors import ConnectionFailed
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Link
from msgflo_lab_broker.mqtt import (
    TAKEN_OVER,
    Ack,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Publish,
    Type,
)
from tests.brokers import Mosquitto
from tests.conformance.places import (
    DEADLINE,
    at,
    numbered,
    publish_all,
    take,
    until,
)
from tests.fakes import Peer, fake_broker

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


class Links:
    """Collects link events."""

    def __init__(self) -> None:
        self.events: list[tuple[Link, str]] = []
        self._changed = asyncio.Event()

    def __call__(self, link: Link, detail: str) -> None:
        self.events.append((link, detail))
        self._changed.set()

    async def wait_for(self, *expected: Link) -> None:
        async with asyncio.timeout(DEADLINE):
            while [link for link, _ in self.events] != list(expected):
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A Mosquitto that the test may harm."""
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_broker_that_comes_back(own_broker: Mosquitto, version: str) -> None:
    async with at(own_broker.url, version=version) as place:
        links, binder_links = Links(), Links()
        client = await place.client(on_link=links)
        binder = await place.binder(on_link=binder_links)
        a, b, c = QueueName("a"), QueueName("b"), QueueName("c")
        for binding in (Binding(a, b), Binding(b, c), Binding(c, a)):
            await binder.bind(binding)
        inbox, tap = await client.subscribe(c), await binder.tap(a, Side.OUT)
        found = await binder.discoveries()
        for turn in range(2):
            own_broker.kill()
            await links.wait_for(*[Link.DOWN, Link.UP] * turn, Link.DOWN)
            await binder_links.wait_for(*[Link.DOWN, Link.UP] * turn, Link.DOWN)
            own_broker.start()
            await links.wait_for(*[Link.DOWN, Link.UP] * (turn + 1))
            await binder_links.wait_for(*[Link.DOWN, Link.UP] * (turn + 1))
            await publish_all(client, a, numbered(100))
            assert await take(inbox, 100) == numbered(100)
            assert await take(tap, 100) == numbered(100)
            await client.announce(b"hello")
            assert await take(found, 1) == [b"hello"]
        assert all("\n" not in detail and detail for _, detail in links.events)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_kills_amid_a_flood(own_broker: Mosquitto, version: str) -> None:
    """QoS 0 may lose what is in hand, and nothing else: not the order, not the way back."""
    async with at(own_broker.url, version=version) as place:
        links, binder_links = Links(), Links()
        client = await place.client(on_link=links)
        binder = await place.binder(on_link=binder_links)
        a, b = QueueName("a"), QueueName("b")
        await binder.bind(Binding(a, b))
        await binder.bind(Binding(b, a))
        inbox = await client.subscribe(b)
        numbers = itertools.count()

        async def flood() -> None:
            for number in numbers:
                await client.publish(a, b"%d" % number)
                if number % 50 == 0:
                    await asyncio.sleep(0.001)

        flooding = asyncio.create_task(flood())
        newest = -1
        for turn in range(3):
            more = 0
            while more < 500:
                found = int((await take(inbox, 1))[0])
                assert found > newest
                newest, more = found, more + 1
            own_broker.restart()
            await links.wait_for(*[Link.DOWN, Link.UP] * (turn + 1))
            await binder_links.wait_for(*[Link.DOWN, Link.UP] * (turn + 1))
        flooding.cancel()
        await asyncio.wait([flooding])
        await client.publish(a, b"end")
        async with asyncio.timeout(DEADLINE):
            while (await inbox.get()).payload != b"end":
                pass


async def test_what_is_asked_while_the_link_is_down_waits(own_broker: Mosquitto) -> None:
    async with at(own_broker.url) as place:
        links = Links()
        client, binder = await place.client(on_link=links), await place.binder()
        own_broker.kill()
        await links.wait_for(Link.DOWN)
        a, b = QueueName("a"), QueueName("b")
        subscribing = asyncio.create_task(client.subscribe(b))
        binding = asyncio.create_task(binder.bind(Binding(a, b)))
        await asyncio.sleep(0)
        own_broker.start()
        inbox = await subscribing
        await binding
        await client.publish(a, b"late")
        assert await take(inbox, 1) == [b"late"]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [1, 2])
async def test_acknowledged_messages_survive_kills(
    own_broker: Mosquitto, version: str, qos: int
) -> None:
    """At least once from the client to the broker: everything published is accepted in the end."""
    async with at(own_broker.url, version=version, qos=qos) as place:
        client, queue = await place.client(), QueueName("q")
        accepted = 0

        async def publish(payload: bytes) -> None:
            nonlocal accepted
            await client.publish(queue, payload)
            accepted += 1

        async with asyncio.TaskGroup() as group:
            for payload in numbered(2_000):
                group.create_task(publish(payload))
            for mark in (200, 900):
                await until(lambda mark=mark: accepted >= mark)  # type: ignore[misc]
                own_broker.restart()
        assert accepted == 2_000


async def test_in_flight_messages_are_sent_again() -> None:
    dropped = False

    def answer(peer: Peer, packet: Packet) -> bool:
        nonlocal dropped
        if isinstance(packet, Publish):
            if not dropped:
                dropped = packet.payload == b"message 9"
                if dropped:
                    peer.transport.abort()
            else:
                peer.send(Ack(Type.PUBACK, packet.packet_id))
        return False

    async with fake_broker(answer) as fake, at(fake.url, qos=1) as place:
        client = await place.client()
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*(client.publish(QueueName("q"), p) for p in numbered(10)))
        sent = [packet.payload for packet in await fake.wait_for(Publish, 20)]  # type: ignore[union-attr]
        assert sent == numbered(10) * 2


async def test_what_the_broker_has_is_not_sent_again() -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Publish):
            peer.send(Ack(Type.PUBREC, packet.packet_id))
        elif isinstance(packet, Ack) and packet.type is Type.PUBREL:
            peer.transport.abort()
        return False

    async with fake_broker(answer) as fake, at(fake.url, qos=2) as place:
        client = await place.client()
        async with asyncio.timeout(DEADLINE):
            await client.publish(QueueName("q"), b"once")
        assert len(await fake.wait_for(Publish)) == 1


async def test_a_message_that_kills_the_link_is_given_up() -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Publish):
            peer.transport.abort()
        return False

    async with fake_broker(answer) as fake, at(fake.url, qos=1) as place:
        client = await place.client()
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(ConnectionFailed, match="4 times"):
                await client.publish(QueueName("q"), b"poison")


async def test_a_kick_does_not_spin() -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect):
            peer.send(Connack())
            peer.send(Disconnect(code=TAKEN_OVER))
            peer.transport.close()
            return True
        return False

    async with fake_broker(answer) as fake, at(fake.url, version=5) as place:
        links = Links()
        await place.client(on_link=links)
        await links.wait_for(Link.DOWN)
        assert "taken over" in links.events[0][1]
        await asyncio.sleep(0.5)
        assert len(await fake.wait_for(Connect)) == 1


async def test_a_flapping_link_backs_off() -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect):
            peer.send(Connack())
            peer.transport.close()
            return True
        return False

    async with fake_broker(answer) as fake, at(fake.url, version=5) as place:
        await place.client()
        await asyncio.sleep(1.0)
        assert len(fake.packets) < 8


async def test_a_broker_that_answers_no_ping_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    from msgflo_lab_transports.mqtt import session

    monkeypatch.setattr(session, "MQTT_NO_ANSWER_SECONDS", 0.2)

    def answer(_peer: Peer, packet: Packet) -> bool:
        return type(packet).__name__ == "Pingreq"

    async with fake_broker(answer) as fake, at(fake.url, keep_alive=1) as place:
        links = Links()
        await place.client(on_link=links)
        await links.wait_for(Link.DOWN, Link.UP)
        assert "no longer answers" in links.events[0][1]


async def test_no_link_within_patience(
    own_broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    from msgflo_lab_transports.mqtt import session

    monkeypatch.setattr(session, "PATIENCE_SECONDS", 0.2)
    for qos in (0, 1):
        async with at(own_broker.url, qos=qos) as place:
            links = Links()
            client = await place.client(on_link=links)
            own_broker.kill()
            await links.wait_for(Link.DOWN)
            with pytest.raises(ConnectionFailed, match=r"none came back within 0\.2 s"):
                await client.publish(QueueName("q"), b"x")
            own_broker.start()
