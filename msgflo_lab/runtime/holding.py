"""Bindings that are held: their messages wait, and go on in order when they are released.

A held binding leads to a queue of our own in place of its target. What arrives there is received
and not acknowledged, like the messages of a participant that is busy: so what can be promised of
them is what the transport promises of an inbox, and where the broker keeps queues they outlive us.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from ..binding import Binding, Kind
from ..definition import Side
from ..errors import TransportError
from ..names import QueueName
from ..signal import Signal
from ..transport import Binder, Client, Delivery, Subscription
from .limits import HELD_BYTES, HELD_MESSAGES, HELD_SECONDS

log = logging.getLogger(__name__)


class _Held:
    """What waits for one binding.

    Attributes:
        is_left: New messages go straight to the target, or soon will: they count as passed when
            they leave the source, and only what it has is to be sent on.
        untold: How many of those that wait had come before that.
    """

    def __init__(self, queue: QueueName, subscription: Subscription) -> None:
        self.queue = queue
        self.subscription = subscription
        self.waiting: deque[Delivery] = deque()
        self.arrived = asyncio.Event()
        self.room = asyncio.Event()
        self.reader: asyncio.Task[None] | None = None
        self.is_left = False
        self.untold = 0


class Holding:
    """The held bindings of one session. On one loop.

    Attributes:
        sent_on: Told of each message that has waited, and of its binding, when it goes on; not of
            those that came while they were let pass again.
    """

    def __init__(self, binder: Binder, connect: Callable[[], Awaitable[Client]]) -> None:
        """`connect` makes a handle of its own: a full inbox must not keep the binder from work."""
        self.sent_on: Signal[Binding, bytes] = Signal()
        self._binder = binder
        self._connect = connect
        self._client: Client | None = None
        self._opening = asyncio.Lock()
        self._held: dict[Binding, _Held] = {}
        self._messages = 0
        self._bytes = 0

    def __contains__(self, binding: Binding) -> bool:
        return binding in self._held

    @property
    def waiting(self) -> int:
        """How many messages wait, of all bindings."""
        return self._messages

    def is_left(self, binding: Binding) -> bool:
        """True if messages pass again, and only some that have waited are still to be sent on."""
        return binding in self._held and self._held[binding].is_left

    async def hold(self, binding: Binding, *, is_bound: bool) -> None:
        """Let messages wait from now on. Where brokers bind, a few may also reach the target.

        Idempotent; what has waited for it in an earlier life of this lab waits on.

        Args:
            is_bound: It is in place, and goes.
        """
        held = self._held.get(binding) or await self._open(binding)
        held.is_left = False
        way = Binding(binding.source, held.queue)
        await (self._swap(way, binding) if is_bound else self._binder.bind(way))

    async def release(self, binding: Binding) -> None:
        """Send on what has waited, in order, and let messages pass again.

        What breaks on the way is tried again by whoever asked: nothing is acknowledged before it
        is sent.
        """
        held = self._held[binding]
        # While messages come without a pause, this would never end: then new ones overtake a few.
        await self._send_on(binding, held, quiet=PAUSE, latest=CATCHING_UP)
        if not held.is_left:  # or it is tried again
            held.is_left, held.untold = True, len(held.waiting)
        await self._swap(binding, Binding(binding.source, held.queue))
        await self._send_on(binding, held, quiet=QUIET)  # what came meanwhile
        await self._let_go(binding)

    async def drop(self, binding: Binding) -> None:
        """Nobody wants the binding any more, nor what has waited for it."""
        held = self._held[binding]
        await self._binder.unbind(Binding(binding.source, held.queue))
        for delivery in held.waiting:
            self._forget(delivery)
        held.waiting.clear()
        await self._let_go(binding)

    async def close(self) -> None:
        """Leave. What has waited stays where the broker keeps it, and is lost where it does not."""
        for held in self._held.values():
            await _end(held)
        self._held.clear()
        if self._client is not None:
            await self._client.close()

    async def _swap(self, new: Binding, old: Binding) -> None:
        """The new way first, so that nothing falls between."""
        if self._binder.traits.keeps:
            await self._binder.bind(new)
            await self._binder.unbind(old)
        else:  # we forward: both at once, so that nothing goes both ways
            await asyncio.gather(self._binder.bind(new), self._binder.unbind(old))

    async def _open(self, binding: Binding) -> _Held:
        queue = held_queue(binding)
        async with self._opening:
            if self._client is None:
                self._client = await self._connect()
        # It goes by itself when nobody has read it for long: we may never come back.
        await self._client.declare(queue, Side.IN, {"expires": int(HELD_SECONDS * 1000)})
        held = _Held(queue, await self._client.subscribe(queue))
        held.reader = asyncio.create_task(self._read(held), name=f"held {queue}")
        self._held[binding] = held
        return held

    async def _read(self, held: _Held) -> None:
        async for delivery in held.subscription:
            held.waiting.append(delivery)
            self._messages += 1
            self._bytes += len(delivery.payload)
            held.arrived.set()
            while self._messages >= HELD_MESSAGES or self._bytes >= HELD_BYTES:
                held.room.clear()
                await held.room.wait()

    async def _send_on(
        self, binding: Binding, held: _Held, *, quiet: float, latest: float | None = None
    ) -> None:
        """Until nothing has come for so long, or for so long since nothing was left once."""
        loop = asyncio.get_running_loop()
        deadline: float | None = None
        by_turns = binding.kind is Kind.ROUND_ROBIN
        way = QueueName(f"{held.queue}-out")
        if by_turns:  # as it would have been handed out
            await self._binder.declare(way, Side.OUT, {"persistent": False})
            await self._binder.bind(Binding(way, binding.target, binding.kind))
        try:
            while await self._arrived(held, quiet):
                delivery = held.waiting[0]
                if by_turns:
                    await self._binder.publish(way, delivery.payload, Side.OUT)
                else:
                    await self._binder.publish(binding.target, delivery.payload, Side.IN)
                held.waiting.popleft()
                self._forget(delivery)
                if not held.is_left or held.untold:
                    held.untold = max(held.untold - 1, 0)
                    self.sent_on(binding, delivery.payload)
                if not held.waiting and latest is not None:
                    deadline = deadline or loop.time() + latest
                if deadline is not None and loop.time() > deadline:
                    return
        finally:
            if by_turns:
                await self._binder.unbind(Binding(way, binding.target, binding.kind))

    async def _arrived(self, held: _Held, quiet: float) -> bool:
        if not held.waiting:
            held.arrived.clear()
            try:
                async with asyncio.timeout(quiet):
                    await held.arrived.wait()
            except TimeoutError:
                return False
        return True

    def _forget(self, delivery: Delivery) -> None:
        delivery.ack()
        self._messages -= 1
        self._bytes -= len(delivery.payload)
        for held in self._held.values():
            held.room.set()

    async def _let_go(self, binding: Binding) -> None:
        try:
            await _end(self._held[binding])
        finally:  # not before: until it has ended, it says that messages pass
            del self._held[binding]


QUIET = 0.1
"""Seconds without a message after which a queue that nothing leads to any more is empty."""
PAUSE = 0.05
"""Seconds without a message in which the way can be changed without one overtaking another."""
CATCHING_UP = 1.0
"""Seconds that such a pause is waited for."""

_MARK = "held-"


def held_queue(binding: Binding) -> QueueName:
    """Where the messages of a binding wait. The same in each life of a lab."""
    said = "\0".join((binding.source, binding.target, binding.kind.value))
    digest = hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()
    return QueueName(f"{_MARK}{digest[:24]}")


def is_held(queue: QueueName) -> bool:
    """True for a queue in which held messages wait."""
    return queue.startswith(_MARK) and len(queue) == len(_MARK) + 24


async def _end(held: _Held) -> None:
    if held.reader is not None:
        held.reader.cancel()
        await asyncio.gather(held.reader, return_exceptions=True)
    try:
        await held.subscription.close()
    except TransportError as error:
        log.info("%s was not left in order: %s", held.queue, error)
