"""What leads from one graph to another: nothing that is the same in both is touched."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

import msgspec

from ..names import Role
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
    PropertiesChanged,
)
from .entries import Group
from .model import Edited, Graph


def edit_into(before: Graph, after: Graph) -> Edited:
    """The second graph, as an edit of the first.

    The changes are in an order in which they can be carried out one by one: what uses a node goes
    before the node goes, and comes after it has come. A node that has another name is another node.
    """
    gone = before.nodes.keys() - after.nodes.keys()
    return after, (*_leaving(before, after, gone), *_coming(before, after, gone))


def _leaving(before: Graph, after: Graph, gone: Set[Role]) -> Iterator[Change]:
    for group_name, group in before.groups.items():
        if group_name not in after.groups:
            yield GroupRemoved(group)
    for at, export in before.exports.items():
        now = after.exports.get(at)
        if now is None or (now.role, now.port) != (export.role, export.port):
            yield ExportRemoved(export)
    for inport, initial in before.initials.items():
        if inport not in after.initials:
            yield InitialRemoved(initial)
    for edge, wires in before.edges.items():
        if edge not in after.edges:
            yield EdgeRemoved(edge, wires)
    for name, group in before.groups.items():
        if name in after.groups and not gone.isdisjoint(group.nodes):
            yield GroupChanged(group, _without(group, gone))
    for role, node in before.nodes.items():
        if role in gone:
            yield NodeRemoved(node)


def _coming(before: Graph, after: Graph, gone: Set[Role]) -> Iterator[Change]:
    if not same(before.properties, after.properties):
        yield PropertiesChanged(before.properties, after.properties)
    for role, node in after.nodes.items():
        known = before.nodes.get(role)
        if known is None:
            yield NodeAdded(node)
        elif not same(known, node):
            yield NodeChanged(known, node)
    for edge, wires in after.edges.items():
        old = before.edges.get(edge)
        if old is None:
            yield EdgeAdded(edge, wires)
        elif not same(old, wires):
            yield EdgeChanged(edge, old, wires)
    for inport, initial in after.initials.items():
        previous = before.initials.get(inport)
        if previous is None or not same(previous, initial):
            yield InitialSet(initial, previous)
    for at, export in after.exports.items():
        exported = before.exports.get(at)
        if exported is None or (exported.role, exported.port) != (export.role, export.port):
            yield ExportAdded(export)
        elif not same(exported, export):
            yield ExportChanged(exported, export)
    for name, group in after.groups.items():
        grouped = before.groups.get(name)
        if grouped is None:
            yield GroupAdded(group)
        elif not same(now := _without(grouped, gone), group):
            yield GroupChanged(now, group)


def same(one: Any, other: Any) -> bool:
    """True if both are the same JSON. To Python, `1`, `1.0` and `True` are equal."""
    return one is other or (bool(one == other) and _encode(one) == _encode(other))


def _without(group: Group, gone: Set[Role]) -> Group:
    if gone.isdisjoint(group.nodes):
        return group
    kept = tuple(node for node in group.nodes if node not in gone)
    return msgspec.structs.replace(group, nodes=kept)


# What the encoder does not know is an immutable mapping.
_encode = msgspec.json.Encoder(order="deterministic", enc_hook=dict).encode
