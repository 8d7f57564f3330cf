"""Places in a text: offsets as line and column, and what is said about a place.

Pure. A line ends as the language says: at a newline, a carriage return (with its newline), or one
of Unicode's two separators.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import InvalidFbp

_END = re.compile("\r\n|[\n\r\u2028\u2029]")


class Place(NamedTuple):
    """A place in a text; both count from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in a text that is allowed and probably not meant.

    Attributes:
        problem: What it is, in a sentence without the place.
        place: Where it is; None where there are no lines: the problem says where, then.
        file: What the text was called.
    """

    problem: str
    place: Place | None
    file: str = "<fbp>"

    def __str__(self) -> str:
        if self.place is None:
            return f"{self.file}: {self.problem}"
        return f"{self.file}:{self.place.line}:{self.place.column}: {self.problem}"


class Lines:
    """The lines of one text. Made when the first place is asked for, in time linear in the text."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._begins = [0]
        self._ends: list[int] = []
        for each in _END.finditer(text):
            self._ends.append(each.start())
            self._begins.append(each.end())
        self._ends.append(len(text))

    def place(self, offset: int) -> Place:
        """The line and column of an offset."""
        row = bisect_right(self._begins, offset) - 1
        return Place(row + 1, offset - self._begins[row] + 1)

    def error(self, problem: str, offset: int) -> InvalidFbp:
        """The error that says this of the place, and shows its line."""
        place = self.place(offset)
        begin, end = self._begins[place.line - 1], self._ends[place.line - 1]
        return InvalidFbp(
            problem,
            file=self._file,
            line=place.line,
            column=place.column,
            text=self._text[begin:end],
        )

    def notice(self, problem: str, offset: int) -> Notice:
        """The same for what is only suspicious."""
        return Notice(problem, self.place(offset), self._file)
