"""The entries of a graph: nodes, edges, initial packets, exported ports, groups. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from ..definition import Side
from ..names import PortName, Role


class Node(msgspec.Struct, frozen=True):
    """One node: a role that some participant is to play.

    Attributes:
        component: What it runs, or "" where only the role is known.
        metadata: Free JSON; `x` and `y` are its place in a picture.
    """

    role: Role
    component: str = ""
    metadata: Mapping[str, Any] = {}


class Edge(NamedTuple):
    """From an outport to an inport. Its four names identify it."""

    source: Role
    outport: PortName
    target: Role
    inport: PortName

    def __str__(self) -> str:
        return f"{self.source}.{self.outport} -> {self.target}.{self.inport}"


class Wire(msgspec.Struct, frozen=True):
    """What a graph says of an edge beyond its names.

    A queue has no indexes, so edges that differ in nothing else are one edge with several wires:
    they are kept for the tools that know array ports.

    Attributes:
        out_index, in_index: Where the port is an array of ports.
        metadata: Free JSON.
    """

    out_index: int | None = None
    in_index: int | None = None
    metadata: Mapping[str, Any] = {}

    @property
    def indexes(self) -> tuple[int | None, int | None]:
        """Both; they tell the wires of an edge apart."""
        return self.out_index, self.in_index


class Initial(msgspec.Struct, frozen=True):
    """A literal that is sent to an inport whenever its participant appears (FBP: IIP).

    Attributes:
        value: Any JSON value; falsy ones count too.
        index: Where the inport is an array of ports.
        metadata: Free JSON.
    """

    role: Role
    inport: PortName
    value: Any
    index: int | None = None
    metadata: Mapping[str, Any] = {}


class Export(msgspec.Struct, frozen=True):
    """A port of a node that is a port of the whole graph, under a name of its own.

    Attributes:
        side: Whether it is an inport or an outport.
        public: Its name as a port of the graph.
        metadata: Free JSON; `x` and `y` are its place in a picture.
    """

    side: Side
    public: str
    role: Role
    port: PortName
    metadata: Mapping[str, Any] = {}


class Group(msgspec.Struct, frozen=True):
    """Nodes that belong together, for people.

    Attributes:
        nodes: In the order in which they are listed.
        metadata: Free JSON; `description` says what they are.
    """

    name: str
    nodes: tuple[Role, ...] = ()
    metadata: Mapping[str, Any] = {}


def merged(metadata: Mapping[str, Any], change: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Metadata with a change: what is new comes in, and None takes a key out."""
    both = {**metadata, **(change or {})}
    return {key: value for key, value in both.items() if value is not None}
