"""The graph: edits make new graphs, and their changes, replayed, lead to the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidName, MsgFloLabError, UnknownName
from msgflo_lab.graph import (
    Change,
    Edge,
    EdgeAdded,
    EdgeRemoved,
    Graph,
    Initial,
    InitialRemoved,
    InitialSet,
    Node,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
)
from msgflo_lab.graph.model import Edited
from msgflo_lab.names import PortName, Role
from tests.pure.strategies import edges, few_ports, few_roles, json_values

A, B, C = Role("a"), Role("b"), Role("c")
IN, OUT = PortName("in"), PortName("out")
AB = Edge(A, OUT, B, IN)
BC = Edge(B, OUT, C, IN)


class Replay:
    """A reader of the stream of changes: a graph of its own, in plain dictionaries."""

    def __init__(self) -> None:
        self.nodes: dict[Role, Node] = {}
        self.edges: dict[Edge, None] = {}
        self.initials: dict[tuple[Role, PortName], Initial] = {}

    def read(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case NodeAdded(node):
                    assert node.role not in self.nodes
                    self.nodes[node.role] = node
                case NodeRemoved(node):
                    assert not any(node.role in (e.source, e.target) for e in self.edges)
                    assert not any(node.role == role for role, _ in self.initials)
                    assert self.nodes.pop(node.role) == node
                case NodeChanged(before, after):
                    assert self.nodes[before.role] == before
                    self.nodes[after.role] = after
                case NodeRenamed(before, after):
                    self._rename(before, after)
                case EdgeAdded(edge):
                    assert edge not in self.edges
                    assert {edge.source, edge.target} <= self.nodes.keys()
                    self.edges[edge] = None
                case EdgeRemoved(edge):
                    del self.edges[edge]
                case InitialSet(initial, before):
                    at = (initial.role, initial.inport)
                    assert initial.role in self.nodes
                    assert self.initials.get(at) == before
                    self.initials[at] = initial
                case InitialRemoved(initial):
                    assert self.initials.pop((initial.role, initial.inport)) == initial

    def _rename(self, before: Role, after: Role) -> None:
        def new(role: Role) -> Role:
            return after if role == before else role

        assert after not in self.nodes
        self.nodes = {
            new(role): msgspec.structs.replace(node, role=new(role))
            for role, node in self.nodes.items()
        }
        self.edges = {
            e._replace(source=new(e.source), target=new(e.target)): None for e in self.edges
        }
        self.initials = {
            (new(role), port): Initial(new(role), port, initial.value)
            for (role, port), initial in self.initials.items()
        }


Edit = Callable[[Graph], Edited]


def _edit(name: str, *arguments: Any) -> Edit:
    return lambda graph: getattr(graph, name)(*arguments)


metadata = st.dictionaries(st.sampled_from(["x", "y", "label"]), json_values, max_size=2)
edits: st.SearchStrategy[Edit] = st.one_of(
    st.builds(_edit, st.just("add_node"), few_roles, st.sampled_from(["", "Repeat"]), metadata),
    st.builds(_edit, st.just("remove_node"), few_roles),
    st.builds(_edit, st.just("rename_node"), few_roles, few_roles),
    st.builds(_edit, st.just("connect"), edges),
    st.builds(_edit, st.just("connect"), edges),
    st.builds(_edit, st.just("disconnect"), edges),
    st.builds(_edit, st.just("set_initial"), few_roles, few_ports, json_values),
    st.builds(_edit, st.just("remove_initial"), few_roles, few_ports),
)


@given(st.lists(edits, max_size=30))
def test_changes_replayed_lead_to_the_same_graph(edits: list[Edit]) -> None:
    graph, replay = Graph(), Replay()
    for edit in edits:
        before = graph
        as_it_was = (dict(before.nodes), dict(before.edges), dict(before.initials))
        try:
            graph, changes = edit(before)
        except MsgFloLabError:
            continue
        replay.read(changes)
        assert (before.nodes, before.edges, before.initials) == as_it_was
        assert (graph is before) == (not changes)
        assert list(graph.nodes.items()) == list(replay.nodes.items())
        assert list(graph.edges) == list(replay.edges)
        assert list(graph.initials.items()) == list(replay.initials.items())
        assert all(graph.nodes[role].role == role for role in graph.nodes)


def test_a_graph_cannot_be_changed() -> None:
    graph, _ = Graph().connect(AB)
    with pytest.raises(AttributeError):
        graph.edges = {}  # type: ignore[misc]
    for entries in (graph.nodes, graph.edges, graph.initials):
        with pytest.raises(TypeError):
            entries["x"] = None  # type: ignore[index]
    with pytest.raises(AttributeError):
        graph.nodes[A].component = "other"  # type: ignore[misc]


def test_connect_brings_its_nodes() -> None:
    graph, changes = Graph().connect(AB)
    assert changes == (NodeAdded(Node(A)), NodeAdded(Node(B)), EdgeAdded(AB))
    assert graph.connect(AB) == (graph, ())
    assert Graph.of([AB, AB, BC]).edges.keys() == {AB, BC}
    assert list(Graph.of([AB, BC]).nodes) == [A, B, C]


def test_removing_a_node_takes_its_edges_and_packets_first() -> None:
    graph, _ = Graph.of([AB, BC, Edge(B, OUT, B, IN)]).set_initial(B, IN, 0)
    graph, changes = graph.remove_node(B)
    assert not graph.edges
    assert not graph.initials
    assert list(graph.nodes) == [A, C]
    assert changes[-1] == NodeRemoved(Node(B))
    assert len(changes) == 5


def test_renaming_carries_edges_packets_and_metadata() -> None:
    graph, _ = Graph.of([AB, BC, Edge(B, OUT, B, IN)]).set_initial(B, IN, False)
    graph, _ = graph.add_node(B, "Repeat", {"x": 1})
    graph, changes = graph.rename_node(B, Role("new"))
    new = Role("new")
    assert changes == (NodeRenamed(B, new),)
    assert list(graph.nodes) == [A, new, C]
    assert graph.nodes[new] == Node(new, "Repeat", {"x": 1})
    assert list(graph.edges) == [
        Edge(A, OUT, new, IN),
        Edge(new, OUT, C, IN),
        Edge(new, OUT, new, IN),
    ]
    assert graph.initials == {(new, IN): Initial(new, IN, False)}
    assert graph.rename_node(new, new) == (graph, ())


@pytest.mark.parametrize("value", [False, 0, "", None, [], {}, 0.0])
def test_falsy_packets_are_packets(value: Any) -> None:
    graph, changes = Graph().set_initial(A, IN, value)
    assert graph.initials[A, IN].value == value
    assert changes[-1] == InitialSet(Initial(A, IN, value))
    _, again = graph.set_initial(A, IN, value)
    assert again == (InitialSet(Initial(A, IN, value), Initial(A, IN, value)),)
    assert graph.remove_initial(A, IN)[1] == (InitialRemoved(Initial(A, IN, value)),)


def test_a_node_gets_what_is_new() -> None:
    graph, _ = Graph().add_node(A, "Repeat", {"x": 1})
    assert graph.add_node(A) == (graph, ())
    graph, changes = graph.add_node(A, metadata={"y": 2})
    assert changes == (
        NodeChanged(Node(A, "Repeat", {"x": 1}), Node(A, "Repeat", {"x": 1, "y": 2})),
    )


@pytest.mark.parametrize(
    ("edit", "error", "text"),
    [
        (_edit("add_node", ""), InvalidName, "a role needs a name"),
        (_edit("connect", Edge(Role(""), OUT, B, IN)), InvalidName, "a role needs a name"),
        (_edit("remove_node", Role("bb")), UnknownName, "no node `bb`; there are: a, b"),
        (_edit("rename_node", Role("x"), C), UnknownName, "no node `x`"),
        (_edit("rename_node", A, B), InvalidName, "cannot rename `a`: the role `b` is already"),
        (_edit("rename_node", A, Role("")), InvalidName, "the role `` is empty"),
        (_edit("disconnect", BC), UnknownName, "no edge `b.out -> c.in`; there are: a.out -> b.in"),
        (_edit("remove_initial", A, IN), UnknownName, "no initial packet `a.in`"),
    ],
)
def test_what_cannot_be_done(edit: Edit, error: type[MsgFloLabError], text: str) -> None:
    with pytest.raises(error) as raised:
        edit(Graph.of([AB]))
    assert text in str(raised.value)
