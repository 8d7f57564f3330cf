"""Rejected and retried messages on MQTT: when the broker is told of them, and what it is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Subscription
from msgflo_lab_broker.mqtt import (
    Ack,
    Connack,
    Connect,
    Packet,
    Property,
    Publish,
    Type,
)
from tests.brokers import Mosquitto
from tests.conformance.places import Place, at, numbered, publish_all, take, until
from tests.conformance.test_dead_letters import letters, next_of, reject
from tests.conformance.test_mqtt_sessions import closing
from tests.fakes import Fake, Peer, fake_broker

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]
QUEUE = QueueName("in")
GRAVE = "dead-in"


def _stubborn(peer: Peer, packet: Packet) -> bool:
    """Does not confirm anything by itself."""
    return isinstance(packet, Publish)


def _acks(fake: Fake) -> list[Ack]:
    return [each for each in fake.packets if isinstance(each, Ack)]


async def _ping(fake: Fake, inbox: Subscription) -> None:
    """Until whatever was written before has reached the fake."""
    fake.peers[0].send(Publish(topic=QUEUE, payload=b"ping"))
    assert await take(inbox, 1) == [b"ping"]


async def test_a_rejected_message_is_acknowledged_when_it_is_safe() -> None:
    async with fake_broker(_stubborn) as fake, at(fake.url, version=5, qos=1) as place:
        client = await place.client()
        inbox = await client.subscribe(QUEUE)
        fake.peers[0].send(Publish(topic=QUEUE, payload=b"x", qos=1, packet_id=9))
        (await next_of(inbox)).nack("broken")
        [sent] = await fake.wait_for(Publish)
        assert isinstance(sent, Publish)
        assert (sent.topic, sent.payload, sent.qos, sent.retain) == (GRAVE, b"x", 1, False)
        await _ping(fake, inbox)
        assert not _acks(fake)
        fake.peers[0].send(Ack(Type.PUBACK, sent.packet_id))
        # On MQTT 5 the broker hears that it failed.
        assert await fake.wait_for(Ack) == [Ack(Type.PUBACK, 9, 0x83)]


async def test_what_the_broker_refuses_to_bury_is_kept() -> None:
    async with fake_broker(_stubborn) as fake, at(fake.url, version=5, qos=1) as place:
        binder = await place.binder()
        inbox = await binder.subscribe(QUEUE)
        await binder.bind(Binding(QUEUE, QueueName("grave"), Kind.DEAD_LETTER))
        for each in fake.peers:
            each.send(Publish(topic=QUEUE, payload=b"x", qos=1, packet_id=9))
        (await next_of(inbox)).nack("broken")
        sent = (await fake.wait_for(Publish))[0]
        assert isinstance(sent, Publish)
        assert await binder.dead_letters.look(QUEUE) == []
        for each in fake.peers:
            each.send(Ack(Type.PUBACK, sent.packet_id, 0x87))
        [letter] = await letters(binder, QUEUE, 1)
        assert (letter.payload, letter.reason) == (b"x", "broken")


async def test_one_that_is_too_large_for_the_grave_is_kept() -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect):
            peer.send(Connack(properties={Property.MAXIMUM_PACKET_SIZE: 1_000}))
            return True
        return False

    async with fake_broker(answer) as fake, at(fake.url, version=5) as place:
        binder = await place.binder()
        inbox = await binder.subscribe(QUEUE)
        await binder.bind(Binding(QUEUE, QueueName("grave"), Kind.DEAD_LETTER))
        for peer in fake.peers:
            peer.send(Publish(topic=QUEUE, payload=b"x" * 990))
        (await next_of(inbox)).nack()
        assert (await letters(binder, QUEUE, 1))[0].payload == b"x" * 990
        assert not [each for each in fake.packets if isinstance(each, Publish)]


@pytest.mark.parametrize("qos", [1, 2])
async def test_a_message_that_waits_is_not_acknowledged(qos: int) -> None:
    async with fake_broker() as fake, at(fake.url, version=5, qos=qos) as place:
        client = await place.client()
        inbox = await client.subscribe(QUEUE)
        fake.peers[0].send(Publish(topic=QUEUE, payload=b"x", qos=qos, packet_id=9))
        for attempt in range(1, 4):
            delivery = await next_of(inbox)
            assert delivery.attempt == attempt
            delivery.retry(0.02)
            await _ping(fake, inbox)
            assert not _acks(fake)
        (await next_of(inbox)).ack()
        assert await fake.wait_for(Ack) == [Ack(Type.PUBACK if qos == 1 else Type.PUBREC, 9)]


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that is lost stays lost for as long as anybody takes to notice."""
    monkeypatch.setattr("msgflo_lab_transports.backoff.BACKOFF_FIRST_SECONDS", 2.0)


async def test_a_message_that_waits_outlives_the_link(unhurried: None) -> None:
    async with fake_broker() as fake, at(fake.url, version=5) as place:
        client = await place.client()
        inbox = await client.subscribe(QUEUE)
        fake.peers[0].send(Publish(topic=QUEUE, payload=b"x"))
        (await next_of(inbox)).retry(0.1)
        fake.peers[0].transport.abort()
        await until(lambda: not client._session.is_ready)  # type: ignore[attr-defined]
        assert (await next_of(inbox)).attempt == 2


@pytest.mark.parametrize("qos", [0, 1])
async def test_what_is_rejected_while_the_link_is_down_is_not_lost(
    unhurried: None, qos: int
) -> None:
    async with fake_broker() as fake, at(fake.url, version=5, qos=qos) as place:
        binder = await place.binder()
        inbox = await binder.subscribe(QUEUE)
        await binder.bind(Binding(QUEUE, QueueName("grave"), Kind.DEAD_LETTER))
        for peer in fake.peers:
            peer.send(Publish(topic=QUEUE, payload=b"x"))
        delivery = await next_of(inbox)
        for peer in list(fake.peers):
            peer.transport.abort()
        await until(lambda: not binder._session.is_ready)  # type: ignore[attr-defined]
        delivery.nack()
        if qos:
            [sent] = await fake.wait_for(Publish)
            assert isinstance(sent, Publish)
            assert sent.topic == GRAVE
        else:
            await letters(binder, QUEUE, 1)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_binder_elsewhere_takes_them(
    mosquitto: Mosquitto, fresh: Fresh, version: str
) -> None:
    """It is told apart from ours by its address here; in truth it is in another process."""
    queue, grave = fresh("in"), fresh("grave")
    async with (
        at(mosquitto.url, version=version, qos=1) as place,
        closing(Place(f"mqtt://localhost:{mosquitto.port}", version=version, qos=1)) as elsewhere,
    ):
        binder, other = await place.binder(), await elsewhere.binder()
        await other.bind(Binding(queue, grave, Kind.DEAD_LETTER))
        at_grave, inbox = await other.subscribe(grave), await binder.subscribe(queue)
        await publish_all(binder, queue, numbered(3))
        await reject(inbox, 3)
        assert await take(at_grave, 3) == numbered(3)
        # Who rejected them does not know of it.
        await letters(binder, queue, 3)
        assert await other.dead_letters.look(queue) == []
        await other.close()
        assert await binder.dead_letters.requeue(queue) == 3
        assert await take(inbox, 3) == numbered(3)
