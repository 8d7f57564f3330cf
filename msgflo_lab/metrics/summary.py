"""The figures that people look at first. Pure layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..names import shown
from ..report import count_of, table
from .catalogue import BINDINGS, DEAD, ERRORS, IN_HAND, JOB, LINK, MESSAGES, PARTICIPANTS, WAITING
from .jobs import JobStatistics
from .limits import PERCENTILE
from .model import Buckets, Family, Metric, named

_TIMES = "average", f"p{PERCENTILE}"
_HEAD = ("role", "there", "waiting", "in", "out", "jobs", *_TIMES, "errors", "in hand")


class RoleFigures(NamedTuple):
    """The figures of one role.

    Attributes:
        there: How many play it, and have been heard lately.
        is_ours: It runs in this process; else nothing but `there` and `waiting` is known.
        waiting: Messages for it, on the broker or here; None if nobody tells.
        jobs: Messages whose processing was timed.
        times: How long the latest took; None without any.
    """

    role: str
    there: int = 0
    is_ours: bool = False
    received: int = 0
    sent: int = 0
    jobs: int = 0
    times: JobStatistics | None = None
    errors: int = 0
    in_hand: int = 0
    waiting: int | None = None


class Summary(NamedTuple):
    """The network in figures; `str` makes a table of it.

    Attributes:
        since: When the timing of jobs began, in seconds since the epoch.
    """

    roles: tuple[RoleFigures, ...]
    is_up: bool
    bound: int
    pending: int
    dead: Mapping[str, int]
    since: float

    def __str__(self) -> str:
        link = "link up" if self.is_up else "link DOWN"
        waiting = f", {self.pending:,} pending" if self.pending else ""
        dead = sum(self.dead.values())
        letters = ", ".join(f"{shown(queue)}: {number:,}" for queue, number in self.dead.items())
        lines = [
            f"{link}; {count_of(self.bound, 'binding')}{waiting}; {count_of(dead, 'dead letter')}"
            + (f" ({letters})" if letters else "")
        ]
        if self.roles:
            lines.append(table(map(_row, self.roles), _HEAD))
        return "\n".join(lines)


def summary_of(
    families: Iterable[Family], times: Mapping[str, JobStatistics], since: float
) -> Summary:
    """What these say, role by role, in the order in which they say it."""
    known = named(families)
    roles: dict[str, RoleFigures] = {}

    def put(role: str, **figures: object) -> None:
        roles[role] = roles.get(role, RoleFigures(role))._replace(**figures)  # type: ignore[arg-type]

    for (role, state), there in _numbers(known, PARTICIPANTS):
        if state == "alive":
            put(role, there=there)
    for (role,), errors in _numbers(known, ERRORS):
        put(role, errors=errors, is_ours=True, times=times.get(role))
    for (role, _, side), count in _numbers(known, MESSAGES):
        before = roles.get(role, RoleFigures(role))
        if side == "in":
            put(role, received=before.received + count)
        else:
            put(role, sent=before.sent + count)
    for (role,), in_hand in _numbers(known, IN_HAND):
        put(role, in_hand=in_hand)
    for (role, *_), waiting in _numbers(known, WAITING):
        put(role, waiting=(roles.get(role, RoleFigures(role)).waiting or 0) + waiting)
    for (role, _), jobs in _numbers(known, JOB):
        put(role, jobs=roles.get(role, RoleFigures(role)).jobs + jobs)
    bindings = {state: number for (state,), number in _numbers(known, BINDINGS)}
    return Summary(
        tuple(roles.values()),
        any(value for _, value in _numbers(known, LINK)),
        bindings.get("bound", 0),
        bindings.get("pending", 0),
        {queue: number for (queue,), number in _numbers(known, DEAD)},
        since,
    )


def duration_of(seconds: float) -> str:
    """A time that a job takes, in three digits: `420 us`, `1.25 ms`, `3.2 s`."""
    for unit, size in (("us", 1e-6), ("ms", 1e-3)):
        if seconds < 1000 * size:
            value = seconds / size
            return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    return f"{seconds:.1f} s"


def _numbers(known: Mapping[str, Family], metric: Metric) -> list[tuple[tuple[str, ...], int]]:
    family = known.get(metric.name)
    return [
        (labels, value.total if isinstance(value, Buckets) else int(value))
        for labels, value in (family.samples.items() if family is not None else ())
    ]


def _row(of: RoleFigures) -> tuple[str, ...]:
    begin = shown(of.role), str(of.there), "-" if of.waiting is None else f"{of.waiting:,}"
    if not of.is_ours:
        return (*begin, *["-"] * (len(_HEAD) - len(begin)))
    times = ("-", "-")
    if of.times is not None:
        times = duration_of(of.times.average), duration_of(of.times.percentile)
    counts = (f"{each:,}" for each in (of.received, of.sent, of.jobs))
    return (*begin, *counts, *times, f"{of.errors:,}", f"{of.in_hand:,}")
