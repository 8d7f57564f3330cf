"""Shared subscriptions: what the broker is asked for, and what if it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import chain

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidName
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Link
from msgflo_lab_broker.mqtt import (
    Connack,
    Connect,
    Filter,
    Packet,
    Properties,
    Property,
    Publish,
    Suback,
    Subscribe,
    Unsubscribe,
)
from tests.brokers import Mosquitto
from tests.conformance.places import (
    DEADLINE,
    Place,
    at,
    numbered,
    opened,
    publish_all,
    take,
    take_from_each,
    take_shared,
    until,
)
from tests.conformance.test_mqtt_sessions import closing
from tests.fakes import Answer, Peer, fake_broker
from tests.proxies import proxy

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]
QUEUE = QueueName("in")
SHARED = "$share/msgflo-lab/in"


def _welcoming(properties: Properties, code: int | None = None) -> Answer:
    """A broker that says what it cannot; or only when it is asked for it (`code`)."""

    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect):
            peer.send(Connack(properties=properties))
            return True
        if isinstance(packet, Subscribe) and code is not None and packet.properties:
            peer.send(Suback(packet.packet_id, (code,) * len(packet.filters)))
            return True
        return False

    return answer


async def _asked(packets: list[Packet]) -> list[tuple[Filter, Properties]]:
    subscribes = [each for each in packets if isinstance(each, Subscribe)]
    return [(each, packet.properties) for packet in subscribes for each in packet.filters]


async def test_what_the_broker_is_asked_for() -> None:
    async with fake_broker() as fake, at(fake.url, version=5, qos=1) as place:
        client = await place.binder()
        plain = await client.tap(QUEUE, Side.IN)
        await client.declare(QUEUE, Side.IN, {"share": True, "durable": True})
        inboxes = [await client.subscribe(QUEUE) for _ in range(2)]
        ours = {Property.SUBSCRIPTION_ID: (1,)}
        wanted = [(Filter(topic="in", qos=1), {}), (Filter(topic=SHARED, qos=1), ours)]
        assert await _asked(fake.packets) == wanted
        fake.peers[0].send(Publish(topic=QUEUE, payload=b"all"))
        more: Properties = {Property.CONTENT_TYPE: "x", **ours}
        for number, properties in enumerate([ours, more, ours, more]):
            fake.peers[0].send(Publish(topic=QUEUE, payload=b"%d" % number, properties=properties))
        found = await take_shared(inboxes, 4)
        assert sorted(chain(*found)) == [b"0", b"1", b"2", b"3"]
        assert await take(plain, 1) == [b"all"]
        assert len(plain) == 0
        fake.peers[0].transport.abort()
        await fake.wait_for(Subscribe, 4)
        assert (await _asked(fake.packets))[2:] == [
            (Filter(topic="in", qos=1, retain_handling=0), {}),
            (Filter(topic=SHARED, qos=1, retain_handling=0), ours),
        ]
        for inbox in inboxes:
            await inbox.close()
        packet = (await fake.wait_for(Unsubscribe))[0]
        assert isinstance(packet, Unsubscribe)
        assert packet.topics == (SHARED,)


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({Property.SHARED_AVAILABLE: 0}, None),
        ({Property.SUBSCRIPTION_ID_AVAILABLE: 0}, None),
        ({}, 0x9E),
        ({}, 0xA1),
    ],
)
async def test_a_broker_that_does_not_share(properties: Properties, code: int | None) -> None:
    notes: list[str] = []
    answer = _welcoming(properties, code)
    async with fake_broker(answer) as fake, at(fake.url, version=5) as place:
        client = await place.client(on_note=notes.append)
        await client.declare(QUEUE, Side.IN, {"share": True})
        inbox = await client.subscribe(QUEUE)
        assert (await _asked(fake.packets))[-1] == (Filter(topic="in"), {})
        fake.peers[0].send(Publish(topic=QUEUE, payload=b"copy"))
        assert await take(inbox, 1) == [b"copy"]
        fake.peers[0].transport.abort()
        await fake.wait_for(Subscribe, 2 + 2 * (code is not None))
        await inbox.close()
        await fake.wait_for(Unsubscribe)
    assert len(notes) == 1
    assert "does not share `in` among its readers" in notes[0]


async def test_3_1_1_has_no_sharing(mosquitto: Mosquitto, fresh: Fresh) -> None:
    queue, notes = fresh("in"), list[str]()
    async with at(mosquitto.url, version="3.1.1", qos=1) as place:
        clients = [await place.client(on_note=notes.append) for _ in range(2)]
        for client in clients:
            await client.declare(queue, Side.IN, {"share": True})
        inboxes = [await client.subscribe(queue) for client in clients]
        assert len(notes) == 2
        taking = take_from_each(inboxes, 10)
        await publish_all(clients[0], queue, numbered(10))
        assert await taking == [numbered(10)] * 2
        # On one handle they share all the same.
        both = [inboxes[0], await clients[0].subscribe(queue)]
        await publish_all(clients[1], queue, numbered(10))
        assert sorted(chain(*await take_shared(both, 10))) == sorted(numbered(10))
        assert await take(inboxes[1], 10) == numbered(10)
        assert len(notes) == 2


@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_sharing_survives_a_lost_link(mosquitto: Mosquitto, fresh: Fresh, qos: int) -> None:
    queue = fresh("in")
    async with (
        proxy(mosquitto.port) as way,
        opened(Place(mosquitto.url, version=5, qos=qos)) as place,
        closing(Place(way.url, version=5, qos=qos)) as cut,
    ):
        links: list[Link] = []
        workers = [
            await place.client(),
            await cut.client(on_link=lambda link, _: links.append(link)),
        ]
        for worker in workers:
            await worker.declare(queue, Side.IN, {"share": True})
        inboxes = [await worker.subscribe(queue) for worker in workers]
        for turn in range(2):
            await publish_all(workers[0], queue, numbered(40))
            found = await take_shared(inboxes, 40)
            assert sorted(chain(*found)) == sorted(numbered(40))
            assert all(found)
            # Until the acknowledgements have arrived.
            await workers[1].publish(fresh("else"), b"")
            way.cut()
            await until(lambda turn=turn: links == [Link.DOWN, Link.UP] * (turn + 1))  # type: ignore[misc]
        await inboxes[0].close()
        sending = asyncio.create_task(publish_all(workers[0], queue, numbered(10)))
        assert await take(inboxes[1], 10) == numbered(10)
        await sending


async def test_what_comes_while_a_worker_leaves_is_not_lost() -> None:
    """The broker has handed it to us, and to nobody else."""

    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Unsubscribe):
            ours: Properties = {Property.SUBSCRIPTION_ID: (1,)}
            peer.send(Publish(topic=QUEUE, payload=b"late", properties=ours))
        return False

    async with fake_broker(answer) as fake, at(fake.url, version=5) as place:
        client = await place.client()
        await client.declare(QUEUE, Side.IN, {"share": True})
        inbox = await client.subscribe(QUEUE)
        await inbox.close()
        assert await take(inbox, 1) == [b"late"]
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(StopAsyncIteration):
                await inbox.get()


async def test_a_name_that_is_too_long_to_be_shared(mosquitto: Mosquitto) -> None:
    name = QueueName("x" * 65_520)
    async with at(mosquitto.url) as place:
        client = await place.client()
        await client.declare(name, Side.IN)
        with pytest.raises(InvalidName, match="so it cannot be shared"):
            await client.declare(name, Side.IN, {"share": True})
