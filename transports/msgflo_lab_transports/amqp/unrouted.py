"""What comes back from an outport that leads nowhere: nobody has connected it, or it was deleted.

An exchange without bindings confirms what is sent to it, and forgets it. That is as it should be
for an outport that nobody has connected. But an exchange may also be there again, declared by
another worker, and its bindings not yet. Only those who bind know which it is; so they are asked,
and what came back is kept meanwhile.

A broker also refuses a message where one of its queues was deleted at that moment. So that is sent
once more; but not where a queue is full and refuses, since the others would get everything twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import OnNote

from .binders import Leads
from .channel import Channel
from .confirms import Fate, Sent, Then
from .errors import ConnectionLost
from .frames import Encoded
from .limits import (
    AMQP_AWAY_SECONDS,
    AMQP_REFUSED_SECONDS,
    AMQP_SILENT_SECONDS,
    AMQP_UNCONNECTED_SECONDS,
    AMQP_UNROUTED_ATTEMPTS,
    AMQP_UNROUTED_HOPES,
    AMQP_UNROUTED_SECONDS,
)

_log = logging.getLogger(__name__)


class Unrouted:
    """Of one handle. Bounded by those who send: they wait for what is kept (`over`).

    Args:
        ask: Where an outport leads, once everybody has bound what he knows of it; see
            `ask_binders`.
        forget: Nobody who was away is to be waited for any more.
        note: Tells people something, once.
    """

    def __init__(
        self,
        ask: Callable[[QueueName], Awaitable[Leads]],
        forget: Callable[[], Awaitable[None]],
        note: OnNote,
    ) -> None:
        self._ask_binders = ask
        self._forget = forget
        self._note = note
        self._kept: dict[QueueName, list[tuple[Channel, Sent, Then]]] = {}
        self._asking: dict[QueueName, asyncio.Task[Fate | None]] = {}
        self._unconnected: dict[str, float] = {}
        self._full: dict[tuple[str, str], float] = {}
        self._asks_again = 0.0
        self._time = asyncio.get_running_loop().time

    def attach(self, channel: Channel) -> None:
        """See to what comes back on this channel, which has confirms."""
        channel.see_to(
            partial(self._came_back, channel), partial(self._refused, channel), self._wants
        )

    def __contains__(self, queue: QueueName) -> bool:
        """Whether something is kept that was sent to this outport."""
        return queue in self._asking

    async def over(self, queue: QueueName) -> None:
        """Wait until nothing is kept of it."""
        if queue in self._asking:
            await asyncio.wait([self._asking[queue]])

    async def settled(self) -> None:
        """Wait until nothing is kept at all."""
        while self._asking:
            await asyncio.wait(self._asking.values())

    def lost(self) -> None:
        """The connection is gone, and with it all that those who bind have said."""
        self._unconnected.clear()
        self._asks_again = 0.0
        for task in self._asking.values():
            task.cancel()
        for queue in list(self._kept):
            self._tell(queue, Fate.LOST)

    def _wants(self, exchange: str) -> bool:
        """Whether what leads nowhere is to come back: not for a while after we have asked."""
        if self._asks_again and self._time() < self._asks_again:
            return False
        if not self._unconnected or exchange not in self._unconnected:
            return True
        if self._time() < self._unconnected[exchange]:
            return False
        del self._unconnected[exchange]
        return True

    def _came_back(self, channel: Channel, sent: Sent, then: Then) -> None:
        queue = QueueName(sent.route[0])
        if not channel.is_open:
            then(Fate.LOST)
        elif not self._wants(queue):
            then(Fate.CONFIRMED)
        else:
            self._kept.setdefault(queue, []).append((channel, sent, then))
            if queue not in self._asking:
                self._see_to(queue)

    def _refused(self, channel: Channel, sent: Sent, then: Then) -> None:
        if isinstance(then, _Second):
            self._full[sent.route] = self._time() + AMQP_REFUSED_SECONDS
        if self._full.get(sent.route, 0.0) > self._time():
            then(Fate.REFUSED)
        else:
            self._full.pop(sent.route, None)
            _publish(channel, sent, _Second(then))

    def _see_to(self, queue: QueueName) -> None:
        task = asyncio.create_task(self._send_on(queue), name=f"amqp unrouted of {queue}")
        self._asking[queue] = task
        task.add_done_callback(partial(self._seen_to, queue))

    def _seen_to(self, queue: QueueName, task: asyncio.Task[Fate | None]) -> None:
        del self._asking[queue]
        if task.cancelled():
            return
        # Only that the link is gone; we may hear of that before we are told so.
        fate = Fate.LOST if task.exception() else task.result()
        if fate is not None:
            self._tell(queue, fate)
        elif queue in self._kept:  # since it has ended
            self._see_to(queue)

    def _tell(self, queue: QueueName, fate: Fate) -> None:
        for _, _, then in self._kept.pop(queue, ()):
            then(fate)

    async def _send_on(self, queue: QueueName) -> Fate | None:
        """See to what is kept; what becomes of all that is left of it. Raises ConnectionLost."""
        attempt, latest = 0, self._time() + AMQP_AWAY_SECONDS
        while attempt < AMQP_UNROUTED_ATTEMPTS:
            leads = await self._ask(queue)
            if leads in (Leads.AWAY, Leads.SILENT):
                if self._time() < latest:
                    await asyncio.sleep(AMQP_UNROUTED_SECONDS)
                    continue
                self._asks_again = self._time() + AMQP_SILENT_SECONDS
                with suppress(TransportError):
                    await self._forget()
            is_missing = leads is Leads.NOT_NOW and attempt < AMQP_UNROUTED_HOPES
            if not is_missing and leads is not Leads.SOMEWHERE:
                self._unconnected[queue] = self._time() + AMQP_UNCONNECTED_SECONDS
                return Fate.CONFIRMED
            await self._send_again(queue)
            if queue not in self._kept:
                self._note(f"`{shown(queue)}` led nowhere, and was bound again")
                return None
            attempt += 1
            await asyncio.sleep(attempt * AMQP_UNROUTED_SECONDS)
        return Fate.REFUSED

    async def _ask(self, queue: QueueName) -> Leads:
        """Raises ConnectionLost. Where we may not ask, we do not again for a while."""
        try:
            return await self._ask_binders(queue)
        except ConnectionLost:
            raise
        except TransportError as error:
            _log.debug("those who bind cannot be asked: %s", error)
            self._asks_again = self._time() + AMQP_SILENT_SECONDS
            return Leads.NOWHERE

    async def _send_again(self, queue: QueueName) -> None:
        kept = self._kept.pop(queue)
        for channel, sent, then in kept:
            _publish(channel, sent, then)
        for channel in {channel for channel, _, _ in kept}:
            await channel.settled()


class _Second:
    """What to do when it is known what became of a message that was refused and sent once more."""

    __slots__ = ("_then",)

    def __init__(self, then: Then) -> None:
        self._then = then

    def __call__(self, fate: Fate) -> None:
        self._then(fate)


def _publish(channel: Channel, sent: Sent, then: Then) -> None:
    if channel.is_open:
        properties = Encoded(sent.properties)
        channel.publish(*sent.route, sent.body, properties, mandatory=True, then=then)
    else:
        then(Fate.LOST)
