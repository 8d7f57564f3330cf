"""The graph of a folder: which of its files that is."""

from __future__ import annotations

from pathlib import Path

from ..errors import MsgFloLabError
from ..names import listed, shown

GRAPHS = ("main.fbp", "main.json", "graphs/main.fbp", "graphs/main.json")
"""Where it is looked for, before any other one."""


def graph_in(folder: Path) -> Path:
    """The graph of a folder: the one that is called so, or the only one.

    Raises:
        MsgFloLabError: There is none, or nobody knows which.
    """
    for each in GRAPHS:
        if (folder / each).is_file():
            return folder / each
    places = (folder, folder / "graphs")
    try:
        found = sorted(file for place in places if place.is_dir() for file in place.iterdir())
    except OSError as error:
        name = shown(str(folder))
        raise MsgFloLabError(f"`{name}` cannot be read: {error.strerror or error}") from error
    graphs = [file for file in found if file.suffix == ".fbp"]
    if len(graphs) != 1:
        names = listed(str(file.relative_to(folder)) for file in graphs)
        raise MsgFloLabError(
            f"`{shown(str(folder))}` has no graph that is called {GRAPHS[0]}, and {names} beside: "
            "name one"
        )
    return graphs[0]
