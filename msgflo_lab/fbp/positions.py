"""Where nodes and exported ports stand in a picture, apart from the graph that they belong to.

Pure. A JSON graph has them in its metadata (`x`, `y`), as FBP tools read them. Beside a text of the
graph language they have a file of their own, so that a moved card changes no line of the logic:

    {
      "nodes": {
        "display": {"x": 320, "y": 8},
        "thermo": {"x": 8, "y": 8}
      }
    }
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import InvalidGraph
from .limits import MAX_PROBLEMS
from .literals import NotJson, read_json, write_json

_SECTIONS: Mapping[str, str] = {"nodes": "processes", "inports": "inports", "outports": "outports"}
"""What the sections of a layout are about, in a JSON graph."""
_PLACE = ("x", "y")

Positions = Mapping[str, Mapping[str, Mapping[str, float]]]
"""By section and name: `{"nodes": {"thermo": {"x": 8, "y": 8}}}`. Sections may be missing."""


class Layout(NamedTuple):
    """What a layout says.

    Attributes:
        positions: Those that can be used.
        problems: Of what cannot be, a line each, `MAX_PROBLEMS` at most.
    """

    positions: Positions
    problems: tuple[str, ...] = ()


def without_positions(graph: Mapping[str, Any]) -> tuple[dict[str, Any], Positions]:
    """A JSON graph without positions, and these. What is half a one, or no number, stays."""
    plain = dict(graph)
    positions: dict[str, dict[str, Mapping[str, float]]] = {}
    for section, key in _SECTIONS.items():
        entries = dict(graph.get(key) or {})
        for name, entry in entries.items():
            metadata = entry.get("metadata") or {}
            if not _is_place(metadata):
                continue
            positions.setdefault(section, {})[name] = {axis: metadata[axis] for axis in _PLACE}
            rest = {key: value for key, value in metadata.items() if key not in _PLACE}
            entries[name] = {key: value for key, value in entry.items() if key != "metadata"}
            if rest:
                entries[name]["metadata"] = rest
        if section in positions:
            plain[key] = entries
    return plain, positions


def with_positions(
    graph: Mapping[str, Any], positions: Positions
) -> tuple[dict[str, Any], list[str]]:
    """A JSON graph with positions in its metadata; what it says itself wins.

    Returns:
        The graph, and the names that it does not have.
    """
    placed, gone = dict(graph), list[str]()
    for section, places in positions.items():
        key = _SECTIONS[section]
        entries = dict(graph.get(key) or {})
        for name, place in places.items():
            entry = entries.get(name)
            if entry is None:
                gone.append(name)
                continue
            metadata = entry.get("metadata") or {}
            if not any(axis in metadata for axis in _PLACE):
                entries[name] = {**entry, "metadata": {**metadata, **place}}
        if entries:
            placed[key] = entries
    return placed, gone


def dumps(positions: Positions) -> str:
    """The text of a layout: a line for each card, in the order of their names."""
    sections = [
        f"  {write_json(section)}: {{\n"
        + ",\n".join(
            f"    {write_json(name)}: {write_json({axis: place[axis] for axis in _PLACE})}"
            for name, place in sorted(positions[section].items())
        )
        + "\n  }"
        for section in _SECTIONS
        if positions.get(section)
    ]
    return "{\n" + ",\n".join(sections) + "\n}\n" if sections else "{}\n"


def loads(text: str) -> Layout:
    """What a layout says. Entries that are no place are left out, and told.

    Raises:
        InvalidGraph: It is none at all.
    """
    try:
        data, end = read_json(text, 0)
    except NotJson as error:
        raise InvalidGraph(f"is not JSON: {error.problem}", "the layout") from None
    if not isinstance(data, dict) or text[end:].strip():
        raise InvalidGraph("should be one object", "the layout")
    positions: dict[str, dict[str, Mapping[str, float]]] = {}
    problems: list[str] = []
    for section in _SECTIONS:
        entries = data.get(section, {})
        if not isinstance(entries, dict):
            problems.append(f"`{section}` should be an object")
            continue
        for name, place in entries.items():
            if isinstance(place, dict) and _is_place(place):
                kept = {axis: place[axis] for axis in _PLACE}
                positions.setdefault(section, {})[name] = kept
            else:
                problems.append(f"`{section}.{name}` should be as in " + '{"x": 8, "y": 40}')
    return Layout(positions, tuple(problems[:MAX_PROBLEMS]))


def _is_place(metadata: Mapping[str, Any]) -> bool:
    return all(_is_number(metadata.get(axis)) for axis in _PLACE)


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return type(value) is int and abs(value) < 2**53
