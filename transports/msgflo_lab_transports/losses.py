"""What is lost is said in the log, but not once for each message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from .limits import LOSS_LOG_SECONDS

_log = logging.getLogger(__name__)


class Losses:
    """Losses of one kind: a line at the end of the loop's turn, then one in `LOSS_LOG_SECONDS`.

    Args:
        what: What has happened to the messages, to be read behind their number.
        tell: Called with each line, besides the log.
    """

    def __init__(self, what: str, tell: Callable[[str], None] | None = None) -> None:
        self._what = what
        self._also = tell
        self._why = ""
        self._new = 0
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, why: str = "") -> None:
        """One more. The latest reason is the one that is told."""
        self._new += 1
        self._why = why
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._next, loop.time()), self._tell, loop)

    def flush(self) -> None:
        """Nothing more will follow: tell what has not been told."""
        if self._timer is not None:
            self._timer.cancel()
            self._tell(asyncio.get_running_loop())

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._next = loop.time() + LOSS_LOG_SECONDS
        new, self._new = self._new, 0
        messages = "a message was" if new == 1 else f"{new:,} messages were"
        text = f"{messages} {self._what}{f': {self._why}' if self._why else ''}"
        _log.warning("%s", text)
        if self._also is not None:
            self._also(text)
