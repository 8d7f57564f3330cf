"""How many messages a reader may have in hand, found out from how fast it works. Pure.

With many in hand a fast handler never waits for the broker. With many in hand a slow one hoards
jobs that its colleagues could do. So a subscription begins with `AMQP_PREFETCH_FIRST`, gets four
times as many whenever it has worked off all of them within `AMQP_PREFETCH_SECONDS`, and goes back
when it has become slow.
"""

from __future__ import annotations

from .limits import AMQP_PREFETCH_FIRST, AMQP_PREFETCH_MOST, AMQP_PREFETCH_SECONDS

_STEP = 4


class Pace:
    """Tell it of each message that is settled; it says when another prefetch is due.

    Attributes:
        prefetch: What it is now.
    """

    def __init__(self, fixed: int = 0) -> None:
        """`fixed`: a prefetch that never changes, or 0."""
        self.prefetch = fixed or AMQP_PREFETCH_FIRST
        self._fixed = bool(fixed)
        self._settled = 0
        self._since = 0.0

    def begin(self, now: float) -> None:
        """A message has come while none was in hand: from here on the time counts."""
        self._since, self._settled = now, 0

    def settled(self, now: float) -> bool:
        """One is done. True if `prefetch` is another one from now on. `now` in seconds."""
        self._settled += 1
        if self._fixed or self._settled < self.prefetch:
            return False
        took, self._settled, self._since = now - self._since, 0, now
        before = self.prefetch
        if took <= AMQP_PREFETCH_SECONDS:
            self.prefetch = min(before * _STEP, AMQP_PREFETCH_MOST)
        elif took > AMQP_PREFETCH_SECONDS * _STEP * _STEP:
            self.prefetch = max(before // _STEP, AMQP_PREFETCH_FIRST)
        return self.prefetch != before
