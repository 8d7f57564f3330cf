"""The last messages of a port, kept for whoever wants to look."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any, NamedTuple

from ..message import decode
from ..names import PortName
from .limits import HISTORY_BYTES, HISTORY_MESSAGES


class Seen(NamedTuple):
    """One message that passed a port.

    Attributes:
        at: Seconds since the epoch.
        payload: The bytes, as they travelled.
        number: Which one of its port it is, from 1.
        cause: For which message of an inport, and its number, a handler of ours has sent it.
    """

    at: float
    payload: bytes
    number: int = 0
    cause: tuple[PortName, int] | None = None

    @property
    def value(self) -> Any:
        """The payload as a handler gets it: JSON, or text, or bytes."""
        return decode(self.payload)


class History:
    """A bounded memory: `HISTORY_MESSAGES` and `HISTORY_BYTES`, the oldest goes first."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, bytes, int, tuple[PortName, int] | None]] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self._is_awaited = False
        self.count = 0
        """Messages recorded since the beginning, kept or not."""

    def record(self, payload: bytes, cause: tuple[PortName, int] | None = None) -> None:
        """A message has passed now; see `Seen`."""
        self.count += 1
        seen = self._seen
        seen.append((time.time(), payload, self.count, cause))
        self._bytes += len(payload)
        while (len(seen) > HISTORY_MESSAGES or self._bytes > HISTORY_BYTES) and len(seen) > 1:
            self._bytes -= len(seen.popleft()[1])
        if self._is_awaited:
            self._is_awaited = False
            self._news.set()

    def last(self, n: int) -> list[Seen]:
        """The newest `n` messages, oldest of them first."""
        return [Seen(*each) for each in list(self._seen)[-n:]] if n > 0 else []

    async def wait_for(self, n: int, timeout: float, *, new: bool = False) -> None:
        """Return once `n` messages are kept, or `timeout` seconds have passed.

        Args:
            new: Count only those that come from now on.
        """
        wanted = min(n, HISTORY_MESSAGES) + (self.count if new else 0)
        try:
            async with asyncio.timeout(timeout):
                while (self.count if new else len(self._seen)) < wanted:
                    self._news.clear()
                    self._is_awaited = True
                    await self._news.wait()
        except TimeoutError:
            return
