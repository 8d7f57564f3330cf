"""What clients are told of an edit is a path that a client can follow that forgives nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msgflo_lab.definition import Side
from msgflo_lab.graph import Edge, Edited, Export, Graph, Group, Wire, edit_into
from msgflo_lab.graph.exports import add_export
from msgflo_lab.graph.groups import add_group
from msgflo_lab.names import PortName, Role
from msgflo_lab.protocol.changes import told

from .mirror import Mirror, seen

A, B = Role("a"), Role("b")
IN, OUT = PortName("in"), PortName("out")


def follow(before: Graph, edited: Edited) -> Mirror:
    """A client that had the graph before, and has heard of the edit."""
    graph, changes = edited
    mirror = Mirror()
    for message in (
        *told(edit_into(Graph(), before)[1], "g", before, Graph()),
        *told(changes, "g", graph, before),
    ):
        mirror.hear(message.command, message.payload)
    return mirror


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs that have much in common and differ in much."""
    roles = draw(st.lists(st.sampled_from([A, B, Role("c")]), min_size=1, unique=True))
    some_role, some_port = st.sampled_from(roles), st.sampled_from([IN, PortName("more")])
    metadata: st.SearchStrategy[dict[str, Any]] = st.sampled_from([{}, {"x": 1}])
    graph = Graph()
    for role in roles:
        graph, _ = graph.add_node(role, draw(st.sampled_from("XY")), draw(metadata))
    for _ in range(draw(st.integers(0, 2))):
        edge = Edge(draw(some_role), OUT, draw(some_role), IN)
        wire = Wire(draw(st.sampled_from([None, 0, 1])), None, draw(metadata))
        graph, _ = graph.connect(edge, wire)
    if draw(st.booleans()):
        graph, _ = graph.set_initial(draw(some_role), IN, draw(st.integers(0, 1)))
    for public in draw(st.lists(st.sampled_from("pq"), unique=True)):
        export = Export(Side.IN, public, draw(some_role), draw(some_port), draw(metadata))
        graph, _ = add_export(graph, export)
    for name in draw(st.lists(st.sampled_from("gh"), unique=True)):
        members = draw(st.lists(some_role, unique=True))
        graph, _ = add_group(graph, Group(name, tuple(members)))
    return graph


@settings(max_examples=300)
@given(graphs(), graphs())
def test_any_edit_can_be_followed(before: Graph, after: Graph) -> None:
    assert follow(before, edit_into(before, after)).plain() == seen(after)


def one_of(component: str, port: PortName = IN) -> Graph:
    """A node with a port of the graph, and a group."""
    graph, _ = Graph().add_node(A, component)
    graph, _ = graph.add_node(B, "X")
    graph, _ = add_export(graph, Export(Side.IN, "p", A, port))
    return add_group(graph, Group("g", (A, B)))[0]


@pytest.mark.parametrize(
    "after",
    [
        one_of("Y", PortName("other")),
        add_group(one_of("Y"), Group("g", (B,)))[0],
        one_of("Y").remove_node(B)[0],
    ],
    ids=["another port of it is exported", "it leaves a group", "another node of its group goes"],
)
def test_a_node_gets_another_component_and_more_is_different(after: Graph) -> None:
    before = one_of("X")
    assert follow(before, edit_into(before, after)).plain() == seen(after)


def test_what_an_edit_does_not_touch_is_not_told() -> None:
    before = one_of("X").add_node(Role("c"), "Z")[0]
    edited = before.add_node(B, "Y")
    told_of = [m.command for m in told(edited[1], "g", edited[0], before)]
    assert told_of == [
        "removegroup",
        "addgroup",
        "removenode",
        "addnode",
        "removegroup",
        "addgroup",
    ]
