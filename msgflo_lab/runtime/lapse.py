"""What time does to a foreign participant: it is silent for too long, or what was true ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from ..names import QueueName


class Silence:
    """Whether somebody has said nothing for too long; so it is until something is heard.

    Of several queues, one that speaks is enough.

    Attributes:
        is_long: Whether it has.

    Args:
        seconds: By queue, how long it may be silent; none for somebody who always may.
        changed: Called when that has changed.
    """

    def __init__(self, seconds: Mapping[QueueName, float], changed: Callable[[], None]) -> None:
        self.is_long = bool(seconds)
        self._seconds = seconds
        self._changed = changed
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, queue: QueueName) -> None:
        """Something came on that queue."""
        seconds = self._seconds.get(queue)
        if seconds is None:
            return
        loop = asyncio.get_running_loop()
        self._until = max(self._until, loop.time() + seconds)
        # A timer that is there looks again when it is over: not each message needs one.
        if self._timer is None:
            self._timer = loop.call_at(self._until, self._look)
        self._set(False)

    def stop(self) -> None:
        """Look no more. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        is_over = loop.time() >= self._until
        self._timer = None if is_over else loop.call_at(self._until, self._look)
        self._set(is_over)

    def _set(self, is_long: bool) -> None:
        if is_long != self.is_long:
            self.is_long = is_long
            self._changed()


class Afterwards:
    """For each queue, at most one thing that is to be done later."""

    def __init__(self) -> None:
        self._tasks: dict[QueueName, asyncio.Task[None]] = {}

    def put(self, queue: QueueName, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do that in so many seconds, in place of what was to be done for that queue."""
        self.drop(queue)
        name = f"{queue}: after {seconds} s"
        self._tasks[queue] = asyncio.create_task(_after(seconds, work), name=name)

    def drop(self, queue: QueueName) -> None:
        """Do nothing for that queue."""
        task = self._tasks.pop(queue, None)
        if task is not None:
            task.cancel()

    async def stop(self) -> None:
        """Do nothing any more. Idempotent."""
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _after(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(seconds)
    await work()
