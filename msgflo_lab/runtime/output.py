"""What a participant's handler prints: into its own log, not into whichever cell ran last.

`current` says whose code is running; a `Switchboard` in place of `sys.stdout` sends each write
where it belongs. Threads and tasks of a participant set `current` when they start.
"""

from __future__ import annotations

import sys
from collections import deque
from contextvars import ContextVar
from typing import Any, TextIO, cast

from .limits import LOG_LINE, LOG_LINES


class OutputLog:
    """The last lines that a participant printed, cut to `LOG_LINE` characters each.

    Attributes:
        lines: What is kept; the oldest goes first.
        count: How many there have been.
    """

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=LOG_LINES)
        self.count = 0
        self._open = ""

    def write(self, text: str) -> None:
        """Add text; a line counts when its end has come, or when it is long enough."""
        *whole, rest = (self._open + text).split("\n")
        self.lines.extend(line[:LOG_LINE] for line in whole)
        self.count += len(whole)
        self._open = rest[:LOG_LINE]

    def since(self, count: int) -> list[str]:
        """The lines after the first `count`, as far as they are kept."""
        new = self.count - count
        return list(self.lines)[-new:] if new > 0 else []

    def text(self) -> str:
        """Everything that is kept, including a line that is not finished."""
        return "\n".join([*self.lines, *([self._open] if self._open else [])])


current: ContextVar[OutputLog | None] = ContextVar("msgflo_lab_output", default=None)
"""The log of the participant whose code is running here, or None outside of participants."""


class Switchboard:
    """Stands in for a text stream: writes by participants go to their logs, others pass through."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write to the running participant's log, or to the stream."""
        log = current.get()
        if log is None:
            return self.stream.write(text)
        log.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def install() -> None:
    """Put switchboards in place of `sys.stdout` and `sys.stderr`. Idempotent."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, Switchboard):
            setattr(sys, name, cast(TextIO, Switchboard(stream)))


def uninstall() -> None:
    """Put the streams back, unless somebody else has put something over the switchboard."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, Switchboard):
            setattr(sys, name, stream.stream)
