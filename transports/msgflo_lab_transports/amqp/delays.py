"""How long a message that is to come again waits on the broker. Pure.

There, each length of time is a queue. A reader that draws them by lot would make as many queues as
it has messages, so there are few to choose from.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from numbers import Real

from msgflo_lab.errors import InvalidMessage

from .limits import AMQP_LONGEST_DELAY_SECONDS

_HAND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_CLOCK = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45, 50)
_DAY = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24)
STEPS = sorted(
    {round(step * scale) for scale in (1, 10, 100) for step in _HAND}
    | {round(step * scale) for scale in (1_000, 60_000) for step in _CLOCK}
    | {round(step * 3_600_000) for step in _DAY}
)
"""Milliseconds; times that people choose, and some in between."""


def checked(after: float) -> float:
    """A delay in seconds. Raises InvalidMessage for one that cannot be."""
    is_number = isinstance(after, Real) and not isinstance(after, bool)
    # What is no number at all is neither more nor less than another one.
    if not is_number or not 0 <= after <= AMQP_LONGEST_DELAY_SECONDS:
        raise InvalidMessage(
            f"a message can come again in 0 to {AMQP_LONGEST_DELAY_SECONDS:,} seconds (a day), "
            f"not in {after!r}"
        )
    return float(after)


def step_of(after: float) -> int:
    """The milliseconds of a delay on the broker: never less than asked for, and not much more.

    Args:
        after: Seconds, from 0 to `AMQP_LONGEST_DELAY_SECONDS`.
    """
    milliseconds = math.ceil(round(after * 1000, 3))
    if milliseconds <= 0:
        return 0
    return STEPS[min(bisect_left(STEPS, milliseconds), len(STEPS) - 1)]
