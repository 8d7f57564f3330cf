"""What went wrong, and when."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from .limits import DIAGNOSES_KEPT


class Problem(str):
    """One line for people.

    Attributes:
        at: When it came up (first), in seconds since the epoch; 0 for what is still so now.
    """

    __slots__ = ("at",)
    at: float

    def __new__(cls, text: str, at: float = 0.0) -> Problem:
        """The text, and when."""
        made = super().__new__(cls, text)
        made.at = at
        return made


class Problems(deque[str]):
    """The latest `DIAGNOSES_KEPT`, the latest last; each gets its time when it is appended."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock`: seconds since the epoch."""
        super().__init__(maxlen=DIAGNOSES_KEPT)
        self._clock = clock

    def append(self, text: str) -> None:
        """One more."""
        super().append(Problem(text, self._clock()))
