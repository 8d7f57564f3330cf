"""Where the cards of a graph stand, in a file beside its text: `net.fbp` and `net.layout.json`.

A layout is a convenience: one that is broken, or about nodes that are gone, is told and never stops
a graph. None at all is the usual case, and nothing to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InvalidGraph, MsgFloLabError
from ..fbp import Notice, positions
from ..fbp.limits import MAX_LAYOUT
from ..files import replace, why
from ..names import listed, shown
from .forms import LAYOUT


def beside(path: Path) -> Path:
    """The layout's file of a graph's file."""
    return path.with_name(f"{path.stem}{LAYOUT}")


def write(path: Path, places: positions.Positions) -> None:
    """Write the layout beside a graph's file, if there is one or anything to say in it.

    Raises:
        MsgFloLabError: It cannot be written.
    """
    file = beside(path)
    text = positions.dumps(places)
    try:
        before = file.read_bytes() if file.exists() else None
        if before != text.encode() and (places or before is not None):
            replace(file, text.encode())
    except OSError as error:
        raise MsgFloLabError(f"`{shown(str(file))}` cannot be written: {why(error)}") from error


def read(path: Path, graph: Mapping[str, Any]) -> tuple[dict[str, Any], list[Notice]]:
    """A JSON graph with the positions that are beside its file; what it says itself wins.

    Returns:
        The graph, and what in the layout cannot be used.
    """
    file = beside(path)

    def told(problem: str) -> Notice:
        return Notice(problem, None, shown(file.name))

    try:
        found = positions.loads(_text(file))
    except FileNotFoundError:
        return dict(graph), []
    except (OSError, UnicodeError) as error:
        return dict(graph), [told(f"the cards stand anywhere: it cannot be read: {why(error)}")]
    except InvalidGraph as error:
        return dict(graph), [told(f"the cards stand anywhere: {error}")]
    placed, gone = positions.with_positions(graph, found.positions)
    notices = [told(problem) for problem in found.problems]
    if gone:
        notices.append(told(f"the graph has none of these, and they are dropped: {listed(gone)}"))
    return placed, notices


def _text(file: Path) -> str:
    """Raises OSError, UnicodeError, InvalidGraph."""
    if file.stat().st_size > MAX_LAYOUT:
        raise InvalidGraph(f"is larger than {MAX_LAYOUT:,} bytes", "the layout")
    return file.read_text(encoding="utf-8-sig")
