"""What an edit did to a graph, as values. Undo, autosave, picture and protocol read this stream."""

from __future__ import annotations

from dataclasses import dataclass

from ..names import Role
from .entries import Edge, Initial, Node


@dataclass(frozen=True, slots=True)
class NodeAdded:
    """A node was put in."""

    node: Node


@dataclass(frozen=True, slots=True)
class NodeRemoved:
    """A node was taken out. Its edges and initial packets were removed before, each by its own
    change.
    """

    node: Node


@dataclass(frozen=True, slots=True)
class NodeChanged:
    """A node's component or metadata changed."""

    before: Node
    after: Node


@dataclass(frozen=True, slots=True)
class NodeRenamed:
    """A node has another role now; its edges and initial packets came along."""

    before: Role
    after: Role


@dataclass(frozen=True, slots=True)
class EdgeAdded:
    """An edge was put in."""

    edge: Edge


@dataclass(frozen=True, slots=True)
class EdgeRemoved:
    """An edge was taken out."""

    edge: Edge


@dataclass(frozen=True, slots=True)
class InitialSet:
    """An inport has an initial packet now, in place of any other."""

    initial: Initial
    before: Initial | None = None


@dataclass(frozen=True, slots=True)
class InitialRemoved:
    """An inport has no initial packet any more."""

    initial: Initial


Change = (
    NodeAdded
    | NodeRemoved
    | NodeChanged
    | NodeRenamed
    | EdgeAdded
    | EdgeRemoved
    | InitialSet
    | InitialRemoved
)
