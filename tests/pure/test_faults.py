"""Which faults of ports are told."""

from __future__ import annotations

from msgflo_lab.definition import Side
from msgflo_lab.names import PortName
from msgflo_lab.runtime.faults import Faults

OUT, IN = ((side, PortName("level")) for side in (Side.OUT, Side.IN))


def test_what_is_new_and_not_too_often() -> None:
    faults = Faults(60)
    assert faults.is_news(OUT, "no number", 0)
    assert not faults.is_news(OUT, "no number", 1000)
    assert faults.is_news(OUT, "too long", 1000)
    assert not faults.is_news(OUT, "no number", 1059)
    assert faults.is_news(OUT, "no number", 1060)


def test_each_port_and_direction_for_itself() -> None:
    faults = Faults(60)
    assert faults.is_news(OUT, "no number", 0)
    assert faults.is_news(IN, "no number", 0)
