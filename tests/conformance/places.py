"""Where the conformance suite runs: every transport, in every mode it has."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from msgflo_lab.binding import Binding
from msgflo_lab.names import QueueName
from msgflo_lab.transport import (
    Binder,
    BrokerUrl,
    Client,
    OnLink,
    Subscription,
    Transport,
    transport_for,
)

DEADLINE = 15.0
"""Seconds for anything that is expected to happen."""

_addresses = itertools.count(1)


class Place:
    """A broker of some transport, and the handles that a test has opened on it.

    Attributes:
        lossless: Whatever is published arrives, however slow the reader.
    """

    def __init__(self, url: str, **options: object) -> None:
        self.url = BrokerUrl.parse(url, **options)
        self.transport: Transport = transport_for(self.url)
        self._open: list[Client] = []

    async def client(self, name: str = "client", on_link: OnLink | None = None) -> Client:
        """A participant's handle."""
        client = await self.transport.client(self.url, name=name, on_link=on_link)
        self._open.append(client)
        return client

    async def binder(self, name: str = "binder", on_link: OnLink | None = None) -> Binder:
        """A coordinator's handle."""
        binder = await self.transport.binder(self.url, name=name, on_link=on_link)
        self._open.append(binder)
        return binder

    async def close(self) -> None:
        """Close everything."""
        for handle in reversed(self._open):
            await handle.close()


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Place]:
    """Close everything in the end, and see that no task is left behind."""
    before = asyncio.all_tasks()
    try:
        yield place
    finally:
        await place.close()
    left = {task for task in asyncio.all_tasks() - before if not task.done()}
    assert not left, f"tasks left behind: {left}"


def direct() -> Place:
    """The transport in the process, at an address of its own."""
    return Place(f"direct://test-{next(_addresses)}")


async def take(subscription: Subscription, count: int) -> list[bytes]:
    """The next payloads, acknowledged; fails if they do not come."""
    found = []
    async with asyncio.timeout(DEADLINE):
        while len(found) < count:
            delivery = await subscription.get()
            delivery.ack()
            found.append(delivery.payload)
    return found


async def nothing_more(client: Client, subscription: Subscription) -> None:
    """Fail if anything else than a last message comes.

    The last message goes the same way as any that might be behind the ones received: brokers keep
    the order, so it comes after them.
    """
    await client.publish(subscription.queue, b"last")
    assert await take(subscription, 1) == [b"last"]


def numbered(count: int, start: int = 0) -> list[bytes]:
    """Payloads that can be told apart."""
    return [b"message %d" % number for number in range(start, start + count)]


async def publish_all(client: Client, queue: QueueName, payloads: Iterable[bytes]) -> None:
    """One after the other."""
    for payload in payloads:
        await client.publish(queue, payload)


def passed(binder: Binder) -> dict[Binding, int]:
    """The traffic as a table."""
    return dict(binder.traffic())
