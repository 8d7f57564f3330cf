"""Jobs: one message each that a handler has processed, and how long that took.

Pure layer. `JobCompleted` has the shape of the event that MsgFlo's participants record, and
`JobStatistics` that of what its tool makes of those for guv (msgflo-nodejs `src/newrelic.coffee`,
msgflo `src/utils/newrelic.coffee`, guv `src/updateconfig.coffee`).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence

import msgspec

from .limits import BOUNDS, PERCENTILE, RECENT
from .model import Buckets

EVENT = "MsgfloJobCompleted"
"""What MsgFlo calls the event."""
FAILED = "error"
"""The outport of a job that has failed: such jobs do not count in the statistics."""


class JobCompleted(msgspec.Struct, frozen=True):
    """A handler is done with a message.

    Attributes:
        inport: Where the message came in.
        outport: Where it sent its first result; "" if it sent none, and `error` if it raised.
        duration: Milliseconds that the handler took, without the time that the message waited.
    """

    role: str
    component: str
    inport: str
    outport: str
    duration: float


class JobStatistics(msgspec.Struct, frozen=True):
    """How long jobs take, all in seconds, as guv wants it.

    Attributes:
        stddev: The standard deviation.
        percentile: `PERCENTILE` of a hundred jobs took no longer.
    """

    average: float
    stddev: float
    percentile: float


def statistics_of(seconds: Iterable[float]) -> JobStatistics | None:
    """The statistics of some jobs; None if there are none."""
    found = sorted(seconds)
    if not found:
        return None
    average = math.fsum(found) / len(found)
    variance = math.fsum((each - average) ** 2 for each in found) / len(found)
    # Between the two neighbours of the place, in proportion.
    place = (len(found) - 1) * PERCENTILE / 100
    low, high = found[math.floor(place)], found[math.ceil(place)]
    return JobStatistics(average, math.sqrt(variance), low + (high - low) * (place % 1))


class JobTimes:
    """How long the jobs of one inport took: all of them in buckets, and the latest as they are."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0
        self._recent: deque[float] = deque(maxlen=RECENT)

    def add(self, seconds: Sequence[float]) -> None:
        """Jobs that have succeeded, oldest first. Many at once cost a tenth each."""
        self._recent.extend(seconds)
        self._count(sorted(seconds))

    def add_failed(self, seconds: float) -> None:
        """A job has failed: it counts, but says nothing about how long one takes."""
        self._count([seconds])

    @property
    def buckets(self) -> Buckets:
        """All of them, by how long they took."""
        return Buckets(BOUNDS, tuple(self._counts), self._sum)

    @property
    def recent(self) -> list[float]:
        """The latest `RECENT` that have succeeded, in seconds, oldest first."""
        return list(self._recent)

    def _count(self, ordered: Sequence[float]) -> None:
        before = 0
        for at, bound in enumerate(BOUNDS):
            here = bisect_right(ordered, bound, before)
            self._counts[at] += here - before
            before = here
        self._counts[-1] += len(ordered) - before
        self._sum += math.fsum(ordered)
