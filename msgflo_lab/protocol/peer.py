"""One connected client: what it may, what it wants to see, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from typing import Any

import msgspec

from ..graph import Edge
from .capabilities import Level, capabilities, needed_to_hear
from .limits import DATA_MESSAGES, OUTBOX_BYTES, OUTBOX_MESSAGES
from .messages import Message


class Peer:
    """On the host's loop.

    Attributes:
        level: What the secret that it gave last is good for.
        edges: By graph, the edges whose data it has asked for; a graph that it has started and
            said nothing about is shown whole.
        started: The graphs that it has started.
        debugs: The graphs that it has set into debug mode.
        skipped: Messages of data that were left out because it takes them too slowly.
    """

    def __init__(self) -> None:
        self.level: Level | None = None
        self.edges: dict[str, frozenset[Edge]] = {}
        self.started: set[str] = set()
        self.debugs: set[str] = set()
        self.skipped = 0
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._data = 0
        self._wake = asyncio.Event()
        self._gone = False

    @property
    def capabilities(self) -> Collection[str]:
        """What it may."""
        return capabilities(self.level)

    @property
    def is_gone(self) -> bool:
        """True if nothing can be sent to it any more."""
        return self._gone

    def hears(self, message: Message) -> bool:
        """True if it may be told."""
        return needed_to_hear(message.protocol, message.command) in self.capabilities

    def sees(self, graph: str, edge: Edge) -> bool:
        """True if it wants to see the data of this edge of a graph."""
        wanted = self.edges.get(graph)
        return edge in wanted if wanted is not None else graph in self.started

    def send(self, message: Message, answers: str | None = None) -> None:
        """Send something, soon. `answers`: the request that it answers.

        A client that takes nothing for too long is let go; of data, some is left out before.
        """
        is_data = message.command == "data"
        if is_data and self._data >= DATA_MESSAGES:
            self.skipped += 1
            return
        if len(self._waiting) >= OUTBOX_MESSAGES or self._bytes >= OUTBOX_BYTES:
            self.leave()
            return
        if self._gone:
            return
        frame: dict[str, Any] = message._asdict()
        if answers is not None:
            frame["responseTo"] = answers
        encoded = _encode(frame)
        self._waiting.append(encoded)
        self._bytes += len(encoded)
        self._data += is_data
        self._wake.set()

    def leave(self) -> None:
        """Send nothing any more."""
        self._gone = True
        self._waiting.clear()
        self._wake.set()

    async def next(self) -> str | None:
        """What is to be sent next; None if it is to be closed."""
        while not self._waiting:
            if self._gone:
                return None
            self._wake.clear()
            await self._wake.wait()
        encoded = self._waiting.popleft()
        self._bytes -= len(encoded)
        if not self._waiting:
            self._data = 0
        return encoded.decode()


_encode = msgspec.json.Encoder(enc_hook=lambda value: dict(value)).encode
