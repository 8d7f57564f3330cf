"""Dead letters in our hands: for a moment, nobody else's meanwhile, and back in their place after.

What is in hand is unacknowledged, so a lab that dies with it loses nothing. Labs take turns: who
holds letters of a queue has an exclusive queue of the name `lock-dead-<queue>` on the broker, which
goes with its connection. Onlookers see that, or the consumer of another program (see
`AmqpDeadLetters`), and wait for its end.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from msgflo_lab.errors import TransportError
from msgflo_lab.names import shown

from .channel import Channel
from .declarer import LOCKED, NOT_FOUND
from .delivery import Delivery
from .errors import ChannelClosed, ConnectionLost
from .limits import (
    AMQP_LETTER_SECONDS,
    AMQP_LETTERS_AT_ONCE,
    AMQP_LETTERS_FIRST,
    AMQP_LETTERS_IN_HAND,
    AMQP_TURN_SECONDS,
)
from .renewal import Limit, Renewal, nobody_tells, times_back
from .topology import QueueState

_AT_ONCE_IN_ORDER = 16
"""What RabbitMQ's channels pass on to a quorum queue without waiting (32), it takes in order."""

_ROUNDS = 5
"""Requests after which a channel has passed on what it held back."""


class Broker(Protocol):
    """What is needed of a handle. All of it fails soon while the link is known to be down."""

    async def fresh_channel(self, *, confirms: bool = False) -> Channel:
        """A channel for a piece of work; whoever asks closes it."""

    async def state_of(self, name: str) -> QueueState:
        """What a queue says of itself. Raises ChannelClosed."""

    async def delete_queue(self, name: str) -> None:
        """Delete a queue of our own, which may be gone already."""


class Held:
    """Letters of one queue that come one by one into our hands.

    They come in slices, each as large as their size allows, so that our memory has a bound. What
    has been seen and is not settled lies with the broker, unacknowledged; of that we keep nothing.
    Each slice is one more consumer, the ones before having their hands full. (To cancel one in
    between would not do: a quorum queue sends it messages even after it has confirmed that.)

    Attributes:
        channel: With confirms.
        ready: How many lay there in the beginning.
        gone: How many have been settled for good.
        others: Somebody else reads the queue, who is no lab: what he has in hand cannot be had.
        renewal: Sees to those that have come back to the queue often.
    """

    def __init__(self, channel: Channel, name: str, state: QueueState, limit: Limit) -> None:
        self.channel = channel
        self.ready = state.messages
        self.gone = 0
        self.others = state.consumers > 0
        self.renewal = Renewal(channel, name, limit, self._renewed)
        self._name = name
        self._due = 0
        self._first = AMQP_LETTERS_FIRST
        self._consumers: list[str] = []
        self._granted = 0
        self._tags: dict[int, None] = {}
        self._replaced: list[int] = []
        self._is_classic = self._is_ending = False
        self._seen = self._size = 0
        self._unconfirmed = 0
        self._arrived: deque[Delivery] = deque()
        self._news = asyncio.Event()

    async def begin(self, most: int, *, first: int = AMQP_LETTERS_FIRST) -> None:
        """Take the oldest: so many altogether, and so many of them in the first slice."""
        self._due = min(most, self.ready)
        self._first = first

    async def next(self) -> Delivery | None:
        """The next one; None if there is none left, or none that comes.

        Raises:
            ConnectionLost: The link is gone; what was in hand is in its queue again.
        """
        if not self._due:
            return None
        if not self._arrived and self.channel.is_open:
            await self._grant()
        if not self._arrived:
            self._news.clear()
            with suppress(TimeoutError):  # somebody else took some meanwhile
                async with asyncio.timeout(AMQP_LETTER_SECONDS):
                    await self._news.wait()
        if not self.channel.is_open:
            raise ConnectionLost(f"the link was lost with letters of `{shown(self._name)}` in hand")
        if not self._arrived:
            return None
        self._due -= 1
        delivery = self._arrived.popleft()
        self._seen += 1
        self._size += len(delivery.body)
        if delivery.redelivered and not times_back(delivery):
            self._is_classic = True
        return delivery

    def forget(self, delivery: Delivery) -> None:
        """This one is not to go back."""
        self.gone += 1
        self._tags.pop(delivery.tag, None)
        delivery.ack()

    async def room(self, size: int) -> None:
        """So many bytes have been sent that wait for an answer: wait, if they are too many."""
        self._unconfirmed += size
        if self._unconfirmed > AMQP_LETTERS_IN_HAND:
            await self.channel.settled()
            self._unconfirmed = 0
        await self.channel.room()

    async def end(self) -> None:
        """What is not settled goes back, in order: see to that which its channel's end does not.

        A classic queue puts each in its place. A quorum queue puts them in front as they come, and
        what comes from many consumers at once, it takes in any order.
        """
        await self.renewal.settled()
        self._is_ending = True
        self._arrived.clear()
        for tag in self._replaced:
            self._tags.pop(tag, None)
            self.channel.ack(tag)
        self.channel.flush_acks()
        # A channel holds acknowledgements back while more than 32 are on their way to a quorum
        # queue, and forgets those when it is closed. Each of these requests waits for the queue.
        for consumer in self._consumers:
            await self.channel.cancel(consumer)
        for _ in range(_ROUNDS):
            await self.channel.declare_queue(self._name, passive=True)
        if len(self._consumers) > 1 and not self._is_classic:
            await self._put_back()

    async def _put_back(self) -> None:
        ready = (await self.channel.declare_queue(self._name, passive=True)).messages
        with suppress(TimeoutError):  # somebody else takes them
            for number, tag in enumerate(self._tags, 1):
                self.channel.reject(tag, requeue=True)
                if number % _AT_ONCE_IN_ORDER == 0:
                    await self._until_ready(ready + number)

    async def _until_ready(self, count: int) -> None:
        async with asyncio.timeout(AMQP_LETTER_SECONDS):
            while (await self.channel.declare_queue(self._name, passive=True)).messages < count:
                pass

    async def _grant(self) -> None:
        """Let the next slice come, if most of those hands are full that are there."""
        fitting = self._first
        if self._seen:
            fitting = AMQP_LETTERS_IN_HAND * self._seen // max(self._size, 1)
        fitting = max(1, min(fitting, AMQP_LETTERS_AT_ONCE, self._due))
        free = self._granted - len(self._tags)
        if free * 2 < fitting:
            self._granted += fitting - free
            consumer = await self.channel.consume(
                self._name, self._came, prefetch=fitting - free, on_cancelled=self._news.set
            )
            self._consumers.append(consumer)

    def _renewed(self, delivery: Delivery) -> None:
        # Acknowledged now, it would make room in our hands, and its own copy would come.
        delivery.settled = True
        self._replaced.append(delivery.tag)

    def _came(self, delivery: Delivery) -> None:
        self._tags[delivery.tag] = None
        if not self._is_ending:  # fresh copies come in place of what is acknowledged
            self._arrived.append(delivery)
        self._news.set()


@asynccontextmanager
async def holding(
    broker: Broker, name: str, limit: Limit = nobody_tells
) -> AsyncIterator[Held | None]:
    """Have a queue of letters to ourselves while the block runs; None if there is no such queue.

    What is not settled in the end is in its place again, and ready, when this returns.

    Raises:
        TransportError: Another lab has been at it for `AMQP_TURN_SECONDS`, or it cannot be read.
    """
    lock = _lock_of(name)
    channel = await _locked(broker, lock, name)
    held: Held | None = None
    try:
        try:
            state = await channel.declare_queue(name, passive=True)
        except ChannelClosed as error:
            if error.code != NOT_FOUND:
                raise
        else:
            held = Held(channel, name, state, limit)
        yield held
    except ChannelClosed as error:
        raise TransportError(f"`{shown(name)}` cannot be read: {error.text}") from error
    finally:
        with suppress(ChannelClosed, ConnectionLost):
            if held is not None and channel.is_open:
                await held.end()
        if channel.is_open:
            await channel.close()
        if held is not None and not held.others:
            await _back(broker, name, held.ready - held.gone)
        with suppress(TransportError):
            await broker.delete_queue(lock)


async def is_held(broker: Broker, name: str) -> bool:
    """Whether some lab has letters of this queue in hand, as far as the broker lets us see."""
    try:
        await broker.state_of(_lock_of(name))
    except ChannelClosed as error:
        return error.code == LOCKED
    return True


def _lock_of(name: str) -> str:
    return f"lock-{name}"


async def _locked(broker: Broker, lock: str, name: str) -> Channel:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + AMQP_TURN_SECONDS
    while True:
        channel = await broker.fresh_channel(confirms=True)
        try:
            await channel.declare_queue(lock, exclusive=True)
        except ChannelClosed as error:
            if error.code != LOCKED:
                # We may not have such a queue: then without taking turns.
                return await broker.fresh_channel(confirms=True)
        except BaseException:
            channel.abandon()
            raise
        else:
            return channel
        if loop.time() > deadline:
            raise TransportError(
                f"another lab has the letters of `{shown(name)}` in hand; try again in a moment"
            )
        await asyncio.sleep(random.uniform(0.01, 0.04))


async def _back(broker: Broker, name: str, rest: int) -> None:
    """Wait until what is given back is ready again: that is a moment later, and nobody tells."""
    with suppress(TimeoutError, TransportError):
        async with asyncio.timeout(AMQP_LETTER_SECONDS):
            while True:
                state = await broker.state_of(name)
                if not state.consumers and state.messages >= rest:
                    return
                await asyncio.sleep(0.01)
