"""What is measured, and what came out: families of samples, as Prometheus names the parts.

Pure layer. Label values are names from outside and may hold any character; they are made fit to
be written as they are added.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from .limits import LABEL, SERIES


class Kind(StrEnum):
    """What kind of figure a metric is."""

    COUNTER = "counter"
    """It only grows, and begins anew with what it counts."""
    GAUGE = "gauge"
    """It goes up and down."""
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """What is measured.

    Attributes:
        name: By Prometheus's conventions: with the unit, and `_total` behind a counter's.
        help: What it is, in a sentence.
        labels: The names of its labels.
        unit: As OpenTelemetry writes it (UCUM): `s`, `By`, `{message}`.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    unit: str = "1"


class Buckets(NamedTuple):
    """The value of a histogram.

    Attributes:
        bounds: The upper bounds of the buckets, inclusive; the last bucket has none.
        counts: How many there are in each bucket alone; one more than bounds.
        sum: All that was observed, added up.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum: float

    @property
    def total(self) -> int:
        """How many there are in all buckets."""
        return sum(self.counts)


Value = float | Buckets


class Family:
    """All samples of one metric.

    It has `SERIES` sets of label values at most: the first that were added.

    Attributes:
        samples: The values by those of the labels, in the metric's order.
        dropped: How many sets of label values were left out.
    """

    def __init__(self, metric: Metric, most: int = SERIES) -> None:
        self.metric = metric
        self.samples: dict[tuple[str, ...], Value] = {}
        self.dropped = 0
        self._most = most

    def add(self, value: Value, *labels: str) -> None:
        """One more sample. Of two with the same labels, the later one counts."""
        at = tuple(map(_written, labels))
        if at in self.samples or len(self.samples) < self._most:
            self.samples[at] = value
        else:
            self.dropped += 1


def named(families: Iterable[Family]) -> dict[str, Family]:
    """Families by the name of their metric."""
    return {family.metric.name: family for family in families}


def _written(label: str) -> str:
    """As UTF-8 can have it: names may hold halves of characters, which no text may."""
    cut = label if len(label) <= LABEL else f"{label[: LABEL - 1]}…"
    return cut.encode(errors="backslashreplace").decode()
