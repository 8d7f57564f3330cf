"""Several graphs as one: the network that they make together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from ..names import Role
from .changes import Change
from .difference import edit_into
from .entries import Edge, Node, Wire
from .model import Edited, Graph
from .touched import Touched

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


def edit_of_union(network: Graph, graphs: Iterable[Graph], changes: tuple[Change, ...]) -> Edited:
    """What an edit of one graph does to the network. Looks only at what the edit has touched.

    Args:
        network: The union before the edit.
        graphs: All, as they are after it.
        changes: What it did to its graph.
    """
    touched = Touched.by(changes)
    if touched is None:
        return edit_into(network, union(graphs))
    before = touched.part_of(network)
    after, network_changes = edit_into(before, union([touched.part_of(g) for g in graphs]))
    return _exchanged(network, before, after), network_changes


def _exchanged(network: Graph, before: Graph, after: Graph) -> Graph:
    """The network with one part of it in place of another."""
    return Graph(
        _with(network.nodes, before.nodes, after.nodes),
        _with(network.edges, before.edges, after.edges),
        _with(network.initials, before.initials, after.initials),
        _with(network.exports, before.exports, after.exports),
        _with(network.groups, before.groups, after.groups),
        _with(network.properties, before.properties, after.properties),
    )


def _with(entries: Mapping[K, V], before: Mapping[K, V], after: Mapping[K, V]) -> Mapping[K, V]:
    if not before and not after:
        return entries
    changed = {**entries, **after}
    for key in before.keys() - after.keys():
        del changed[key]
    return MappingProxyType(changed)


def _first(every: Iterable[Mapping[K, V]]) -> Mapping[K, V]:
    found: dict[K, V] = {}
    for entries in every:
        for key, value in entries.items():
            found.setdefault(key, value)
    return MappingProxyType(found)
