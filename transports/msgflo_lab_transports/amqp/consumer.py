"""A subscription on AMQP: a consumer that is there again on every new connection."""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any

from msgflo_lab.names import QueueName

from ..inbox import Inbox
from .channel import Channel
from .confirms import Fate
from .deaths import attempt_of
from .delays import checked
from .delivery import Delivery
from .limits import AMQP_STARVING_SECONDS
from .metadata import metadata_of
from .pace import Pace

NOT_TAKEN = "the broker did not take its result: a queue is full, gone, or cannot be reached"
"""Why a message is rejected that was processed."""


class Received:
    """A delivery as the contract has it.

    When its channel is gone the broker has taken it back: settling does nothing then, and what is
    sent on its account is left, because both will come again.
    """

    __slots__ = (
        "_attempt",
        "_consumer",
        "_is_done",
        "_open",
        "_refused",
        "_settled",
        "delivery",
        "payload",
        "queue",
    )

    def __init__(
        self, queue: QueueName, delivery: Delivery, consumer: Consumer, attempt: int = 0
    ) -> None:
        """`attempt`: 0 for what is written on it."""
        self.queue = queue
        self.payload = delivery.body
        self.delivery = delivery
        self._attempt = attempt
        self._consumer = consumer
        self._settled = False
        self._open = 0
        self._is_done = self._refused = False

    def sent(self, fate: Fate) -> None:
        """What was sent on its account is answered for: what to pass as `then`, after `sends`."""
        if fate is Fate.LOST:
            # Ours may still be open, but the connection goes in a moment: this one comes again.
            self._consumer.comes_again(self.delivery)
            return
        self._open -= 1
        if fate is Fate.REFUSED or fate is Fate.RETURNED:
            self._refused = True
        if self._is_done and not self._open:
            self._finish()

    def sends(self) -> None:
        """Something is sent on its account that the broker will answer for."""
        self._open += 1

    @property
    def attempt(self) -> int:
        """1, and one more for each `retry` before."""
        return self._attempt or attempt_of(self.delivery)

    @property
    def metadata(self) -> Mapping[str, str]:
        """What its sender says about it."""
        return metadata_of(self.delivery.encoded_properties)

    @property
    def is_void(self) -> bool:
        """The broker has taken it back, and delivers it again: it need not be processed."""
        return self.delivery.is_void

    def ack(self) -> None:
        """Processed: the broker may forget it, as soon as it has all that was sent on its account.

        If it does not take that, this one becomes a dead letter.
        """
        if not self._settled:
            self._settled = self._is_done = True
            if not self._open:
                self._finish()

    def nack(self, reason: str = "") -> None:
        """Failed: to the dead letters of its queue."""
        if not self._settled:
            self._settled = True
            self._consumer.bury(self, reason)
            self._consumer.settled(self.delivery.channel)

    def retry(self, after: float = 0.0) -> None:
        """Once more, in so many seconds.

        Raises:
            InvalidMessage: It cannot wait for so long; it is not settled then.
        """
        after = checked(after)
        if not self._settled:
            self._settled = True
            self._consumer.retry(self, after)
            self._consumer.settled(self.delivery.channel)

    def give_back(self) -> None:
        """Not begun: the broker puts it back where it was."""
        if not self._settled:
            self._settled = True
            self.delivery.nack(requeue=True)
            self._consumer.settled(self.delivery.channel)

    def _finish(self) -> None:
        if self._refused:
            self._consumer.bury(self, NOT_TAKEN)
        else:
            self.delivery.ack()
        self._consumer.settled(self.delivery.channel)

    def again(self) -> bool:
        """Give it to the reader once more; the broker does not hear of it, and counts it still.

        False if he is gone.
        """
        return self._consumer.again(self)


class Consumer:
    """Keeps an `Inbox` filled, on whatever channel there is.

    Attributes:
        inbox: What its reader reads. Bounded by the prefetch.
        retry: What `Received.retry` calls.
        bury: What `Received.nack` calls.
        last: What came last, on whatever channel.
        last_at: When that was (monotonic).
    """

    def __init__(
        self,
        queue: QueueName,
        *,
        prefetch: int,
        retry: Callable[[Received, float], None],
        bury: Callable[[Received, str], None],
        on_close: Callable[[Inbox], Awaitable[None]],
        came: Callable[[QueueName, Delivery], None],
    ) -> None:
        """`prefetch` as in `Settings`; `came` is told of each delivery."""
        self._came = partial(came, queue)
        self.inbox = Inbox(
            queue, messages=sys.maxsize, size=sys.maxsize, on_close=on_close, give_back=_give_back
        )
        self.retry = retry
        self.bury = bury
        self._pace = Pace(prefetch)
        self._channel: Channel | None = None
        self._on_cancelled: Callable[[], None] = _nothing
        self._tag = ""
        self.last: Delivery | None = None
        self.last_at = 0.0
        self._begun_at = 0.0
        self._deliveries: list[weakref.ref[Delivery]] = []
        # Of those, some that nobody else holds any more.
        self._left: list[Delivery] = []
        self._room = 0
        self._unsaid = 0
        self._changing: asyncio.Task[None] | None = None

    async def begin(self, channel: Channel, on_cancelled: Callable[[], None]) -> None:
        """Consume on this channel. What an earlier one has delivered comes again here.

        Raises:
            ChannelClosed: There is no such queue, or it is somebody else's.
        """
        self.lost()
        self._channel, self._on_cancelled = channel, on_cancelled
        self._begun_at = monotonic()
        self._tag = await self._consume(channel)

    async def end(self) -> None:
        """Receive no more. What is unsettled stays so until the channel is closed."""
        channel = self._channel
        self._channel = None
        if self._changing is not None:
            self._changing.cancel()
            await asyncio.wait([self._changing])
        if channel is not None:
            await channel.cancel(self._tag)

    def lost(self) -> None:
        """The channel is gone, and with it what is in the inbox: it will come again."""
        self._channel = None
        self._pace.anew()
        if self._changing is not None:
            self._changing.cancel()
        self._deliveries.clear()
        self._left.clear()
        self.inbox.forget()

    @property
    def in_hand(self) -> list[Delivery]:
        """What is delivered and not settled."""
        found = [reference() for reference in self._deliveries]
        return [each for each in found if each is not None and not each.settled]

    @property
    def is_starving(self) -> bool:
        """It could have more in hand, and for a while nothing has come."""
        is_full = len(self.in_hand) >= self._pace.prefetch
        since = max(self.last_at, self._begun_at)
        return not is_full and monotonic() - since > AMQP_STARVING_SECONDS

    def settled(self, channel: Channel) -> None:
        """One of its deliveries, which came on this channel, is settled."""
        if channel is not self._channel:
            # It came before the link was lost, and comes again.
            return
        self._unsaid += 1
        if self._unsaid * 2 >= self._pace.prefetch:
            # The broker waits for them, and sends nothing meanwhile.
            self._unsaid = 0
            channel.flush_acks()
        if self._pace.settled(monotonic()) and self._changing is None:
            self._changing = asyncio.create_task(
                self._change(channel), name=f"amqp prefetch of {self.inbox.queue}"
            )
            self._changing.add_done_callback(self._changed)

    def comes_again(self, delivery: Delivery) -> None:
        """Its reader is done with it, but the broker will not hear of that."""
        self._left.append(delivery)

    def again(self, received: Received) -> bool:
        """See `Received.again`."""
        if self._channel is None or received.is_void or self.inbox.closed:
            return False
        self._pace.came(monotonic())
        attempt = received.attempt + 1
        self.inbox.put(Received(self.inbox.queue, received.delivery, self, attempt))
        return True

    def _arrived(self, delivery: Delivery) -> None:
        self.last, self.last_at = delivery, monotonic()
        self._pace.came(self.last_at)
        self._deliveries.append(weakref.ref(delivery))
        if len(self._deliveries) > self._room:  # now and then: settling costs nothing so
            self._deliveries = [weakref.ref(each) for each in self.in_hand]
            self._room = 2 * len(self._deliveries) + 100
        self._came(delivery)
        self.inbox.put(Received(self.inbox.queue, delivery, self))

    async def _consume(self, channel: Channel) -> str:
        return await channel.consume(
            self.inbox.queue,
            self._arrived,
            prefetch=self._pace.prefetch,
            on_cancelled=self._on_cancelled,
        )

    async def _change(self, channel: Channel) -> None:
        # A prefetch counts for consumers that begin after it. The new one begins before the old
        # one ends: a queue may go with its last consumer. Both are on one channel, which keeps the
        # order.
        before, self._tag = self._tag, await self._consume(channel)
        await channel.cancel(before)

    def _changed(self, task: asyncio.Task[None]) -> None:
        self._changing = None
        if not task.cancelled():
            task.exception()  # the channel is gone: whoever lost it sees to it


def _give_back(received: Any) -> None:
    received.delivery.nack(requeue=True)


def _nothing() -> None:
    pass
