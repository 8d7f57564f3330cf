"""A device, as somebody else has built it: a plain MQTT client (paho)."""

from __future__ import annotations

import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.brokers import Mosquitto

DEADLINE = 20.0
"""Seconds. Reached only where something is broken."""


class Got(NamedTuple):
    """What the device has received."""

    topic: str
    payload: bytes
    qos: int
    retain: bool


class Device:
    """Publishes, and collects what comes on its topics."""

    def __init__(self, client: paho.Client) -> None:
        self._client = client
        self._got: queue.Queue[Got] = queue.Queue()
        self._subscribed = threading.Semaphore(0)
        client.on_message = self._received
        client.on_subscribe = lambda *_: self._subscribed.release()
        self._unsubscribed = threading.Semaphore(0)
        client.on_unsubscribe = lambda *_: self._unsubscribed.release()

    def say(self, topic: str, payload: str | bytes, qos: int = 1, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        self._client.publish(topic, payload, qos, retain).wait_for_publish(DEADLINE)

    def hear(self, topic: str, qos: int = 2) -> None:
        """Subscribe."""
        self._client.subscribe(topic, qos)
        assert self._subscribed.acquire(timeout=DEADLINE)

    def forget(self, topic: str) -> None:
        """Subscribe no more."""
        self._client.unsubscribe(topic)
        assert self._unsubscribed.acquire(timeout=DEADLINE)

    def next(self) -> Got:
        """The next that it receives."""
        return self._got.get(timeout=DEADLINE)

    def _received(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._got.put(Got(message.topic, bytes(message.payload), message.qos, message.retain))


@contextmanager
def device(
    broker: Mosquitto,
    version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311,
    *,
    tls: ssl.SSLContext | None = None,
    user: tuple[str, str] | None = None,
) -> Iterator[Device]:
    """One that is connected."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=version)
    if tls is not None:
        client.tls_set_context(tls)
    if user is not None:
        client.username_pw_set(*user)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        yield Device(client)
    finally:
        client.disconnect()
        client.loop_stop()
