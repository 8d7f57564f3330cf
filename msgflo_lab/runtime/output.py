"""What a participant's handler prints: into its own log, not into whichever cell ran last.

`current` says whose code is running; a `Switchboard` in place of `sys.stdout` sends each write
where it belongs. Threads and tasks of a participant set `current` when they start.
"""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple, TextIO, cast

from ..names import Role, shown
from .limits import LOG_LINE, LOG_LINES, OUTPUTS_KEPT

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


class Voice(NamedTuple):
    """Who prints.

    Attributes:
        worker: Its number among the programs that play the role, from 1; 0: there is only one.
    """

    role: Role
    worker: int = 0

    def __str__(self) -> str:
        """For people: `work`, or `work #2`."""
        return shown(self.role) + (f" #{self.worker}" if self.worker else "")


class OutputLogs:
    """What programs have printed, each for itself, in all its lives.

    Of `OUTPUTS_KEPT` programs; the one that began first goes first.
    """

    def __init__(self) -> None:
        self._logs: dict[Voice, OutputLog] = {}

    def begin(self, voice: Voice) -> OutputLog:
        """The log of a program that begins; what it has printed before stands there already."""
        log = self._logs.pop(voice, None) or OutputLog()
        self._logs[voice] = log
        while len(self._logs) > OUTPUTS_KEPT:
            del self._logs[next(iter(self._logs))]
        return log

    def __iter__(self) -> Iterator[tuple[Voice, OutputLog]]:
        """All of them; numbers are told where a role has several."""
        programs = Counter(voice.role for voice in self._logs)
        for voice, log in self._logs.items():
            yield (voice if programs[voice.role] > 1 else Voice(voice.role)), log


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
