"""The histories of foreign ports: tapped from the first time that somebody looks."""

from __future__ import annotations

import asyncio

from ..definition import Side
from ..names import QueueName
from ..transport import Binder, Subscription
from .history import History
from .limits import TAPS


class Taps:
    """At most `TAPS` queues are watched; with more, the one that was tapped first is let go."""

    def __init__(self, binder: Binder) -> None:
        self._binder = binder
        self._taps: dict[QueueName, tuple[History, Subscription, asyncio.Task[None]]] = {}

    async def history(self, queue: QueueName, side: Side) -> History:
        """The last messages of a port's queue; none yet if it is tapped only now."""
        if queue not in self._taps:
            while len(self._taps) >= TAPS:
                await self._end(next(iter(self._taps)))
            history = History()
            subscription = await self._binder.tap(queue, side)
            task = asyncio.create_task(_record(subscription, history), name=f"tap {queue}")
            self._taps[queue] = (history, subscription, task)
        return self._taps[queue][0]

    async def close(self) -> None:
        """Tap nothing more."""
        for queue in list(self._taps):
            await self._end(queue)

    async def _end(self, queue: QueueName) -> None:
        _, subscription, task = self._taps.pop(queue)
        await subscription.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _record(subscription: Subscription, history: History) -> None:
    async for delivery in subscription:
        history.record(delivery.payload)
        delivery.ack()
