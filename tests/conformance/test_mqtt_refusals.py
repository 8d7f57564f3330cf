"""MQTT connections that do not come about, and what is said; and TLS."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.errors import ConnectionFailed
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_broker.mqtt import (
    V5,
    V311,
    Connack,
    Connect,
    Packet,
)
from msgflo_lab_transports.mqtt import Mqtt
from tests.brokers import Certificates, Mosquitto, free_port, need
from tests.conformance.places import (
    DEADLINE,
    Place,
    at,
    take,
    until,
)
from tests.fakes import Peer, fake_broker

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]


@pytest.mark.parametrize("code", [0x01, 0x84])
async def test_a_broker_without_version_5(code: int, fresh: Fresh) -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect) and packet.version == V5:
            peer.version = V5 if code >= 0x80 else V311
            peer.send(Connack(code=code))
            peer.transport.close()
            return True
        return False

    async with fake_broker(answer) as fake, at(fake.url) as place:
        client = await place.client()
        await client.subscribe(fresh("in"))
        versions = [packet.version for packet in fake.packets if isinstance(packet, Connect)]
        assert versions == [V5, V311]
        with pytest.raises(ConnectionFailed, match="does not speak MQTT 5"):
            await Place(fake.url, version=5).client()


async def test_a_broker_that_hangs_up_on_version_5() -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect) and packet.version == V5:
            peer.transport.close()
            return True
        return False

    async with fake_broker(answer) as fake, at(fake.url) as place:
        await place.client()
        assert len(fake.packets) == 2


async def test_wrong_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    passwords = tmp_path / "passwords"
    making = await asyncio.create_subprocess_exec(
        need("mosquitto_passwd"), "-c", "-b", passwords, "me", "right"
    )
    assert await making.wait() == 0
    broker = Mosquitto(tmp_path, f"password_file {passwords}", anonymous=False)
    broker.start()
    caplog.set_level(logging.DEBUG)
    try:
        address = f"127.0.0.1:{broker.port}"
        for version in ("5", "3.1.1"):
            async with at(f"mqtt://me:right@{address}", version=version) as place:
                await place.client()
            with pytest.raises(ConnectionFailed, match="not authorized") as caught:
                await Place(f"mqtt://me:wrong@{address}", version=version).client()
            assert "wrong" not in str(caught.value)
            with pytest.raises(ConnectionFailed):
                await Place(f"mqtt://{address}", version=version).binder()
    finally:
        broker.kill()
    assert "right" not in caplog.text
    assert "wrong" not in caplog.text


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("mqtt://127.0.0.1:{port}", "nobody listens on 127.0.0.1:"),
        ("mqtt://localhost:{port}", "nobody listens on localhost:"),
        ("mqtt://no-such-host.invalid", "host `no-such-host.invalid` is unknown"),
        ("mqtts://127.0.0.1:{port}?ca_certs=/no/file", "there is no file /no/file"),
    ],
)
async def test_why_there_is_no_connection(url: str, text: str) -> None:
    address = BrokerUrl.parse(url.format(port=free_port()))
    with pytest.raises(ConnectionFailed, match=text) as caught:
        await Mqtt().client(address, name="c")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        ({"version": 5}, 0x87, "refused: not authorized"),
        ({"version": 5}, 0x84, "it does not speak MQTT 5"),
        ({"version": "3.1.1"}, 0x01, "it does not speak MQTT 3.1.1"),
        ({"version": "3.1.1"}, 0x05, "refused: not authorized"),
    ],
)
async def test_a_refusal_says_it_once(options: dict[str, object], code: int, why: str) -> None:
    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect):
            peer.send(Connack(code=code))
        return True

    async with fake_broker(answer) as fake:
        place = Place(fake.url, **options)
        for handle in (place.client, place.binder):
            with pytest.raises(ConnectionFailed) as caught:
                await handle()
            assert str(caught.value) == f"cannot connect to {place.url}: {why}"


async def test_other_failures_say_it_once() -> None:
    port = free_port()
    for url, why in (
        (f"mqtt://127.0.0.1:{port}", f"nobody listens on 127.0.0.1:{port}"),
        (
            f"mqtts://127.0.0.1:{port}?ca_certs=/no/file",
            "option `ca_certs`: there is no file /no/file",
        ),
    ):
        place = Place(url)
        with pytest.raises(ConnectionFailed) as caught:
            await place.binder()
        assert str(caught.value) == f"cannot connect to {place.url}: {why}"
    async with fake_broker(speaks_mqtt=False, greeting=b"HTTP/1.1 400 Bad Request") as fake:
        place = Place(fake.url)
        with pytest.raises(ConnectionFailed) as caught:
            await place.client()
        assert str(caught.value).count("cannot connect") == 1


async def test_what_is_no_mqtt_broker() -> None:
    async with fake_broker(speaks_mqtt=False, greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as fake:
        with pytest.raises(ConnectionFailed, match="not an MQTT broker"):
            await Place(fake.url).client()


async def test_a_broker_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from msgflo_lab_transports.mqtt import connect

    monkeypatch.setattr(connect, "CONNECT_SECONDS", 0.2)
    start = time.monotonic()
    async with fake_broker(speaks_mqtt=False) as fake:
        with pytest.raises(ConnectionFailed, match=r"no answer within 0\.2 s"):
            await Place(fake.url).client()
    assert time.monotonic() - start < DEADLINE


async def test_a_binder_waits_for_both_connections_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from msgflo_lab_transports.mqtt import connect

    monkeypatch.setattr(connect, "CONNECT_SECONDS", 0.5)
    start = time.monotonic()
    async with fake_broker(speaks_mqtt=False) as fake, at(fake.url) as place:
        with pytest.raises(ConnectionFailed, match=r"no answer within 0\.5 s"):
            await place.binder()
        assert time.monotonic() - start < 0.9


async def test_one_connection_is_no_binder() -> None:
    """The other one is closed again."""

    def answer(peer: Peer, packet: Packet) -> bool:
        if isinstance(packet, Connect) and "-router-" in packet.client_id:
            peer.send(Connack(code=0x97))
            return True
        return False

    async with fake_broker(answer) as fake, at(fake.url, version=5, qos=1) as place:
        with pytest.raises(ConnectionFailed, match="quota exceeded"):
            await place.binder()
        await until(lambda: not fake.peers)


async def test_a_broker_that_falls_silent_after_its_welcome(
    monkeypatch: pytest.MonkeyPatch, fresh: Fresh
) -> None:
    from msgflo_lab_transports.mqtt import subscriptions

    monkeypatch.setattr(subscriptions, "CONNECT_SECONDS", 0.2)

    def answer(_peer: Peer, packet: Packet) -> bool:
        return not isinstance(packet, Connect)

    async with fake_broker(answer) as fake, at(fake.url) as place:
        binder = await place.binder()
        for asked in (binder.discoveries(), binder.bind(Binding(fresh("a"), fresh("b")))):
            async with asyncio.timeout(2):
                with pytest.raises(
                    ConnectionFailed, match=r"did not answer a subscription within 0\.2 s"
                ):
                    await asked
        assert not await binder.bindings()


# TLS


async def test_tls_with_a_client_certificate(tmp_path: Path, certificates: Certificates) -> None:
    broker = Mosquitto(tmp_path, *certificates.listener())
    # The check that it listens is no TLS handshake; it minds no more than a line in its log.
    broker.start()
    ours = {"certfile": certificates.client, "keyfile": certificates.client_key}
    secure = f"mqtts://127.0.0.1:{broker.port}"
    try:
        async with at(secure, ca_certs=certificates.ca, **ours) as place:
            client = await place.client()
            inbox = await client.subscribe(QueueName("q"))
            await client.publish(QueueName("q"), b"x" * 2**20)
            assert await take(inbox, 1) == [b"x" * 2**20]
        async with at(secure, insecure=True, **ours) as place:
            await place.binder()
        with pytest.raises(ConnectionFailed, match=r"TLS: .*not trusted.*option `ca_certs`"):
            await Place(secure, **ours).client()
        with pytest.raises(ConnectionFailed, match="TLS: "):
            await Place(secure, ca_certs=certificates.ca).client()
        with pytest.raises(ConnectionFailed, match="cannot be used"):
            await Place(secure, certfile=certificates.ca, keyfile=certificates.client_key).client()
        with pytest.raises(ConnectionFailed):
            await Place(f"mqtt://127.0.0.1:{broker.port}").client()
    finally:
        broker.kill()


async def test_tls_to_a_plain_port(mosquitto: Mosquitto) -> None:
    with pytest.raises(ConnectionFailed, match=r"TLS|without a word"):
        await Place(f"mqtts://127.0.0.1:{mosquitto.port}").client()
