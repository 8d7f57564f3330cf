"""QoS 1 and 2 over a link that is cut while the broker lives on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Link, Subscription
from msgflo_lab_broker.mqtt import (
    V5,
    V311,
    Ack,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Property,
    Publish,
    Splitter,
    Subscribe,
    Type,
    Unsubscribe,
    decode,
    encode,
)
from msgflo_lab_transports.limits import MQTT_SESSION_SECONDS
from tests.brokers import Mosquitto
from tests.conformance.places import DEADLINE, Place, numbered, opened, take, until
from tests.fakes import Fake, Peer, fake_broker
from tests.proxies import proxy

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


@asynccontextmanager
async def closing(place: Place) -> AsyncIterator[Place]:
    """Like `opened`, for a place behind a proxy, which ends a little later."""
    try:
        yield place
    finally:
        await place.close()


CUTS = 5
MESSAGES = 3_000


class Reader:
    """Takes and acknowledges whatever comes."""

    def __init__(self, inbox: Subscription) -> None:
        self.found: Counter[bytes] = Counter()
        self.task = asyncio.create_task(self._read(inbox))

    async def _read(self, inbox: Subscription) -> None:
        async for delivery in inbox:
            self.found[delivery.payload] += 1
            # Some are in the inbox, not acknowledged, when the link is cut.
            await asyncio.sleep(0)
            delivery.ack()


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [1, 2])
async def test_cuts_lose_nothing(
    mosquitto: Mosquitto, fresh: Fresh, version: str, qos: int
) -> None:
    """To a subscriber, and through a router to another; the publisher's link is cut as well."""
    source, target = fresh("out"), fresh("in")
    options = {"version": version, "qos": qos}
    async with proxy(mosquitto.port) as way, closing(Place(way.url, **options)) as place:
        writer, reader, binder = (
            await place.client("writer"),
            await place.client("reader"),
            await place.binder(),
        )
        await binder.bind(Binding(source, target))
        readers = [Reader(await reader.subscribe(queue)) for queue in (source, target)]

        async def publish() -> None:
            for start in range(0, MESSAGES, 20):
                await asyncio.gather(
                    *(writer.publish(source, each) for each in numbered(20, start))
                )

        publishing = asyncio.create_task(publish())
        for cut in range(CUTS):
            mark = MESSAGES * cut // (CUTS + 1)
            await until(lambda mark=mark: min(len(each.found) for each in readers) > mark)  # type: ignore[misc]
            way.cut()
        async with asyncio.timeout(DEADLINE):
            await publishing
        expected = set(numbered(MESSAGES))
        await until(lambda: all(set(each.found) == expected for each in readers))
        assert way.links >= 4 + CUTS
        if qos == 2:
            assert all(set(each.found.values()) == {1} for each in readers)
        for each in readers:
            each.task.cancel()
        await asyncio.wait([each.task for each in readers])


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_what_came_while_the_link_was_down_is_had(
    mosquitto: Mosquitto, fresh: Fresh, version: str
) -> None:
    queue, kept = fresh("in"), fresh("kept")
    async with (
        proxy(mosquitto.port) as way,
        opened(Place(mosquitto.url, version=version, qos=1)) as place,
        closing(Place(way.url, version=version, qos=1)) as cut,
    ):
        links: list[Link] = []
        writer = await place.client()
        reader = await cut.client(on_link=lambda link, _: links.append(link))
        keeper = await place.beside(retain="true").client()
        await keeper.publish(kept, b"kept")
        inbox, retained = await reader.subscribe(queue), await reader.subscribe(kept)
        dropped = await reader.subscribe(fresh("dropped"))
        assert await take(retained, 1) == [b"kept"]
        # Until the acknowledgement has arrived.
        await reader.publish(fresh("else"), b"")
        way.cut()
        await until(lambda: links == [Link.DOWN])
        await dropped.close()
        for payload in numbered(50):
            await writer.publish(queue, payload)
        assert await take(inbox, 50) == numbered(50)
        await until(lambda: links == [Link.DOWN, Link.UP])
        # The retained message has not come again.
        await writer.publish(kept, b"new")
        assert await take(retained, 1) == [b"new"]
        await keeper.publish(kept, b"")


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
async def test_nothing_is_left_at_the_broker(
    mosquitto: Mosquitto, fresh: Fresh, version: str, down: bool
) -> None:
    """Whoever came back under the same name would find no session."""
    prefix = fresh("x").replace("/", "-")
    async with opened(Place(mosquitto.url, version=version, qos=1, client_id=prefix)) as place:
        client = await place.client("me")
        await client.subscribe(fresh("in"))
        name = mosquitto.log().split(f" as {prefix}")[1].split(" ")[0]
        if down:
            client._session.wire.fail(ConnectionResetError())  # type: ignore[attr-defined]
            await asyncio.sleep(0)
        await client.close()
        seen: list[Connack] = []
        read, write = await asyncio.open_connection("127.0.0.1", mosquitto.port)
        level = V5 if version == "5" else V311
        write.write(encode(Connect(client_id=prefix + name, version=level, clean=False), level))

        def heard(head: int, buffer: bytes, start: int, end: int) -> None:
            packet = decode(head, buffer, start, end, level)
            assert isinstance(packet, Connack)
            seen.append(packet)

        splitter = Splitter(heard)
        while not seen:
            splitter.feed(await read.read(100))
        write.write(encode(Disconnect(), level))
        write.close()
        await write.wait_closed()
        assert seen == [Connack(properties=seen[0].properties)]


def _remembering(dropped_at: Type | None = None) -> Callable[[Peer, Packet], bool]:
    """A broker that keeps the session, and drops the first link at the first PUBLISH or PUBREL."""
    state = {"links": 0}

    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect):
            state["links"] += 1
            peer.send(Connack(session_present=state["links"] > 1))
            return True
        kind = packet.type if isinstance(packet, Ack) else Type.PUBLISH
        if state["links"] == 1 and kind is dropped_at and isinstance(packet, Publish | Ack):
            peer.transport.abort()
        elif isinstance(packet, Publish) and packet.qos:
            peer.send(Ack(Type.PUBACK if packet.qos == 1 else Type.PUBREC, packet.packet_id))
        elif isinstance(packet, Ack) and packet.type is Type.PUBREL:
            peer.send(Ack(Type.PUBCOMP, packet.packet_id))
        return False

    return answer


async def test_what_is_asked_of_a_broker_on_mqtt_5() -> None:
    async with fake_broker(_remembering(Type.PUBLISH)) as fake:
        async with opened(Place(fake.url, version=5, qos=1)) as place:
            client = await place.client()
            await client.subscribe(QueueName("in"))
            async with asyncio.timeout(DEADLINE):
                await client.publish(QueueName("q"), b"x")
        first, second = await fake.wait_for(Connect, 2)
        asked = [each.filters[0].retain_handling for each in await fake.wait_for(Subscribe, 2)]  # type: ignore[union-attr]
        (left,) = await fake.wait_for(Disconnect)
    assert isinstance(first, Connect)
    assert isinstance(second, Connect)
    assert isinstance(left, Disconnect)
    assert (first.clean, second.clean, first.client_id == second.client_id) == (True, False, True)
    for each in (first, second):
        assert each.properties[Property.SESSION_EXPIRY] == MQTT_SESSION_SECONDS
    assert left.properties == {Property.SESSION_EXPIRY: 0}
    assert asked == [0, 1]


async def test_without_qos_no_session_is_kept() -> None:
    async with fake_broker() as fake:
        async with opened(Place(fake.url, qos=0)) as place:
            await place.client()
        (hello,) = await fake.wait_for(Connect)
        (left,) = await fake.wait_for(Disconnect)
    assert isinstance(hello, Connect)
    assert hello.clean
    assert Property.SESSION_EXPIRY not in hello.properties
    assert left == Disconnect()


@pytest.mark.parametrize("qos", [1, 2])
async def test_a_publish_is_repeated_under_its_number(qos: int) -> None:
    async with (
        fake_broker(_remembering(Type.PUBLISH)) as fake,
        opened(Place(fake.url, qos=qos)) as place,
    ):
        client = await place.client()
        async with asyncio.timeout(DEADLINE):
            await client.publish(QueueName("q"), b"x")
        first, second = await _publishes(fake, 2)
        assert (first.duplicate, second.duplicate) == (False, True)
        assert (first.packet_id, first.payload) == (second.packet_id, second.payload)


async def test_a_pubrel_is_repeated_and_not_its_publish() -> None:
    async with (
        fake_broker(_remembering(Type.PUBREL)) as fake,
        opened(Place(fake.url, qos=2)) as place,
    ):
        client = await place.client()
        async with asyncio.timeout(DEADLINE):
            await client.publish(QueueName("q"), b"x")
        assert len(await _publishes(fake, 1)) == 1
        assert await fake.wait_for(Ack, 2) == [Ack(Type.PUBREL, 1)] * 2


@pytest.mark.parametrize("qos", [1, 2])
async def test_a_repetition_is_received_once_and_acknowledged_then(qos: int) -> None:
    queue = QueueName("in")
    async with fake_broker(_remembering()) as fake, opened(Place(fake.url, qos=qos)) as place:
        client = await place.client()
        inbox = await client.subscribe(queue)
        message = Publish(topic=queue, payload=b"x", qos=qos, packet_id=9)
        fake.peers[0].send(message)
        async with asyncio.timeout(DEADLINE):
            delivery = await inbox.get()
        fake.peers[0].transport.abort()
        await until(lambda: not client._session.is_ready)  # type: ignore[attr-defined]
        delivery.ack()
        await fake.wait_for(Connect, 2)
        assert not [each for each in fake.packets if isinstance(each, Ack)]
        fake.peers[0].send(Publish(topic=queue, payload=b"x", qos=qos, packet_id=9, duplicate=True))
        fake.peers[0].send(Publish(topic=queue, payload=b"next"))
        assert await take(inbox, 1) == [b"next"]
        kind = Type.PUBACK if qos == 1 else Type.PUBREC
        assert await fake.wait_for(Ack) == [Ack(kind, 9)]


async def test_a_subscription_that_ended_meanwhile_is_ended_at_the_broker() -> None:
    async with fake_broker(_remembering()) as fake, opened(Place(fake.url, qos=1)) as place:
        client = await place.client()
        inbox = await client.subscribe(QueueName("in"))
        await client.subscribe(QueueName("kept"))
        fake.peers[0].transport.abort()
        await until(lambda: not client._session.is_ready)  # type: ignore[attr-defined]
        await inbox.close()
        (packet,) = await fake.wait_for(Unsubscribe)
        assert isinstance(packet, Unsubscribe)
        assert packet.topics == ("in",)


async def _publishes(fake: Fake, count: int) -> list[Publish]:
    return [each for each in await fake.wait_for(Publish, count) if isinstance(each, Publish)]
