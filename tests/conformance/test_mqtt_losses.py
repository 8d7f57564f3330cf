"""What a router cannot forward, and what is said of it; and names that handles must not share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.names import QueueName
from msgflo_lab_broker.mqtt import Connack, Connect, Packet, Property, Publish
from tests.brokers import Mosquitto
from tests.conformance.places import (
    at,
    numbered,
    passed,
    publish_all,
    take,
    until,
)
from tests.fakes import Peer, fake_broker

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


@pytest.mark.parametrize("qos", [0, 1])
async def test_too_large_for_one_target_is_fine_for_the_other(
    fresh: Fresh, qos: int, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect):
            peer.send(Connack(properties={Property.MAXIMUM_PACKET_SIZE: 1_000}))
            return True
        return False

    source = fresh("out")
    short, long = Binding(source, fresh("in")), Binding(source, fresh("x" * 200))
    async with fake_broker(answer) as fake, at(fake.url, version=5, qos=qos) as place:
        binder = await place.binder()
        await binder.bind(short)
        await binder.bind(long)
        router = fake.peers[-1]
        for number in range(3):
            packet_id = number + 1 if qos else 0
            router.send(Publish(topic=source, payload=b"x" * 900, qos=qos, packet_id=packet_id))
        router.send(Publish(topic=source, payload=b"y", qos=qos, packet_id=9 if qos else 0))
        sent = [p for p in await fake.wait_for(Publish, 5) if isinstance(p, Publish)]
        assert [each.topic for each in sent] == [short.target] * 4 + [long.target]
        assert passed(binder) == {short: 4, long: 1}
        said = [each for each in caplog.messages if "too large" in each]
        assert len(said) == 1
        assert long.target[:20] in said[0]
        await binder.unbind(long)
        await binder.bind(long)
        assert passed(binder)[long] == 0


async def test_what_a_closing_router_holds_is_one_line(
    fresh: Fresh, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from msgflo_lab_transports.mqtt import session

    monkeypatch.setattr(session, "CLOSE_SECONDS", 0.1)
    source = fresh("out")
    async with fake_broker() as fake, at(fake.url, version=5, qos=1) as place:
        binder = await place.binder()
        await binder.bind(Binding(source, fresh("in")))
        for number in range(50):
            fake.peers[-1].send(Publish(topic=source, payload=b"x", qos=1, packet_id=number + 1))
        await fake.wait_for(Publish, 50)
        await binder.close()
    warned = [each.message for each in caplog.records if each.levelno >= logging.WARNING]
    assert warned == [
        "50 messages were not forwarded: closed before the broker confirmed the message"
    ]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_handles_that_share_a_client_id_option(
    mosquitto: Mosquitto, fresh: Fresh, version: str
) -> None:
    """It is a prefix: nobody takes the connection of another over."""
    prefix, source, target = fresh("id").replace("/", "-"), fresh("out"), fresh("in")
    downs: list[str] = []

    def on_link(_link: object, detail: str) -> None:
        downs.append(detail)

    async with at(mosquitto.url, version=version, client_id=prefix) as place:
        one, two = await place.client("c", on_link), await place.client("c", on_link)
        binder, other = await place.binder("b", on_link), await place.binder("b", on_link)
        await binder.bind(Binding(source, target))
        inbox = await two.subscribe(target)
        await asyncio.sleep(0.3)
        await publish_all(one, source, numbered(10))
        assert await take(inbox, 10) == numbered(10)
        assert not await other.bindings()
        assert not downs
        for part in ("-c-", "-b-", "-b-router-"):
            await until(lambda part=part: mosquitto.log().count(f" as {prefix}{part}") >= 2)  # type: ignore[misc]
