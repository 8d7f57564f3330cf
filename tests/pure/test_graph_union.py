"""Several graphs as one, and what an edit of one of them does to it."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.graph import Change, Edge, Graph, edit_into, edit_of_union, union
from msgflo_lab.names import PortName, Role

from .graph_edits import Edit, Replay, edits

A, B = Role("a"), Role("b")
IN, OUT = PortName("in"), PortName("out")


def edited(graph: Graph, every: list[Edit]) -> tuple[Graph, tuple[Change, ...]]:
    """The graph after all edits that can be carried out, and what they did."""
    changes = list[Change]()
    for edit in every:
        with contextlib.suppress(MsgFloLabError):
            after, more = edit(graph)
            # Groups of nodes that are elsewhere are nobody's to keep in order.
            if all(node in after.nodes for group in after.groups.values() for node in group.nodes):
                graph = after
                changes += more
    return graph, tuple(changes)


graphs = st.lists(edits, max_size=25).map(lambda every: edited(Graph(), every)[0])


@given(st.lists(graphs, min_size=2, max_size=3), st.data())
def test_an_edit_leads_to_the_union_of_what_is_then(
    every: list[Graph], data: st.DataObject
) -> None:
    network, replay = union(every), Replay()
    replay.read(edit_into(Graph(), network)[1])
    for _ in range(3):
        at = data.draw(st.integers(0, len(every) - 1))
        graph, changes = edited(every[at], data.draw(st.lists(edits, min_size=1, max_size=4)))
        every[at] = graph
        network, network_changes = edit_of_union(network, every, changes)
        assert network == union(every)
        replay.read(network_changes)
        assert replay.is_same(network)


def test_what_an_edit_does_not_touch_is_not_looked_at() -> None:
    one, _ = Graph().connect(Edge(A, OUT, B, IN))
    other, _ = Graph().add_node(B, "Repeat")
    before = union([one, other])
    one, changes = one.add_node(Role("c"))
    after, _ = edit_of_union(before, [one, other], changes)
    assert after.edges is before.edges
    assert after.nodes[B] is before.nodes[B]
