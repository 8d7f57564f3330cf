"""What happens to a graph before it takes the place of another: capitals and places."""

from __future__ import annotations

import pytest
from hypothesis import given

from msgflo_lab import report
from msgflo_lab.definition import Side
from msgflo_lab.fbp import loads
from msgflo_lab.graph import Graph, edit_into, graph_of, spelled, with_places_of
from msgflo_lab.names import PortName, Role

from .graph_edits import graphs


def of(text: str) -> Graph:
    return graph_of(loads(text + "\n", validate_contents=False))


def knowing(**ports: str):  # type: ignore[no-untyped-def]
    """Somebody who knows `role_in="port port"` and `role_out="..."`."""

    def known(role: Role, side: Side) -> list[str]:
        return ports.get(f"{role}_{side.value}", "").split()

    return known


def test_a_port_that_differs_in_capitals_only_is_the_announced_one() -> None:
    graph = of("a OUT -> MOTORSPEED b\n5 -> MOTORSPEED b\nOUTPORT=a.OUT:RESULT")
    after = spelled(graph, knowing(b_in="motorSpeed other", a_out="Out"))
    assert [str(edge) for edge in after.edges] == ["a.Out -> b.motorSpeed"]
    assert list(after.initials) == [("b", "motorSpeed")]
    assert after.initials[Role("b"), PortName("motorSpeed")].inport == "motorSpeed"
    assert [export.port for export in after.exports.values()] == ["Out"]
    assert list(after.exports) == [(Side.OUT, "result")]


@pytest.mark.parametrize("known", ["", "other", "iN IN", "in IN"])
def test_nothing_is_guessed(known: str) -> None:
    graph = of("a OUT -> IN b")
    assert spelled(graph, knowing(b_in=known)) is graph


def test_who_knows_best_is_asked_first() -> None:
    graph = of("a OUT -> IN b")
    best, other = knowing(b_in="In"), knowing(b_in="IN", a_out="Out")
    assert [str(edge) for edge in spelled(graph, best, other).edges] == ["a.Out -> b.In"]


def test_two_spellings_of_an_edge_become_one() -> None:
    text = '# @lab {"caseSensitive": true}\na out -> in b\na out -> IN[2] b\na out -> In b'
    (edge,) = (after := spelled(of(text), knowing(b_in="iN"))).edges
    assert str(edge) == "a.out -> b.iN"
    assert [wire.in_index for wire in after.edges[edge]] == [None, 2]


def test_places_are_kept_where_nothing_is_said_of_them() -> None:
    before = of("a(A:x=1,y=2)\nb(B:x=3,y=4)\nc(C:x=5,y=6)")
    after = with_places_of(of("a(A)\nb(B:x=7,y=8)\nd(D)"), before)
    assert {role: dict(node.metadata) for role, node in after.nodes.items()} == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 7, "y": 8},
        "d": {},
    }


@given(graphs, graphs)
def test_places_change_nothing_else(before: Graph, after: Graph) -> None:
    placed = with_places_of(after, before)
    assert with_places_of(placed, before) == placed
    assert placed.edges is after.edges
    assert placed.initials is after.initials
    for role, node in placed.nodes.items():
        said = after.nodes[role].metadata
        assert {key: node.metadata[key] for key in said} == said
        assert node.metadata.keys() - said.keys() <= {"x", "y"}
    assert placed.nodes.keys() == after.nodes.keys()
    assert placed.exports.keys() == after.exports.keys()


def test_changes_in_words() -> None:
    before = of("a(A) OUT -> IN b(B)\n5 -> IN b\nc(C)")
    after = of("a(X) OUT -> IN d(D)\n6 -> IN d\nc(C)\nINPORT=a.IN:BEGIN")
    assert report.edits(edit_into(before, after)[1]) == (
        "added 1 node (d), 1 edge (a.out -> d.in), 1 initial packet (d.in) and "
        "1 exported port (begin); removed 1 initial packet (b.in), 1 edge (a.out -> b.in) and "
        "1 node (b); changed 1 node (a)"
    )
    again = of("a(A) OUT -> IN b(B)\n6 -> IN b\nc(C)")
    assert report.edits(edit_into(before, again)[1]) == "changed 1 initial packet (b.in)"
    assert report.edits(()) == ""
    named = of("# @name net\na(A) OUT -> IN b(B)\n5 -> IN b\nc(C)")
    assert report.edits(edit_into(before, named)[1]) == "changed what the graph says of itself"
