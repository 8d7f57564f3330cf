"""Several graphs as one: the network that they make together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from ..names import Role
from .entries import Edge, Node, Wire
from .model import Graph

K = TypeVar("K")
V = TypeVar("V")


def union(graphs: Iterable[Graph]) -> Graph:
    """All that is in any of them. What they say differently, the first one says.

    A role is one node, whichever graphs name it; its component is the first that is given.
    """
    every = list(graphs)
    if len(every) == 1:
        return every[0]
    nodes: dict[Role, Node] = {}
    edges: dict[Edge, tuple[Wire, ...]] = {}
    for graph in every:
        for role, node in graph.nodes.items():
            known = nodes.get(role)
            if known is not None:
                metadata = {**node.metadata, **known.metadata}
                node = Node(role, known.component or node.component, metadata)
            nodes[role] = node
        for edge, wires in graph.edges.items():
            both = {wire.indexes: wire for wire in (*wires, *edges.get(edge, ()))}
            edges[edge] = tuple(both.values())
    return Graph(
        MappingProxyType(nodes),
        MappingProxyType(edges),
        _first(graph.initials for graph in every),
        _first(graph.exports for graph in every),
        _first(graph.groups for graph in every),
        _first(graph.properties for graph in every),
    )


def _first(every: Iterable[Mapping[K, V]]) -> Mapping[K, V]:
    found: dict[K, V] = {}
    for entries in every:
        for key, value in entries.items():
            found.setdefault(key, value)
    return MappingProxyType(found)
