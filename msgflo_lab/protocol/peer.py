"""One connected client: what it may, what it wants to see, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from ..graph import Edge
from .capabilities import Level, capabilities, needed_to_hear
from .limits import (
    ASKING_BYTES,
    ASKING_MESSAGES,
    DATA_MESSAGES,
    FLOW_BYTES,
    OUTBOX_BYTES,
    OUTBOX_MESSAGES,
)
from .messages import Message

FLOWING = ("data", "packet", "output", "processerror")
"""Commands of messages that may be left out."""


class Peer:
    """On the host's loop.

    Attributes:
        level: What the secret that it gave last is good for; None before it gives a right one.
        since: When it came (monotonic).
        edges: By graph, the edges whose data it has asked for; a graph that it has started and
            said nothing about is shown whole.
        started: The graphs that it has started.
        debugs: The graphs that it has set into debug mode.
        skipped: Messages of what flows that were left out because it takes them too slowly.
    """

    def __init__(
        self, level: Level | None = None, *, cut: Callable[[], object] = lambda: None
    ) -> None:
        """Create it.

        Args:
            level: What it may without any secret.
            cut: Ends its connection at once.
        """
        self.level = level
        self.since = time.monotonic()
        self.edges: dict[str, frozenset[Edge]] = {}
        self.started: set[str] = set()
        self.debugs: set[str] = set()
        self.skipped = 0
        self._cut = cut
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._bytes = 0
        self._flowing = 0
        self._untold = 0
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._gone = False

    @property
    def capabilities(self) -> Collection[str]:
        """What it may."""
        return capabilities(self.level)

    @property
    def is_gone(self) -> bool:
        """True if nothing can be sent to it any more."""
        return self._gone

    @property
    def takes_more(self) -> bool:
        """True if it is not too slow for another message of what flows."""
        return self._flowing < DATA_MESSAGES and self._bytes < FLOW_BYTES

    def hears(self, message: Message) -> bool:
        """True if it may be told."""
        return needed_to_hear(message.protocol, message.command) in self.capabilities

    def sees(self, graph: str, edge: Edge) -> bool:
        """True if it wants to see the data of this edge of a graph."""
        wanted = self.edges.get(graph)
        return edge in wanted if wanted is not None else graph in self.started

    def send(self, message: Message, answers: str | None = None) -> None:
        """Send something, soon. `answers`: the request that it answers."""
        if message.command in FLOWING and not self.takes_more:
            self.skip()
        else:
            self.send_encoded(encoded(message, answers), is_flow=message.command in FLOWING)

    def send_encoded(self, frame: bytes, *, is_flow: bool = False) -> None:
        """The same, for what is sent to many. A client that takes nothing for long is let go."""
        if self._gone:
            return
        if len(self._waiting) >= OUTBOX_MESSAGES or self._bytes >= OUTBOX_BYTES:
            self.leave()
            self._cut()
            return
        self._waiting.append((frame, is_flow))
        self._bytes += len(frame)
        self._flowing += is_flow
        self._wake.set()

    def skip(self) -> None:
        """Leave out a message of what flows. It is told so when it has taken what waits."""
        self.skipped += 1
        self._untold += 1

    def leave(self) -> None:
        """Send nothing any more."""
        self._gone = True
        self._waiting.clear()
        self._wake.set()
        self._room.set()

    def cut(self) -> None:
        """End its connection at once."""
        self.leave()
        self._cut()

    async def room(self) -> None:
        """Wait until it has taken enough of what waits to be asked for more."""
        while not self._gone and (
            len(self._waiting) >= ASKING_MESSAGES or self._bytes >= ASKING_BYTES
        ):
            self._room.clear()
            await self._room.wait()

    async def next(self) -> str | None:
        """What is to be sent next; None if it is to be closed."""
        while not self._waiting:
            if self._gone:
                return None
            self._wake.clear()
            await self._wake.wait()
        frame, is_flow = self._waiting.popleft()
        self._bytes -= len(frame)
        self._flowing -= is_flow
        self._room.set()
        if self._untold and not self._flowing:
            text = f"{self._untold:,} messages were not shown: they come faster than you take them"
            self._untold = 0
            self.send(Message("network", "output", {"message": text, "type": "message"}))
        return frame.decode()


def encoded(message: Message, answers: str | None = None) -> bytes:
    """A message as it is sent. What JSON cannot say is sent as text.

    Args:
        answers: The request that it answers.
    """
    frame: dict[str, Any] = message._asdict()
    if answers is not None:
        frame["responseTo"] = answers
    return as_json(frame)


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else repr(value)


as_json = msgspec.json.Encoder(enc_hook=_plain).encode
"""A value as JSON; what JSON cannot say is text in it."""
