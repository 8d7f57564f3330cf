"""What lies in queues that a client reads since it had it, and nobody else knows of."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from msgflo_lab.names import QueueName

from .delivery import Delivery
from .frames import Encoded
from .limits import AMQP_RECENT, AMQP_RECENT_BYTES, AMQP_RECENT_SECONDS
from .recent import message_print, print_of


class Sent(NamedTuple):
    """A message, and when it went back (monotonic)."""

    at: float
    properties: Encoded
    body: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.properties) + len(self.body)


class Returned:
    """Of one client. Bounded like `Recent`; what has come back to us is forgotten.

    Args:
        is_marked: Whether a message says of itself that it was sent back. Where only such ones are
            remembered, others need not be looked at.
    """

    def __init__(self, is_marked: Callable[[Encoded], bool]) -> None:
        self._is_marked = is_marked
        self._all: dict[tuple[QueueName, str], list[Sent]] = {}
        self._count = self._size = 0
        self._plain_until = 0.0

    def add(self, queue: QueueName, properties: Encoded, body: bytes) -> None:
        """One more was sent, or put back by the broker."""
        sent = Sent(monotonic(), properties, body)
        self._all.setdefault((queue, message_print(properties, body)), []).append(sent)
        self._count += 1
        self._size += sent.size
        if not self._is_marked(properties):
            self._plain_until = sent.at + AMQP_RECENT_SECONDS
        while self._all and (
            self._count > AMQP_RECENT
            or self._size > AMQP_RECENT_BYTES
            or next(iter(self._all.values()))[0].at < sent.at - AMQP_RECENT_SECONDS
        ):
            self._forget(next(iter(self._all)))

    def came(self, queue: QueueName, delivery: Delivery) -> None:
        """This has come out of a queue: perhaps one of those."""
        if not self._all:
            return
        is_marked = self._is_marked(delivery.encoded_properties)
        if is_marked or self._plain_until > monotonic():
            key = queue, print_of(delivery)
            if key in self._all:
                self._forget(key)

    def take(self, queue: QueueName) -> list[Sent]:
        """Those that may lie in this queue; they are forgotten."""
        late = monotonic() - AMQP_RECENT_SECONDS
        found: list[Sent] = []
        for key in [each for each in self._all if each[0] == queue]:
            while key in self._all:
                found.append(self._forget(key))
        return [each for each in found if each.at >= late]

    def _forget(self, key: tuple[QueueName, str]) -> Sent:
        """The first of those that are equal."""
        equal = self._all[key]
        sent = equal.pop(0)
        if not equal:
            del self._all[key]
        self._count -= 1
        self._size -= sent.size
        return sent
