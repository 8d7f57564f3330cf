"""A change of a graph as the messages that tell clients of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..definition import Side
from ..graph import (
    Change,
    Edge,
    EdgeAdded,
    EdgeChanged,
    EdgeRemoved,
    Export,
    ExportAdded,
    ExportChanged,
    ExportRemoved,
    Graph,
    Group,
    GroupAdded,
    GroupChanged,
    GroupRemoved,
    Initial,
    InitialRemoved,
    InitialSet,
    Node,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
    Wire,
)
from .messages import Message


def told(change: Change, name: str, graph: Graph) -> Iterator[Message]:
    """The messages of one change, in order.

    Args:
        name: The graph's.
        graph: As it is after the change.
    """
    for command, payload in _told(change, graph):
        yield Message("graph", command, {**payload, "graph": name})


def told_whole(name: str, graph: Graph) -> Iterator[Message]:
    """The messages that make an empty graph of that name into this one."""
    changes: list[Change] = [NodeAdded(node) for node in graph.nodes.values()]
    changes += [EdgeAdded(edge, wires) for edge, wires in graph.edges.items()]
    changes += [InitialSet(initial) for initial in graph.initials.values()]
    changes += [ExportAdded(export) for export in graph.exports.values()]
    changes += [GroupAdded(group) for group in graph.groups.values()]
    for change in changes:
        yield from told(change, name, graph)


Part = tuple[str, dict[str, Any]]


def _told(change: Change, graph: Graph) -> Iterator[Part]:
    match change:
        case NodeAdded(node):
            yield "addnode", node_payload(node)
        case NodeRemoved(node):
            yield "removenode", {"id": node.role}
        case NodeChanged(before, after):
            if before.component == after.component:
                yield "changenode", {"id": after.role, "metadata": metadata_of(after)}
            else:
                yield from _replaced(after, graph)
        case NodeRenamed(old, new):
            yield "renamenode", {"from": old, "to": new}
        case EdgeAdded(edge, wires):
            for wire in wires:
                yield "addedge", edge_payload(edge, wire)
        case EdgeRemoved(edge, wires):
            for wire in wires:
                yield "removeedge", ends(edge, wire)
        case EdgeChanged(edge, old_wires, new_wires):
            yield from _rewired(edge, old_wires, new_wires)
        case InitialSet(initial, previous):
            if previous is not None:
                yield "removeinitial", initial_payload(previous)
            yield "addinitial", {**initial_payload(initial), "metadata": dict(initial.metadata)}
        case InitialRemoved(initial):
            yield "removeinitial", initial_payload(initial)
        case _:
            yield from _told_of_ports_and_groups(change)


def _told_of_ports_and_groups(change: Change) -> Iterator[Part]:
    match change:
        case ExportAdded(export):
            yield f"add{export.side.noun}", export_payload(export)
        case ExportRemoved(export):
            yield f"remove{export.side.noun}", {"public": export.public}
        case ExportChanged(before, after):
            if before.public != after.public:
                yield f"rename{after.side.noun}", {"from": before.public, "to": after.public}
            if before.metadata != after.metadata:
                yield f"add{after.side.noun}", export_payload(after)
        case GroupAdded(group):
            yield "addgroup", group_payload(group)
        case GroupRemoved(group):
            yield "removegroup", {"name": group.name}
        case GroupChanged(old, new):
            if old.name != new.name:
                yield "renamegroup", {"from": old.name, "to": new.name}
            if old.nodes != new.nodes:
                yield "addgroup", group_payload(new)
            elif old.metadata != new.metadata:
                yield "changegroup", {"name": new.name, "metadata": dict(new.metadata)}


def _replaced(node: Node, graph: Graph) -> Iterator[Part]:
    """The protocol knows no other component for a node: it goes, and comes again with all."""
    edges = {edge: graph.edges[edge] for edge in graph.edges_of(node.role)}
    initials = [each for (role, _), each in graph.initials.items() if role == node.role]
    for edge, wires in edges.items():
        for wire in wires:
            yield "removeedge", ends(edge, wire)
    for initial in initials:
        yield "removeinitial", initial_payload(initial)
    yield "removenode", {"id": node.role}
    yield "addnode", node_payload(node)
    for edge, wires in edges.items():
        for wire in wires:
            yield "addedge", edge_payload(edge, wire)
    for initial in initials:
        yield "addinitial", {**initial_payload(initial), "metadata": dict(initial.metadata)}


def _rewired(edge: Edge, before: tuple[Wire, ...], after: tuple[Wire, ...]) -> Iterator[Part]:
    old = {wire.indexes: wire for wire in before}
    new = {wire.indexes: wire for wire in after}
    for indexes in old.keys() - new.keys():
        yield "removeedge", ends(edge, old[indexes])
    for indexes, wire in new.items():
        if indexes not in old:
            yield "addedge", edge_payload(edge, wire)
        elif old[indexes] != wire:
            yield "changeedge", {**ends(edge, wire), "metadata": dict(wire.metadata)}


def node_payload(node: Node) -> dict[str, Any]:
    """As `graph:addnode` has it, without the graph."""
    return {"id": node.role, "component": node.component, "metadata": metadata_of(node)}


def edge_payload(edge: Edge, wire: Wire) -> dict[str, Any]:
    """As `graph:addedge` has it, without the graph."""
    return {**ends(edge, wire), "metadata": dict(wire.metadata)}


def ends(edge: Edge, wire: Wire | None = None) -> dict[str, Any]:
    """The two ends of an edge."""
    wire = wire or Wire()
    return {
        "src": _end(edge.source, edge.outport, wire.out_index),
        "tgt": _end(edge.target, edge.inport, wire.in_index),
    }


def initial_payload(initial: Initial) -> dict[str, Any]:
    """An initial packet and where it goes."""
    value = initial.value if not isinstance(initial.value, bytes) else repr(initial.value)
    return {
        "src": {"data": value},
        "tgt": _end(initial.role, initial.inport, initial.index),
    }


def export_payload(export: Export) -> dict[str, Any]:
    """As `graph:addinport` and `addoutport` have it, without the graph."""
    return {
        "public": export.public,
        "node": export.role,
        "port": export.port,
        **_said(_whole(export.metadata)),
    }


def group_payload(group: Group) -> dict[str, Any]:
    """As `graph:addgroup` has it, without the graph."""
    return {"name": group.name, "nodes": list(group.nodes), "metadata": dict(group.metadata)}


def metadata_of(node: Node) -> dict[str, Any]:
    """A node's metadata, with places in whole numbers, as the schema wants them."""
    return _whole(node.metadata)


def side_of(command: str) -> Side:
    """The side that a command like `addinport` is about."""
    return Side.OUT if command.endswith("outport") else Side.IN


def _whole(metadata: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(metadata)
    for key in ("x", "y"):
        value = whole.get(key)
        if isinstance(value, float):
            whole[key] = round(value) if abs(value) < 1e15 else 0
    return whole


def _end(node: str, port: str, index: int | None) -> dict[str, Any]:
    return {"node": node, "port": port, **({} if index is None else {"index": index})}


def _said(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": dict(metadata)} if metadata else {}
