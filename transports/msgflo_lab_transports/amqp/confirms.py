"""Which published messages the broker has answered for, on one channel. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from .frames import Encoded, decode_properties, encode_properties


class Fate(Enum):
    """What became of a message that was published on a channel with confirms."""

    CONFIRMED = "confirmed"
    """The broker has it: in every queue that it was routed to, on disk where that was asked."""
    REFUSED = "refused"
    """The broker did not take it: a queue is full and rejects, or it failed inside."""
    RETURNED = "returned"
    """It was mandatory, and no queue is bound there."""
    LOST = "lost"
    """The channel or the connection was gone before an answer came: it may have arrived, or not."""


Then = Callable[[Fate], None]
"""Called once, on the loop, with what became of a message."""


class Confirms:
    """The messages of one channel that await their answer.

    The broker numbers what is published from 1 on, and answers one by one or up to a number
    (`multiple`), in any order.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, Then | None] = {}
        self._last = 0
        self._low = 1
        # By message id: the number of a mandatory message, which a return does not say.
        self._mandatory: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._returned: set[int] = set()

    def __len__(self) -> int:
        """How many await their answer."""
        return len(self._waiting)

    @property
    def last(self) -> int:
        """The number of the latest message; 0 if there is none."""
        return self._last

    def add(self, then: Then | None) -> int:
        """A message is published. Its number."""
        self._last += 1
        self._waiting[self._last] = then
        return self._last

    def add_mandatory(self, then: Then | None, properties: Encoded) -> Encoded:
        """A mandatory message is published. Its properties, with a message id to know it by.

        One that has an id keeps it. Of several that await their answer under the same id, the
        first is the one that a return is for.
        """
        number = self.add(then)
        said = decode_properties(properties)
        name = said.message_id
        if name is None:
            name = str(number)
            properties = encode_properties(replace(said, message_id=name))
        if name not in self._mandatory:
            self._mandatory[name] = number
            self._ids[number] = name
        return properties

    def returned(self, properties: bytes) -> None:
        """The broker gives a message back. Its answer follows."""
        name = decode_properties(properties).message_id
        number = self._mandatory.get(name) if name is not None else None
        if number is not None:
            self._returned.add(number)

    def settle(self, tag: int, multiple: bool, fate: Fate) -> list[tuple[Then, Fate]]:
        """The broker answers; those to be told, in the order in which they published."""
        if multiple:
            # 0 means all (section 1.8.3.13).
            tags = range(self._low, (tag or self._last) + 1)
            self._low = max(self._low, tags.stop)
        else:
            tags = range(tag, tag + 1)
        told: list[tuple[Then, Fate]] = []
        for each in tags:
            then = self._waiting.pop(each, None)
            if self._ids:
                name = self._ids.pop(each, None)
                if name is not None:
                    del self._mandatory[name]
            own = fate
            if each in self._returned:
                self._returned.discard(each)
                own = Fate.RETURNED
            if then is not None:
                told.append((then, own))
        return told

    def done_up_to(self, number: int) -> bool:
        """Whether all messages up to this one have their answer."""
        while self._low <= self._last and self._low not in self._waiting:
            self._low += 1
        return self._low > number

    def lose(self) -> list[tuple[Then, Fate]]:
        """No more answers will come; those to be told."""
        return self.settle(0, True, Fate.LOST)
