"""How many messages a reader may have in hand, found out from how fast it works. Pure.

With many in hand a fast handler never waits for the broker. With many in hand a slow one hoards
jobs that its colleagues could do. So a subscription begins with `AMQP_PREFETCH_FIRST`, gets four
times as many whenever as many have come and were worked off within `AMQP_PREFETCH_SECONDS`, and
goes back when it has become slow. Whether its hands are full is not asked: the broker takes its
time with what it is told, and a busy one sends less than it may.
"""

from __future__ import annotations

from .limits import AMQP_PREFETCH_FIRST, AMQP_PREFETCH_MOST, AMQP_PREFETCH_SECONDS

_STEP = 4


class Pace:
    """Tell it of each message that comes and that is settled. Times are in seconds.

    Attributes:
        prefetch: How many may be in hand now.
    """

    def __init__(self, fixed: int = 0) -> None:
        """`fixed`: a prefetch that never changes, or 0."""
        self.prefetch = fixed or AMQP_PREFETCH_FIRST
        self._fixed = bool(fixed)
        self._in_hand = 0
        self.anew()

    def anew(self) -> None:
        """Nothing is in hand any more: the link was lost."""
        self._in_hand = self._settled = 0
        self._worked = self._since = self._began = 0.0

    def came(self, now: float) -> None:
        """One message has come."""
        if not self._in_hand:
            self._since = now
            if not self._settled:
                self._began = now
        self._in_hand += 1

    def settled(self, now: float) -> bool:
        """One is done. True if `prefetch` is another one from now on."""
        # What came before `anew` may be settled after it.
        self._in_hand = max(self._in_hand - 1, 0)
        self._settled += 1
        # Only the time counts in which there was something to do.
        self._worked, self._since = self._worked + now - self._since, now
        if self._fixed or self._settled < self.prefetch:
            return False
        before, worked, took = self.prefetch, self._worked, now - self._began
        self._settled, self._worked, self._began = 0, 0.0, now
        if took <= AMQP_PREFETCH_SECONDS:
            self.prefetch = min(before * _STEP, AMQP_PREFETCH_MOST)
        elif worked > AMQP_PREFETCH_SECONDS * _STEP * _STEP:
            self.prefetch = max(before // _STEP, AMQP_PREFETCH_FIRST)
        return self.prefetch != before
