"""Which published messages the broker has answered for, on one channel. Pure."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import NamedTuple

from .headers import readable


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
Detour = Callable[["Sent", Then], None]
"""Called in place of a `Then` with a message that the broker does not have; calls it later."""


class Sent(NamedTuple):
    """A mandatory message, as it was published and as it comes back."""

    route: tuple[str, str]
    properties: bytes
    body: bytes


class Confirms:
    """The messages of one channel that await their answer.

    The broker numbers what is published from 1 on, and answers one by one or up to a number
    (`multiple`), in any order.

    Attributes:
        kept: Bytes of the mandatory ones, which are kept until their answer.
        unrouted: Who sees to what comes back from an exchange that leads nowhere. Without him, it
            is told to whoever sent it.
        refused: The same for mandatory messages that the broker refuses.
    """

    def __init__(self) -> None:
        self.kept = 0
        self._waiting: dict[int, Then | None] = {}
        self._last = 0
        self._low = 1
        # A return does not say a number.
        self._mandatory: dict[int, Sent] = {}
        self._returned: dict[int, Sent] = {}
        self.unrouted: Detour | None = None
        self.refused: Detour | None = None

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

    def add_mandatory(self, then: Then | None, sent: Sent) -> int:
        """A mandatory message is published. Its number."""
        number = self.add(then)
        self._mandatory[number] = sent
        self.kept += len(sent.body)
        return number

    def returned(self, sent: Sent) -> None:
        """The broker gives a message back. Its answer follows.

        Messages come back in the order in which they were published. Of several that are equal in
        all, and that went the same way, it does not matter which is said to have come back: as many
        have arrived, and nobody can tell them apart.
        """
        found = next((n for n, each in self._mandatory.items() if each == sent), None)
        if found is None:
            # A broker may write the same properties in another way.
            name = readable(sent.properties).message_id
            alike = (n for n, each in self._mandatory.items() if each[::2] == sent[::2])
            found = min(alike, key=lambda n: (self._name_of(n) != name, n), default=None)
        if found is not None:
            self._returned[found] = self._mandatory.pop(found)

    def _name_of(self, number: int) -> str | None:
        return readable(self._mandatory[number].properties).message_id

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
            own = fate
            if self._mandatory and (sent := self._mandatory.pop(each, None)) is not None:
                self.kept -= len(sent.body)
                if own is Fate.REFUSED and then is not None and self.refused is not None:
                    then = partial(_hand_over, self.refused, sent, then)
            if self._returned and (sent := self._returned.pop(each, None)) is not None:
                self.kept -= len(sent.body)
                own = Fate.RETURNED
                if then is not None and self.unrouted is not None and sent.route[0]:
                    then = partial(_hand_over, self.unrouted, sent, then)
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


def _hand_over(detour: Detour, sent: Sent, then: Then, _fate: Fate) -> None:
    detour(sent, then)
