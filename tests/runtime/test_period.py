"""How often participants of ours announce themselves."""

from __future__ import annotations

import pytest

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.runtime.limits import ANNOUNCE_PERIOD
from msgflo_lab.runtime.period import VARIABLE, announce_period


@pytest.mark.parametrize(("said", "period"), [("3", 3.0), ("", ANNOUNCE_PERIOD)])
def test_what_the_variable_says(said: str, period: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, said)
    assert announce_period() == period


@pytest.mark.parametrize("said", ["often", "0", "-5", "2.5"])
def test_what_is_no_period(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, said)
    with pytest.raises(MsgFloLabError, match=f"{VARIABLE} .*`{said}`"):
        announce_period()
