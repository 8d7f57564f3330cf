"""The graph: edits make new graphs, and their changes, replayed, lead to the same one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidName, MsgFloLabError, UnknownName
from msgflo_lab.graph import (
    Edge,
    EdgeAdded,
    Graph,
    Initial,
    InitialRemoved,
    InitialSet,
    Node,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
    json_of,
)
from msgflo_lab.names import PortName, Role
from tests.pure.graph_edits import Edit, Replay, edit, edits

A, B, C = Role("a"), Role("b"), Role("c")
IN, OUT = PortName("in"), PortName("out")
AB = Edge(A, OUT, B, IN)
BC = Edge(B, OUT, C, IN)


@given(st.lists(edits, max_size=30))
def test_changes_replayed_lead_to_the_same_graph(every: list[Edit]) -> None:
    graph, replay = Graph(), Replay()
    for each in every:
        before = graph
        as_it_was = json_of(before)
        try:
            graph, changes = each(before)
        except MsgFloLabError:
            continue
        replay.read(changes)
        assert json_of(before) == as_it_was
        assert (graph is before) == (not changes)
        assert replay.is_same(graph)
        assert list(graph.nodes.items()) == list(replay.nodes.items())
        assert list(graph.edges.items()) == list(replay.edges.items())
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
    ("wrong", "error", "text"),
    [
        (edit("add_node", ""), InvalidName, "a role needs a name"),
        (edit("connect", Edge(Role(""), OUT, B, IN)), InvalidName, "a role needs a name"),
        (edit("remove_node", Role("bb")), UnknownName, "no node `bb`; there are: a, b"),
        (edit("rename_node", Role("x"), C), UnknownName, "no node `x`"),
        (edit("rename_node", A, B), InvalidName, "cannot rename `a`: the role `b` is already"),
        (edit("rename_node", A, Role("")), InvalidName, "the role `` is empty"),
        (edit("disconnect", BC), UnknownName, "no edge `b.out -> c.in`; there are: a.out -> b.in"),
        (edit("remove_initial", A, IN), UnknownName, "no initial packet `a.in`"),
    ],
)
def test_what_cannot_be_done(wrong: Edit, error: type[MsgFloLabError], text: str) -> None:
    with pytest.raises(error) as raised:
        wrong(Graph.of([AB]))
    assert text in str(raised.value)
