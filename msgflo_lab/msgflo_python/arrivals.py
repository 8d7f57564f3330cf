"""The inports of a participant, read as one: in the order in which their messages have come in."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

from ..names import PortName
from ..runtime.crossing import finish
from ..transport import Delivery, Subscription


class Arrivals:
    """On one loop, for one reader. Holds no more than the inboxes of the inports do."""

    def __init__(self) -> None:
        self._order: deque[tuple[PortName, Subscription, Delivery]] = deque()
        self._news: asyncio.Future[None] | None = None

    def add(self, port: PortName, subscription: Subscription) -> None:
        """One more inport. What has come already comes after what the others have."""
        came = partial(self._came, port, subscription)
        for each in subscription.at_hand:
            came(each)
        subscription.on_arrival = came

    async def get(self) -> tuple[PortName, Delivery]:
        """The next delivery, with its inport. Cancelled, it loses nothing."""
        while True:
            while self._order:
                port, subscription, delivery = self._order.popleft()
                if next(iter(subscription.at_hand), None) is delivery:
                    return port, await subscription.get()  # does not suspend
                # Else a broker has taken it back.
            self._news = asyncio.get_running_loop().create_future()
            await self._news

    def forget_void(self) -> None:
        """The link was lost, and messages with it that come again."""
        self._order = deque(each for each in self._order if not each[2].is_void)

    def _came(self, port: PortName, subscription: Subscription, delivery: Delivery) -> None:
        self._order.append((port, subscription, delivery))
        if self._news is not None:
            finish(self._news)
