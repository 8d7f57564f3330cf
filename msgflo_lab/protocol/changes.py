"""A change of a graph as the messages that tell clients of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, TypeGuard

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
    edit_into,
)
from .messages import Message
from .reading import fits, kinds_of


def told(changes: tuple[Change, ...], name: str, graph: Graph, before: Graph) -> Iterator[Message]:
    """The messages of one edit: a path from one graph to the other, in steps that clients know.

    Args:
        changes: What the edit did, in order.
        name: The graph's.
        graph: As it is after the edit.
        before: As it was before.
    """
    if replaced := {each.after.role for each in changes if _is_replaced(each)}:
        # The protocol knows no other component for a node: it goes, and comes again with all.
        between = before
        for role in replaced & before.nodes.keys():
            between, _ = between.remove_node(role)
        changes = (*edit_into(before, between)[1], *edit_into(between, graph)[1])
    for change in changes:
        for command, payload in _told(change):
            yield Message("graph", command, {**payload, "graph": name})


Part = tuple[str, dict[str, Any]]


def _is_replaced(change: Change) -> TypeGuard[NodeChanged]:
    return isinstance(change, NodeChanged) and change.before.component != change.after.component


def _told(change: Change) -> Iterator[Part]:
    match change:
        case NodeAdded(node):
            yield "addnode", node_payload(node)
        case NodeRemoved(node):
            yield "removenode", {"id": node.role}
        case NodeChanged(_, after):
            yield "changenode", {"id": after.role, "metadata": metadata_of(after)}
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
            whole[key] = round(value) if isfinite(value) else 0
    return whole


def _end(node: str, port: str, index: int | None) -> dict[str, Any]:
    return {"node": node, "port": port, **({} if index is None else {"index": index})}


def _said(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": dict(metadata)} if metadata else {}
