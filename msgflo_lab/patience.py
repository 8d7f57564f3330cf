"""How long a program waits for a broker that is not there yet, when it begins.

Somebody at a terminal wants to know at once that an address leads nowhere. What was deployed begins
beside its broker, often before it, and is to wait. `MSGFLO_WAIT` says for how many seconds; without
it, a program that health checks look after waits for as long as it takes, since they tell of it,
and any other one not at all. Once it has been there, a broker is waited for in any case.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable

from .errors import ConnectionFailed, MsgFloLabError
from .healthy import VARIABLE as HEALTH
from .names import shown

VARIABLE = "MSGFLO_WAIT"
"""The environment variable: seconds, or `forever`."""
FOREVER = "forever"
_PAUSES = (0.5, 5.0)
"""Seconds between two attempts: at first, and at most (doubling in between)."""


def seconds_of(said: str, where: str = VARIABLE) -> float:
    """How long that is.

    Raises:
        MsgFloLabError: It is no time.
    """
    try:
        seconds = math.inf if said == FOREVER else float(said)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise MsgFloLabError(f"{where} is seconds, or `{FOREVER}`, and not `{shown(said)}`")
    return seconds


class Patience:
    """One program's, from its first attempt on. To be made before its health is told of."""

    def __init__(self, told: Callable[[str], object], said: str = "") -> None:
        """Read how long.

        Args:
            told: Takes a line for people: what is waited for, once for each reason.
            said: Of the command line, in place of the environment.

        Raises:
            MsgFloLabError: It is no time.
        """
        self._told = told
        usual = math.inf if os.environ.get(HEALTH) else 0.0
        given = os.environ.get(VARIABLE, "")
        if said:
            self._seconds = seconds_of(said, "--wait")
        else:
            self._seconds = seconds_of(given) if given else usual
        self._end: float | None = None
        self._next = _PAUSES[0]
        self._reason = ""

    def pause(self, error: ConnectionFailed) -> float:
        """Seconds until the next attempt, after one that has failed.

        Raises:
            ConnectionFailed: That one, if it has been long enough.
        """
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._seconds
        left = self._end - now
        if left <= 0:
            raise error
        if str(error) != self._reason:
            self._reason = str(error)
            limit = "" if math.isinf(self._seconds) else f", for {self._seconds:g} s at most"
            self._told(f"{error}; I wait for the broker{limit}")
        pause, self._next = self._next, min(2 * self._next, _PAUSES[1])
        return min(pause, left)
