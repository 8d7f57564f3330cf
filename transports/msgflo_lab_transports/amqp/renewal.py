"""Letters that have often come back to a quorum queue, which drops what comes back too often.

To look at a letter is to take it and to give it back, and a quorum queue counts that (whether it is
rejected, or its channel is closed) as a delivery that failed. Above its `delivery-limit`, it drops
the message; RabbitMQ 4 has a limit of 20 where nobody says otherwise. So a letter that has used up
a part of them is given back as a fresh copy, at the end of the queue, and the old one is let go of
when the broker has confirmed the copy.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial

from msgflo_lab.errors import InvalidName, PayloadTooLarge

from .channel import Channel
from .confirms import Fate
from .deaths import DELIVERIES, renewed
from .delivery import Delivery
from .headers import header_of
from .limits import AMQP_LETTERS_IN_HAND, AMQP_LOOKS_UNKNOWN, AMQP_TURN_SECONDS

UNLIMITED = -1
"""A message may come back any number of times."""

Limit = Callable[[], Awaitable[int | None]]
"""How often a message may come back to the queue; None if nobody tells."""


async def nobody_tells() -> None:
    """The limit of a queue about which nobody can be asked."""


def worn_at(limit: int | None) -> float:
    """How often a letter may have come back before it is renewed.

    Half as often as it may: others take letters and give them back, too.
    """
    if limit is None:
        return AMQP_LOOKS_UNKNOWN
    return math.inf if limit < 0 else limit // 2


def times_back(delivery: Delivery) -> int:
    """How often it has come back to its queue; 0 for never, and where nobody counts."""
    count = header_of(delivery.encoded_properties, DELIVERIES)
    return count if isinstance(count, int) and count > 0 else 0


class Renewal:
    """For the letters of one queue, on one channel with confirms.

    Attributes:
        refused: How many copies the broker did not take; those letters stay, worn as they are.
    """

    def __init__(
        self, channel: Channel, name: str, limit: Limit, settle: Callable[[Delivery], None]
    ) -> None:
        """`settle` is called with each old one whose copy is there, to have it acknowledged."""
        self.refused = 0
        self._channel = channel
        self._name = name
        self._limit = limit
        self._settle = settle
        self._worn_at: float | None = None
        self._unconfirmed = 0

    async def see_to(self, delivery: Delivery) -> None:
        """This letter is about to go back to its queue."""
        count = times_back(delivery)
        if not count or delivery.settled:
            return
        if self._worn_at is None:
            self._worn_at = worn_at(await self._limit())
        if count < self._worn_at or not self._channel.is_open:
            return
        try:
            self._channel.publish(
                "",
                self._name,
                delivery.body,
                renewed(delivery),
                mandatory=True,
                then=partial(self._answered, delivery),
            )
        except (PayloadTooLarge, InvalidName):
            self.refused += 1  # we take longer ones than we send
        self._unconfirmed += 1 + len(delivery.body)
        if self._unconfirmed > AMQP_LETTERS_IN_HAND or self._channel.crowded:
            await self.settled()

    async def settled(self) -> None:
        """Wait until the broker has answered for the copies; not for long, if it takes nothing."""
        if self._unconfirmed:
            try:
                async with asyncio.timeout(AMQP_TURN_SECONDS):
                    await self._channel.settled()
            except TimeoutError:
                self.refused += 1
                self._worn_at = math.inf
            self._unconfirmed = 0

    def _answered(self, delivery: Delivery, fate: Fate) -> None:
        if fate is Fate.CONFIRMED:
            self._settle(delivery)
        elif fate is not Fate.LOST:
            self.refused += 1
