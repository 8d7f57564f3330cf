"""The bounded inbox between a transport and whoever reads a subscription.

The transport calls `put` from its receiving callback and never waits there; a full inbox tells it
through `on_full` to stop taking more, and through `on_low` to go on. The reader calls `get`. A
message is taken out only when `get` returns it, so a cancelled `get` loses nothing.

Runs on one event loop; nothing is thread-safe.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum

from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import Delivery

from .limits import INBOX_BYTES, INBOX_MESSAGES, INBOX_OVERSHOOT
from .losses import Losses


class Received:
    """A `Delivery` for every transport.

    Args:
        queue: The queue it was received from.
        payload: The message, as it was published.
        settle: Called once with True for `ack` and False for `nack`; None where the broker does
            not want to know.
    """

    __slots__ = ("_settle", "payload", "queue")

    def __init__(
        self, queue: QueueName, payload: bytes, settle: Callable[[bool], None] | None = None
    ) -> None:
        self.queue = queue
        self.payload = payload
        self._settle = settle

    def ack(self) -> None:
        """Processed. A second settlement is ignored."""
        if self._settle is not None:
            settle, self._settle = self._settle, None
            settle(True)

    def nack(self) -> None:
        """Failed. A second settlement is ignored."""
        if self._settle is not None:
            settle, self._settle = self._settle, None
            settle(False)


class WhenFull(Enum):
    """What an inbox does at its bound."""

    PAUSE = "pause"
    """Keep everything, and tell the transport to take no more. It may overshoot the bound by what
    the transport has in hand already."""
    DROP_OLDEST = "drop oldest"
    """Make room by dropping (and acknowledging) the oldest, and count it in `dropped`."""


class Inbox:
    """A `Subscription`: deliveries of one queue, in order, in a bounded buffer.

    Attributes:
        queue: The queue that is subscribed.
        when_full: What it does at its bound.
        dropped: Messages lost to `WhenFull.DROP_OLDEST`, or to `drop`. They are logged.
        full: The bound was reached, and the low-water mark (half of it) not yet again.

    Args:
        queue: What is subscribed.
        messages: Full at this many messages ...
        size: ... or at this many bytes of payload, whichever comes first.
        when_full: See `WhenFull`.
        on_full: Called from `put` when it has become full (PAUSE only).
        on_low: Called from `get` or `end` when it was full and has become half empty.
        on_close: Awaited once by `close`, before the end: tell the broker.
    """

    def __init__(
        self,
        queue: QueueName,
        *,
        messages: int = INBOX_MESSAGES,
        size: int = INBOX_BYTES,
        when_full: WhenFull = WhenFull.PAUSE,
        on_full: Callable[[Inbox], None] | None = None,
        on_low: Callable[[Inbox], None] | None = None,
        on_close: Callable[[Inbox], Awaitable[None]] | None = None,
    ) -> None:
        self.queue = queue
        self.when_full = when_full
        self.dropped = 0
        self.full = False
        self._high = messages
        self._low = messages // 2
        self._high_size = size
        self._low_size = size // 2
        self._size = 0
        self._drop = when_full is WhenFull.DROP_OLDEST
        self._on_full = on_full
        self._on_low = on_low
        self._on_close = on_close
        self._items: deque[Delivery] = deque()
        self._getters: deque[asyncio.Future[None]] = deque()
        self._waiting_for_room: list[asyncio.Future[None]] = []
        self._closed = False
        self._losses: Losses | None = None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def overfull(self) -> bool:
        """It has overshot its bound `INBOX_OVERSHOOT` times: the transport may have to drop."""
        return (
            len(self._items) >= self._high * INBOX_OVERSHOOT
            or self._size >= self._high_size * INBOX_OVERSHOOT
        )

    @property
    def closed(self) -> bool:
        """It takes no more."""
        return self._closed

    def put(self, delivery: Delivery) -> None:
        """Add one, for the transport. Never waits. After the end, it is acknowledged unread."""
        if self._closed:
            delivery.ack()
            return
        items = self._items
        items.append(delivery)
        self._size += len(delivery.payload)
        if self._getters:
            self._wake_one()
        if not self.full and (len(items) >= self._high or self._size >= self._high_size):
            if self._drop:
                self._make_room()
            else:
                self.full = True
                if self._on_full is not None:
                    self._on_full(self)

    def drop(self) -> None:
        """Count a message that is lost, as there is no room for it."""
        self.dropped += 1
        if self._losses is None:
            self._losses = Losses(f"dropped: the reader of `{shown(self.queue)}` is too slow")
        self._losses.add()

    async def get(self) -> Delivery:
        """The next delivery. Does not suspend while some are there.

        Several tasks may wait at once; they are served in the order in which they came.

        Raises:
            StopAsyncIteration: Closed, and nothing is left.
        """
        while not self._items:
            if self._closed:
                raise StopAsyncIteration
            getter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._getters.append(getter)
            try:
                await getter
            except asyncio.CancelledError:
                # A task cancelled in the very step in which it was woken passes the wake-up on.
                if getter.done() and not getter.cancelled():
                    if self._items:
                        self._wake_one()
                elif getter in self._getters:
                    self._getters.remove(getter)
                raise
        delivery = self._items.popleft()
        self._size -= len(delivery.payload)
        if self.full and len(self._items) <= self._low and self._size <= self._low_size:
            self._is_low()
        return delivery

    def __aiter__(self) -> Inbox:
        return self

    async def __anext__(self) -> Delivery:
        return await self.get()

    async def room(self) -> None:
        """Wait until it is not full, or closed: for a sender that can be made to wait."""
        while self.full and not self._closed:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting_for_room.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiting_for_room:
                    self._waiting_for_room.remove(waiter)

    async def close(self) -> None:
        """Take no more. What is in the inbox can still be had. Idempotent."""
        on_close, self._on_close = self._on_close, None
        try:
            if on_close is not None:
                await on_close(self)
        finally:
            self.end()

    def end(self) -> None:
        """Close without telling the broker, for the transport. Idempotent.

        What is still inside is acknowledged: from now on it is in the reader's hands alone, and a
        reader that never comes must not hold up the other subscriptions of the connection.
        """
        if self._closed:
            return
        self._closed = True
        self._on_close = None
        if self._losses is not None:
            self._losses.flush()
        for delivery in self._items:
            delivery.ack()
        while self._getters:
            self._wake_one()
        if self.full:
            self._is_low()

    def _wake_one(self) -> None:
        while self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(None)
                return

    def _is_low(self) -> None:
        self.full = False
        waiting, self._waiting_for_room = self._waiting_for_room, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
        if self._on_low is not None:
            self._on_low(self)

    def _make_room(self) -> None:
        while len(self._items) > self._high or (
            self._size > self._high_size and len(self._items) > 1
        ):
            delivery = self._items.popleft()
            self._size -= len(delivery.payload)
            self.drop()
            delivery.ack()
