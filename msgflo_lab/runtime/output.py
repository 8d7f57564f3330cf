"""What a participant's handler prints: into its own log, not into whichever cell ran last.

`current` says whose code is running; a `Switchboard` in place of `sys.stdout` sends each write
where it belongs. Threads and tasks of a participant set `current` when they start.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Collection
from contextvars import ContextVar
from typing import Any, TextIO, cast

from .limits import LOG_LINE, LOG_LINES

STREAMS = ("stdout", "stderr")


class OutputLog:
    """The last lines that a participant printed, cut to `LOG_LINE` characters each.

    Attributes:
        count: How many there have been.
    """

    def __init__(self) -> None:
        self.count = 0
        self._kept: deque[tuple[str, str]] = deque(maxlen=LOG_LINES)
        self._open: dict[str, str] = {}

    @property
    def lines(self) -> list[str]:
        """What is kept; the oldest goes first."""
        return [line for line, _ in list(self._kept)]

    def write(self, text: str, stream: str = STREAMS[0]) -> None:
        """Add text; a line counts when its end has come, or when it is long enough."""
        *whole, rest = (self._open.get(stream, "") + text).split("\n")
        self._kept.extend((line[:LOG_LINE], stream) for line in whole)
        self.count += len(whole)
        self._open[stream] = rest[:LOG_LINE]

    def since(self, count: int, streams: Collection[str] = STREAMS) -> list[str]:
        """The lines after the first `count`, as far as they are kept, and of these streams."""
        new = self.count - count
        kept = list(self._kept)[-new:] if new > 0 else []  # at once: others write meanwhile
        return [line for line, stream in kept if stream in streams]

    def text(self) -> str:
        """Everything that is kept, including lines that are not finished."""
        return "\n".join([*self.lines, *filter(None, list(self._open.values()))])


current: ContextVar[OutputLog | None] = ContextVar("msgflo_lab_output", default=None)
"""The log of the participant whose code is running here, or None outside of participants."""


class Switchboard:
    """Stands in for a text stream: writes by participants go to their logs, others pass through."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self.stream = stream
        self._name = name

    def write(self, text: str) -> int:
        """Write to the running participant's log, or to the stream."""
        log = current.get()
        if log is None:
            return self.stream.write(text)
        log.write(text, self._name)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def install() -> None:
    """Put switchboards in place of `sys.stdout` and `sys.stderr`. Idempotent."""
    for name in STREAMS:
        stream = getattr(sys, name)
        if not isinstance(stream, Switchboard):
            setattr(sys, name, cast(TextIO, Switchboard(stream, name)))


def uninstall() -> None:
    """Put the streams back, unless somebody else has put something over the switchboard."""
    for name in STREAMS:
        stream = getattr(sys, name)
        if isinstance(stream, Switchboard):
            setattr(sys, name, stream.stream)
