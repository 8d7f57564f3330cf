"""What an edit did to a graph, as values. Undo, autosave, picture and protocol read this stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..names import Role
from .entries import Edge, Export, Group, Initial, Node, Wire


@dataclass(frozen=True, slots=True)
class NodeAdded:
    """A node was put in."""

    node: Node


@dataclass(frozen=True, slots=True)
class NodeRemoved:
    """A node was taken out. Its edges, initial packets and exported ports were removed before, and
    it left its groups, each by its own change.
    """

    node: Node


@dataclass(frozen=True, slots=True)
class NodeChanged:
    """A node's component or metadata changed."""

    before: Node
    after: Node


@dataclass(frozen=True, slots=True)
class NodeRenamed:
    """A node has another role now; its edges, initial packets, exported ports and places in groups
    came along.
    """

    before: Role
    after: Role


@dataclass(frozen=True, slots=True)
class EdgeAdded:
    """An edge was put in."""

    edge: Edge
    wires: tuple[Wire, ...] = (Wire(),)


@dataclass(frozen=True, slots=True)
class EdgeRemoved:
    """An edge was taken out."""

    edge: Edge
    wires: tuple[Wire, ...] = (Wire(),)


@dataclass(frozen=True, slots=True)
class EdgeChanged:
    """What a graph says of an edge changed: the edge itself stays."""

    edge: Edge
    before: tuple[Wire, ...]
    after: tuple[Wire, ...]


@dataclass(frozen=True, slots=True)
class InitialSet:
    """An inport has an initial packet now, in place of any other."""

    initial: Initial
    before: Initial | None = None


@dataclass(frozen=True, slots=True)
class InitialRemoved:
    """An inport has no initial packet any more."""

    initial: Initial


@dataclass(frozen=True, slots=True)
class ExportAdded:
    """A node's port is a port of the graph now."""

    export: Export


@dataclass(frozen=True, slots=True)
class ExportRemoved:
    """A port of the graph is no more."""

    export: Export


@dataclass(frozen=True, slots=True)
class ExportChanged:
    """A port of the graph has another public name, or other metadata."""

    before: Export
    after: Export


@dataclass(frozen=True, slots=True)
class GroupAdded:
    """A group was put in."""

    group: Group


@dataclass(frozen=True, slots=True)
class GroupRemoved:
    """A group was taken out; its nodes stay."""

    group: Group


@dataclass(frozen=True, slots=True)
class GroupChanged:
    """A group has another name, other nodes or other metadata."""

    before: Group
    after: Group


@dataclass(frozen=True, slots=True)
class PropertiesChanged:
    """What the graph says of itself changed."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]


Change = (
    NodeAdded
    | NodeRemoved
    | NodeChanged
    | NodeRenamed
    | EdgeAdded
    | EdgeRemoved
    | EdgeChanged
    | InitialSet
    | InitialRemoved
    | ExportAdded
    | ExportRemoved
    | ExportChanged
    | GroupAdded
    | GroupRemoved
    | GroupChanged
    | PropertiesChanged
)
