"""What the tests with foreign participants on RabbitMQ have in common."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote

import pika
from pika.adapters.blocking_connection import BlockingChannel

from msgflo_lab import Lab
from tests.brokers import RabbitMQ

from .watching import DEADLINE


@contextmanager
def lab_on(rabbitmq: RabbitMQ, url: str, **options: object) -> Iterator[Lab]:
    """A lab on a virtual host, that knows the management interface."""
    management = f"http://127.0.0.1:{rabbitmq.management}"
    with Lab() as lab:
        lab.start(url, management=management, **options)
        yield lab


@contextmanager
def python(url: str) -> Iterator[BlockingChannel]:
    """A channel of pika's."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        if connection.is_open:
            connection.close()


def received(channel: BlockingChannel, queue: str, count: int) -> list[Any]:
    """So many messages of a queue, acknowledged."""
    found: list[Any] = []
    deadline = time.monotonic() + DEADLINE
    while len(found) < count and time.monotonic() < deadline:
        method, _, body = channel.basic_get(queue)
        if method is not None and body is not None:
            channel.basic_ack(method.delivery_tag or 0)
            found.append(json.loads(body))
        else:
            time.sleep(0.01)
    return found


def waiting(channel: BlockingChannel, queue: str) -> int:
    """How many messages wait in a queue."""
    count = channel.queue_declare(queue, passive=True).method.message_count
    assert count is not None
    return int(count)


class Management:
    """A virtual host, as its broker's management interface shows it."""

    def __init__(self, rabbitmq: RabbitMQ, url: str) -> None:
        self._rabbitmq = rabbitmq
        self._vhost = quote(unquote(url.rpartition("/")[2]), safe="")

    def all(self, what: str) -> list[dict[str, Any]]:
        """Its `queues`, `exchanges` or `bindings`."""
        found = self._rabbitmq.api("GET", f"/{what}/{self._vhost}")
        assert isinstance(found, list)
        return found

    def queue(self, name: str) -> dict[str, Any]:
        """One queue."""
        return next(each for each in self.all("queues") if each["name"] == name)

    def exchange(self, name: str) -> dict[str, Any]:
        """One exchange."""
        return next(each for each in self.all("exchanges") if each["name"] == name)

    def delete(self, what: str, name: str) -> None:
        """Delete one of its `queues` or `exchanges`."""
        self._rabbitmq.api("DELETE", f"/{what}/{self._vhost}/{quote(name, safe='')}")

    def look(self, queue: str, count: int = 1) -> list[dict[str, Any]]:
        """Messages of a queue, which stay there."""
        asked = {"count": count, "ackmode": "ack_requeue_true", "encoding": "auto"}
        path = f"/queues/{self._vhost}/{quote(queue, safe='')}/get"
        found = self._rabbitmq.api("POST", path, asked)
        assert isinstance(found, list)
        return found


def announcement(role: str, **ports: dict[str, str]) -> bytes:
    """What a participant says of itself; `inports` and `outports` as names with queues."""
    payload: dict[str, object] = {"id": f"{role}-1", "role": role, "component": "Foreign"}
    for side in ("inports", "outports"):
        found = ports.get(side, {})
        payload[side] = [{"id": i, "queue": q, "type": "any"} for i, q in found.items()]
    message = {"protocol": "discovery", "command": "participant", "payload": payload}
    return json.dumps(message).encode()
