"""What has passed lately: a queue that somebody deletes can be given what it has missed."""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Collection
from typing import NamedTuple

from .deaths import mark_of
from .delivery import Delivery
from .frames import Encoded
from .limits import AMQP_RECENT, AMQP_RECENT_BYTES, AMQP_RECENT_SECONDS


class Passed(NamedTuple):
    """A message that somebody has sent.

    Attributes:
        at: When we knew of it, on the loop's clock: never before it was sent.
        way: The exchange, or the queue that it was sent straight into.
        number: The same if it is sent once more.
    """

    at: float
    way: str
    number: int
    properties: Encoded
    body: bytes


_Plain = tuple[float, str, int, Encoded, bytes]
"""The same: there are many, and few are looked at."""


def print_of(delivery: Delivery) -> str:
    """What tells a message from others, whichever queue it came out of."""
    return message_print(delivery.encoded_properties, delivery.body)


def message_print(properties: bytes, body: bytes) -> str:
    """The same, of a message that was sent."""
    found = hashlib.blake2b(properties, digest_size=16)
    found.update(body)
    return found.hexdigest()


def name_of(properties: Encoded, body: bytes) -> str:
    """By what those who have read a message, and those who have sent it once more, know it."""
    return mark_of(properties) or message_print(properties, body)


class Recent:
    """Bounded by time, number and bytes: the oldest is forgotten (`AMQP_RECENT...`).

    Attributes:
        whole_since: From when on nothing is missing here, on the loop's clock.
    """

    def __init__(self) -> None:
        self._time = asyncio.get_running_loop().time
        self._all: deque[_Plain] = deque()
        self._size = self._number = 0
        self.whole_since = self._time()

    def anew(self) -> None:
        """Nobody has looked for a while."""
        self.whole_since = self._time()

    def add(self, way: str, properties: Encoded, body: bytes) -> None:
        """One more has passed."""
        self._number = number = self._number + 1
        self._add((self._time(), way, number, properties, body))

    def sent_again(self, passed: Passed, queue: str) -> None:
        """This one is sent once more, straight into this queue: behind what lies there now."""
        self._add((self._time(), queue, *passed[2:]))

    def _add(self, passed: _Plain) -> None:
        everything, late = self._all, passed[0] - AMQP_RECENT_SECONDS
        everything.append(passed)
        self._size += len(passed[-1]) + len(passed[-2])
        while everything and (
            everything[0][0] < late
            or len(everything) > AMQP_RECENT
            or self._size > AMQP_RECENT_BYTES
        ):
            at, _, _, properties, body = everything.popleft()
            self._size -= len(body) + len(properties)
            self.whole_since = max(self.whole_since, at)

    def since(self, when: float, ways: Collection[str]) -> list[Passed]:
        """What was sent these ways from then on, in order; as far as it is still here."""
        found = {each[2]: each for each in self._all if each[0] >= when and each[1] in ways}
        return [Passed(*each) for each in found.values()]

    def last_of(self, names: Collection[str], ways: Collection[str]) -> float | None:
        """When the latest of these messages was sent; None if none is here.

        Of messages that are equal in all, the first: who knows which one is meant.

        Args:
            names: See `name_of`.
        """
        first: dict[str, float] = {}
        for at, way, _, properties, body in self._all:
            if way in ways and (name := name_of(properties, body)) in names:
                first.setdefault(name, at)
        return max(first.values(), default=None)
