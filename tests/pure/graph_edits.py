"""Edits that hypothesis makes of a graph, and a reader of its stream of changes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from hypothesis import strategies as st

from msgflo_lab.definition import Side
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.graph import (
    Change,
    Edge,
    EdgeAdded,
    EdgeChanged,
    EdgeRemoved,
    Edited,
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
    PropertiesChanged,
    Wire,
)
from msgflo_lab.graph.exports import add_export, remove_export, rename_export
from msgflo_lab.graph.groups import add_group, change_group, remove_group, rename_group
from msgflo_lab.names import PortName, Role
from tests.pure.strategies import edges, few_ports, few_roles, json_values


class Replay:
    """A reader of the stream of changes: a graph of its own, in plain dictionaries."""

    def __init__(self) -> None:
        self.nodes: dict[Role, Node] = {}
        self.edges: dict[Edge, tuple[Wire, ...]] = {}
        self.initials: dict[tuple[Role, PortName], Initial] = {}
        self.exports: dict[tuple[Side, str], Export] = {}
        self.groups: dict[str, Group] = {}
        self.properties: dict[str, Any] = {}

    def is_same(self, graph: Graph) -> bool:
        return (
            graph.nodes == self.nodes
            and graph.edges == self.edges
            and graph.initials == self.initials
            and graph.exports == self.exports
            and graph.groups == self.groups
            and graph.properties == self.properties
        )

    def read(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case NodeAdded(node):
                    assert node.role not in self.nodes
                    self.nodes[node.role] = node
                case NodeRemoved(node):
                    assert not any(node.role in (e.source, e.target) for e in self.edges)
                    assert not any(node.role == role for role, _ in self.initials)
                    assert not any(node.role == e.role for e in self.exports.values())
                    assert not any(node.role in g.nodes for g in self.groups.values())
                    assert self.nodes.pop(node.role) == node
                case NodeChanged(before, after):
                    assert self.nodes[before.role] == before
                    self.nodes[after.role] = after
                case NodeRenamed(before, after):
                    self._rename(before, after)
                case EdgeAdded(edge, wires):
                    assert edge not in self.edges
                    assert {edge.source, edge.target} <= self.nodes.keys()
                    assert wires
                    self.edges[edge] = wires
                case EdgeChanged(edge, before, after):
                    assert self.edges[edge] == before
                    assert after
                    self.edges[edge] = after
                case EdgeRemoved(edge, wires):
                    assert self.edges.pop(edge) == wires
                case InitialSet(initial, before):
                    at = (initial.role, initial.inport)
                    assert initial.role in self.nodes
                    assert self.initials.get(at) == before
                    self.initials[at] = initial
                case InitialRemoved(initial):
                    assert self.initials.pop((initial.role, initial.inport)) == initial
                case PropertiesChanged(before, after):
                    assert self.properties == before
                    self.properties = dict(after)
                case _:
                    self._read_more(change)

    def _read_more(self, change: Change) -> None:
        match change:
            case ExportAdded(export):
                assert (export.side, export.public) not in self.exports
                assert export.role in self.nodes
                self.exports[export.side, export.public] = export
            case ExportRemoved(export):
                assert self.exports.pop((export.side, export.public)) == export
            case ExportChanged(before, after):
                assert (before.role, before.port) == (after.role, after.port)
                self.exports = {
                    (e.side, e.public): e
                    for e in (after if e == before else e for e in self.exports.values())
                }
            case GroupAdded(group):
                assert group.name not in self.groups
                self.groups[group.name] = group
            case GroupRemoved(group):
                assert self.groups.pop(group.name) == group
            case GroupChanged(before, after):
                assert self.groups[before.name] == before
                self.groups = {
                    g.name: g for g in (after if g == before else g for g in self.groups.values())
                }

    def _rename(self, before: Role, after: Role) -> None:
        def new(role: Role) -> Role:
            return after if role == before else role

        assert after not in self.nodes
        self.nodes = {
            new(role): msgspec.structs.replace(node, role=new(role))
            for role, node in self.nodes.items()
        }
        self.edges = {
            e._replace(source=new(e.source), target=new(e.target)): wires
            for e, wires in self.edges.items()
        }
        self.initials = {
            (new(role), port): msgspec.structs.replace(initial, role=new(role))
            for (role, port), initial in self.initials.items()
        }
        self.exports = {
            at: msgspec.structs.replace(e, role=new(e.role)) for at, e in self.exports.items()
        }
        self.groups = {
            name: msgspec.structs.replace(g, nodes=tuple(map(new, g.nodes)))
            for name, g in self.groups.items()
        }


Edit = Callable[[Graph], Edited]


def edit(name: str, *arguments: Any) -> Edit:
    return lambda graph: getattr(graph, name)(*arguments)


def _call(function: Callable[..., Edited]) -> Callable[..., Edit]:
    return lambda *arguments: lambda graph: function(graph, *arguments)


metadata = st.dictionaries(st.sampled_from(["x", "y", "label"]), json_values, max_size=2)
indexes = st.none() | st.integers(0, 2)
wires = st.builds(Wire, indexes, indexes, metadata)
few_names = st.sampled_from(["p", "q", ""])
exports = st.builds(Export, st.sampled_from(Side), few_names, few_roles, few_ports, metadata)
groups = st.builds(Group, few_names, st.lists(few_roles, max_size=3).map(tuple), metadata)
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(edit, st.just("add_node"), few_roles, st.sampled_from(["", "Repeat"]), metadata),
    st.builds(edit, st.just("remove_node"), few_roles),
    st.builds(edit, st.just("rename_node"), few_roles, few_roles),
    st.builds(edit, st.just("connect"), edges),
    st.builds(edit, st.just("connect"), edges, wires),
    st.builds(edit, st.just("disconnect"), edges),
    st.builds(edit, st.just("disconnect"), edges, wires),
    st.builds(edit, st.just("set_initial"), few_roles, few_ports, json_values),
    st.builds(edit, st.just("remove_initial"), few_roles, few_ports),
    st.builds(edit, st.just("describe"), metadata),
    st.builds(_call(add_export), exports),
    st.builds(_call(remove_export), st.sampled_from(Side), few_names),
    st.builds(_call(rename_export), st.sampled_from(Side), few_names, few_names),
    st.builds(_call(add_group), groups),
    st.builds(_call(remove_group), few_names),
    st.builds(_call(rename_group), few_names, few_names),
    st.builds(_call(change_group), few_names, metadata),
)


def made(every: list[Edit]) -> Graph:
    """The graph that these edits make, but for those that cannot be carried out."""
    graph = Graph()
    for each in every:
        with contextlib.suppress(MsgFloLabError):
            graph, _ = each(graph)
    return graph


graphs = st.lists(edits, max_size=25).map(made)
