"""What a lab has to say while it runs, for whoever started it in a terminal."""

from __future__ import annotations

from collections.abc import Collection

from ..lab import Lab
from ..runtime.output import OutputLog, Voice
from . import printing

LOOK = 0.3
"""Seconds between two looks for what is new to print."""


class Voices:
    """Prints what participants print, and what goes wrong; each once.

    Of several programs that play one role, each has its number: `work #2 | done`.

    Args:
        streams: Which of what participants print is of interest, `stdout` or `stderr`.
        as_json: Lines are for programs: `{"role": "work", "line": "done"}`,
            and `"worker": 2` where there are several.
    """

    def __init__(self, lab: Lab, *, streams: Collection[str], as_json: bool = False) -> None:
        self._lab = lab
        self._streams = streams
        self._as_json = as_json
        self._seen: dict[OutputLog, int] = {}
        self._told: set[str] = set()
        self._failed = 0.0

    def tell(self) -> None:
        """Print what is new."""
        for voice, line in self._lab.printed(self._seen, self._streams):
            self._say(voice, line)
        self._tell_failures()
        for problem in self._lab.status().problems:
            if problem not in self._told:
                self._told.add(problem)
                printing.complain(problem)

    def _tell_failures(self) -> None:
        """Of those that run in this process; programs print theirs."""
        if "stderr" not in self._streams:
            return
        failures = [each for each in self._lab.errors() if each.at > self._failed]
        for each in failures:
            self._failed = max(self._failed, each.at)
            for line in each.trace.splitlines():
                self._say(Voice(each.role), line)

    def _say(self, voice: Voice, line: str) -> None:
        if self._as_json:
            number = {"worker": voice.worker} if voice.worker else {}
            printing.say_json({"role": voice.role, **number, "line": line})
        else:
            printing.say(f"{voice} | {line}")
