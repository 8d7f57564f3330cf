"""Where the conformance suite runs: every transport, in every mode it has."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import (
    Binder,
    BrokerUrl,
    Client,
    OnLink,
    OnNote,
    Subscription,
    Transport,
    transport_for,
)

DEADLINE = 15.0
"""Seconds for anything that is expected to happen."""

_addresses = itertools.count(1)


class Place:
    """A broker of some transport, and the handles that a test has opened on it."""

    def __init__(self, url: str, **options: object) -> None:
        self.url = BrokerUrl.parse(url, **options)
        self.transport: Transport = transport_for(self.url)
        self._open: list[Client] = []

    def beside(self, **options: object) -> Place:
        """The same broker with other options; closed together with this one."""
        other = Place.__new__(Place)
        other.url = replace(
            self.url, options={**self.url.options, **{k: str(v) for k, v in options.items()}}
        )
        other.transport, other._open = self.transport, self._open
        return other

    @property
    def carries_metadata(self) -> bool:
        """All do, but for MQTT 3.1.1."""
        return self.url.options.get("version") != "3.1.1"

    def in_hand(self, number: int) -> Place:
        """Where a reader may have so many unsettled messages at once; most brokers do not mind."""
        return self.beside(prefetch=number) if self.url.scheme.startswith("amqp") else self

    async def client(
        self, name: str = "client", on_link: OnLink | None = None, on_note: OnNote | None = None
    ) -> Client:
        """A participant's handle."""
        client = await self.transport.client(self.url, name=name, on_link=on_link, on_note=on_note)
        self._open.append(client)
        return client

    async def binder(
        self, name: str = "binder", on_link: OnLink | None = None, on_note: OnNote | None = None
    ) -> Binder:
        """A coordinator's handle."""
        binder = await self.transport.binder(self.url, name=name, on_link=on_link, on_note=on_note)
        self._open.append(binder)
        return binder

    async def close(self) -> None:
        """Close everything."""
        for handle in reversed(self._open):
            await handle.close()


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Place]:
    """Close everything in the end, and see that no task and no socket is left behind."""
    sockets = _sockets()
    try:
        yield place
    finally:
        await place.close()
    await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() if not _is_ours(task) and not task.done()]
    assert not left, f"tasks left behind: {left}"
    # A transport closes its socket one turn of the loop after it has said so, and a broker in this
    # process closes its end when it hears of that.
    with suppress(TimeoutError):
        await until(lambda: _sockets() <= sockets)
    assert _sockets() <= sockets, "sockets left behind"


@asynccontextmanager
async def at(url: str, **options: object) -> AsyncIterator[Place]:
    """A place at this address, for as long as the block lasts."""
    async with opened(Place(url, **options)) as place:
        yield place


def _is_ours(task: asyncio.Task[object]) -> bool:
    """The test itself, and what runs it."""
    return task is asyncio.current_task() or "TestRunner" in repr(task.get_coro())


def _sockets() -> int:
    folder = Path("/proc/self/fd")
    if not folder.exists():
        return 0
    links = (os.readlink(each) for each in folder.iterdir() if each.is_symlink())
    return sum(link.startswith("socket:") for link in links)


def direct() -> Place:
    """The transport in the process, at an address of its own."""
    return Place(f"direct://test-{next(_addresses)}")


SIDES = {"in": (Side.IN,), "out": (Side.OUT,), "both": (Side.IN, Side.OUT)}


async def declared(
    client: Client, fresh: Callable[[str], QueueName], *uses: str
) -> list[QueueName]:
    """New queues, each declared for its use: `in`, `out` or `both`.

    What is subscribed, or bound to, is an inport's queue; what is bound, an outport's; and a queue
    to which a test publishes as an outport does, and that it also reads, is both.
    """
    queues = [fresh(use) for use in uses]
    for queue, use in zip(queues, uses, strict=True):
        for side in SIDES[use]:
            await client.declare(queue, side)
    return queues


async def take(subscription: Subscription, count: int) -> list[bytes]:
    """The next payloads, acknowledged; fails if they do not come."""
    found: list[bytes] = []
    async with asyncio.timeout(DEADLINE):
        while len(found) < count:
            delivery = await subscription.get()
            delivery.ack()
            found.append(delivery.payload)
    return found


def take_from_each(
    subscriptions: Iterable[Subscription], count: int
) -> asyncio.Future[list[list[bytes]]]:
    """`take` from all of them at once, in the background.

    One connection has one window of unacknowledged messages (20 on Mosquitto and MQTT 3.1.1), so
    a subscription that nobody reads holds up the others.
    """
    return asyncio.gather(*(take(each, count) for each in subscriptions))


async def take_shared(subscriptions: Sequence[Subscription], count: int) -> list[list[bytes]]:
    """The next payloads of those who share them, for each; acknowledged as soon as they come."""
    found: list[list[bytes]] = [[] for _ in subscriptions]
    done = asyncio.Event()

    async def read(subscription: Subscription, into: list[bytes]) -> None:
        async for delivery in subscription:
            delivery.ack()
            into.append(delivery.payload)
            if sum(map(len, found)) >= count:
                done.set()

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        reading = [
            group.create_task(read(*each)) for each in zip(subscriptions, found, strict=True)
        ]
        await done.wait()
        for each in reading:
            each.cancel()
    return found


async def nothing_more(client: Client, subscription: Subscription) -> None:
    """Fail if anything else than a last message comes.

    The last message goes the same way as any that might be behind the ones received: brokers keep
    the order, so it comes after them.
    """
    await client.publish(subscription.queue, b"last", Side.IN)
    assert await take(subscription, 1) == [b"last"]


def numbered(count: int, start: int = 0) -> list[bytes]:
    """Payloads that can be told apart."""
    return [b"message %d" % number for number in range(start, start + count)]


async def publish_all(client: Client, queue: QueueName, payloads: Iterable[bytes]) -> None:
    """One after the other."""
    for payload in payloads:
        await client.publish(queue, payload)


async def publish_quickly(client: Client, queue: QueueName, payloads: list[bytes]) -> None:
    """Several at a time, as acknowledgements take their time."""
    for start in range(0, len(payloads), 100):
        await asyncio.gather(
            *(client.publish(queue, each) for each in payloads[start : start + 100])
        )


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so that nobody announces; fails if it does not become so."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)


def passed(binder: Binder) -> dict[Binding, int]:
    """The traffic as a table."""
    return dict(binder.traffic())


async def counted(binder: Binder, expected: Mapping[Binding, int]) -> None:
    """Wait until so many messages have passed each binding; fail if more have."""
    await until(lambda: all(passed(binder)[each] >= expected[each] for each in expected))
    assert {each: passed(binder)[each] for each in expected} == dict(expected)
