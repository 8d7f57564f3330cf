"""What a sub-command of `%msgflo` is."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgflo_lab.lab import Lab

from .parsing import Parser

Run = Callable[[Lab, argparse.Namespace], object]


class Command(NamedTuple):
    """One sub-command.

    Attributes:
        completes: What its positional arguments are: of `inport`, `outport`, `port`, `role`, and
            of `dead port`, `dead id`, `graph file`, `yaml file`, `component`, `project` and
            `adapter`.
        raw_after: How many words come before a last argument that is taken as it stands.
        raw_option: An option whose value is the rest of the line, as it stands.
        has_arrow: Whether `->`, `→` or a comma may stand between its two arguments.
        repeats: Whether the last of its positional arguments may be given again and again.
        values: What the values of its options are, in the words of `completes`.
        examples: How it is used, for its help.
    """

    name: str
    about: str
    run: Run
    arguments: Callable[[Parser], None]
    completes: tuple[str, ...] = ()
    raw_after: int | None = None
    raw_option: str = ""
    has_arrow: bool = False
    repeats: bool = False
    values: Mapping[str, str] = {}
    examples: str = ""

    def parser(self) -> Parser:
        """The command's argument parser."""
        parser = Parser(
            prog=f"%msgflo {self.name}",
            description=self.about,
            epilog=f"examples:\n{self.examples}" if self.examples else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.arguments(parser)
        return parser

    def completes_at(self, at: int) -> str:
        """What the positional argument at a place is, or "" where there can be none."""
        if self.repeats:
            at = min(at, len(self.completes) - 1)
        return self.completes[at] if at < len(self.completes) else ""
