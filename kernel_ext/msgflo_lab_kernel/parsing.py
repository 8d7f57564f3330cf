"""argparse for magics: errors and help come back as values, nothing ends the kernel."""

from __future__ import annotations

import argparse
import re
from typing import Any, NamedTuple, NoReturn

from msgflo_lab.errors import MsgFloLabError

_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\S)+""")
_ENDED = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[^\s"'])*""")
_PLAIN = re.compile(r"""[^\s"'\\#][^\s"'\\]*""")


class Usage(MsgFloLabError):
    """A magic was typed wrongly; the text says how it goes."""


class Help(Exception):
    """Somebody asked for help; the text is the help."""


class Parser(argparse.ArgumentParser):
    """An argument parser for one magic or sub-command."""

    def __init__(self, **details: Any) -> None:
        super().__init__(**details, allow_abbrev=False)

    @property
    def options(self) -> list[str]:
        """Every option there is, in all its spellings."""
        return [option for action in self._actions for option in action.option_strings]

    @property
    def options_with_value(self) -> list[str]:
        """Those that take the next word."""
        return [o for action in self._actions if action.nargs != 0 for o in action.option_strings]

    def parsed(self, typed: list[str]) -> argparse.Namespace:
        """What was typed; options may stand between positional arguments that may be left out."""
        # Else argparse takes its own words for a format, with the percent sign of the magic.
        self.usage = self.format_usage().removeprefix("usage: ").strip().replace("%", "%%")
        return self.parse_intermixed_args(typed)

    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving the process."""
        usage = " ".join(self.format_usage().removeprefix("usage: ").split())
        raise Usage(f"{message}; it goes: {usage}")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Raise instead of leaving the process (only help gets here)."""
        del status
        raise Help(message or "")

    def print_help(self, file: Any = None) -> NoReturn:
        """Raise the help text instead of printing it."""
        del file
        raise Help(self.format_help().rstrip())


class Word(NamedTuple):
    """One word of a line.

    Attributes:
        text: Without its quotes.
        start: Where it begins in the line.
        raw: As it was typed.
    """

    text: str
    start: int
    raw: str


def words(line: str) -> list[Word]:
    """The words of a line. Quotes keep a word together, as in a shell; nothing is expanded."""
    return [
        Word(unquoted(found.group()), found.start(), found.group())
        for found in _WORD.finditer(line)
    ]


def before_comment(typed: list[Word]) -> list[Word]:
    """The words up to the first that begins with `#`: from there on it is a comment."""
    comment = next((at for at, word in enumerate(typed) if word.raw.startswith("#")), len(typed))
    return typed[:comment]


def unfinished(line: str) -> tuple[list[Word], str]:
    """The finished words of a line that is being typed, and its last one as it was typed so far.

    The last one is empty after a space, and may have a quote that is still open.
    """
    start = 0
    while True:
        end = _ENDED.match(line, start).end()  # type: ignore[union-attr]  # matches anything
        if end == len(line) or not line[end].isspace():
            return words(line[:start]), line[start:]
        start = end + 1


def quoted(name: str, quote: str = "") -> str:
    """A name as one word of a line; in quotes if it needs them, or if some are given."""
    if not quote and _PLAIN.fullmatch(name):
        return name
    if quote != '"' and "'" not in name:
        return f"'{name}'"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquoted(word: str) -> str:
    """A word without its quotes."""
    return re.sub(
        r""""((?:\\.|[^"\\])*)"|'([^']*)'""",
        lambda found: (
            re.sub(r"\\(.)", r"\1", found.group(1))
            if found.group(1) is not None
            else found.group(2)
        ),
        word,
    )
