"""The option `--forward`: which of what participants print is printed, as in msgflo's programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from ..errors import MsgFloLabError
from ..names import listed, shown
from ..runtime.output import STREAMS
from . import options

BOTH = [",".join(STREAMS)]

Forward = Annotated[
    list[str] | None,
    typer.Option(
        metavar="stdout,stderr", help="Print what participants print on these, or on one of them."
    ),
]


def streams(given: Iterable[str] | None) -> list[str]:
    """Those that are to be printed. Raises MsgFloLabError if one is no stream."""
    found = options.names(given)
    for each in found:
        if each not in STREAMS:
            raise MsgFloLabError(f"--forward {shown(each)}: there are only {listed(STREAMS)}")
    return found
