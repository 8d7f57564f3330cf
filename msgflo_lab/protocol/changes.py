"""A change of a graph as the messages that tell clients of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

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
from .reading import fits, kinds_of


def told(change: Change, name: str, graph: Graph, before: Graph) -> Iterator[Message]:
    """The messages of one change, in order.

    Args:
        name: The graph's.
        graph: As it is after the edit that the change is a part of.
        before: As it was before that edit.
    """
    for command, payload in _told(change, graph, before):
        yield Message("graph", command, {**payload, "graph": name})


Part = tuple[str, dict[str, Any]]


def _told(change: Change, graph: Graph, before_it: Graph) -> Iterator[Part]:
    match change:
        case NodeAdded(node):
            yield "addnode", node_payload(node)
        case NodeRemoved(node):
            yield "removenode", {"id": node.role}
        case NodeChanged(before, after):
            if before.component == after.component:
                yield "changenode", {"id": after.role, "metadata": metadata_of(after)}
            else:
                yield from _replaced(after, graph, before_it)
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
            yield "addinitial", initial_with_metadata(initial)
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
            if old.nodes != new.nodes:
                yield from _regrouped(old, new)
                return
            if old.name != new.name:
                yield "renamegroup", {"from": old.name, "to": new.name}
            if old.metadata != new.metadata:
                yield "changegroup", {"name": new.name, "metadata": fitting(new.metadata, "group")}


def _replaced(node: Node, graph: Graph, before: Graph) -> Iterator[Part]:
    """The protocol knows no other component for a node: it goes, and comes again with all.

    What the same edit has taken away has gone before, and what it brings comes later.
    """
    edges = {edge: before.edges[edge] for edge in before.edges_of(node.role) if edge in graph.edges}
    initials = [
        each for at, each in before.initials.items() if at[0] == node.role and at in graph.initials
    ]
    exports = [
        each
        for at, each in before.exports.items()
        if each.role == node.role and at in graph.exports and graph.exports[at].role == node.role
    ]
    groups = [
        msgspec.structs.replace(each, nodes=tuple(n for n in each.nodes if n in graph.nodes))
        for name, each in before.groups.items()
        if name in graph.groups
        and node.role in each.nodes
        and node.role in graph.groups[name].nodes
    ]
    for edge, wires in edges.items():
        yield from (("removeedge", ends(edge, wire)) for wire in wires)
    yield from (("removeinitial", initial_payload(initial)) for initial in initials)
    for export in exports:
        yield f"remove{export.side.noun}", {"public": export.public}
    yield from (("removegroup", {"name": group.name}) for group in groups)
    yield "removenode", {"id": node.role}
    yield "addnode", node_payload(node)
    for edge, wires in edges.items():
        yield from (("addedge", edge_payload(edge, wire)) for wire in wires)
    yield from (("addinitial", initial_with_metadata(initial)) for initial in initials)
    yield from ((f"add{export.side.noun}", export_payload(export)) for export in exports)
    yield from (("addgroup", group_payload(group)) for group in groups)


def _regrouped(before: Group, after: Group) -> Iterator[Part]:
    """The protocol knows no other nodes for a group, and clients keep two of one name."""
    yield "removegroup", {"name": before.name}
    yield "addgroup", group_payload(after)


def _rewired(edge: Edge, before: tuple[Wire, ...], after: tuple[Wire, ...]) -> Iterator[Part]:
    old = {wire.indexes: wire for wire in before}
    new = {wire.indexes: wire for wire in after}
    for indexes in old.keys() - new.keys():
        yield "removeedge", ends(edge, old[indexes])
    for indexes, wire in new.items():
        if indexes not in old:
            yield "addedge", edge_payload(edge, wire)
        elif old[indexes] != wire:
            yield "changeedge", {**ends(edge, wire), "metadata": fitting(wire.metadata, "edge")}


def node_payload(node: Node) -> dict[str, Any]:
    """As `graph:addnode` has it, without the graph."""
    return {"id": node.role, "component": node.component, "metadata": metadata_of(node)}


def edge_payload(edge: Edge, wire: Wire) -> dict[str, Any]:
    """As `graph:addedge` has it, without the graph."""
    return {**ends(edge, wire), "metadata": fitting(wire.metadata, "edge")}


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


def initial_with_metadata(initial: Initial) -> dict[str, Any]:
    """As `graph:addinitial` has it, without the graph."""
    return {**initial_payload(initial), "metadata": fitting(initial.metadata, "initial")}


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
    metadata = fitting(group.metadata, "group")
    return {"name": group.name, "nodes": list(group.nodes), "metadata": metadata}


def metadata_of(node: Node) -> dict[str, Any]:
    """A node's metadata, with places in whole numbers, as the schema wants them."""
    return _whole(node.metadata)


def side_of(command: str) -> Side:
    """The side that a command like `addinport` is about."""
    return Side.OUT if command.endswith("outport") else Side.IN


def fitting(metadata: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Metadata of an `edge`, ... without what the schemas do not allow (a graph takes any)."""
    kinds = kinds_of(what)
    return {k: v for k, v in metadata.items() if k not in kinds or fits(v, kinds[k])}


def _whole(metadata: Mapping[str, Any]) -> dict[str, Any]:
    whole = fitting(metadata, "")
    for key in ("x", "y"):
        value = whole.get(key)
        if isinstance(value, float):
            whole[key] = round(value) if abs(value) < 1e15 else 0
    return whole


def _end(node: str, port: str, index: int | None) -> dict[str, Any]:
    return {"node": node, "port": port, **({} if index is None else {"index": index})}


def _said(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": dict(metadata)} if metadata else {}
