"""What comes out of a program, seen from the broker, with clients that nobody here wrote."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, Protocol

import paho.mqtt.client as mqtt
import pika
from paho.mqtt.enums import CallbackAPIVersion

DEADLINE = 60.0
"""Seconds. Reached only where something is broken."""

Seen = tuple[str, bytes]
"""A queue's name, and a payload."""


class Wire(Protocol):
    """One broker. Whatever is asked for and does not come fails the test."""

    def announcement(self, role: str) -> bytes:
        """The first announcement of a role; from now on its outports are listened to."""

    def send(self, queue: str, payload: bytes) -> None:
        """A message into an inport's queue."""

    def seen(self, count: int, queues: Collection[str] = ()) -> list[Seen]:
        """What came out of these, or of all outports that are listened to, once it is so much."""


class MqttWire:
    """Sees all topics.

    Attributes:
        everything: That has been seen.
    """

    def __init__(self, port: int) -> None:
        self._news = threading.Condition()
        self.everything: list[Seen] = []
        self._outports: set[str] = set()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._got
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("#")
        assert subscribed.wait(DEADLINE)

    def announcement(self, role: str) -> bytes:
        announced = self._wait(
            lambda: [
                each for each in self.everything if each[0] == "fbp" and _role(each[1]) == role
            ]
        )
        _, payload = announced[0]
        self._outports |= {port["queue"] for port in definition(payload)["outports"]}
        return payload

    def send(self, queue: str, payload: bytes) -> None:
        self._client.publish(queue, payload)

    def seen(self, count: int, queues: Collection[str] = ()) -> list[Seen]:
        wanted = queues or self._outports
        return self._wait(lambda: [each for each in self.everything if each[0] in wanted], count)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _got(self, _client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        with self._news:
            self.everything.append((message.topic, bytes(message.payload)))
            self._news.notify_all()

    def _wait(self, found: Callable[[], list[Seen]], count: int = 1) -> list[Seen]:
        with self._news:
            assert self._news.wait_for(lambda: len(found()) >= count, DEADLINE), self.everything
            return found()


class AmqpWire:
    """Sees what it has a queue for: announcements, and the outports of those."""

    def __init__(self, url: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.queue_declare("fbp", durable=True)
        self._queue = self._channel.queue_declare("", exclusive=True).method.queue
        self._known: dict[str, bytes] = {}
        self._all: list[Seen] = []

    def announcement(self, role: str) -> bytes:
        self._poll(lambda: role in self._known, "fbp")
        payload = self._known[role]
        for port in definition(payload)["outports"]:
            self._channel.queue_bind(self._queue, port["queue"])
        return payload

    def send(self, queue: str, payload: bytes) -> None:
        self._channel.basic_publish("", queue, payload)

    def seen(self, count: int, queues: Collection[str] = ()) -> list[Seen]:
        def found() -> list[Seen]:
            return [each for each in self._all if not queues or each[0] in queues]

        self._poll(lambda: len(found()) >= count, self._queue)
        return found()

    def holds(self, queue: str, count: int) -> None:
        """Wait until so many messages lie in a queue.

        What somebody had in hand is there again when the broker has noticed that he is gone.
        """
        deadline = time.monotonic() + DEADLINE
        while True:
            found = self._channel.queue_declare(queue, passive=True).method.message_count
            if found == count:
                return
            assert time.monotonic() < deadline, found
            self._connection.sleep(0.01)

    def close(self) -> None:
        with suppress(pika.exceptions.AMQPError):
            self._connection.close()

    def _poll(self, until: Callable[[], bool], queue: str) -> None:
        deadline = time.monotonic() + DEADLINE
        while not until():
            assert time.monotonic() < deadline, (self._known, self._all)
            method, _, body = self._channel.basic_get(queue, auto_ack=True)
            if method is None or body is None:
                self._connection.sleep(0.01)
            elif queue == "fbp":
                self._known.setdefault(_role(body), body)
            else:
                self._all.append((method.exchange or "", body))


def definition(announcement: bytes) -> dict[str, Any]:
    """What somebody says of himself."""
    found: dict[str, Any] = json.loads(announcement)["payload"]
    return found


def _role(announcement: bytes) -> str:
    return str(definition(announcement)["role"])
