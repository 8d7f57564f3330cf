"""How many workers play a role: what its node says under `scale`, with guv's words. Pure.

    {"scale": {"min": 1, "max": 5, "processing": 10, "deadline": 60, "queue": "work.IN"}}

Words, defaults and formula are those of guv, the autoscaler of MsgFlo (its `config.coffee` and
`scale.coffee`): so many workers that what waits is done within the deadline.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, cast

from ..errors import MsgFloLabError
from ..graph.entries import Node
from ..names import Role, listed, nearest, shown

KEY = "scale"
"""Of a node's metadata."""
MOST = 10_000
"""Workers of one role."""

_SHORT = {"p": "processing", "d": "deadline", "min": "minimum", "max": "maximum", "q": "queue"}
_NUMBERS = ("concurrency", "deadline", "maximum", "minimum", "percentile", "processing", "stddev")
_OTHERS = (
    "app", "apikey", "boot", "broker", "dynosize", "history", "metric", "pollinterval",
    "statuspage", "w", "worker",
)  # fmt: skip
"""What guv knows besides; it says nothing about how many there are to be."""
_KNOWN = (*_NUMBERS, "target", "queue", *_SHORT, *_OTHERS)


@dataclass(frozen=True, slots=True)
class Scale:
    """How many workers, and what that depends on.

    Attributes:
        minimum, maximum: Workers.
        concurrency: Messages that a worker has in hand at once.
        processing: Seconds that a message takes, on average.
        stddev: Of that, in seconds; None: half of `processing`.
        deadline: Seconds after which a message is to be done, in `percentile` % of all cases.
        percentile: Above 0, and below 100.
        target: Seconds within which to be done on average; None: as it follows from the deadline.
        queue: The queue whose length counts; "" where nobody has said it.
    """

    minimum: int = 1
    maximum: int = 5
    concurrency: float = 1.0
    processing: float = 10.0
    stddev: float | None = None
    deadline: float = 60.0
    percentile: float = 99.0
    target: float | None = None
    queue: str = ""

    @property
    def instances(self) -> int:
        """How many to start where nobody counts what waits; one at least."""
        return max(1, self.minimum)

    @property
    def aim(self) -> float:
        """Seconds within which messages are to be done on average."""
        if self.target is not None:
            return self.target
        stddev = self.processing / 2 if self.stddev is None else self.stddev
        return self.deadline - NormalDist().inv_cdf(self.percentile / 100) * stddev

    @property
    def jobs_per_worker(self) -> int:
        """How many messages may wait for each worker, who is to do them in time."""
        available = max(self.processing, self.aim - self.processing)
        return max(1, math.floor(self.concurrency * available / self.processing))


def scale_of(node: Node) -> Scale | None:
    """What a node says of its workers; None if it says nothing.

    Raises:
        MsgFloLabError: It says what cannot be.
    """
    said = node.metadata.get(KEY)
    if said is None:
        return None
    if not isinstance(said, Mapping):
        raise _wrong(node.role, 'is no object like {"min": 1, "max": 5}')
    found: dict[str, Any] = {}
    for key, value in cast(Mapping[str, Any], said).items():
        if key not in _KNOWN:
            guess = nearest(key, _KNOWN)
            hint = f"did you mean `{guess}`?" if guess else f"there are: {listed(_KNOWN, 20)}"
            raise _wrong(node.role, f"knows no `{shown(key)}`; {hint}")
        name = _SHORT.get(key, key)
        if name in found:
            raise _wrong(node.role, f"says `{name}` twice")
        if name not in _OTHERS:
            found[name] = _value(node.role, name, value)
    scale = Scale(**found)
    _check(node.role, scale)
    return scale


def _value(role: Role, name: str, value: Any) -> Any:
    if name == "queue":
        if not isinstance(value, str):
            raise _wrong(role, "has a `queue` that is no name")
        return value
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise _wrong(role, f"has a `{name}` that is no number")
    if name not in ("minimum", "maximum"):
        return float(value)
    if value != int(value) or not 0 <= value <= MOST:
        raise _wrong(role, f"has a `{name}` that is no whole number from 0 to {MOST:,}")
    return int(value)


def _check(role: Role, scale: Scale) -> None:
    if scale.maximum < max(1, scale.minimum):
        least = max(1, scale.minimum)
        raise _wrong(role, f"allows {scale.maximum} workers, and at least {least} are needed")
    for name in ("concurrency", "processing", "deadline"):
        if cast(float, getattr(scale, name)) <= 0:
            raise _wrong(role, f"has a `{name}` that is not above 0")
    if scale.stddev is not None and scale.stddev < 0:
        raise _wrong(role, "has a `stddev` below 0")
    if not 0 < scale.percentile < 100:
        raise _wrong(role, "has a `percentile` that is not between 0 and 100")
    if scale.aim <= scale.processing:
        raise _wrong(
            role,
            f"wants messages done in {scale.aim:.2f} s on average, and each takes "
            f"{scale.processing:g} s (`processing`); more workers do not help: allow a later "
            "`deadline`",
        )


def _wrong(role: Role, what: str) -> MsgFloLabError:
    return MsgFloLabError(f"the `{KEY}` of `{shown(role)}` {what}")
