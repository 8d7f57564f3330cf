"""Clients that nobody here wrote, on both ends of a binding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiomqtt
import paho.mqtt.client as paho
import pytest

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


async def test_paho(mosquitto: Mosquitto, fresh: Fresh) -> None:
    source, target, loop = fresh("out"), fresh("in"), asyncio.get_running_loop()
    arrived: asyncio.Queue[bytes] = asyncio.Queue()
    theirs = paho.Client(paho.CallbackAPIVersion.VERSION2)
    theirs.on_message = lambda _c, _u, message: loop.call_soon_threadsafe(
        arrived.put_nowait, message.payload
    )
    subscribed = asyncio.Event()
    theirs.on_subscribe = lambda *_: loop.call_soon_threadsafe(subscribed.set)
    binder = await Mqtt().binder(BrokerUrl.parse(mosquitto.url), name="binder")
    try:
        await binder.bind(Binding(source, target))
        theirs.connect("127.0.0.1", mosquitto.port)
        theirs.subscribe(target)
        theirs.loop_start()
        async with asyncio.timeout(DEADLINE):
            await subscribed.wait()
            for number in range(1_000):
                theirs.publish(source, b"%d" % number)
            assert [await arrived.get() for _ in range(1_000)] == [b"%d" % n for n in range(1_000)]
    finally:
        theirs.disconnect()
        await asyncio.to_thread(theirs.loop_stop)
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
