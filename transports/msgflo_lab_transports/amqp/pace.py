"""How many messages a reader may have in hand, found out from how fast it works. Pure.

With many in hand a fast handler never waits for the broker. With many in hand a slow one hoards
jobs that its colleagues could do. So a subscription begins with `AMQP_PREFETCH_FIRST`, gets four
times as many whenever that was not enough and it has worked off as many within
`AMQP_PREFETCH_SECONDS`, and goes back when it has become slow.
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
        self._worked = self._since = 0.0
        self._was_full = False

    def came(self, now: float) -> None:
        """One message has come."""
        if not self._in_hand:
            self._since = now
        self._in_hand += 1
        if self._in_hand >= self.prefetch:
            self._was_full = True

    def settled(self, now: float) -> bool:
        """One is done. True if `prefetch` is another one from now on."""
        # What came before `anew` may be settled after it.
        self._in_hand = max(self._in_hand - 1, 0)
        self._settled += 1
        # Only the time counts in which there was something to do.
        self._worked, self._since = self._worked + now - self._since, now
        if self._fixed or self._settled < self.prefetch:
            return False
        before, worked, was_full = self.prefetch, self._worked, self._was_full
        self._settled, self._worked = 0, 0.0
        self._was_full = self._in_hand >= before
        if worked <= AMQP_PREFETCH_SECONDS:
            if was_full:
                self.prefetch = min(before * _STEP, AMQP_PREFETCH_MOST)
        elif worked > AMQP_PREFETCH_SECONDS * _STEP * _STEP:
            self.prefetch = max(before // _STEP, AMQP_PREFETCH_FIRST)
        return self.prefetch != before
