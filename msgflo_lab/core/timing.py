"""Components that have to do with time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

from ..errors import InvalidMessage
from ..runtime.current import CurrentMessage, current_message
from ..runtime.object import Participant

DELAYED_MOST = 10_000
"""Messages that one `Delay` holds back at once; with so many, the next waits for the first."""


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
            self._seconds = _seconds(message)
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
    """Sends on at most so many messages `per_second`; the others wait for their turn"""

    inports: ClassVar = {"in": "any", "per_second": "number"}
    outports = ("out",)
    icon = "tachometer"

    def __init__(self) -> None:
        self._pause = 1.0
        self._next = 0.0

    async def process(self, inport: str, message: Any) -> Any:
        """Send a message when it may go."""
        if inport == "per_second":
            self._pause = 1 / max(_seconds(message), 1e-6)
            return None
        loop = asyncio.get_running_loop()
        due = max(self._next, loop.time())
        self._next = due + self._pause
        await asyncio.sleep(due - loop.time())
        return message


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
        self._seconds = _seconds(message)
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


def _seconds(message: Any) -> float:
    if isinstance(message, bool) or not isinstance(message, int | float) or not 0 <= message < 1e9:
        raise InvalidMessage(f"this is to be a number from 0 on, not {message!r}")
    return float(message)
