"""Ports of nodes that are ports of the whole graph. Edits like the methods of `Graph`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from ..definition import Side
from ..errors import InvalidName, UnknownName
from ..names import Role, shown
from .changes import Change, ExportAdded, ExportChanged, ExportRemoved
from .entries import Export, merged
from .mappings import with_entry, without_entry

if TYPE_CHECKING:
    from .model import Edited, Graph

Exports = Mapping[tuple[Side, str], Export]


def add_export(graph: Graph, export: Export) -> Edited:
    """Make a node's port a port of the graph, and the node where it is missing.

    One of the same public name is replaced, and keeps its metadata but for what is new.

    Raises:
        InvalidName: The public name is empty.
    """
    if not export.public:
        raise InvalidName("a port of the graph needs a name")
    graph, changes = graph.add_node(export.role)
    at = (export.side, export.public)
    before = graph.exports.get(at)
    known = before.metadata if before is not None else {}
    export = msgspec.structs.replace(export, metadata=merged(known, export.metadata))
    if export == before:
        return graph, changes
    after = replace(graph, exports=with_entry(graph.exports, at, export))
    if before is None:
        return after, (*changes, ExportAdded(export))
    if (before.role, before.port) == (export.role, export.port):
        return after, (*changes, ExportChanged(before, export))
    return after, (*changes, ExportRemoved(before), ExportAdded(export))


def remove_export(graph: Graph, side: Side, public: str) -> Edited:
    """Take a port of the graph away.

    Raises:
        UnknownName: There is none of that name.
    """
    export = _export(graph, side, public)
    after = replace(graph, exports=without_entry(graph.exports, (side, public)))
    return after, (ExportRemoved(export),)


def rename_export(graph: Graph, side: Side, public: str, after: str) -> Edited:
    """Give a port of the graph another public name.

    Raises:
        UnknownName: There is none of that name.
        InvalidName: The new name is empty or taken.
    """
    export = _export(graph, side, public)
    if after == public:
        return graph, ()
    if not after or (side, after) in graph.exports:
        why = "is taken" if after else "is empty"
        raise InvalidName(f"cannot rename `{shown(public)}`: the name `{shown(after)}` {why}")
    renamed = msgspec.structs.replace(export, public=after)
    exports = {
        (each.side, each.public): each
        for each in (renamed if e is export else e for e in graph.exports.values())
    }
    return replace(graph, exports=MappingProxyType(exports)), (ExportChanged(export, renamed),)


def leave_exports(graph: Graph, role: Role) -> Edited:
    """Take all exported ports of a node away."""
    changes = list[Change]()
    for side, public in [at for at, export in graph.exports.items() if export.role == role]:
        graph, more = remove_export(graph, side, public)
        changes += more
    return graph, tuple(changes)


def moved_exports(exports: Exports, before: Role, after: Role) -> Exports:
    """The exported ports of a graph in which a node has another role."""
    if not any(export.role == before for export in exports.values()):
        return exports
    return MappingProxyType(
        {
            at: msgspec.structs.replace(export, role=after) if export.role == before else export
            for at, export in exports.items()
        }
    )


def _export(graph: Graph, side: Side, public: str) -> Export:
    export = graph.exports.get((side, public))
    if export is None:
        known = [name for at, name in graph.exports if at is side]
        raise UnknownName(f"exported {side.noun}", public, known=known)
    return export
