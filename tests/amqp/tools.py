"""What the tests of the AMQP channel have in common."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp.channel import Channel
from msgflo_lab_transports.amqp.confirms import Fate
from msgflo_lab_transports.amqp.connect import connect
from msgflo_lab_transports.amqp.connection import Connection
from msgflo_lab_transports.amqp.delivery import Delivery
from msgflo_lab_transports.amqp.errors import ChannelClosed, ConnectionLost

T = TypeVar("T")

DEADLINE = 30.0
"""Seconds for anything that is expected to happen."""
MOST = 100_000
"""Bytes of a message that the narrow broker takes."""


class News(Generic[T]):
    """Collects what a callback is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.all: list[T] = []
        self._changed = asyncio.Event()

    def __call__(self, item: T) -> None:
        self.all.append(item)
        self._changed.set()

    async def wait_for(self, count: int = 1) -> list[T]:
        """All of them, once there are so many."""
        async with asyncio.timeout(DEADLINE):
            while len(self.all) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.all


class Side:
    """Connections to one address, closed in the end; then no task and no socket may be left.

    Attributes:
        lost: Why connections were lost.
        blocked: What was said about being blocked.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.lost: News[ConnectionLost] = News()
        self.blocked: News[str | None] = News()
        self._open: list[Connection] = []
        self._sockets = 0

    async def __aenter__(self) -> Side:
        self._sockets = _sockets()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        for connection in self._open:
            await connection.close()
        # A transport closes its socket one turn of the loop after it has said so.
        await asyncio.sleep(0)
        if error is None:
            assert _sockets() <= self._sockets, "sockets left behind"

    async def connect(self, url: str | None = None, **options: Any) -> Connection:
        """Open a connection."""
        given: dict[str, Any] = {
            "name": "test",
            "on_lost": self.lost,
            "on_blocked": self.blocked,
            **options,
        }
        connection = await connect(BrokerUrl.parse(url or self.url), **given)
        self._open.append(connection)
        return connection

    async def channel(self, *, confirms: bool = False, **options: Any) -> Channel:
        """Open a connection with a channel."""
        return await (await self.connect(**options)).channel(confirms=confirms)


class Inbox(News[Delivery]):
    """A consumer that acknowledges what it gets, and keeps it."""

    def __call__(self, item: Delivery) -> None:
        item.ack()
        super().__call__(item)

    async def bodies(self, count: int) -> list[bytes]:
        """All bodies, once there are so many."""
        return [delivery.body for delivery in await self.wait_for(count)]


class Closed(News[ChannelClosed]):
    """Hears of a channel that the broker closes."""


class Fates(News[tuple[object, Fate]]):
    """Hears what becomes of messages."""

    def of(self, name: object) -> Callable[[Fate], None]:
        """What to pass as `then`."""
        return lambda fate: self((name, fate))


async def queue_of(channel: Channel, name: str = "queue", **options: Any) -> str:
    """A queue that goes with the virtual host."""
    return (await channel.declare_queue(name, **options)).name


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so that nobody announces; fails if it does not become so."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.005)


def _sockets() -> int:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        return 0
    links = (os.readlink(each) for each in folder.iterdir() if each.is_symlink())
    return sum(link.startswith("socket:") for link in links)


async def count(channel: Channel, queue: str) -> int:
    return (await channel.declare_queue(queue, passive=True)).messages
