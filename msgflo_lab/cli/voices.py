"""What a lab has to say while it runs, for whoever started it in a terminal."""

from __future__ import annotations

from ..lab import Lab
from ..names import shown
from . import printing


class Voices:
    """Prints what participants print, and what goes wrong; each once.

    Args:
        prints: Whether what participants print is of interest.
        as_json: Lines are for programs: `{"role": "work", "line": "done"}`.
    """

    def __init__(self, lab: Lab, *, prints: bool, as_json: bool = False) -> None:
        self._lab = lab
        self._prints = prints
        self._as_json = as_json
        self._seen: dict[str, int] = {}
        self._told: set[str] = set()

    def tell(self) -> None:
        """Print what is new."""
        for role, line in self._lab.printed(self._seen):
            if not self._prints:
                continue
            if self._as_json:
                printing.say_json({"role": role, "line": line})
            else:
                printing.say(f"{shown(role)} | {line}")
        for problem in self._lab.status().problems:
            if problem not in self._told:
                self._told.add(problem)
                printing.complain(problem)
