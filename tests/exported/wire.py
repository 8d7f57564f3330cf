"""A plain client of either broker; no lab, since on AMQP msgflo hears announcements alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from pika.adapters.blocking_connection import BlockingChannel

from tests.interop.amqp import python


class Wire(Protocol):
    """What sends to queues, and hears one."""

    def send(self, queue: str, payload: bytes) -> None:
        """Send a message."""

    def listen(self, queue: str) -> None:
        """Hear what goes out of an outport that is there."""

    def heard(self) -> list[bytes]:
        """What has come until now."""


class _Mqtt:
    def __init__(self, client: paho.Client) -> None:
        self._client, self._heard = client, list[bytes]()
        client.on_message = lambda _client, _data, message: self._heard.append(
            bytes(message.payload)
        )

    def send(self, queue: str, payload: bytes) -> None:
        self._client.publish(queue, payload, qos=1)

    def listen(self, queue: str) -> None:
        self._client.subscribe(queue)

    def heard(self) -> list[bytes]:
        return list(self._heard)


class _Amqp:
    def __init__(self, channel: BlockingChannel) -> None:
        self._channel, self._heard = channel, list[bytes]()
        self._queue = channel.queue_declare("", exclusive=True).method.queue

    def send(self, queue: str, payload: bytes) -> None:
        self._channel.basic_publish("", queue, payload)

    def listen(self, queue: str) -> None:
        self._channel.queue_bind(self._queue, queue)

    def heard(self) -> list[bytes]:
        while (found := self._channel.basic_get(self._queue, auto_ack=True))[2] is not None:
            self._heard.append(found[2])
        return self._heard


@contextmanager
def wire(url: str) -> Iterator[Wire]:
    """One, while the block runs."""
    if url.startswith("amqp"):
        with python(url) as channel:
            yield _Amqp(channel)
        return
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", urlsplit(url).port or 1883)
    client.loop_start()
    try:
        yield _Mqtt(client)
    finally:
        client.disconnect()
        client.loop_stop()
