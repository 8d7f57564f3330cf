"""Nodes that belong together, for people. Edits like the methods of `Graph`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import InvalidName, UnknownName
from ..names import Role, shown
from .changes import Change, GroupAdded, GroupChanged, GroupRemoved
from .entries import Group, merged
from .mappings import with_entry, without_entry

if TYPE_CHECKING:
    from .model import Edited, Graph

Groups = Mapping[str, Group]


def add_group(graph: Graph, group: Group) -> Edited:
    """Put a group in. One of the same name gets these nodes, and what is new of the metadata.

    Raises:
        InvalidName: The name is empty.
    """
    if not group.name:
        raise InvalidName("a group needs a name")
    before = graph.groups.get(group.name)
    known = before.metadata if before is not None else {}
    group = Group(group.name, tuple(dict.fromkeys(group.nodes)), merged(known, group.metadata))
    if group == before:
        return graph, ()
    after = replace(graph, groups=with_entry(graph.groups, group.name, group))
    return after, (GroupAdded(group) if before is None else GroupChanged(before, group),)


def remove_group(graph: Graph, name: str) -> Edited:
    """Take a group out; its nodes stay.

    Raises:
        UnknownName: There is none of that name.
    """
    group = _group(graph, name)
    return replace(graph, groups=without_entry(graph.groups, name)), (GroupRemoved(group),)


def rename_group(graph: Graph, before: str, after: str) -> Edited:
    """Give a group another name.

    Raises:
        UnknownName: There is none of that name.
        InvalidName: The new name is empty or taken.
    """
    group = _group(graph, before)
    if before == after:
        return graph, ()
    if not after or after in graph.groups:
        why = "is taken" if after else "is empty"
        raise InvalidName(f"cannot rename `{shown(before)}`: the name `{shown(after)}` {why}")
    return _changed(graph, group, msgspec.structs.replace(group, name=after))


def change_group(graph: Graph, name: str, metadata: Mapping[str, Any]) -> Edited:
    """Merge metadata into that of a group; None takes a key out.

    Raises:
        UnknownName: There is none of that name.
    """
    group = _group(graph, name)
    changed = msgspec.structs.replace(group, metadata=merged(group.metadata, metadata))
    return _changed(graph, group, changed) if changed != group else (graph, ())


def leave_groups(graph: Graph, role: Role) -> Edited:
    """Take a node out of all its groups."""
    changes = list[Change]()
    for group in [group for group in graph.groups.values() if role in group.nodes]:
        nodes = tuple(node for node in group.nodes if node != role)
        graph, more = _changed(graph, group, msgspec.structs.replace(group, nodes=nodes))
        changes += more
    return graph, tuple(changes)


def moved_groups(groups: Groups, before: Role, after: Role) -> Groups:
    """The groups of a graph in which a node has another role."""
    if not any(before in group.nodes for group in groups.values()):
        return groups
    return MappingProxyType({name: _moved(group, before, after) for name, group in groups.items()})


def _moved(group: Group, before: Role, after: Role) -> Group:
    nodes = tuple(after if node == before else node for node in group.nodes)
    return msgspec.structs.replace(group, nodes=nodes)


def _changed(graph: Graph, before: Group, after: Group) -> Edited:
    groups = {
        group.name: group
        for group in (after if each is before else each for each in graph.groups.values())
    }
    return replace(graph, groups=MappingProxyType(groups)), (GroupChanged(before, after),)


def _group(graph: Graph, name: str) -> Group:
    group = graph.groups.get(name)
    if group is None:
        raise UnknownName("group", name, known=graph.groups)
    return group
