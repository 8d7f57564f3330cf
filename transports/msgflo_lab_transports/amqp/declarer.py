"""Makes objects exist on one connection, without ever endangering the channels that messages use.

A broker answers a request that it does not like by closing the channel. So requests go over a
channel of their own, and the next one gets a new channel.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from msgflo_lab.definition import Side
from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName, dead_letters_of, shown
from msgflo_lab.transport import OnNote

from .channel import Channel
from .connection import Connection
from .errors import ChannelClosed
from .objects import QUORUM, Declared

T = TypeVar("T")

FORBIDDEN, NOT_FOUND, LOCKED, DIFFERENT = 403, 404, 405, 406
IN_USE = DIFFERENT


class Declarer:
    """Belongs to one connection."""

    def __init__(self, connection: Connection, note: OnNote) -> None:
        """`note` is told of objects that are there already and differ from what was asked for."""
        self._connection = connection
        self._note = note
        self._channels: list[Channel] = []
        self._as_it_is: set[str] = set()

    async def ask(self, request: Callable[[Channel], Awaitable[T]]) -> T:
        """Carry out a request on a channel that may die of it.

        Raises:
            ChannelClosed: The broker refused.
            ConnectionLost: The connection is gone.
            TransportError: The broker does not answer: see `Connection.blocked`.
        """
        return await self._connection.unless_blocked(self._ask(request))

    async def _ask(self, request: Callable[[Channel], Awaitable[T]]) -> T:
        # Several may ask at once, and one that is refused must not take the others along.
        channel = self._channels.pop() if self._channels else await self._connection.channel()
        try:
            answer = await request(channel)
        except asyncio.CancelledError:
            channel.abandon()
            raise
        self._channels.append(channel)
        return answer

    async def declare(self, queue: QueueName, side: Side, how: Declared) -> bool:
        """Make a port's objects exist. Those that are there are used as they are.

        Returns:
            False for a queue that is there already, and is another one than was asked for.

        Raises:
            TransportError: Somebody has the queue for himself alone, or we may not declare it.
        """
        await self.exchange(queue, how)
        if side is Side.OUT:
            return True
        is_ours = await self.queue(queue, how)
        await self.ask(lambda channel: channel.bind_queue(queue, queue))
        if how.parks:
            await self.park(queue, quorum=how.is_quorum)
        return is_ours

    async def park(self, queue: QueueName, *, quorum: bool) -> None:
        """Give the rejected messages of a queue a place to lie in, unless they have had one.

        A parking place that is there is left alone: a dead-letter binding may have replaced it.
        """
        dead = dead_letters_of(queue)
        await self.exchange(dead, Declared())
        if not await self.exists(dead):
            await self.lay_out(queue, quorum=quorum)

    async def lay_out(self, queue: QueueName, *, quorum: bool) -> None:
        """Give the rejected messages of a queue a place to lie in, whatever there is."""
        dead = dead_letters_of(queue)
        await self.exchange(dead, Declared())
        await self.queue(dead, Declared(arguments=QUORUM if quorum else {}))
        await self.ask(lambda channel: channel.bind_queue(dead, dead))

    async def exists(self, queue: str) -> bool:
        """True if there is a queue of that name."""
        return await self._found(lambda channel: channel.declare_queue(queue, passive=True))

    async def has_exchange(self, name: str) -> bool:
        """True if there is an exchange of that name."""
        return await self._found(lambda channel: channel.declare_exchange(name, passive=True))

    async def _found(self, look: Callable[[Channel], Awaitable[object]]) -> bool:
        try:
            await self.ask(look)
        except ChannelClosed as error:
            if error.code != NOT_FOUND:
                raise
            return False
        return True

    async def queue(self, name: str, how: Declared) -> bool:
        """Make a queue exist. One that is there is used as it is; False if that differs.

        Raises:
            TransportError: Somebody has it for himself alone, or we may not declare it.
        """

        def declare(channel: Channel) -> Awaitable[object]:
            return channel.declare_queue(
                name,
                durable=how.durable,
                auto_delete=how.auto_delete,
                arguments=dict(how.arguments) or None,
            )

        return await self._tolerant(f"queue `{shown(name)}`", declare, partial(self.exists, name))

    async def exchange(self, name: str, how: Declared, kind: str = "fanout") -> None:
        """Make an exchange exist. One that is there is used as it is.

        Raises:
            TransportError: We may not declare it.
        """

        def declare(channel: Channel) -> Awaitable[object]:
            return channel.declare_exchange(
                name, kind, durable=how.durable, auto_delete=how.auto_delete
            )

        await self._tolerant(f"exchange `{shown(name)}`", declare, partial(self.has_exchange, name))

    async def _tolerant(
        self,
        what: str,
        declare: Callable[[Channel], Awaitable[object]],
        is_there: Callable[[], Awaitable[bool]],
    ) -> bool:
        # A refusal costs a channel, and a line in the broker's log; bindings are made every five
        # seconds again.
        if what in self._as_it_is and await is_there():
            return False
        try:
            await self.ask(declare)
        except ChannelClosed as error:
            # The first code is also for arguments that this broker does not know; and who may
            # declare nothing may use what somebody has laid out for him.
            if error.code not in (DIFFERENT, FORBIDDEN) or not await is_there():
                raise TransportError(f"the {what} cannot be declared: {error.text}") from error
            self._as_it_is.add(what)
            self._note(f"the {what} is there already, and is used as it is: {_difference(error)}")
            return False
        return True


_INEQUIVALENT = re.compile(r"inequivalent arg '([^']+)' for .*: received (.+) but current is (.+)")
_TYPED = re.compile(r"the value ('.*') of type '[^']*'")


def _difference(error: ChannelClosed) -> str:
    """RabbitMQ's words for it, without the names of queue and host, which can be long."""
    found = _INEQUIVALENT.search(error.text)
    if found is None:
        return error.text
    name, ours, theirs = (_TYPED.sub(r"\1", each) for each in found.groups())
    return f"its `{shown(name)}` is {theirs}, where {ours} was asked for"


async def ignoring(request: Awaitable[object], *codes: int) -> None:
    """Carry out a request; that the broker refuses it for one of these reasons does no harm."""
    try:
        await request
    except ChannelClosed as error:
        if error.code not in codes:
            raise TransportError(error.text) from error
