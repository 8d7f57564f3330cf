"""MQTT's bounds, and what is particular to its router and its brokers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidName, InvalidUrl, PayloadTooLarge, TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_broker.mqtt import (
    V5,
    Ack,
    Connack,
    Connect,
    Packet,
    Property,
    Publish,
    Suback,
    Subscribe,
    Type,
)
from msgflo_lab_transports.inbox import Inbox
from msgflo_lab_transports.mqtt import Mqtt
from tests.brokers import Mosquitto
from tests.conformance.places import (
    DEADLINE,
    Place,
    at,
    nothing_more,
    numbered,
    passed,
    publish_all,
    take,
)
from tests.fakes import Peer, fake_broker

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


async def test_an_unknown_option_is_named(mosquitto: Mosquitto) -> None:
    with pytest.raises(InvalidUrl, match="no option `qso`"):
        await Mqtt().client(BrokerUrl.parse(mosquitto.url, qso=1), name="c")


@pytest.mark.parametrize("name", ["", "a+b", "#", "a\0", "\ud800", "$share/a/b"], ids=ascii)
async def test_names_that_mqtt_cannot_have(mqtt: Place, fresh: Fresh, name: str) -> None:
    client, binder, bad, good = (
        await mqtt.client(),
        await mqtt.binder(),
        QueueName(name),
        fresh("g"),
    )
    for asked in (
        client.declare(bad, Side.IN),
        client.publish(bad, b""),
        client.subscribe(bad),
        binder.bind(Binding(bad, good)),
        binder.bind(Binding(good, bad)),
        binder.tap(bad, Side.IN),
    ):
        with pytest.raises(InvalidName):
            await asked
    assert not await binder.bindings()


async def test_the_last_binding_ends_the_subscription(mosquitto: Mosquitto, fresh: Fresh) -> None:
    async with at(mosquitto.url, client_id=str(fresh("id"))) as place:
        binder, source = await place.binder(), fresh("out")
        one, two = Binding(source, fresh("one")), Binding(source, fresh("two"))
        await binder.bind(one)
        await binder.bind(two)
        await binder.unbind(one)
        (router,) = set(
            re.findall(rf"{place.url.options['client_id']}-binder-router-\w+", mosquitto.log())
        )
        subscribed, ended = f"{router} 0 {source}", f"{router} {source}"
        await asyncio.to_thread(mosquitto.wait_for_log, subscribed)
        assert mosquitto.log().count(subscribed) == 1
        assert f"Received UNSUBSCRIBE from {router}" not in mosquitto.log()
        await binder.unbind(two)
        await asyncio.to_thread(mosquitto.wait_for_log, f"Received UNSUBSCRIBE from {router}")
        await asyncio.to_thread(mosquitto.wait_for_log, ended)
        await binder.bind(one)
        await asyncio.to_thread(mosquitto.wait_for_log, subscribed, 2)


async def test_a_refused_subscription_is_an_error(fresh: Fresh) -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Subscribe) and "secret" in packet.filters[0].topic:
            peer.send(Suback(packet.packet_id, (0x87 if peer.version == V5 else 0x80,)))
            return True
        return False

    secret, open_ = fresh("secret"), fresh("open")
    async with fake_broker(answer) as fake, at(fake.url) as place:
        client, binder = await place.client(), await place.binder()
        with pytest.raises(TransportError, match=r"refuses the subscription to `.*not authorized"):
            await client.subscribe(secret)
        with pytest.raises(TransportError, match="refuses"):
            await binder.bind(Binding(secret, open_))
        assert not await binder.bindings()
        await client.subscribe(open_)
        await binder.bind(Binding(open_, secret))


async def test_a_refused_message_is_an_error(fresh: Fresh) -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Publish):
            peer.send(Ack(Type.PUBACK, packet.packet_id, 0x97))
            return True
        return False

    async with fake_broker(answer) as fake, at(fake.url, qos=1, version=5) as place:
        client = await place.client()
        with pytest.raises(TransportError, match="refused the message: quota exceeded"):
            await client.publish(fresh("q"), b"x")


async def test_the_announced_packet_size_is_kept(fresh: Fresh) -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect):
            peer.send(Connack(properties={Property.MAXIMUM_PACKET_SIZE: 1_000}))
            return True
        return False

    async with fake_broker(answer) as fake, at(fake.url, version=5) as place:
        client, queue = await place.client(), fresh("q")
        with pytest.raises(PayloadTooLarge) as caught:
            await client.publish(queue, b"x" * 1_000)
        await client.publish(queue, b"x" * caught.value.limit)
        with pytest.raises(PayloadTooLarge):
            await client.publish(queue, b"x" * (caught.value.limit + 1))
        (packet,) = await fake.wait_for(Publish)
        assert isinstance(packet, Publish)
        assert len(packet.payload) == caught.value.limit


async def test_the_announced_receive_maximum_is_kept(fresh: Fresh) -> None:
    waiting: list[int] = []
    most = 0

    def answer(peer: Peer, packet: Packet) -> bool:
        nonlocal most
        if isinstance(packet, Connect):
            peer.send(Connack(properties={Property.RECEIVE_MAXIMUM: 3}))
            return True
        if isinstance(packet, Publish):
            waiting.append(packet.packet_id)
            most = max(most, len(waiting))
            asyncio.get_running_loop().call_later(
                0.002, lambda: peer.send(Ack(Type.PUBACK, waiting.pop(0)))
            )
        return False

    async with fake_broker(answer) as fake, at(fake.url, version=5, qos=1) as place:
        client, queue = await place.client(), fresh("q")
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*(client.publish(queue, each) for each in numbered(50)))
        sent = [each.payload for each in fake.packets if isinstance(each, Publish)]
        assert (most, sent) == (3, numbered(50))


async def test_a_message_too_large_for_mqtt(mosquitto: Mosquitto, fresh: Fresh) -> None:
    async with at(mosquitto.url) as place:
        client = await place.client()
        with pytest.raises(PayloadTooLarge, match="268,435,456"):
            await client.publish(fresh("q"), bytes(268_435_456))


@pytest.mark.parametrize("qos", [0, 1])
async def test_an_acknowledgement_gets_past_a_full_inbox(
    mosquitto: Mosquitto, fresh: Fresh, qos: int
) -> None:
    """A handler that publishes for each message must not wait for what is behind its own inbox."""
    async with at(mosquitto.url, qos=qos) as place:
        client, source, queue = (
            await place.client(),
            await place.beside(qos=0).client(),
            fresh("in"),
        )
        inbox, other = await client.subscribe(queue), fresh("out")
        await publish_all(source, queue, numbered(3_000))
        found = 0
        async with asyncio.timeout(DEADLINE):
            while found < 3_000:
                (await inbox.get()).ack()
                found += 1
                if found % 10 == 1:
                    await client.publish(other, b"result")
                if found == 1:
                    # Subscribing needs an answer too.
                    await client.subscribe(other)


async def test_a_full_inbox_stops_the_reading(mosquitto: Mosquitto, fresh: Fresh) -> None:
    async with at(mosquitto.url) as place:
        reader, writer, queue = await place.client(), await place.client(), fresh("in")
        inbox = await reader.subscribe(queue)
        assert isinstance(inbox, Inbox)
        payload = b"x" * 10_000
        await publish_all(writer, queue, [payload] * 10_000)
        # The socket's buffers take a part of it; the inbox a bound's worth and one more read.
        assert len(inbox) < 1_500
        assert await take(inbox, 10_000) == [payload] * 10_000
        assert inbox.dropped == 0


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_retained_messages(mosquitto: Mosquitto, fresh: Fresh, version: str) -> None:
    async with at(mosquitto.url, version=version) as place:
        keeper, binder = await place.beside(retain="true").client(), await place.binder()
        source, target = fresh("out"), fresh("in")
        await keeper.publish(source, b"kept")
        inbox = await binder.subscribe(target)
        await binder.bind(Binding(source, target))
        assert await take(inbox, 1) == [b"kept"]
        assert passed(binder) == {Binding(source, target): 1}
        await nothing_more(binder, inbox)
        # What is forwarded is not kept again.
        late = await binder.subscribe(fresh("unrelated"))
        await nothing_more(binder, late)
        again = await (await place.client()).subscribe(target)
        await nothing_more(binder, again)
        watching = await (await place.binder()).discoveries()
        await keeper.announce(b"alive")
        assert await take(watching, 1) == [b"alive"]  # the broker has it, and keeps nothing of it
        found = await binder.discoveries()
        await binder.announce(b"now")
        assert await take(found, 1) == [b"now"]
        await keeper.publish(source, b"")


@pytest.mark.parametrize("qos", [1, 2])
async def test_a_router_acknowledges_after_its_forwards(fresh: Fresh, qos: int) -> None:
    """Seen from the broker: PUBACK or PUBREC for the source only after the forwards' own."""
    source, targets = fresh("out"), [fresh("one"), fresh("two")]
    held: list[Publish] = []

    def answer(_peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Publish):
            held.append(packet)
        return False

    async with fake_broker(answer) as fake, at(fake.url, qos=qos) as place:
        binder = await place.binder()
        for target in targets:
            await binder.bind(Binding(source, target))
        router = fake.peers[-1]
        router.send(Publish(topic=source, payload=b"x", qos=qos, packet_id=7))
        await fake.wait_for(Publish, 2)
        kind = Type.PUBACK if qos == 1 else Type.PUBREC
        finished = Type.PUBACK if qos == 1 else Type.PUBCOMP
        router.send(Ack(finished, held[0].packet_id))
        # A round trip later nothing may have come of it.
        await binder.bind(Binding(fresh("else"), fresh("where")))
        assert not [p for p in fake.packets if isinstance(p, Ack) and p.type is kind]
        router.send(Ack(finished, held[1].packet_id))
        (packet,) = await fake.wait_for(Ack)
        assert packet == Ack(kind, 7)


async def test_a_slow_broker_stops_the_router(fresh: Fresh) -> None:
    """A router that cannot write reads no more: its memory is bounded."""
    source, target = fresh("out"), fresh("in")
    async with fake_broker() as fake, at(fake.url) as place:
        binder = await place.binder()
        await binder.bind(Binding(source, target))
        router = fake.peers[-1]
        router.transport.pause_reading()
        router.transport.set_write_buffer_limits(0)
        sent = 0
        while sent < 1_000 and router.transport.get_write_buffer_size() < 20_000_000:
            router.send(Publish(topic=source, payload=b"x" * 100_000))
            sent += 1
            if sent % 20 == 0:
                await asyncio.sleep(0.01)
        stuck = router.transport.get_write_buffer_size()
        assert stuck > 5_000_000, "the router has read everything"
        router.transport.resume_reading()
        found = await fake.wait_for(Publish, sent)
        assert len(found) == sent


async def test_rubbish_from_a_broker_is_survived(tmp_path: Path, fresh: Fresh) -> None:
    mischief = [b"\x00\x00", b"\x30\x00", b"\x36\x03\x00\x01a", b"\x40\x02\x00\x00", b"\xff" * 9]

    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Subscribe) and mischief:
            peer.transport.write(mischief.pop())
        return False

    async with fake_broker(answer) as fake, at(fake.url, version=5) as place:
        client, queue = await place.client(), fresh("in")
        async with asyncio.timeout(30):
            inbox = await client.subscribe(queue)
            assert len(await fake.wait_for(Subscribe, 6)) == len(await fake.wait_for(Connect))
            fake.peers[-1].send(Publish(topic=queue, payload=b"fine"))
            assert await take(inbox, 1) == [b"fine"]
