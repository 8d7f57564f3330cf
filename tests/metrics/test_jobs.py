"""How long jobs took, as values."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.metrics import Family, JobStatistics, JobTimes, statistics_of
from msgflo_lab.metrics.catalogue import (
    BINDINGS,
    DEAD,
    ERRORS,
    LINK,
    MESSAGES,
    PARTICIPANTS,
    WAITING,
)
from msgflo_lab.metrics.limits import BOUNDS, RECENT
from msgflo_lab.metrics.summary import duration_of, summary_of

seconds = st.floats(0, 1000) | st.sampled_from(BOUNDS)


@given(st.lists(st.lists(seconds, max_size=20), max_size=5), st.lists(seconds, max_size=5))
def test_every_job_is_in_its_bucket(portions: list[list[float]], failed: list[float]) -> None:
    times = JobTimes()
    for portion in portions:
        times.add(portion)
    for each in failed:
        times.add_failed(each)
    took = [each for portion in portions for each in portion]
    buckets = times.buckets
    assert buckets.total == len(took) + len(failed)
    assert buckets.sum == pytest.approx(sum(took) + sum(failed))
    for at, bound in enumerate(BOUNDS):
        assert sum(buckets.counts[: at + 1]) == sum(each <= bound for each in [*took, *failed])
    assert times.recent == took


def test_only_the_latest_are_kept_as_they_are() -> None:
    times = JobTimes()
    times.add([1.0] * RECENT)
    times.add([2.0, 3.0])
    assert len(times.recent) == RECENT
    assert times.recent[-2:] == [2.0, 3.0]
    assert times.buckets.total == RECENT + 2


@given(st.lists(seconds, min_size=2, max_size=50))
def test_statistics_are_those_of_pythons_own(took: list[float]) -> None:
    found = statistics_of(took)
    assert found is not None
    assert found.average == pytest.approx(statistics.fmean(took))
    assert found.stddev == pytest.approx(statistics.pstdev(took), abs=1e-9)
    percentile = statistics.quantiles(took, n=10, method="inclusive")[8]
    assert found.percentile == pytest.approx(percentile)


def test_statistics_of_few() -> None:
    assert statistics_of([]) is None
    assert statistics_of([2.0]) == JobStatistics(2.0, 0.0, 2.0)


@pytest.mark.parametrize(
    ("took", "said"),
    [
        (0.0, "0 us"),
        (0.0000125, "12.5 us"),
        (0.0009999, "1000 us"),
        (0.00125, "1.25 ms"),
        (0.42, "420 ms"),
        (3.21, "3.2 s"),
        (600, "600.0 s"),
    ],
)
def test_a_duration_in_few_letters(took: float, said: str) -> None:
    assert duration_of(took) == said


def test_the_summary_of_a_network() -> None:
    link, bindings, dead = Family(LINK), Family(BINDINGS), Family(DEAD)
    link.add(1)
    bindings.add(2, "bound")
    bindings.add(1, "pending")
    dead.add(3, "work.X")
    there, messages, errors = Family(PARTICIPANTS), Family(MESSAGES), Family(ERRORS)
    there.add(1, "work", "alive")
    there.add(2, "sensor", "alive")
    messages.add(1234, "work", "x", "in")
    messages.add(5, "work", "out", "out")
    errors.add(3, "work")
    waiting = Family(WAITING)
    waiting.add(1000, "work", "x", "work.X")
    waiting.add(7, "work", "y", "work.Y")
    families = [link, bindings, dead, there, messages, errors, waiting]
    summary = summary_of(families, {"work": JobStatistics(0.25, 0.1, 0.4)}, 0)
    assert str(summary).splitlines() == [
        "link up; 2 bindings, 1 pending; 3 dead letters (work.X: 3)",
        "role    there  waiting  in     out  jobs  average  p90     errors  in hand",
        "work    1      1,007    1,234  5    0     250 ms   400 ms  3       0",
        "sensor  2      -        -      -    -     -        -       -       -",
    ]
