"""From one graph to another: the least that leads there, in an order that can be carried out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from msgflo_lab.graph import Edge, Graph, InitialSet, edit_into, json_of
from msgflo_lab.names import PortName, Role
from tests.pure.graph_edits import Replay, graphs

A, B = Role("a"), Role("b")
IN, OUT = PortName("in"), PortName("out")


@given(graphs, graphs)
def test_the_changes_lead_from_one_to_the_other(one: Graph, other: Graph) -> None:
    replay = Replay()
    replay.read(edit_into(Graph(), one)[1])
    assert replay.is_same(one)
    graph, changes = edit_into(one, other)
    assert graph is other
    replay.read(changes)
    assert replay.is_same(other)
    assert len(changes) == len({repr(change) for change in changes})


@given(graphs)
def test_nothing_that_stays_is_touched(graph: Graph) -> None:
    again = Graph(
        nodes=dict(graph.nodes),
        edges=dict(graph.edges),
        initials=dict(graph.initials),
        exports=dict(graph.exports),
        groups=dict(graph.groups),
        properties=dict(graph.properties),
    )
    assert edit_into(graph, again)[1] == ()
    more, _ = graph.connect(Edge(Role("new"), OUT, Role("newer"), IN))
    assert len(edit_into(graph, more)[1]) == 3


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), (1, 1.0), ([1], [True])])
def test_values_that_only_python_takes_for_equal_differ(one: Any, other: Any) -> None:
    before, _ = Graph().set_initial(A, IN, one)
    after, _ = Graph().set_initial(A, IN, other)
    (change,) = edit_into(before, after)[1]
    assert isinstance(change, InitialSet)
    assert json_of(edit_into(before, after)[0])["connections"][0]["data"] is other or one == [1]
