"""The entries of a graph that an edit has touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from ..definition import Side
from ..names import PortName, Role
from .changes import (
    Change,
    EdgeAdded,
    EdgeChanged,
    EdgeRemoved,
    ExportAdded,
    ExportChanged,
    ExportRemoved,
    GroupAdded,
    GroupChanged,
    GroupRemoved,
    InitialRemoved,
    InitialSet,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
    PropertiesChanged,
)
from .entries import Edge
from .model import Graph

K = TypeVar("K")
V = TypeVar("V")


@dataclass(slots=True)
class Touched:
    """The keys of these entries. In order, so that what is made of them has one.

    Attributes:
        properties: True if any of them is touched.
    """

    nodes: dict[Role, None] = field(default_factory=dict)
    edges: dict[Edge, None] = field(default_factory=dict)
    initials: dict[tuple[Role, PortName], None] = field(default_factory=dict)
    exports: dict[tuple[Side, str], None] = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)
    properties: bool = False

    @classmethod
    def by(cls, changes: Iterable[Change]) -> Touched | None:
        """What these changes touch; None for anything: a node that is renamed takes all along."""
        touched = cls()
        for change in changes:
            match change:
                case NodeRenamed():
                    return None
                case NodeAdded(node) | NodeRemoved(node) | NodeChanged(_, node):
                    touched.nodes[node.role] = None
                case EdgeAdded(edge) | EdgeRemoved(edge) | EdgeChanged(edge):
                    touched.edges[edge] = None
                case InitialSet(initial) | InitialRemoved(initial):
                    touched.initials[initial.role, initial.inport] = None
                case PropertiesChanged():
                    touched.properties = True
                case _:
                    touched._add(change)
        return touched

    def _add(self, change: Change) -> None:
        match change:
            case ExportAdded(export) | ExportRemoved(export):
                self.exports[export.side, export.public] = None
            case ExportChanged(before, after):
                self.exports |= {(each.side, each.public): None for each in (before, after)}
            case GroupAdded(group) | GroupRemoved(group):
                self.groups[group.name] = None
            case GroupChanged(old, new):
                self.groups |= {old.name: None, new.name: None}

    def part_of(self, graph: Graph) -> Graph:
        """What a graph has of them: a graph in which nodes may be missing."""
        return Graph(
            _some(graph.nodes, self.nodes),
            _some(graph.edges, self.edges),
            _some(graph.initials, self.initials),
            _some(graph.exports, self.exports),
            _some(graph.groups, self.groups),
            graph.properties if self.properties else _NOTHING,
        )


_NOTHING: Mapping[Any, Any] = MappingProxyType({})


def _some(entries: Mapping[K, V], keys: Iterable[K]) -> Mapping[K, V]:
    found = {key: entries[key] for key in keys if key in entries}
    return MappingProxyType(found) if found else _NOTHING
