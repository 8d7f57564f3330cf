"""How the handler of a participant has been doing."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable

from ..names import Role
from .failure import Failure, failure_of
from .limits import BUSY_SHOWN, ERROR_SHOWN, ERRORS_KEPT


class Health:
    """Runs that have raised, counted; on one loop.

    Attributes:
        failures: The latest `ERRORS_KEPT`, oldest first.
        errors: How many there have been.
        failed_at: How many of them were runs, by inport ("" for a source).
        failing: The last run of the handler raised.
        ill_until: Until then, on the loop's clock, a failure is shown even if runs succeed again.
        busy: Seconds that the handler has been at one message, as of the last look; 0 if that is
            not worth a word.
    """

    def __init__(self, on_change: Callable[[], object]) -> None:
        """`on_change` is called whenever a failure is to be shown, or not to be shown any more."""
        self.failures: deque[Failure] = deque(maxlen=ERRORS_KEPT)
        self.errors = 0
        self.failed_at: Counter[str] = Counter()
        self.failing = False
        self.ill_until = 0.0
        self.busy = 0.0
        self._at: object | None = None
        self._since = 0.0
        self._on_change = on_change

    def is_ill(self, now: float) -> bool:
        """True if an error is to be shown."""
        return self.failing or now < self.ill_until

    def look(self, at: object | None, now: float) -> None:
        """Look at what the handler is doing; None if nothing. Once a second or so."""
        if at is not self._at:
            self._at, self._since = at, now
        before, busy = self.busy, now - self._since if at is not None else 0.0
        self.busy = busy if busy >= BUSY_SHOWN else 0.0
        if self.busy != before:
            self._on_change()

    def heal(self) -> None:
        """What has failed is mended, as far as anybody can see."""
        self.failing, self.ill_until = False, 0.0

    def succeeded(self) -> None:
        """A run came to its end."""
        if self.failing:
            self.failing = False
            self._on_change()

    def failed(self, role: Role, error: BaseException, where: str) -> Failure:
        """A run raised, on account of a message at the inport `where` ("" for a source)."""
        self.failing = True
        self.failed_at[where] += 1
        return self.note(role, error, where)

    def note(self, role: Role, error: BaseException, where: str) -> Failure:
        """Something went wrong that no run of the handler has to answer for."""
        failure = failure_of(role, error, where)
        self.failures.append(failure)
        self.errors += 1
        self.ill_until = asyncio.get_running_loop().time() + ERROR_SHOWN
        self._on_change()
        return failure
