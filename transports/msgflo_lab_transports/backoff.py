"""How long to wait before the next attempt to reach a broker again. Pure but for the randomness."""

from __future__ import annotations

import random

from .limits import BACKOFF_FIRST_SECONDS, BACKOFF_MAX_SECONDS, STABLE_SECONDS


class Backoff:
    """Doubles from attempt to attempt, and begins anew after a link that stood for a while."""

    def __init__(self) -> None:
        self._next = BACKOFF_FIRST_SECONDS

    def slow_down(self) -> None:
        """Wait as long as it ever does, the next time."""
        self._next = BACKOFF_MAX_SECONDS

    def pause(self, stood: float) -> float:
        """Seconds to wait. `stood`: how long the last link stood, in seconds; 0 if it did not."""
        if stood >= STABLE_SECONDS:
            self._next = BACKOFF_FIRST_SECONDS
        pause, self._next = self._next, min(2 * self._next, BACKOFF_MAX_SECONDS)
        # So that not all who lost the same broker come back in the same moment.
        return pause * random.uniform(0.5, 1.0)
