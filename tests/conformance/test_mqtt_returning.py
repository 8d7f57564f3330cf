"""Dead letters on MQTT go back only where somebody is known to listen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.discovery import encode
from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role
from msgflo_lab.transport import Binder
from msgflo_lab_broker.mqtt import Ack, Packet, Publish, Type
from msgflo_lab_transports.audience import Audience
from msgflo_lab_transports.limits import HEARD_SECONDS, QUEUES_HEARD_OF
from tests.brokers import Mosquitto
from tests.conformance.places import Place, at, take, until
from tests.conformance.test_dead_letters import letters, reject
from tests.conformance.test_mqtt_sessions import closing
from tests.fakes import Peer, fake_broker

Fresh = Callable[[str], QueueName]
NOBODY = "nobody is known to listen to"


async def one_letter(binder: Binder, queue: QueueName) -> None:
    """Somebody has failed at a message, and left."""
    inbox = await binder.subscribe(queue)
    await binder.publish(queue, b"broken")
    await reject(inbox, 1)
    await inbox.close()
    await letters(binder, queue, 1)


async def refused(binder: Binder, queue: QueueName) -> None:
    """It stays, and that is said."""
    with pytest.raises(TransportError, match=NOBODY) as error:
        await binder.dead_letters.requeue(queue)
    assert "\n" not in str(error.value)
    assert await binder.dead_letters.queues() == {queue: 1}


def announced(queue: QueueName) -> bytes:
    said = ParticipantDefinition(
        id=ParticipantId("w-1"),
        role=Role("w"),
        component=ComponentName("W"),
        inports=(Port(PortName("in"), queue),),
    )
    return encode(said)


@pytest.mark.anyio
async def test_nothing_goes_back_to_nobody(mqtt: Place, fresh: Fresh) -> None:
    binder, queue = await mqtt.binder(), fresh("in")
    await one_letter(binder, queue)
    await refused(binder, queue)
    # Onlookers do not work with it.
    tap = await binder.tap(queue, Side.IN)
    await refused(binder, queue)
    await tap.close()
    inbox = await (await mqtt.client()).subscribe(queue)
    assert await binder.dead_letters.requeue(queue) == 1
    assert await take(inbox, 1) == [b"broken"]
    assert await binder.dead_letters.queues() == {}


@pytest.mark.anyio
async def test_a_reader_elsewhere(mosquitto: Mosquitto, fresh: Fresh) -> None:
    """He is told apart from ours by his address here. MQTT 5 tells of him, whoever he is."""
    queue = fresh("in")
    async with (
        at(mosquitto.url, version="5") as place,
        closing(Place(f"mqtt://localhost:{mosquitto.port}", version="3.1.1")) as elsewhere,
    ):
        binder = await place.binder()
        await one_letter(binder, queue)
        inbox = await (await elsewhere.client()).subscribe(queue)
        assert await binder.dead_letters.requeue(queue) == 1
        assert await take(inbox, 1) == [b"broken"]


@pytest.mark.anyio
@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_one_who_has_announced_himself(
    mosquitto: Mosquitto, fresh: Fresh, version: str
) -> None:
    """Where the broker does not tell, as one listens to everything, or cannot tell."""
    queue = fresh("in")
    async with (
        at(mosquitto.url, version=version) as place,
        closing(Place(f"mqtt://localhost:{mosquitto.port}", version=version)) as elsewhere,
    ):
        binder, other = await place.binder(), await elsewhere.binder()
        heard = await binder.discoveries()
        await one_letter(binder, queue)
        onlooker = await elsewhere.client()
        await onlooker._session.subscriptions.add(b"#")  # type: ignore[attr-defined]
        await refused(binder, queue)
        inbox = await other.subscribe(queue)
        await other.announce(announced(queue))
        await take(heard, 1)
        assert await binder.dead_letters.requeue(queue) == 1
        assert await take(inbox, 1) == [b"broken"]


@pytest.mark.anyio
async def test_a_broker_that_refuses(anyio_backend: object) -> None:
    queue = QueueName("in")

    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Publish) and packet.qos:
            peer.send(Ack(Type.PUBACK, packet.packet_id, 0x97 if packet.topic == queue else 0x10))
        return isinstance(packet, Publish)

    async with fake_broker(answer) as fake, at(fake.url, version=5) as place:
        binder = await place.binder()
        inbox = await binder.subscribe(queue)
        for peer in fake.peers:
            peer.send(Publish(topic=queue, payload=b"broken"))
        await reject(inbox, 1)
        with pytest.raises(TransportError, match="quota exceeded"):
            await binder.dead_letters.requeue(queue)
        await letters(binder, queue, 1)


@pytest.mark.anyio
async def test_a_link_that_is_down_is_said_at_once(
    anyio_backend: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab_transports.backoff.BACKOFF_FIRST_SECONDS", 2.0)
    queue = QueueName("in")
    async with fake_broker() as fake, at(fake.url, version=5) as place:
        binder = await place.binder()
        inbox = await binder.subscribe(queue)
        for peer in fake.peers:
            peer.send(Publish(topic=queue, payload=b"broken"))
        await reject(inbox, 1)
        for peer in list(fake.peers):
            peer.transport.abort()
        await until(lambda: not binder._session.is_ready)  # type: ignore[attr-defined]
        async with asyncio.timeout(1):
            with pytest.raises(ConnectionFailed, match="there is no link to mqtt"):
                await binder.dead_letters.requeue(queue)
        await letters(binder, queue, 1)


def test_who_is_there() -> None:
    audience, queue = Audience(), QueueName("in")
    audience.joins(queue, reads=True)
    audience.joins(queue, reads=True)
    audience.joins(queue, reads=False)
    audience.hears(queue, 5.0)
    audience.leaves(queue, reads=False)
    assert not audience.is_watched_here(queue)
    assert audience.was_heard(queue, 5.0 + HEARD_SECONDS)
    assert not audience.was_heard(queue, 5.1 + HEARD_SECONDS)
    audience.leaves(queue, reads=True)
    # It may have been he.
    assert audience.is_read_here(queue)
    assert not audience.was_heard(queue, 5.0)
    audience.leaves(queue, reads=True)
    assert not audience.is_read_here(queue)
    for number in range(QUEUES_HEARD_OF + 1):
        audience.hears(QueueName(f"queue {number}"), 9.0)
    assert not audience.was_heard(QueueName("queue 0"), 9.0)
    assert audience.was_heard(QueueName("queue 1"), 9.0)
