"""How long a handle waits before it tries to reach its broker again."""

from __future__ import annotations

from msgflo_lab_transports.backoff import Backoff
from msgflo_lab_transports.limits import (
    BACKOFF_FIRST_SECONDS,
    BACKOFF_MAX_SECONDS,
    STABLE_SECONDS,
)


def test_pauses_double_up_to_the_longest() -> None:
    backoff, due = Backoff(), BACKOFF_FIRST_SECONDS
    for _ in range(20):
        assert due / 2 <= backoff.pause(0.0) <= due
        due = min(2 * due, BACKOFF_MAX_SECONDS)
    assert due == BACKOFF_MAX_SECONDS


def test_a_link_that_stood_for_a_while_begins_anew() -> None:
    backoff = Backoff()
    for _ in range(20):
        backoff.pause(STABLE_SECONDS / 2)
    assert backoff.pause(STABLE_SECONDS) <= BACKOFF_FIRST_SECONDS


def test_one_that_is_not_wanted_waits_longest() -> None:
    backoff = Backoff()
    backoff.slow_down()
    assert backoff.pause(0.0) >= BACKOFF_MAX_SECONDS / 2
