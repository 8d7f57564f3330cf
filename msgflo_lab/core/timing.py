"""Components that have to do with time."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import AsyncIterator
from contextvars import Context, copy_context
from typing import Any, ClassVar

from ..errors import InvalidMessage
from ..runtime.current import CurrentMessage, current_message
from ..runtime.object import Participant

DELAYED_MOST = 10_000
"""Messages that one `Delay` or `Throttle` holds back at once; with so many, the next waits for room
(and what comes behind it, too)."""


class Delay(Participant):
    """Sends on what comes in, so many `seconds` later"""

    inports: ClassVar = {"in": "any", "seconds": "number"}
    outports = ("out",)
    icon = "clock-o"

    def __init__(self) -> None:
        self._seconds = 1.0
        self._waiting = 0
        self._room = asyncio.Event()

    async def process(self, inport: str, message: Any) -> None:
        """Hold a message back. It is acknowledged when it is sent on, so that none gets lost."""
        if inport == "seconds":
            self._seconds = _number(message)
            return
        held = current_message()
        held.keep()
        while self._waiting >= DELAYED_MOST:
            self._room.clear()
            await self._room.wait()
        self._waiting += 1
        asyncio.get_running_loop().call_later(self._seconds, self._release, message, held)

    def _release(self, message: Any, held: CurrentMessage) -> None:
        self._waiting -= 1
        self._room.set()
        self.send("out", message)
        held.ack()


class Throttle(Participant):
    """Sends on at most so many messages `per_second`, none at 0; the others wait for their turn"""

    inports: ClassVar = {"in": "any", "per_second": "number"}
    outports = ("out",)
    icon = "tachometer"

    def __init__(self) -> None:
        self._rate = 1.0
        self._last = -math.inf
        self._held: deque[tuple[Any, CurrentMessage, Context]] = deque()
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._passing: asyncio.Task[None] | None = None

    async def process(self, inport: str, message: Any) -> None:
        """Hold a message back until it may go, or go on at another pace. 0 lets nothing pass."""
        if inport == "per_second":
            self._rate = _number(message)
            self._begin_anew()
            return
        held = current_message()
        held.keep()
        while len(self._held) >= DELAYED_MOST:
            self._room.clear()
            await self._room.wait()
        self._held.append((message, held, copy_context()))
        if len(self._held) == 1:
            self._begin_anew()
        if self._passing is None:
            self._passing = asyncio.create_task(self._pass_on(), name="throttle")

    def _begin_anew(self) -> None:
        """The next may go as soon as it is its time; what could have gone before is no credit."""
        if self._rate:
            now = asyncio.get_running_loop().time()
            self._last = max(self._last, now - 1 / self._rate)
        self._changed.set()

    async def _pass_on(self) -> None:
        try:
            while True:
                await self._turn()
                message, held, context = self._held.popleft()
                room = context.run(self.send, "out", message)
                held.ack()
                self._room.set()
                await room
        finally:  # other code takes this one's place
            for _, held, _ in self._held:
                held.delay(0)

    async def _turn(self) -> None:
        """Wait until a message may go, at whatever pace counts meanwhile."""
        loop = asyncio.get_running_loop()
        while True:
            due = self._last + 1 / self._rate if self._held and self._rate else math.inf
            if due <= loop.time():
                self._last = due
                return
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(due if due < math.inf else None):
                    await self._changed.wait()


class Interval(Participant):
    """Sends 0, 1, 2, ... one each so many `seconds`"""

    inports: ClassVar = {"seconds": "number"}
    outports: ClassVar = {"out": "int"}
    icon = "clock-o"

    def __init__(self) -> None:
        self._seconds = 1.0
        self._changed = asyncio.Event()

    async def process(self, inport: str, message: Any) -> None:
        """Go on at another pace."""
        del inport
        self._seconds = _number(message)
        self._changed.set()

    async def run(self) -> AsyncIterator[int]:
        """Count for ever."""
        loop, number = asyncio.get_running_loop(), 0
        begin = loop.time()
        while True:
            yield number
            number += 1
            while (left := begin + self._seconds - loop.time()) > 0:
                self._changed.clear()
                try:
                    async with asyncio.timeout(left):
                        await self._changed.wait()
                except TimeoutError:
                    break
            begin = max(begin + self._seconds, loop.time() - self._seconds)


def _number(message: Any) -> float:
    if isinstance(message, bool) or not isinstance(message, int | float) or not 0 <= message < 1e9:
        raise InvalidMessage(f"this is to be a number from 0 on, not {message!r}")
    return float(message)
