"""How often participants of ours announce themselves."""

from __future__ import annotations

import pytest

from msgflo_lab.runtime.limits import ANNOUNCE_PERIOD
from msgflo_lab.runtime.period import VARIABLE, announce_period


@pytest.mark.parametrize(
    ("said", "period"),
    [
        ("3", 3.0),
        ("", ANNOUNCE_PERIOD),
        ("often", ANNOUNCE_PERIOD),
        ("0", ANNOUNCE_PERIOD),
        ("-5", ANNOUNCE_PERIOD),
        ("2.5", ANNOUNCE_PERIOD),
    ],
)
def test_what_the_variable_says(said: str, period: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, said)
    assert announce_period() == period
