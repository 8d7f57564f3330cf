"""When a program that has ended is started again. Pure."""

from __future__ import annotations

import signal
from enum import StrEnum

from .limits import RESTART, RESTART_CALM

KEY = "restart"
"""Of a node's metadata."""
_HOPELESS = (126, 127)
"""What the shell ends with where there is nothing that it could run."""


class Restart(StrEnum):
    """What a node's metadata say of it."""

    ALWAYS = "always"
    ON_FAILURE = "on-failure"
    NEVER = "never"

    @classmethod
    def of(cls, said: object) -> Restart | None:
        """By its word; `on-failure` where nothing is said; None for any other word."""
        try:
            return cls.ON_FAILURE if said is None else cls(str(said))
        except ValueError:
            return None


class Pauses:
    """The growing pauses between the lives of one program."""

    def __init__(self, limits: tuple[float, float] = RESTART, calm: float = RESTART_CALM) -> None:
        self._first, self._most = limits
        self._calm = calm
        self._next = self._first

    def after(self, policy: Restart, code: int, lived: float) -> float | None:
        """Seconds until it is to be started again; None if it is not.

        Args:
            code: What it ended with; the negative number of a signal.
            lived: Seconds that it ran.
        """
        if policy is Restart.NEVER or (policy is Restart.ON_FAILURE and code == 0):
            return None
        if code in _HOPELESS:
            return None
        if lived >= self._calm:
            self._next = self._first
        pause, self._next = self._next, min(2 * self._next, self._most)
        return pause


def ended_with(code: int) -> str:
    """`1`, or `signal SIGKILL`."""
    if code >= 0:
        return str(code)
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
