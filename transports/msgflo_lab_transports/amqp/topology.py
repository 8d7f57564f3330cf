"""Declare, bind, delete: one method for each request that a channel can make of a broker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeVar

from pamqp import commands

from . import requests
from .frames import Method
from .requests import Arguments, Request

M = TypeVar("M", bound=Method)


@dataclass(frozen=True, slots=True)
class QueueState:
    """What a broker says of a queue that was declared.

    Attributes:
        name: As declared, or as the broker chose where none was given.
        messages: Ready to be delivered.
        consumers: How many consume it.
    """

    name: str
    messages: int
    consumers: int


class Topology(ABC):
    """Requests that change what is on the broker, or look at it.

    Each waits for the broker's answer. Several may be under way on one channel: they are carried
    out in the order in which they were called. A broker that refuses one closes the channel.

    Raises:
        ChannelClosed: The broker refused, or the channel was closed before.
        ConnectionLost: The connection is gone; whether it was done is not known.
        InvalidName: AMQP cannot have such a name; the channel stands.
    """

    @abstractmethod
    async def call(self, request: Request, answer: type[M]) -> M:
        """Send any request of AMQP's and wait for its answer."""

    async def declare_queue(
        self,
        name: str,
        *,
        durable: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        passive: bool = False,
        arguments: Arguments = None,
    ) -> QueueState:
        """Make a queue exist; `passive` only asks whether it does (404 if not)."""
        request = requests.declare_queue(
            name,
            durable=durable,
            exclusive=exclusive,
            auto_delete=auto_delete,
            passive=passive,
            arguments=arguments,
        )
        found = await self.call(request, commands.Queue.DeclareOk)
        return QueueState(found.queue or "", found.message_count or 0, found.consumer_count or 0)

    async def delete_queue(
        self, name: str, *, if_unused: bool = False, if_empty: bool = False
    ) -> int:
        """Delete a queue, which may not exist; how many messages went with it."""
        request = requests.delete_queue(name, if_unused=if_unused, if_empty=if_empty)
        return (await self.call(request, commands.Queue.DeleteOk)).message_count or 0

    async def purge_queue(self, name: str) -> int:
        """Empty a queue; how many messages that were."""
        request = requests.purge_queue(name)
        return (await self.call(request, commands.Queue.PurgeOk)).message_count or 0

    async def declare_exchange(
        self,
        name: str,
        kind: str = "fanout",
        *,
        durable: bool = False,
        auto_delete: bool = False,
        internal: bool = False,
        passive: bool = False,
        arguments: Arguments = None,
    ) -> None:
        """Make an exchange exist; `passive` only asks whether it does (404 if not)."""
        request = requests.declare_exchange(
            name,
            kind,
            durable=durable,
            auto_delete=auto_delete,
            internal=internal,
            passive=passive,
            arguments=arguments,
        )
        await self.call(request, commands.Exchange.DeclareOk)

    async def delete_exchange(self, name: str, *, if_unused: bool = False) -> None:
        """Delete an exchange, which may not exist."""
        request = requests.delete_exchange(name, if_unused=if_unused)
        await self.call(request, commands.Exchange.DeleteOk)

    async def bind_queue(
        self, queue: str, exchange: str, routing_key: str = "", arguments: Arguments = None
    ) -> None:
        """From when this returns, what is published to the exchange reaches the queue."""
        request = requests.bind_queue(queue, exchange, routing_key, arguments)
        await self.call(request, commands.Queue.BindOk)

    async def unbind_queue(
        self, queue: str, exchange: str, routing_key: str = "", arguments: Arguments = None
    ) -> None:
        """Undo a binding, which may not exist."""
        request = requests.unbind_queue(queue, exchange, routing_key, arguments)
        await self.call(request, commands.Queue.UnbindOk)

    async def bind_exchange(
        self, destination: str, source: str, routing_key: str = "", arguments: Arguments = None
    ) -> None:
        """From when this returns, what is published to `source` reaches `destination`."""
        request = requests.bind_exchange(destination, source, routing_key, arguments)
        await self.call(request, commands.Exchange.BindOk)

    async def unbind_exchange(
        self, destination: str, source: str, routing_key: str = "", arguments: Arguments = None
    ) -> None:
        """Undo a binding, which may not exist."""
        request = requests.unbind_exchange(destination, source, routing_key, arguments)
        await self.call(request, commands.Exchange.UnbindOk)
