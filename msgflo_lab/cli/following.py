"""Copies of what passes ports, as `dump --follow` looks at them: all at once, in order of arrival.

One listening for announcements does for all ports. Each is followed from the moment it is found,
whoever else is still waited for.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import NamedTuple

from ..definition import Side
from ..discovery.roster import Roster
from ..errors import MsgFloLabError, Timeout, UnknownName
from ..names import QueueName, listed, shown
from ..transport import Binder, Delivery, Subscription
from .broker import port_of, ports_of, queues_in, take


class Passed(NamedTuple):
    """One message that has passed.

    Attributes:
        at: When it came here, in seconds since 1970.
        name: The port, as it was asked for; or the queue.
        payload: As it was published.
    """

    at: float
    name: str
    payload: bytes


class Following:
    """What passes some ports, while a `following` runs.

    What nobody takes waits in the inboxes of the subscriptions, which are bounded.
    """

    def __init__(self, binder: Binder, ports: Iterable[str]) -> None:
        """Raises InvalidName: A port is not written `ROLE.PORT`."""
        self._binder = binder
        self._awaited = {port: port_of(port) for port in ports}
        self._come: deque[tuple[float, str, Subscription]] = deque()
        """The earliest first. The messages themselves are in their subscriptions, in that order."""
        self._news = asyncio.Event()
        self._finding: asyncio.Task[None] | None = None

    @property
    def waits_for(self) -> str:
        """What is to come yet, as a line for people."""
        if self._awaited:
            return f"waiting until somebody announces {listed(self._awaited)}"
        return "waiting for messages"

    async def next(self, pause: float | None) -> Passed:
        """The next message.

        Args:
            pause: Seconds that there may be none, once all ports are found. None: any number.

        Raises:
            Timeout: There was none.
            UnknownName: A port has not been found.
        """
        assert self._finding is not None
        while True:
            while self._come:
                at, name, subscription = self._come.popleft()
                if subscription.at_hand:  # else the broker has taken it back
                    delivery = await subscription.get()
                    delivery.ack()
                    return Passed(at, name, delivery.payload)
            self._news.clear()
            is_complete = self._finding.done()
            if is_complete:
                self._finding.result()
            try:
                async with asyncio.timeout(pause if is_complete else None):
                    await self._news.wait()
            except TimeoutError:
                raise Timeout(f"no message within {pause:g} s") from None

    async def follow_queue(self, queue: QueueName) -> None:
        """Follow a queue, too. Raises MsgFloLabError: There is none."""
        # Whoever looks on waits for one that is not there, as an edge does; people wrote it wrong.
        if not await self._binder.is_declared(queue, Side.IN):
            raise MsgFloLabError(f"there is no queue `{shown(queue)}`")
        await self._follow(queue, queue, Side.IN)

    async def _follow(self, name: str, queue: QueueName, side: Side) -> None:
        subscription = await self._binder.tap(queue, side)

        def came(_: Delivery) -> None:
            self._come.append((time.time(), name, subscription))
            self._news.set()

        for each in subscription.at_hand:
            came(each)
        subscription.on_arrival = came

    async def _find(self, seconds: float) -> None:
        """Follow all ports, each as soon as its role is heard. Raises UnknownName."""
        if not self._awaited:
            return
        roster = Roster()
        try:
            async with asyncio.timeout(seconds) as limit:
                async for delivery in await self._binder.discoveries():
                    take(roster, delivery)
                    await self._follow_those_in(roster)
                    if not self._awaited:
                        return
        except TimeoutError:
            if not limit.expired():
                raise
        raise UnknownName("port", next(iter(self._awaited)), known=ports_of(roster))

    async def _follow_those_in(self, roster: Roster) -> None:
        for name, port in list(self._awaited.items()):
            side, queues = queues_in(roster, port)
            for queue in queues:
                await self._follow(name, queue, side)
            if queues:
                del self._awaited[name]


@asynccontextmanager
async def following(
    binder: Binder, ports: Iterable[str], queue: str | None, wait: float
) -> AsyncIterator[Following]:
    """Follow ports and a queue while the block runs.

    Args:
        wait: Seconds until all ports have to be announced.

    Raises:
        InvalidName: A port is not written `ROLE.PORT`.
        MsgFloLabError: There is no such queue.
    """
    made = Following(binder, ports)
    if queue is not None:
        await made.follow_queue(QueueName(queue))
    made._finding = asyncio.create_task(made._find(wait), name="dump: find ports")
    made._finding.add_done_callback(lambda _: made._news.set())
    try:
        yield made
    finally:
        made._finding.cancel()
        await asyncio.gather(made._finding, return_exceptions=True)
