"""The bounded inbox between a transport and whoever reads a subscription.

The transport calls `put` from its receiving callback and never waits there; a full inbox tells it
through `on_full` to stop taking more, and through `on_low` to go on. The reader calls `get`. A
message is taken out only when `get` returns it, so a cancelled `get` loses nothing.

Runs on one event loop; nothing is thread-safe.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from enum import Enum
from types import MappingProxyType

from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import Delivery

from .limits import INBOX_BYTES, INBOX_MESSAGES, INBOX_OVERSHOOT, RETRIES, RETRIES_BYTES
from .losses import Losses

Settle = Callable[[bool], None]
"""Tells the broker, once: True for processed, False for failed."""


NO_METADATA: Mapping[str, str] = MappingProxyType({})
"""Of a message about which nothing is said."""


class Received:
    """A `Delivery` for transports whose broker knows neither dead letters nor retries.

    Args:
        queue: The queue it was received from.
        payload: The message, as it was published.
        settle: Called once, when it is settled for good; None where the broker does not want to
            know.
        home: The inbox that it is put into; without one, all that can be done with it is `settle`.
    """

    __slots__ = ("_home", "_settle", "payload", "queue")

    attempt: int = 1
    metadata: Mapping[str, str] = NO_METADATA
    is_void: bool = False
    """As long as its reader lives, it is in his hands: no broker takes it back."""

    def __init__(
        self,
        queue: QueueName,
        payload: bytes,
        settle: Settle | None = None,
        home: Inbox | None = None,
    ) -> None:
        self.queue = queue
        self.payload = payload
        self._settle = settle
        self._home = home

    def ack(self) -> None:
        """Processed. A second settlement is ignored."""
        home, settle = self._home, self._settle
        if home is not None:
            self._home = None
            home.unsettled -= 1
        if settle is not None:
            self._settle = None
            settle(True)

    def nack(self, reason: str = "") -> None:
        """Failed for good: it becomes a dead letter. A second settlement is ignored."""
        home, settle = self._home, self._settle
        self._home = self._settle = None
        if home is not None:
            home.rejected(self, reason, settle)
        elif settle is not None:
            settle(False)

    def retry(self, after: float = 0.0) -> None:
        """Into the same inbox again, after so many seconds; the broker hears nothing meanwhile.

        Where the inbox has been closed, or too many wait already (`RETRIES`, `RETRIES_BYTES`), it
        becomes a dead letter. A second settlement is ignored.
        """
        home, settle = self._home, self._settle
        self._home = self._settle = None
        if home is not None:
            home.again(_Again(self, settle, home, self.attempt + 1), after)
        elif settle is not None:
            settle(False)

    def give_back(self) -> None:
        """Into the same inbox again, with the same attempt. Else as `retry`."""
        home, settle = self._home, self._settle
        self._home = self._settle = None
        if home is not None:
            home.again(_Again(self, settle, home, self.attempt), 0.0)
        elif settle is not None:
            settle(False)

    def release(self) -> None:
        """The broker may forget it. Its reader can still reject it."""
        settle, self._settle = self._settle, None
        if settle is not None:
            settle(True)


class _Again(Received):
    """One that comes again. The others do not pay for counting."""

    __slots__ = ("attempt", "metadata")

    def __init__(self, before: Received, settle: Settle | None, home: Inbox, attempt: int) -> None:
        super().__init__(before.queue, before.payload, settle, home)
        self.attempt = attempt
        self.metadata = before.metadata


class Described(Received):
    """One about which something is said. The others do not pay for that."""

    __slots__ = ("metadata",)

    def __init__(
        self,
        queue: QueueName,
        payload: bytes,
        settle: Settle | None,
        home: Inbox | None,
        metadata: Mapping[str, str],
    ) -> None:
        super().__init__(queue, payload, settle, home)
        self.metadata = metadata


OnReject = Callable[[Received, str, Settle | None], None]
"""Called with what was rejected, the reason, and what to call when it lies somewhere safe."""


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
        unsettled: How many `Received` are with its reader, or wait for it here: how busy it is.
        full: The bound was reached, and the low-water mark (half of it) not yet again.
        on_arrival: Called with each delivery that is put in.

    Args:
        queue: What is subscribed.
        messages: Full at this many messages ...
        size: ... or at this many bytes of payload, whichever comes first.
        when_full: See `WhenFull`.
        on_full: Called from `put` when it has become full (PAUSE only).
        on_low: Called from `get` or `end` when it was full and has become half empty.
        on_close: Awaited once by `close`, before the end: tell the broker.
        give_back: Called with each that is still inside in the end; without it, they are
            acknowledged and can still be had.
        on_reject: Called with each `Received` that is rejected; without it, the broker is told.
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
        give_back: Callable[[Delivery], None] | None = None,
        on_reject: OnReject | None = None,
    ) -> None:
        self.queue = queue
        self.when_full = when_full
        self.dropped = 0
        self.unsettled = 0
        self.full = False
        self.on_arrival: Callable[[Delivery], object] | None = None
        self._high = messages
        self._low = messages // 2
        self._high_size = size
        self._low_size = size // 2
        self._size = 0
        self._drop = when_full is WhenFull.DROP_OLDEST
        self._on_full = on_full
        self._on_low = on_low
        self._on_close = on_close
        self._give_back = give_back
        self._on_reject = on_reject
        self._retries: dict[Received, asyncio.TimerHandle] = {}
        self._retries_size = 0
        self._items: deque[Delivery] = deque()
        self._getters: deque[asyncio.Future[None]] = deque()
        self._waiting_for_room: list[asyncio.Future[None]] = []
        self._closed = False
        self._losses: Losses | None = None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def at_hand(self) -> Collection[Delivery]:
        """What is inside, in order."""
        return self._items

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
            self._leave(delivery)
            return
        items = self._items
        items.append(delivery)
        self.unsettled += 1
        self._size = size = self._size + len(delivery.payload)
        if self.on_arrival is not None:
            self.on_arrival(delivery)
        if self._getters:
            self._wake_one()
        if (len(items) >= self._high or size >= self._high_size) and not self.full:
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

    def rejected(self, delivery: Received, reason: str, settle: Settle | None) -> None:
        """The reader has rejected one, for `Received`."""
        self.unsettled -= 1
        if self._on_reject is not None:
            self._on_reject(delivery, reason, settle)
        elif settle is not None:
            settle(False)

    def again(self, delivery: Received, after: float) -> None:
        """Put one in again later, for `Received`. Never in the same turn of the loop."""
        if self._closed:
            delivery.nack("its reader has left")
        elif len(self._retries) >= RETRIES or self._retries_size >= RETRIES_BYTES:
            delivery.nack("too many wait for another attempt")
        else:
            self.unsettled -= 1
            loop = asyncio.get_running_loop()
            pause = after if after > 0 else 0.0
            self._retries[delivery] = loop.call_later(pause, self._put_again, delivery)
            self._retries_size += len(delivery.payload)

    async def get(self) -> Delivery:
        """The next delivery. Does not suspend while some are there.

        Several tasks may wait at once; they are served in the order in which they came.

        Raises:
            StopAsyncIteration: Closed, and nothing is left.
        """
        items = self._items
        while not items:
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
        delivery = items.popleft()
        self._size -= len(delivery.payload)
        if self.full and len(items) <= self._low and self._size <= self._low_size:
            self._is_low()
        return delivery

    def __aiter__(self) -> Inbox:
        return self

    __anext__ = get

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
        reader that never comes must not hold up the other subscriptions of the connection. What
        waits for another attempt becomes a dead letter.
        """
        if self._closed:
            return
        self._closed = True
        self._on_close = None
        if self._losses is not None:
            self._losses.flush()
        for delivery in self._items:
            self._leave(delivery)
        if self._give_back is not None:
            self.forget()
        retries, self._retries = self._retries, {}
        for retry, timer in retries.items():
            timer.cancel()
            retry.nack("its reader left before another attempt")
        while self._getters:
            self._wake_one()
        if self.full:
            self._is_low()

    def forget(self) -> None:
        """Let go of what is inside, unsettled, for a transport whose broker will send it again."""
        self._items.clear()
        self._size = 0
        if self.full:
            self._is_low()

    def _leave(self, delivery: Delivery) -> None:
        if self._give_back is not None:
            self._give_back(delivery)
        elif isinstance(delivery, Received):
            delivery.release()
        else:
            delivery.ack()

    def _put_again(self, delivery: Received) -> None:
        del self._retries[delivery]
        self._retries_size -= len(delivery.payload)
        self.put(delivery)

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
