"""When participants of ours announce themselves."""

from __future__ import annotations

from itertools import islice

import pytest

from msgflo_lab.discovery import Event, Joined, Roster
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.runtime.limits import ANNOUNCE_PERIOD
from msgflo_lab.runtime.period import VARIABLE, announce_period, intervals
from tests.runtime.helpers import definition


@pytest.mark.parametrize(("said", "period"), [("3", 3.0), ("", ANNOUNCE_PERIOD)])
def test_what_the_variable_says(said: str, period: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, said)
    assert announce_period() == period


@pytest.mark.parametrize("said", ["often", "0", "-5", "2.5"])
def test_what_is_no_period(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, said)
    with pytest.raises(MsgFloLabError, match=f"{VARIABLE} .*`{said}`"):
        announce_period()


def test_the_first_announcements_follow_closely() -> None:
    """So that a network which begins a moment later knows them in a moment."""
    usual = 60 / 2.2
    assert list(islice(intervals(60, are_kept=False), 5)) == [4, 8, 16, usual, usual]
    assert list(islice(intervals(60, are_kept=True), 2)) == [usual, usual]
    assert list(islice(intervals(8, are_kept=False), 2)) == [8 / 2.2] * 2


@pytest.mark.parametrize("period", [1, 2.2, 9, 60, 600])
def test_nobody_takes_them_for_absent_meanwhile(period: float) -> None:
    roster, now, events = Roster(), 0.0, list[Event]()
    for interval in islice(intervals(period, are_kept=False), 20):
        events += roster.heard(definition("r"), now)
        now += interval
        events += roster.sweep(now)
    assert [type(each) for each in events] == [Joined]
