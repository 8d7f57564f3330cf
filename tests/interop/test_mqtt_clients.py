"""Clients that nobody here wrote, on both ends of a binding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiomqtt
import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from msgflo_lab.binding import Binding
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.mqtt import Mqtt
from tests.brokers import DEADLINE, Mosquitto, need

pytestmark = pytest.mark.anyio

Fresh = Callable[[str], QueueName]

PAYLOADS = [b"", b"\x00\xff", b'{"a": 1}', "žluťoučký".encode(), b"x" * 100_000]


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_aiomqtt(mosquitto: Mosquitto, fresh: Fresh, version: str, qos: int) -> None:
    protocol = aiomqtt.ProtocolVersion.V5 if version == "5" else aiomqtt.ProtocolVersion.V311
    source, target = fresh("out"), fresh("in")
    binder = await Mqtt().binder(
        BrokerUrl.parse(mosquitto.url, version=version, qos=qos), name="binder"
    )
    try:
        await binder.bind(Binding(source, target))
        inbox = await binder.subscribe(target)
        async with (
            asyncio.timeout(DEADLINE),
            aiomqtt.Client("127.0.0.1", mosquitto.port, protocol=protocol) as theirs,
        ):
            await theirs.subscribe(target, qos=qos)
            messages = aiter(theirs.messages)
            for payload in PAYLOADS:
                await theirs.publish(source, payload, qos=qos)
                message = await anext(messages)
                assert (str(message.topic), message.payload) == (target, payload)
                assert message.qos == qos
                delivery = await inbox.get()
                delivery.ack()
                assert delivery.payload == payload
    finally:
        await binder.close()


class Paho:
    """A paho client that is subscribed to one topic; its own thread runs it."""

    def __init__(self, port: int, version: MQTTProtocolVersion, topic: str) -> None:
        self.arrived: asyncio.Queue[MQTTMessage] = asyncio.Queue()
        self.subscribed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=version)
        self.client.on_message = self._on_message
        self.client.on_subscribe = self._on_subscribe
        self.client.connect("127.0.0.1", port)
        self.client.subscribe(topic, 1)
        self.client.loop_start()

    async def close(self) -> None:
        self.client.disconnect()
        await asyncio.to_thread(self.client.loop_stop)

    def _on_message(self, _client: Client, _user: object, message: MQTTMessage) -> None:
        self._loop.call_soon_threadsafe(self.arrived.put_nowait, message)

    def _on_subscribe(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self.subscribed.set)


async def test_paho(mosquitto: Mosquitto, fresh: Fresh) -> None:
    source, target = fresh("out"), fresh("in")
    binder = await Mqtt().binder(BrokerUrl.parse(mosquitto.url), name="binder")
    theirs = Paho(mosquitto.port, MQTTProtocolVersion.MQTTv311, target)
    try:
        await binder.bind(Binding(source, target))
        async with asyncio.timeout(DEADLINE):
            await theirs.subscribed.wait()
            for number in range(1_000):
                theirs.client.publish(source, b"%d" % number)
            found = [(await theirs.arrived.get()).payload for _ in range(1_000)]
        assert found == [b"%d" % number for number in range(1_000)]
    finally:
        await theirs.close()
        await binder.close()


async def test_mosquitto_pub_and_sub(mosquitto: Mosquitto, fresh: Fresh) -> None:
    where = ["-h", "127.0.0.1", "-p", str(mosquitto.port)]
    source, target = fresh("out"), fresh("in")
    binder = await Mqtt().binder(BrokerUrl.parse(mosquitto.url), name="binder")
    reader = await asyncio.create_subprocess_exec(
        need("mosquitto_sub"), *where, "-t", target, "-C", "3", stdout=asyncio.subprocess.PIPE
    )
    try:
        await binder.bind(Binding(source, target))
        await asyncio.to_thread(mosquitto.wait_for_log, f"0 {target}\n")
        writer = await asyncio.create_subprocess_exec(
            need("mosquitto_pub"), *where, "-t", source, "-l", stdin=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(DEADLINE):
            await writer.communicate(b"one\ntwo\nthree\n")
            out, _ = await reader.communicate()
        assert out == b"one\ntwo\nthree\n"
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
        await binder.close()


async def test_our_client_is_heard_by_theirs(mosquitto: Mosquitto, fresh: Fresh) -> None:
    queue = fresh("q")
    for qos in (0, 1, 2):
        client = await Mqtt().client(BrokerUrl.parse(mosquitto.url, qos=qos), name="ours")
        try:
            async with (
                asyncio.timeout(DEADLINE),
                aiomqtt.Client("127.0.0.1", mosquitto.port) as theirs,
            ):
                await theirs.subscribe(queue, qos=2)
                for payload in PAYLOADS:
                    await client.publish(queue, payload)
                    message = await anext(aiter(theirs.messages))
                    assert (message.payload, message.qos) == (payload, qos)
        finally:
            await client.close()


@pytest.mark.parametrize("qos", [0, 1])
async def test_properties_are_forwarded(mosquitto: Mosquitto, fresh: Fresh, qos: int) -> None:
    source, target = fresh("out"), fresh("in")
    binder = await Mqtt().binder(BrokerUrl.parse(mosquitto.url, version=5, qos=qos), name="binder")
    theirs = Paho(mosquitto.port, MQTTProtocolVersion.MQTTv5, target)
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    setattr(properties, "ContentType", "application/json")  # noqa: B010 - paho does not declare it
    setattr(properties, "UserProperty", [("a", "b"), ("a", "c")])  # noqa: B010 - dito
    try:
        await binder.bind(Binding(source, target))
        async with asyncio.timeout(DEADLINE):
            await theirs.subscribed.wait()
            theirs.client.publish(source, b"x", qos, properties=properties)
            message = await theirs.arrived.get()
        assert message.payload == b"x"
        assert message.properties is not None
        received = message.properties.json()  # type: ignore[no-untyped-call]
        assert received["ContentType"] == "application/json"
        assert received["UserProperty"] == [("a", "b"), ("a", "c")]
    finally:
        await theirs.close()
        await binder.close()
