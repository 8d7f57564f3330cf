"""The queues `dead-<queue>`, as a place to work in."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Protocol, TypeVar

from msgflo_lab.errors import PayloadTooLarge, TransportError
from msgflo_lab.names import QueueName, dead_letters_of, shown
from msgflo_lab.transport import DeadLetter

from ..dead_letters import wanted
from . import holding
from .confirms import Fate
from .deaths import death_of, revived, said
from .delivery import Delivery
from .errors import ChannelClosed
from .holding import Held
from .limits import (
    AMQP_LETTERS_AT_ONCE,
    AMQP_LETTERS_BYTES,
    AMQP_LOOKS_SECONDS,
    AMQP_MAX_PAYLOAD,
)
from .management import Found, Management

T = TypeVar("T")


class Broker(holding.Broker, Protocol):
    """What is needed of a binder."""

    def inports(self) -> set[QueueName]:
        """The queues that it knows of, whose dead letters there may be."""

    def note(self, text: str) -> None:
        """Tell people something, once."""

    async def unless_blocked(self, work: Callable[[], Coroutine[None, None, T]]) -> T:
        """See `Connection.unless_blocked`. Soon: see `Lasting.ready`."""


class AmqpDeadLetters:
    """`DeadLetters` on a broker.

    To look is to take without acknowledging and to give back: what is looked at is nobody else's
    for a moment, and keeps its place. One piece of work at a time on a queue: here by a lock, and
    between labs see `holding`. While the broker takes no messages, it may not answer either: then
    whoever asks is told so, and what is in hand goes back when it answers again.
    """

    def __init__(self, broker: Broker, management: Management) -> None:
        self._broker = broker
        self._management = management
        self._turns: defaultdict[QueueName, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._read_by_others: set[str] = set()
        self._worn: dict[QueueName, int] = {}

    async def queues(self, known: Collection[QueueName] = ()) -> Mapping[QueueName, int]:
        """How many there are; of the known queues only, where the broker does not tell of all."""
        found = await self._management.queues()
        here = {*known, *self._broker.inports()}
        if found is None:
            self._broker.note(
                self._management.misses("dead letters of roles that are gone are not seen")
            )
            asked = {queue for queue in here if dead_letters_of(queue) not in here}
        else:
            asked = {queue async for queue in self._having(found, here)}
        counts: dict[QueueName, int] = {}
        for queue in sorted(asked):
            told = (found or {}).get(dead_letters_of(queue))
            with suppress(ChannelClosed):
                number = await self._count(queue, told.messages if told is not None else 0)
                if number:
                    counts[queue] = number
        return counts

    async def look(self, queue: QueueName, n: int = 100) -> list[DeadLetter]:
        """The oldest ones; no more of them than have `AMQP_LETTERS_BYTES` together.

        Raises:
            TransportError: They have come back to their queue so often that it would drop them,
                and the broker takes no fresh copies.
        """
        return await self._broker.unless_blocked(lambda: self._look(queue, n))

    async def _look(self, queue: QueueName, n: int) -> list[DeadLetter]:
        found: list[Delivery] = []
        size = 0
        async with self._holding(queue) as held:
            if held is not None:
                self._check_worn(queue, held)
                await held.begin(max(n, 0), first=AMQP_LETTERS_AT_ONCE)
                while size < AMQP_LETTERS_BYTES and (delivery := await held.next()) is not None:
                    found.append(delivery)
                    size += len(delivery.body)
                    await held.renewal.see_to(delivery)
        names = _Names(queue)
        return [names.letter(delivery) for delivery in found]

    async def requeue(
        self,
        queue: QueueName,
        ids: Collection[str] | None = None,
        edited: Mapping[str, bytes] | None = None,
    ) -> int:
        """Publish them to their queue, and forget each when the broker has confirmed it.

        Raises:
            PayloadTooLarge: An edited one; nothing is requeued.
            TransportError: The queue is not there, or refuses, or somebody else has some in hand;
                what it did not take stays here.
        """
        longest = max(map(len, (edited or {}).values()), default=0)
        if longest > AMQP_MAX_PAYLOAD:
            raise PayloadTooLarge(longest, AMQP_MAX_PAYLOAD, "AMQP_MAX_PAYLOAD")
        return await self._broker.unless_blocked(lambda: self._requeue(queue, ids, edited or {}))

    async def _requeue(
        self, queue: QueueName, ids: Collection[str] | None, edited: Mapping[str, bytes]
    ) -> int:
        fates = _Fates()
        async with self._holding(queue) as held:
            if held is None:
                return 0
            search = self._search(queue, held, ids)
            async for name, delivery in search.found():
                body = edited.get(name, delivery.body)
                held.channel.publish(
                    "",
                    queue,
                    body,
                    revived(delivery),
                    mandatory=True,
                    then=partial(fates.answered, held, delivery),
                )
                await held.room(len(body))
                if fates.refused:
                    break  # what the queue does not take would fill our hands
            await held.channel.settled()
            for delivery in fates.staying:
                await held.renewal.see_to(delivery)
        fates.check(queue)
        self._check(search, fates.taken, "requeued")
        return fates.taken

    async def drop(self, queue: QueueName, ids: Collection[str] | None = None) -> int:
        """Forget them.

        Raises:
            TransportError: Somebody else has some in hand; the others are dropped.
        """
        return await self._broker.unless_blocked(lambda: self._drop(queue, ids))

    async def _drop(self, queue: QueueName, ids: Collection[str] | None) -> int:
        dropped = 0
        async with self._holding(queue) as held:
            if held is None:
                return 0
            search = self._search(queue, held, ids)
            async for _, delivery in search.found():
                held.forget(delivery)
                dropped += 1
        self._check(search, dropped, "dropped")
        return dropped

    @asynccontextmanager
    async def _holding(self, queue: QueueName) -> AsyncIterator[Held | None]:
        dead = dead_letters_of(queue)
        limit = partial(self._management.limit, dead)
        async with self._turns[queue]:
            if not await self._are_letters(queue):
                yield None
                return
            async with holding.holding(self._broker, dead, limit) as held:
                yield held
            if held is not None and held.renewal.refused:
                self._worn[queue] = held.ready - held.gone

    def _search(self, queue: QueueName, held: Held, ids: Collection[str] | None) -> _Search:
        if ids is not None:  # those that lie before them come back
            self._check_worn(queue, held)
        return _Search(queue, held, ids)

    def _check_worn(self, queue: QueueName, held: Held) -> None:
        """Once the broker has taken no copies: not before there are fewer."""
        if held.ready < self._worn.get(queue, math.inf):
            self._worn.pop(queue, None)
            return
        raise TransportError(
            f"the dead letters of `{shown(queue)}` are not touched any more: each look counts as a "
            "delivery that failed, the queue would drop them soon, and the broker takes no fresh "
            "copies (it is full, or has no room); requeue or drop them all, or raise the "
            f"`delivery-limit` of `{shown(dead_letters_of(queue))}`"
        )

    async def _having(
        self, found: Mapping[str, Found], here: Collection[QueueName]
    ) -> AsyncIterator[QueueName]:
        """Queues whose dead letters lie on the broker, in a queue that is meant for them."""
        for name in found:
            queue = _buried_in(name)
            if queue is not None and await self._is_meant(queue, found[name], found, here):
                yield queue

    async def _are_letters(self, queue: QueueName) -> bool:
        """Whether what lies there is meant to: also an inport may be called `dead-...`."""
        here = self._broker.inports()
        if dead_letters_of(queue) in here or queue in here:
            return dead_letters_of(queue) not in here
        found = await self._management.queue(dead_letters_of(queue))
        if found is None:
            return True
        base = await self._management.queue(queue)
        return await self._is_meant(queue, found, () if base is None else (queue,), here)

    async def _is_meant(
        self,
        queue: QueueName,
        found: Found,
        others: Collection[str],
        here: Collection[QueueName],
    ) -> bool:
        dead = dead_letters_of(queue)
        if dead in here or found.rejects:
            return False  # an inport, whose own letters lie elsewhere
        if queue in here or queue in others:
            return True
        return await self._management.is_bound(dead, dead)

    def _check(self, search: _Search, done: int, what: str) -> None:
        """Say what could not be had, where the reason is known."""
        if search.missing and search.others:
            raise TransportError(
                f"{search.missing} of the dead letters of `{shown(search.queue)}` could not be had "
                f"({done} {what}): another program reads `{dead_letters_of(search.queue)}`, and "
                "has them in hand"
            )

    async def _count(self, queue: QueueName, told: int) -> int:
        """Ready ones, and those that are in somebody's hand, as far as that can be known.

        Args:
            told: What the management interface says, some seconds late.
        """
        name, most = dead_letters_of(queue), 0
        loop = asyncio.get_running_loop()
        async with self._turns[queue]:
            deadline = loop.time() + AMQP_LOOKS_SECONDS
            while True:
                busy = await holding.is_held(self._broker, name)
                state = await self._broker.state_of(name)
                if not state.consumers and not busy:
                    self._read_by_others.discard(name)
                    return state.messages
                # Somebody looks, and gives them back; or reads for good.
                most = max(most, state.messages)
                if name in self._read_by_others or loop.time() > deadline:
                    self._read_by_others.add(name)
                    return max(most, told)
                await asyncio.sleep(0.02)


def _buried_in(name: str) -> QueueName | None:
    """The queue whose letters lie in a queue of this name, if it is what its name says."""
    prefix = dead_letters_of(QueueName(""))
    return QueueName(name.removeprefix(prefix)) if name.startswith(prefix) else None


class _Fates:
    """What becomes of letters that are requeued.

    Attributes:
        taken: How many are in their queue.
        refused: How many are not, and how that was.
        staying: Those, to go back to the letters. No more than `Held.room` lets be sent at once.
    """

    def __init__(self) -> None:
        self.taken = 0
        self.refused: Counter[Fate] = Counter()
        self.staying: list[Delivery] = []

    def answered(self, held: Held, delivery: Delivery, fate: Fate) -> None:
        """The broker has answered: only what it has taken goes from the letters."""
        if fate is Fate.CONFIRMED:
            self.taken += 1
            held.forget(delivery)
        else:
            self.refused[fate] += 1
            self.staying.append(delivery)

    def check(self, queue: QueueName) -> None:
        """Raise TransportError if one was refused."""
        if self.refused:
            refused = self.refused.total()
            raise TransportError(
                f"{refused} of {self.taken + refused} dead letters could not go back to "
                f"`{shown(queue)}` ({_WHY_NOT[next(iter(self.refused))]}) and stay where they are"
            )


_WHY_NOT = {
    Fate.RETURNED: "there is no queue of that name",
    Fate.REFUSED: "the queue is full, or cannot be reached",
    Fate.LOST: "the link was lost before the broker answered: some may be in both places",
}


class _Search:
    """Goes through the letters in hand for those that are wanted.

    Attributes:
        others: See `Held`.
    """

    def __init__(self, queue: QueueName, held: Held, ids: Collection[str] | None) -> None:
        self.queue = queue
        self.others = held.others
        self._held = held
        self._all = ids is None
        self._wanted = set(wanted(ids) or ())

    @property
    def missing(self) -> int:
        """How many were named and have not been found."""
        return len(self._wanted)

    async def found(self) -> AsyncIterator[tuple[str, Delivery]]:
        """Each with its name, to be settled."""
        held, names = self._held, _Names(self.queue)
        if self._all or self._wanted:
            await held.begin(held.ready)
        while (self._all or self._wanted) and (delivery := await held.next()) is not None:
            name = names.of(delivery)
            if self._all or name in self._wanted:
                self._wanted.discard(name)
                yield name, delivery
            else:
                # It stays out of the queue until the end: behind it are the others.
                await held.renewal.see_to(delivery)


class _Names:
    """Tells letters of one queue apart, by what is in them; equal ones by their order."""

    def __init__(self, queue: QueueName) -> None:
        self._queue = queue
        self._alike: Counter[str] = Counter()

    def of(self, delivery: Delivery) -> str:
        """The name of the next one."""
        return self.letter(delivery).id

    def letter(self, delivery: Delivery) -> DeadLetter:
        """The next one."""
        properties = said(delivery)
        death = death_of(properties, self._queue)
        name = hashlib.sha1(
            repr((properties.message_id, death.first, death.count)).encode() + delivery.body,
            usedforsecurity=False,
        ).hexdigest()[:8]
        self._alike[name] += 1
        return DeadLetter(
            id=name if self._alike[name] == 1 else f"{name}-{self._alike[name]}",
            queue=self._queue,
            payload=delivery.body,
            reason=death.reason,
            count=death.count,
            first=death.first,
        )
