"""Looking on: copies of what passes exchanges, at nobody's cost but the broker's."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.names import QueueName, dead_letters_of, shown

from ..inbox import Inbox, Received, WhenFull
from ..limits import DISCOVERY, TAP_BYTES, TAP_MESSAGES
from .channel import Channel
from .connection import Connection
from .declarer import NOT_FOUND, Declarer, ignoring
from .delivery import Delivery
from .errors import ChannelClosed, GivenUp
from .frames import Properties, encode_properties
from .headers import header_of
from .limits import AMQP_OBSERVED, AMQP_SOON_SECONDS
from .objects import turns_of
from .recent import Recent

_RELAYED = "x-msgflo-lab-relayed"
_ONCE = encode_properties(Properties(headers={_RELAYED: True}))


class Copies:
    """A queue of our own on the broker that gets a copy of what passes some exchanges.

    It is bounded there (`AMQP_OBSERVED`, the oldest goes) and goes with the connection: one that
    stayed would hide from senders that nobody else gets their messages.
    """

    def __init__(self, on_delivery: Callable[[Delivery], None]) -> None:
        self._on_delivery = on_delivery
        self._exchanges: dict[str, None] = {}
        self._declarer: Declarer | None = None
        self._channel: Channel | None = None
        self._connection: Connection | None = None
        self._name = ""
        self._asked: dict[bytes, asyncio.Future[None]] = {}

    async def begin(self, connection: Connection, declarer: Declarer) -> None:
        """Begin, on each new connection anew, with no exchange yet: see `again`."""
        channel = await lasting_channel(connection)
        state = await channel.declare_queue(
            "",
            exclusive=True,
            auto_delete=True,
            arguments={"x-max-length": AMQP_OBSERVED, "x-max-length-bytes": TAP_BYTES},
        )
        await channel.consume(
            state.name, self._arrived, no_ack=True, on_cancelled=gone(connection, state.name)
        )
        self._channel, self._declarer, self._name = channel, declarer, state.name
        self._connection = connection

    async def add(self, exchange: str) -> None:
        """Look at this one too, if it is there."""
        self._exchanges[exchange] = None
        await self._bind(exchange)

    async def again(self, exchange: str) -> None:
        """Somebody may have deleted this one, and somebody made it again."""
        if exchange in self._exchanges:
            await self._bind(exchange)

    async def remove(self, exchange: str) -> None:
        """Look at this one no more."""
        if self._exchanges.pop(exchange, True) is None and self._declarer is not None:
            name = self._name
            await ignoring(self._declarer.ask(lambda c: c.unbind_queue(name, exchange)), NOT_FOUND)

    async def caught_up(self) -> bool:
        """Wait until everything has come that the broker has put into our queue before.

        False if that cannot be known: not within `AMQP_SOON_SECONDS`, or we may not ask.

        Raises:
            ConnectionLost: The connection is gone.
        """
        if self._connection is None:
            return False
        question = secrets.token_bytes(8)
        answered = self._asked[question] = asyncio.get_running_loop().create_future()
        # One of its own, that may be closed: not everybody may send straight into a queue.
        channel = await self._connection.channel()
        try:
            channel.publish("", self._name, question)
            await asyncio.wait([answered], timeout=AMQP_SOON_SECONDS)
        finally:
            del self._asked[question]
            channel.abandon()
        return answered.done()

    async def end(self) -> None:
        """Look no more."""
        channel, self._channel, self._declarer = self._channel, None, None
        if channel is not None and channel.is_open:
            await channel.close()

    def _arrived(self, delivery: Delivery) -> None:
        if delivery.exchange:
            self._on_delivery(delivery)
        elif (asked := self._asked.get(delivery.body)) is not None and not asked.done():
            asked.set_result(None)  # nobody but us sends straight into our queue

    async def _bind(self, exchange: str) -> None:
        if self._declarer is not None:
            name = self._name
            await ignoring(self._declarer.ask(lambda c: c.bind_queue(name, exchange)), NOT_FOUND)


class Observer:
    """A subscription to copies: where its reader is too slow, the oldest is dropped."""

    def __init__(
        self,
        queue: QueueName,
        exchanges: Iterable[str],
        on_close: Callable[[Observer], Awaitable[None]],
    ) -> None:
        self.inbox = Inbox(
            queue,
            messages=TAP_MESSAGES,
            size=TAP_BYTES,
            when_full=WhenFull.DROP_OLDEST,
            on_close=lambda _: on_close(self),
        )
        self._exchanges = list(dict.fromkeys(exchanges))
        self.copies = Copies(self._arrived)

    async def begin(self, connection: Connection, declarer: Declarer) -> None:
        """Begin, on each new connection anew."""
        await self.copies.begin(connection, declarer)
        for exchange in self._exchanges:
            await self.copies.add(exchange)

    def _arrived(self, delivery: Delivery) -> None:
        self.inbox.put(Received(self.inbox.queue, delivery.body))


class Counting:
    """How much passes each binding: copies of what passes its exchange, counted.

    They are remembered for some seconds: see `Refill`.

    To the broker, a copy is for somebody: what is sent to an exchange that only we look at does not
    count as sent to nowhere (see `Unrouted`). So we look at the last exchange before the target.
    Messages that the broker had to drop, because so many came at once, are not counted.

    Attributes:
        recent: What has passed lately.
    """

    def __init__(self) -> None:
        self.recent = Recent()
        self._copies = Copies(self._arrived)
        self._passed: Counter[str] = Counter()
        self._before: dict[Binding, int] = {}

    async def begin(self, connection: Connection, declarer: Declarer) -> None:
        """Begin, on each new connection anew, with no binding yet: see `again`."""
        await self._copies.begin(connection, declarer)
        self.recent.anew()

    async def caught_up(self) -> bool:
        """Wait until everything has been counted that has passed before. See `Copies`."""
        return await self._copies.caught_up()

    async def add(self, binding: Binding) -> None:
        """Count what passes it from now on. Idempotent."""
        if binding not in self._before:
            self._before[binding] = self._passed[published_to(binding)]
            await self._copies.add(exchange_of(binding))

    async def again(self, binding: Binding) -> None:
        """Its exchange may be another one now."""
        await self._copies.again(exchange_of(binding))

    async def remove(self, binding: Binding) -> None:
        """Count it no more. Idempotent."""
        if self._before.pop(binding, None) is not None:
            exchange = exchange_of(binding)
            if not any(exchange_of(each) == exchange for each in self._before):
                await self._copies.remove(exchange)

    def counts(self) -> Iterator[tuple[Binding, int]]:
        """For each binding, how many messages have passed since it was added."""
        for binding, before in self._before.items():
            yield binding, self._passed[published_to(binding)] - before

    def _arrived(self, delivery: Delivery) -> None:
        exchange = delivery.exchange
        self._passed[exchange] += 1
        self.recent.add(exchange, delivery.encoded_properties, delivery.body)


def exchange_of(binding: Binding) -> str:
    """The exchange that the target of a binding is bound to, so that both go with it."""
    turns = binding.kind is Kind.ROUND_ROBIN
    return turns_of(binding.source) if turns else published_to(binding)


def published_to(binding: Binding) -> str:
    """The exchange that is written on the messages of a binding."""
    is_dead = binding.kind is Kind.DEAD_LETTER
    return dead_letters_of(binding.source) if is_dead else binding.source


async def relay_announcements(connection: Connection, on_gone: Callable[[], None]) -> None:
    """Read the queue `fbp` empty, and show what is in it to everybody over the exchange `fbp`.

    On this connection, whose end it is if somebody deletes the exchange.

    Args:
        on_gone: Told when somebody deletes the queue.
    """

    def arrived(delivery: Delivery) -> None:
        # Somebody may have bound the queue to the exchange: then it comes back.
        if header_of(delivery.encoded_properties, _RELAYED) is None:
            delivery.channel.publish(DISCOVERY, "", delivery.body, _ONCE)
        delivery.ack()

    channel = await lasting_channel(connection)
    await channel.consume(DISCOVERY, arrived, prefetch=100, on_cancelled=on_gone)


async def lasting_channel(connection: Connection) -> Channel:
    """A channel without which its connection is of no use: a new one is made then."""

    def closed(error: ChannelClosed) -> None:
        connection.wire.fail(GivenUp(str(error)))

    return await connection.channel(on_closed=closed)


def gone(connection: Connection, queue: str) -> Callable[[], None]:
    """What to do when somebody deletes a queue that is to be there."""
    return lambda: connection.wire.fail(GivenUp(f"the queue `{shown(queue)}` was deleted"))
