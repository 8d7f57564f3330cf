"""Faults of ports, as far as people want to hear of them: the news, and not too often."""

from __future__ import annotations

from ..definition import Side
from ..names import PortName

Port = tuple[Side, PortName]


class Faults:
    """What has been told of each port of a participant.

    Args:
        seconds: Between two that are told of one port.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._told: dict[Port, tuple[str, float]] = {}

    def is_news(self, port: Port, text: str, now: float) -> bool:
        """Whether a fault is to be told: another one than before, and not right behind it."""
        before = self._told.get(port)
        if before is not None and (before[0] == text or now - before[1] < self._seconds):
            return False
        self._told[port] = (text, now)
        return True
