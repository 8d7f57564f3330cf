"""Dead letters in the process, for brokers that keep none.

All handles of one event loop on the same broker share a `Box`; a binder shows it as `Letters`.
What lies in it ends with the last of these handles.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import DeadLetter, OnNote

from .audience import Audience
from .limits import (
    DEAD_LETTER_QUEUES,
    DEAD_LETTER_REASON,
    DEAD_LETTERS,
    DEAD_LETTERS_BYTES,
    REQUEUED,
)
from .losses import Losses

_log = logging.getLogger(__name__)

_ids = itertools.count(1)
"""No letter of this process is named like one before it: whoever remembers a name means that one
letter, also when everything on its broker has ended and begun anew."""

PutBack = Callable[[QueueName, bytes], Awaitable[None]]
"""Publishes a message straight into a queue, and returns when it is there."""


def wanted(ids: Collection[str] | None) -> Collection[str] | None:
    """The names of letters that are meant; one alone may be given as it is."""
    if ids is None:
        return None
    # A text is a collection of texts too: its characters.
    return frozenset((ids,) if isinstance(ids, str) else ids)


class Box:
    """What was rejected on one broker, for each queue; see `limits` for its bounds.

    A message that was requeued and comes back is known by its payload, so that it is counted on.
    Of two equal ones, one requeued and one new, it does not matter which is taken for which.

    Attributes:
        users: Handles that share it.
        audience: Who of them listens to what.

    Args:
        clock: Seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.users = 0
        self.audience = Audience()
        self._clock = clock
        self._piles: dict[QueueName, _Pile] = {}
        self._requeued: dict[QueueName, dict[int, list[tuple[int, float]]]] = {}
        self._leaving: set[str] = set()
        self._diverted: Counter[QueueName] = Counter()
        self._listeners: list[OnNote] = []
        self._losses = Losses("forgotten, as there are too many dead letters", self._tell)

    def __len__(self) -> int:
        return sum(map(len, self._piles.values()))

    def add(self, queue: QueueName, payload: bytes, reason: str) -> None:
        """One more. Makes room where there is none."""
        count, first = self._came_back(queue, payload) or (0, self._clock())
        letter = DeadLetter(
            id=str(next(_ids)),
            queue=queue,
            payload=payload,
            reason=reason[:DEAD_LETTER_REASON] or "rejected",
            count=count + 1,
            first=first,
        )
        pile = self._piles.get(queue)
        if pile is None:
            if len(self._piles) >= DEAD_LETTER_QUEUES:
                oldest = next(iter(self._piles))
                self._lose(oldest, len(self._piles.pop(oldest)))
            pile = self._piles[queue] = _Pile()
        self._lose(queue, pile.add(letter))

    def counts(self) -> dict[QueueName, int]:
        """How many there are, for each queue that has any."""
        return {queue: len(pile) for queue, pile in self._piles.items()}

    def letters(self, queue: QueueName, ids: Collection[str] | None = None) -> Iterator[DeadLetter]:
        """Some of a queue's (`ids`) or all, oldest first. Do not change it meanwhile."""
        named = wanted(ids)
        for letter in self._piles.get(queue, _Pile()):
            if named is None or letter.id in named:
                yield letter

    def remove(self, letter: DeadLetter) -> bool:
        """Forget one. False if it is not there (any more)."""
        pile = self._piles.get(letter.queue)
        if pile is None or not pile.remove(letter):
            return False
        if not len(pile):
            del self._piles[letter.queue]
        return True

    def leaves(self, letter: DeadLetter, payload: bytes) -> bool:
        """This is about to be requeued with this payload: know it if it comes back.

        False if it is not there any more, or leaves already.
        """
        if letter.id in self._leaving or letter not in self._piles.get(letter.queue, ()):
            return False
        self._leaving.add(letter.id)
        known = self._requeued.setdefault(letter.queue, {})
        known.setdefault(hash(payload), []).append((letter.count, letter.first))
        if len(known) > REQUEUED:
            del known[next(iter(known))]
        if len(self._requeued) > DEAD_LETTER_QUEUES:
            del self._requeued[next(iter(self._requeued))]
        return True

    def left(self, letter: DeadLetter) -> None:
        """It is in its queue."""
        self._leaving.discard(letter.id)
        self.remove(letter)

    def stays(self, letter: DeadLetter, payload: bytes) -> None:
        """It was not requeued after all."""
        self._leaving.discard(letter.id)
        self._came_back(letter.queue, payload)

    def divert(self, queue: QueueName) -> None:
        """A binding takes a queue's dead letters elsewhere. Counted."""
        self._diverted[queue] += 1

    def restore(self, queue: QueueName) -> None:
        """It is gone."""
        self._diverted[queue] -= 1
        if not self._diverted[queue]:
            del self._diverted[queue]

    def is_diverted(self, queue: QueueName) -> bool:
        """Is there a binding that takes them elsewhere?"""
        return queue in self._diverted

    @contextmanager
    def telling(self, listener: OnNote) -> Iterator[None]:
        """While inside, people are told by this of letters that had to go."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._losses.flush()
            self._listeners.remove(listener)

    def flush(self) -> None:
        """Nobody uses it any more: say what has not been said."""
        self._losses.flush()
        if len(self):
            _log.info("%s dead letters end with the last handle on their broker", f"{len(self):,}")

    def _came_back(self, queue: QueueName, payload: bytes) -> tuple[int, float] | None:
        known = self._requeued.get(queue)
        found = known.get(hash(payload)) if known is not None else None
        if known is None or not found:
            return None
        before = found.pop(0)
        if not found:
            del known[hash(payload)]
        if not known:
            del self._requeued[queue]
        return before

    def _tell(self, text: str) -> None:
        for listener in self._listeners:
            try:
                listener(text)
            except Exception:
                _log.exception("on_note raised")

    def _lose(self, queue: QueueName, count: int) -> None:
        for _ in range(count):
            self._losses.add(f"the oldest of `{shown(queue)}` had to go")


class _Pile:
    """One queue's, oldest first."""

    def __init__(self) -> None:
        self._letters: dict[str, DeadLetter] = {}
        self._size = 0

    def __len__(self) -> int:
        return len(self._letters)

    def __iter__(self) -> Iterator[DeadLetter]:
        return iter(self._letters.values())

    def __contains__(self, letter: DeadLetter) -> bool:
        return letter.id in self._letters

    def add(self, letter: DeadLetter) -> int:
        """One more; how many older ones had to go for it."""
        letters = self._letters
        letters[letter.id] = letter
        self._size += len(letter.payload)
        lost = 0
        while len(letters) > DEAD_LETTERS or (self._size > DEAD_LETTERS_BYTES and len(letters) > 1):
            self.remove(next(iter(letters.values())))
            lost += 1
        return lost

    def remove(self, letter: DeadLetter) -> bool:
        """False if it is not there."""
        if self._letters.pop(letter.id, None) is None:
            return False
        self._size -= len(letter.payload)
        return True


class Letters:
    """A `DeadLetters` on a box."""

    def __init__(self, box: Box, put_back: PutBack) -> None:
        self._box = box
        self._put_back = put_back

    async def queues(
        self,
        known: Collection[QueueName] = (),  # noqa: ARG002 - all are known here
    ) -> Mapping[QueueName, int]:
        """How many there are, for each queue that has any."""
        return self._box.counts()

    async def look(self, queue: QueueName, n: int = 100) -> list[DeadLetter]:
        """At most `n` of a queue's, oldest first."""
        return list(itertools.islice(self._box.letters(queue), max(n, 0)))

    async def requeue(
        self,
        queue: QueueName,
        ids: Collection[str] | None = None,
        edited: Mapping[str, bytes] | None = None,
    ) -> int:
        """Publish them to their queue, one after the other, and forget each when it is there.

        Whoever listens to the queue gets them; where several do and do not share, each of them.
        Where nobody does, they stay.
        What somebody else is requeuing at the same time is left to them.

        Raises:
            TransportError: As `Client.publish`; what is not in its queue is still here.
        """
        count = 0
        for letter in list(self._box.letters(queue, ids)):
            payload = (edited or {}).get(letter.id, letter.payload)
            # Before it is published: it may fail again before that returns.
            if not self._box.leaves(letter, payload):
                continue
            try:
                await self._put_back(queue, payload)
            except BaseException:
                self._box.stays(letter, payload)
                raise
            self._box.left(letter)
            count += 1
        return count

    async def drop(self, queue: QueueName, ids: Collection[str] | None = None) -> int:
        """Forget them, some or all."""
        return sum(map(self._box.remove, list(self._box.letters(queue, ids))))


_boxes: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, Box]] = WeakKeyDictionary()


@contextmanager
def shared_box(address: Hashable) -> Iterator[Box]:
    """The box of a broker, the same for all on this loop who are inside at the same time."""
    here = _boxes.setdefault(asyncio.get_running_loop(), {})
    box = here.setdefault(address, Box())
    box.users += 1
    try:
        yield box
    finally:
        box.users -= 1
        if not box.users:
            del here[address]
            box.flush()
