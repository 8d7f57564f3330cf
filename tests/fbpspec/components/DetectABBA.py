"""A knock at the door in the right rhythm: a short pause, a long one, a short one."""

from __future__ import annotations

from msgflo_lab import Participant


class DetectABBA(Participant):
    """Says whether the last three pauses were short, long, short"""

    outports = ("detected",)

    def __init__(self) -> None:
        self._pauses: list[float] = []

    def process(self, inport: str, message: float) -> None:
        self._pauses = [*self._pauses, message][-3:]
        first, second, third = [0.0, 0.0, *self._pauses][-3:]
        self.send("detected", 0 < first == third < second)
