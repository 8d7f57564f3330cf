"""What a broker must be able to do for us: two Protocols, Client and Binder.

A *Client* is one participant's handle on a broker. A *Binder* is the coordinator's: a client with
the right to bind. Everything here runs on the runtime's event loop; nothing is thread-safe.

Promises every transport keeps (the conformance suite asserts them):

* Payloads are opaque bytes; they arrive byte for byte as they were published.
* Messages that one client publishes to one queue arrive at each subscription in that order.
* A client or binder that loses its broker reconnects by itself for as long as it is open, with
  back-off, and restores subscriptions, taps and bindings before it reports `Link.UP` again.
* Everything is bounded; what happens at a bound is said where the bound is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from ..binding import Binding
from ..definition import Side
from ..names import QueueName
from .url import BrokerUrl


class Link(Enum):
    """How a handle's way to its broker is."""

    UP = "up"
    DOWN = "down"


OnLink = Callable[[Link, str], None]
"""Called on the loop whenever the link goes up or down, with one line of detail (no password).

Not called for the first connection, which the factory awaits, nor for `close`.
"""


class Delivery(Protocol):
    """One message that a subscription has received. At least once: settle it after processing."""

    @property
    def queue(self) -> QueueName:
        """The queue it was received from."""

    @property
    def payload(self) -> bytes:
        """The message, as it was published."""

    def ack(self) -> None:
        """Processed: the broker may forget it. A second settlement is ignored."""

    def nack(self) -> None:
        """Failed: the broker dead-letters it where it can. A second settlement is ignored."""


class Subscription(Protocol):
    """Deliveries of one queue, in order, in a bounded inbox.

    When the inbox is full the handle stops taking more from the broker (each transport says how).
    A cancelled `get` loses nothing.
    """

    @property
    def queue(self) -> QueueName:
        """The queue that is subscribed."""

    async def get(self) -> Delivery:
        """The next delivery. Raises `StopAsyncIteration` once closed and empty."""

    def __aiter__(self) -> AsyncIterator[Delivery]:
        """All deliveries until it is closed."""

    async def close(self) -> None:
        """Take no more. Deliveries already in the inbox can still be had. Idempotent."""


@runtime_checkable
class Client(Protocol):
    """One participant's handle on a broker."""

    async def declare(
        self, queue: QueueName, side: Side, options: Mapping[str, Any] | None = None
    ) -> None:
        """Make a port's queue exist (a no-op where queues need no declaration).

        Raises:
            InvalidName: The broker cannot have a queue of that name.
        """

    async def publish(self, queue: QueueName, payload: bytes, side: Side = Side.OUT) -> None:
        """Send one message: out of an outport (`side=OUT`) or straight into an inport (`IN`).

        Returns when the broker has it, as far as the transport's quality of service says: with
        MQTT QoS 0 and direct when it is handed over. Waits where the way is congested.

        Raises:
            PayloadTooLarge: Above the transport's limit; nothing was sent.
            ConnectionFailed: No link, and none came back within the transport's patience.
        """

    async def post(
        self, queue: QueueName, payload: bytes, side: Side = Side.OUT
    ) -> asyncio.Future[None] | None:
        """`publish` without waiting for the broker's answer; it still waits for a link.

        The caller bounds how many answers it leaves open.

        Returns:
            None if the broker will not answer, or has done so; else what ends when the broker has
            the message, or with the error that `publish` would raise.
        """

    async def subscribe(self, queue: QueueName) -> Subscription:
        """Receive the messages of an inport's queue, from the moment this returns."""

    async def announce(self, announcement: bytes) -> None:
        """Send a discovery message to whoever listens."""

    async def close(self) -> None:
        """Leave in order: subscriptions closed, what was published is flushed. Idempotent."""


@runtime_checkable
class Binder(Client, Protocol):
    """The coordinator's handle: a client with the right to bind."""

    async def bind(self, binding: Binding) -> None:
        """Carry out a binding. Idempotent. A binding of a queue to itself only counts.

        From the moment this returns, every message published to the source arrives at the target.
        """

    async def unbind(self, binding: Binding) -> None:
        """Undo a binding. Idempotent. Loses no message of any other binding."""

    async def bindings(self) -> frozenset[Binding]:
        """What is bound on the broker as far as it can tell."""

    def traffic(self) -> Iterable[tuple[Binding, int]]:
        """For each binding, how many messages have passed since it was bound. Cheap."""

    async def tap(self, queue: QueueName, side: Side) -> Subscription:
        """A copy of whatever passes a port's queue, taking nothing away from anybody."""

    async def discoveries(self) -> Subscription:
        """All announcements, from the moment this returns."""


class Transport(Protocol):
    """What a package registers for its URL scheme (entry point group `msgflo_lab.transports`).

    The entry point's object is called without arguments once.
    """

    async def client(self, url: BrokerUrl, *, name: str, on_link: OnLink | None = None) -> Client:
        """Connect a participant's handle. `name` is for people reading the broker's logs.

        Raises:
            ConnectionFailed: One line that says why; within 5 s.
            InvalidUrl: An option of the URL that this transport does not know.
        """

    async def binder(self, url: BrokerUrl, *, name: str, on_link: OnLink | None = None) -> Binder:
        """Connect a binder. Raises like `client`."""
