"""How many messages pass on each edge, and how many a second."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from ..binding import Binding
from ..graph import Edge
from ..network import EdgeTraffic
from .limits import RATE_WINDOW


class Meter:
    """Turns a binder's counters into counts and rates. Pure: the caller says what time it is."""

    def __init__(self) -> None:
        self._counts: dict[Binding, int] = {}
        self._samples: dict[Binding, deque[tuple[float, int]]] = {}

    def read(self, traffic: Iterable[tuple[Binding, int]], now: float) -> set[Binding]:
        """Take the counters as they are now. Returns the bindings whose count has changed."""
        counts = dict(traffic)
        for binding in counts.keys() - self._samples.keys():
            self._samples[binding] = deque([(now, counts[binding])], maxlen=RATE_WINDOW + 1)
        before = self._counts
        changed = {binding for binding, count in counts.items() if before.get(binding, 0) != count}
        for gone in before.keys() - counts.keys():
            changed.add(gone)
            self._samples.pop(gone, None)
        self._counts = counts
        return changed

    def sample(self, now: float) -> set[Binding]:
        """Remember the counts for the rates: call it once a second. Returns whose rate changed."""
        changed: set[Binding] = set()
        for binding, count in self._counts.items():
            samples = self._samples[binding]
            before = _rate(samples)
            samples.append((now, count))
            if _rate(samples) != before:
                changed.add(binding)
        return changed

    def of(self, bindings: Iterable[Binding]) -> EdgeTraffic:
        """The traffic of an edge that is carried out by these bindings."""
        count, rate = 0, 0.0
        for binding in bindings:
            count += self._counts.get(binding, 0)
            samples = self._samples.get(binding)
            rate += _rate(samples) if samples else 0.0
        return EdgeTraffic(count, rate)


def total(traffic: Mapping[Edge, EdgeTraffic]) -> float:
    """Messages a second on all edges together."""
    return sum(each.rate for each in traffic.values())


def _rate(samples: deque[tuple[float, int]]) -> float:
    (begin, first), (end, last) = samples[0], samples[-1]
    return round((last - first) / max(end - begin, 1.0), 2) if last >= first else 0.0
