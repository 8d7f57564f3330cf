"""AMQP connections that do not come about, and what is said; and TLS."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Any

import pamqp.frame
import pytest
from pamqp import commands

from msgflo_lab.errors import ConnectionFailed
from msgflo_lab_transports import limits
from msgflo_lab_transports.amqp import connect
from tests.amqp.fake import Peer, fake_broker
from tests.amqp.tools import DEADLINE, Inbox, Side, queue_of
from tests.brokers import Certificates, Mosquitto, RabbitMQ, free_port

pytestmark = pytest.mark.anyio


async def refused(side: Side, url: str, **options: Any) -> str:
    """What is said, in one line and within five seconds."""
    start = time.monotonic()
    with pytest.raises(ConnectionFailed) as error:
        await side.connect(url, **options)
    assert time.monotonic() - start < 7
    text = str(error.value)
    assert text.startswith("cannot connect to amqp")
    assert "\n" not in text
    assert "secret" not in text
    assert not side.lost.all
    return text


async def test_nobody_listens(side: Side) -> None:
    port = free_port()
    assert f"nobody listens on 127.0.0.1:{port}" in await refused(side, f"amqp://127.0.0.1:{port}")


async def test_a_host_that_is_not_there(side: Side) -> None:
    assert "host `nowhere.invalid` is unknown" in await refused(side, "amqp://nowhere.invalid")


async def test_a_wrong_password(side: Side, rabbitmq: RabbitMQ) -> None:
    text = await refused(side, f"amqp://guest:secret@127.0.0.1:{rabbitmq.port}")
    assert "ACCESS_REFUSED" in text
    assert "guest:***@" in text


async def test_a_virtual_host_that_is_not_there(side: Side, rabbitmq: RabbitMQ) -> None:
    text = await refused(side, f"{rabbitmq.url}/nowhere")
    assert "NOT_ALLOWED - vhost nowhere not found" in text


async def test_a_virtual_host_that_one_may_not_enter(side: Side, rabbitmq: RabbitMQ) -> None:
    rabbitmq.api("PUT", "/users/stranger", {"password": "secret", "tags": ""})
    url = side.url.replace("amqp://", "amqp://stranger:secret@")
    assert "NOT_ALLOWED - access to vhost" in await refused(side, url)


async def test_a_broker_of_another_kind(side: Side, mosquitto: Mosquitto) -> None:
    text = await refused(side, f"amqp://127.0.0.1:{mosquitto.port}")
    assert "is that an AMQP broker?" in text


@pytest.mark.parametrize(
    ("greeting", "said"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "not an AMQP broker"),
        (b"AMQP\x03\x01\x00\x00", "another version of AMQP than 0-9-1"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "it speaks TLS; try `amqps://`"),
        (b"\x01\x00\x00\xff\xff\xff\xff\x00", "a frame of"),
        (b"\x01\x00\x00\x00\x00\x00\x01\x00\x00", "a frame without its end"),
        (b"\x01\x00\x00\x00\x00\x00\x04\xff\xff\xff\xff\xce", "cannot be read"),
        (b"\x01\x00\x00\x00\x00\x00\x02\xff\xff\xce", "cannot be read"),
    ],
)
async def test_rubbish(side: Side, greeting: bytes, said: str) -> None:
    async with fake_broker(greeting=greeting) as fake:
        assert said in await refused(side, fake.url)


async def test_a_broker_that_never_answers(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.CONNECT_SECONDS == 5
    monkeypatch.setitem(connect.__globals__, "CONNECT_SECONDS", 0.5)
    async with fake_broker(mute=True) as fake:
        assert "no answer within 0.5 s" in await refused(side, fake.url)


async def test_a_broker_that_hangs_up_in_the_middle(side: Side) -> None:
    def hang_up(peer: Peer, channel: int, method: object) -> bool:
        peer.transport.close()
        return True

    async with fake_broker(hang_up) as fake:
        assert "closed the connection without a word" in await refused(side, fake.url)


async def test_a_broker_that_says_something_else(side: Side) -> None:
    def confuse(peer: Peer, channel: int, method: object) -> bool:
        peer.send(0, commands.Connection.OpenOk())
        return True

    async with fake_broker(confuse) as fake:
        assert "Connection.OpenOk out of turn" in await refused(side, fake.url)


async def test_a_connect_that_is_given_up_leaves_nothing(side: Side) -> None:
    async with fake_broker(mute=True) as fake:
        connecting = asyncio.create_task(side.connect(fake.url))
        async with asyncio.timeout(DEADLINE):
            while not fake.peers:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.005)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
    assert not side.lost.all


def trusting(certificates: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates.ca))


async def test_messages_over_tls(
    side: Side, rabbitmq: RabbitMQ, certificates: Certificates
) -> None:
    url = f"amqps://localhost:{rabbitmq.tls}/{side.url.rpartition('/')[2]}"
    connection = await side.connect(url, tls=trusting(certificates))
    channel, inbox = await connection.channel(confirms=True), Inbox()
    queue = await queue_of(channel)
    await channel.consume(queue, inbox)
    bodies = [b"", b"small", bytes(700_000), *(b"%d" % number for number in range(1_000))]
    for body in bodies:
        channel.publish("", queue, body)
    await channel.settled()
    assert await inbox.bodies(len(bodies)) == bodies


async def test_an_authority_that_is_not_trusted(side: Side, rabbitmq: RabbitMQ) -> None:
    text = await refused(
        side, f"amqps://localhost:{rabbitmq.tls}", tls=ssl.create_default_context()
    )
    assert "TLS: the broker's certificate is not trusted" in text


@pytest.mark.parametrize("to_tls", [True, False])
async def test_tls_and_plain_do_not_meet(
    side: Side, rabbitmq: RabbitMQ, certificates: Certificates, to_tls: bool
) -> None:
    if to_tls:
        text = await refused(side, f"amqp://127.0.0.1:{rabbitmq.tls}")
        assert "TLS" in text or "without a word" in text
    else:
        context = trusting(certificates)
        text = await refused(side, f"amqps://127.0.0.1:{rabbitmq.port}", tls=context)
        assert "does that port speak TLS?" in text or "without a word" in text


async def test_a_broker_that_wants_another_mechanism(side: Side) -> None:
    start = commands.Connection.Start(mechanisms="EXTERNAL")
    async with fake_broker(greeting=pamqp.frame.marshal(start, 0)) as fake:
        assert "EXTERNAL only" in await refused(side, fake.url)
