"""The subscriptions of one handle, each on a channel of its own.

A channel carries the deliveries of one queue, and their settlements. Where one cannot be had
(somebody else has taken its queue for himself), the others go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import OnNote

from ..inbox import Inbox
from .channel import Channel
from .connection import Connection
from .consumer import Consumer
from .declarer import NOT_FOUND
from .errors import ChannelClosed, ConnectionLost
from .limits import AMQP_REASSERT_SECONDS


class Consumers:
    """Begins them, and begins them again on each new connection.

    Attributes:
        missing: Queues that cannot be read at present.

    Args:
        on_closed: Told when the broker closes a channel that was in use.
        on_deleted: Told when the queue of a consumer is gone; and whether its channel is, too.
        declare: Declares the queue of an inport, if we have done so before.
        was_there: Whether the queue of an inport was there when this connection began.
        note: Tells people something, once.
    """

    def __init__(
        self,
        *,
        on_closed: Callable[[Connection, ChannelClosed], None],
        on_deleted: Callable[[Consumer, bool], None],
        declare: Callable[[QueueName], Awaitable[None]],
        was_there: Callable[[QueueName], bool],
        note: OnNote,
    ) -> None:
        self._on_closed = on_closed
        self._on_deleted = on_deleted
        self._declare = declare
        self._was_there = was_there
        self._note = note
        self._all: list[Consumer] = []
        self._channels: dict[Consumer, Channel] = {}
        # Of subscriptions that have ended; what they have in hand is still to be settled there.
        self._free: list[Channel] = []
        self.missing: set[QueueName] = set()
        self._trying: asyncio.Task[None] | None = None

    async def add(self, consumer: Consumer, connection: Connection) -> None:
        """One more.

        Raises:
            TransportError: The queue cannot be read.
            ConnectionLost: The connection is gone.
        """
        await self._begin(consumer, connection)
        self._all.append(consumer)

    async def restore(self, connection: Connection) -> None:
        """Begin all of them again. What cannot be read now is tried again now and then.

        Raises:
            ConnectionLost: The connection is gone.
        """
        missing = []
        self.missing.clear()
        for consumer in list(self._all):
            try:
                await self._begin(consumer, connection)
            except TransportError as error:
                if connection.lost is not None:
                    raise
                if _is_not_found(error) and self._was_there(consumer.inbox.queue):
                    # Deleted since: it had no reader whom the broker could tell.
                    self._on_deleted(consumer, True)
                else:
                    self._note(f"not read at present: {error}")
                missing.append(consumer)
                self.missing.add(consumer.inbox.queue)
        if missing:
            self._trying = asyncio.create_task(
                self._try_again(missing, connection), name="amqp consumers"
            )

    async def remove(self, inbox: Inbox) -> None:
        """One less."""
        for consumer in [each for each in self._all if each.inbox is inbox]:
            self._all.remove(consumer)
            channel = self._channels.pop(consumer, None)
            await consumer.end()
            if channel is not None and channel.is_open:
                self._free.append(channel)

    @property
    def all(self) -> list[Consumer]:
        """Those that have not ended."""
        return list(self._all)

    def lost(self) -> None:
        """The connection is gone."""
        self._stop_trying()
        self._channels.clear()
        self._free.clear()
        for consumer in self._all:
            consumer.lost()

    def end(self) -> None:
        """No more messages come."""
        self._stop_trying()
        for consumer in self._all:
            consumer.inbox.end()
        self._all.clear()

    async def _begin(self, consumer: Consumer, connection: Connection) -> None:
        queue = consumer.inbox.queue
        free = [channel for channel in self._free if channel.is_open]
        channel = free.pop() if free else await self._open(connection)
        self._free = free
        try:
            await consumer.begin(channel, lambda: self._on_deleted(consumer, False))
        except ChannelClosed as error:
            raise TransportError(f"`{shown(queue)}` cannot be read: {error.text}") from error
        except BaseException:
            channel.abandon()
            raise
        self._channels[consumer] = channel

    async def _open(self, connection: Connection) -> Channel:
        def closed(error: ChannelClosed) -> None:
            # One that was to be read, and could not be, is seen to by whoever has asked.
            reading = [each for each, its in self._channels.items() if its is channel]
            for consumer in reading:
                if error.code == NOT_FOUND:
                    # It was gone when its reader asked for more at once; nobody tells him then.
                    self._on_deleted(consumer, True)
                else:
                    self._on_closed(connection, error)

        channel = await connection.channel(on_closed=closed)
        return channel

    async def _try_again(self, missing: list[Consumer], connection: Connection) -> None:
        with suppress(ConnectionLost):
            while missing:
                await asyncio.sleep(AMQP_REASSERT_SECONDS)
                for consumer in [each for each in missing if each in self._all]:
                    with suppress(TransportError):
                        await self._declare(consumer.inbox.queue)
                        await self._begin(consumer, connection)
                        missing.remove(consumer)
                        self.missing.discard(consumer.inbox.queue)
                        self._note(f"`{shown(consumer.inbox.queue)}` is read again")
                    if connection.lost is not None:
                        return
                missing = [each for each in missing if each in self._all]

    def _stop_trying(self) -> None:
        if self._trying is not None:
            self._trying.cancel()
            self._trying = None


def _is_not_found(error: TransportError) -> bool:
    return isinstance(error.__cause__, ChannelClosed) and error.__cause__.code == NOT_FOUND
