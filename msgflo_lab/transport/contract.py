"""What a broker must be able to do for us: two Protocols, Client and Binder.

A *Client* is one participant's handle on a broker. A *Binder* is the coordinator's: a client with
the right to bind. Everything here runs on the runtime's event loop; nothing is thread-safe.

Promises every transport keeps (the conformance suite asserts them):

* Payloads are opaque bytes; they arrive byte for byte as they were published.
* Messages that one client publishes to one queue arrive at each subscription in that order (those
  that it publishes on account of deliveries, and the others, where it does both).
* A message that was rejected is not lost: it lies among the `dead_letters` of every binder that
  can know of it, or goes where a binding of kind `DEAD_LETTER` takes it.
* A client or binder that loses its broker reconnects by itself for as long as it is open, with
  back-off, and restores subscriptions, taps and bindings before it reports `Link.UP` again.
* Everything is bounded; what happens at a bound is said where the bound is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec

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


OnNote = Callable[[str], None]
"""Called on the loop with one line for people: something that is no error, but worth knowing."""


class Traits(NamedTuple):
    """In what brokers differ, as far as those above must know."""

    shares: bool = False
    """Those who subscribe to one queue share its messages; else each gets a copy, unless the queue
    was declared with the option `share`."""
    keeps: bool = False
    """Queues and bindings, with the messages in them, outlive those who made them."""


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

    @property
    def attempt(self) -> int:
        """1, and one more for each `retry` before."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """What its sender says about it, beside its payload; mostly nothing."""

    @property
    def is_void(self) -> bool:
        """The broker has taken it back, and delivers it again: settling it does nothing.

        May become so with the link that it came by, for as long as it is not settled.
        """

    def nack(self, reason: str = "") -> None:
        """Failed for good: it becomes a dead letter. A second settlement is ignored.

        Args:
            reason: For whoever looks at the dead letters; not every broker can keep it.
        """

    def retry(self, after: float = 0.0) -> None:
        """Not now: it is to come again, here or to another reader, after so many seconds.

        Others may pass it meanwhile. A second settlement is ignored.
        """

    def give_back(self) -> None:
        """Not begun: it is to come again, here or to another reader, as if it had never come.

        A second settlement is ignored.
        """


class Subscription(Protocol):
    """Deliveries of one queue, in order, in a bounded inbox.

    When the inbox is full the handle stops taking more from the broker (each transport says how).
    A cancelled `get` loses nothing.

    Attributes:
        on_arrival: Called with each delivery as it comes in, for somebody who wants to know in
            which order those of several queues have come. On the loop; it must not raise.
    """

    on_arrival: Callable[[Delivery], object] | None

    @property
    def queue(self) -> QueueName:
        """The queue that is subscribed."""

    @property
    def at_hand(self) -> Collection[Delivery]:
        """What `get` returns without waiting, in order. Not to be changed."""

    async def get(self) -> Delivery:
        """The next delivery. Raises `StopAsyncIteration` once closed and empty."""

    def __aiter__(self) -> AsyncIterator[Delivery]:
        """All deliveries until it is closed."""

    def __len__(self) -> int:
        """How many wait in the inbox."""

    async def close(self) -> None:
        """Take no more. Deliveries already in the inbox can still be had. Idempotent."""


class DeadLetter(msgspec.Struct, frozen=True):
    """One message that was rejected, and lies where nobody works on it.

    Attributes:
        id: Names it among the dead letters of its queue, and never another one after it (unless
            that is the same in all that can be seen).
        queue: Where it was rejected.
        reason: `rejected`, `expired`, `maxlen`, `delivery_limit` (RabbitMQ's words), or what the
            one who rejected it said.
        count: How often it has become a dead letter.
        first: When that was for the first time, in seconds since the epoch; 0 if nobody knows.
    """

    id: str
    queue: QueueName
    payload: bytes
    reason: str = "rejected"
    count: int = 1
    first: float = 0.0


class DeadLetters(Protocol):
    """The dead letters on a broker, or (where brokers keep none) of this process."""

    async def queues(self, known: Collection[QueueName] = ()) -> Mapping[QueueName, int]:
        """How many there are, for each queue that has any.

        Args:
            known: Queues to ask about, for a broker that does not tell which it has.
        """

    async def look(self, queue: QueueName, n: int = 100) -> list[DeadLetter]:
        """At most `n` of a queue's, oldest first. They stay where they are.

        Fewer, where they are larger together than the transport shows at once.
        """

    async def requeue(
        self,
        queue: QueueName,
        ids: Collection[str] | None = None,
        edited: Mapping[str, bytes] | None = None,
    ) -> int:
        """Put them back into their queue, some (`ids`) or all. Returns how many.

        Each is in its queue before it goes from here: what ends in between is there twice, and
        never lost.

        Args:
            ids: Those that are not there (any more) are left out; one alone may be a text.
            edited: Other payloads, by id.

        Raises:
            TransportError: Nobody would get them, where a queue keeps nothing; or a broker does not
                take them, or another program has some in hand. What was not put back stays.
            ConnectionFailed: The link is down.
        """

    async def drop(self, queue: QueueName, ids: Collection[str] | None = None) -> int:
        """Forget them, some or all; `ids` as in `requeue`. Returns how many.

        Raises:
            TransportError: Another program has some in hand; the others are forgotten.
            ConnectionFailed: The link is down.
        """


@runtime_checkable
class Client(Protocol):
    """One participant's handle on a broker."""

    @property
    def traits(self) -> Traits:
        """What this broker does differently."""

    async def declare(
        self, queue: QueueName, side: Side, options: Mapping[str, Any] | None = None
    ) -> None:
        """Make a port's queue exist (a no-op where queues need no declaration).

        Whoever publishes, subscribes or binds, does so with queues that somebody has declared.

        Args:
            options: The port's queue options. All transports know `share` (see `Traits.shares`),
                and leave alone what only others have a use for.

        Raises:
            InvalidName: The broker cannot have a queue of that name.
            InvalidDefinition: An option that no transport knows, or a value that it cannot have.
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
        self,
        queue: QueueName,
        payload: bytes,
        side: Side = Side.OUT,
        *,
        cause: Delivery | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> asyncio.Future[None] | None:
        """`publish` without waiting for the broker's answer; it still waits for a link.

        The caller bounds how many answers it leaves open.

        Args:
            cause: It is sent on account of this delivery of this client, which is settled only
                later: if it gets lost before, it comes again with the delivery.
            metadata: Said about it. It travels with the message along all bindings, where the
                broker can carry it (all but MQTT 3.1.1).

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

        `ROUND_ROBIN`: each message goes to one of those who listen to the target, and to one that
        is not busy rather than to one that is. `DEAD_LETTER`: what is rejected goes there instead
        of lying among the `dead_letters`.

        From the moment this returns, every message published to the source arrives at the target.
        """

    @property
    def dead_letters(self) -> DeadLetters:
        """What was rejected."""

    async def unbind(self, binding: Binding) -> None:
        """Undo a binding. Idempotent. Loses no message of any other binding."""

    async def bindings(self, *, everybodys: bool = False) -> frozenset[Binding]:
        """What is bound on the broker, by this binder or in an earlier life of it.

        Args:
            everybodys: Also what others have bound, as far as the broker can tell.
        """

    async def is_declared(self, queue: QueueName, side: Side) -> bool:
        """Whether somebody has declared a port's queue; True where that needs nobody to."""

    def traffic(self) -> Iterable[tuple[Binding, int]]:
        """For each binding, how many messages have passed since it was bound. Cheap."""

    async def waiting(self, queues: Collection[QueueName]) -> Mapping[QueueName, int]:
        """How many messages lie in these inports' queues on the broker, as far as it tells.

        Nothing of a queue that is not there, or where a broker keeps no queues (see
        `Traits.keeps`): what waits there, waits with those who read it.

        Raises:
            ConnectionFailed: The link is down.
        """

    async def tap(self, queue: QueueName, side: Side) -> Subscription:
        """A copy of whatever passes a port's queue, taking nothing away from anybody."""

    async def discoveries(self) -> Subscription:
        """All announcements, from the moment this returns."""


class Transport(Protocol):
    """What a package registers for its URL scheme (entry point group `msgflo_lab.transports`).

    The entry point's object is called without arguments once.
    """

    async def client(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> Client:
        """Connect a participant's handle. `name` is for people reading the broker's logs.

        Raises:
            ConnectionFailed: One line that says why; within 5 s.
            InvalidUrl: An option of the URL that this transport does not know.
        """

    async def binder(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> Binder:
        """Connect a binder. Raises like `client`.

        Args:
            name: As in `client`. Where bindings outlive those who made them, it also says whose
                they are; without one (""), they are nobody's, and any binder may undo them.
        """
