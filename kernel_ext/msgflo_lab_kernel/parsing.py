"""argparse for magics: errors and help come back as values, nothing ends the kernel."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from msgflo_lab.errors import MsgFloLabError

_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\S)+""")


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


def words(line: str) -> list[tuple[str, int]]:
    """The words of a line without their quotes, and where each begins in the line.

    Quotes keep a word together, as in a shell; nothing is expanded.
    """
    return [(_unquoted(found.group()), found.start()) for found in _WORD.finditer(line)]


def quoted(name: str) -> str:
    """A name as one word of a line."""
    return name if name and _WORD.fullmatch(name) and "\\" not in name else f"'{name}'"


def _unquoted(word: str) -> str:
    return re.sub(
        r""""((?:\\.|[^"\\])*)"|'([^']*)'""",
        lambda found: (
            re.sub(r"\\(.)", r"\1", found.group(1))
            if found.group(1) is not None
            else found.group(2)
        ),
        word,
    )
