"""`gevent.Timeout`, on strands: it strikes where the strand sleeps or waits.

After `patch_all`, gevent's strikes in every call that blocks. Ours cannot: it strikes at the end of
the block that it is for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from . import strands


class Timeout(BaseException):
    """Raised in the strand that started it, unless it is closed before.

    Attributes:
        seconds: After so many; None: never.
        exception: Raised instead of this one; False: ends a `with` block silently.
    """

    def __init__(
        self, seconds: float | None = None, exception: Any = None, *_: Any, **__: Any
    ) -> None:
        super().__init__()
        self.seconds = seconds
        self.exception = exception
        self.at = 0.0
        self._strand: strands.Strand | None = None

    @classmethod
    def start_new(cls, timeout: Any = None, exception: Any = None) -> Timeout:
        """One that has been started; one that is there already is started if need be."""
        made = timeout if isinstance(timeout, Timeout) else cls(timeout, exception)
        if not made.pending:
            made.start()
        return made

    @property
    def pending(self) -> bool:
        """True if it can still strike."""
        return self._strand is not None

    def start(self) -> None:
        """It runs from now on."""
        if self.seconds is not None:
            self.at = time.monotonic() + self.seconds
            self._strand = strands.current()
            self._strand.deadlines.append(self)

    def close(self) -> None:
        """It will not strike. Idempotent."""
        strand, self._strand = self._strand, None
        if strand is not None:
            strand.deadlines.remove(self)

    cancel = close

    def expire(self) -> None:
        """It strikes."""
        self.close()
        if self.exception is None or self.exception is False or isinstance(self.exception, str):
            raise self
        raise self.exception

    def __enter__(self) -> Timeout:
        if not self.pending:
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> bool:
        if error is None and self.exception is not False:
            self._strike_late()
        self.close()
        return error is self and self.exception is False

    def _strike_late(self) -> None:
        if strands.is_free() and self.pending and self.at <= time.monotonic():
            self.expire()

    def __str__(self) -> str:
        if self.seconds is None:
            return ""
        said = f": {self.exception}" if isinstance(self.exception, str) else ""
        return f"{self.seconds} second{'' if self.seconds == 1 else 's'}{said}"


_NOTHING = object()


def with_timeout(
    seconds: float | None,
    function: Callable[..., Any],
    *args: Any,
    timeout_value: Any = _NOTHING,
    **kwargs: Any,
) -> Any:
    """What a function returns, or `timeout_value` if it takes longer."""
    timeout = Timeout.start_new(seconds)
    try:
        with timeout:
            return function(*args, **kwargs)
    except Timeout as error:
        if error is timeout and timeout_value is not _NOTHING:
            return timeout_value
        raise
