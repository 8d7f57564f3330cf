"""Who listens to which queue, as far as this process can know where the broker does not say. Pure.

A message that nobody listens to is lost on a broker without queues. Before one that must not be
lost is published there, somebody has to be known who gets it.
"""

from __future__ import annotations

from collections import Counter

from msgflo_lab.names import QueueName

from .limits import HEARD_SECONDS, QUEUES_HEARD_OF


class Audience:
    """Readers and onlookers of this process, and queues whose readers have announced themselves.

    Times are of any clock that only goes forward, in seconds.
    """

    def __init__(self) -> None:
        self._readers: Counter[QueueName] = Counter()
        self._onlookers: Counter[QueueName] = Counter()
        self._heard: dict[QueueName, float] = {}

    def joins(self, queue: QueueName, *, reads: bool) -> None:
        """Somebody listens: who works with what comes, or (`reads` is False) who only looks on."""
        (self._readers if reads else self._onlookers)[queue] += 1

    def leaves(self, queue: QueueName, *, reads: bool) -> None:
        """He does no longer."""
        there = self._readers if reads else self._onlookers
        there[queue] -= 1
        if not there[queue]:
            del there[queue]
        if reads:
            # It may have been he who was heard of. Others announce themselves again.
            self._heard.pop(queue, None)

    def hears(self, queue: QueueName, now: float) -> None:
        """Somebody, anywhere, announces that he reads this queue."""
        self._heard.pop(queue, None)
        self._heard[queue] = now
        if len(self._heard) > QUEUES_HEARD_OF:
            del self._heard[next(iter(self._heard))]

    def is_read_here(self, queue: QueueName) -> bool:
        """Somebody in this process works with what comes."""
        return queue in self._readers

    def is_watched_here(self, queue: QueueName) -> bool:
        """Somebody in this process looks on."""
        return queue in self._onlookers

    def was_heard(self, queue: QueueName, now: float) -> bool:
        """Somebody has said not long ago (`HEARD_SECONDS`) that he reads it."""
        return now - self._heard.get(queue, float("-inf")) <= HEARD_SECONDS
