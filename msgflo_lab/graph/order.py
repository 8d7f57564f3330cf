"""A graph in the one order in which it is written, however it has come about. Pure.

Whoever keeps files under version control wants the same graph to be the same text. The order in
which entries were put in is an accident: of the order in which cells were run, of an edge that was
taken out and put back. So files have the order of the names, and what is new stands between two
lines that stay; two people who each add a node at the end of the graph do not meet there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from .entries import Export, Group, Initial, Node, Wire
from .model import Graph

V = TypeVar("V")
Entry = TypeVar("Entry", Node, Wire, Initial, Export, Group)


def in_order(graph: Graph) -> Graph:
    """The same graph; its entries, and what is said of them, are in the order of their names.

    Lists keep their order, and so do the values of initial packets: a receiver may see that. What
    is said of an entry is JSON that can be written.
    """
    return Graph(
        nodes=_sorted(graph.nodes, _said),
        edges=_sorted(graph.edges, _wired),
        initials=_sorted(graph.initials, _said),
        exports=_sorted(graph.exports, _said),
        groups=_sorted(graph.groups, _said),
        properties=_tidy(graph.properties),
    )


def _sorted(entries: Mapping[Any, V], tidy: Callable[[V], V]) -> Mapping[Any, V]:
    return MappingProxyType({key: tidy(entries[key]) for key in sorted(entries)})


def _wired(wires: tuple[Wire, ...]) -> tuple[Wire, ...]:
    """By their indexes; those without one come first."""
    order = sorted(wires, key=lambda each: [(i is not None, i or 0) for i in each.indexes])
    return tuple(map(_said, order))


def _said(entry: Entry) -> Entry:
    if not entry.metadata:
        return entry
    return msgspec.structs.replace(entry, metadata=_tidy(entry.metadata))


def _tidy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _tidy(value[key]) for key in sorted(value)}
    return [_tidy(each) for each in value] if isinstance(value, list) else value
