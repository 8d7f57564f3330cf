"""A graph as the JSON that other tools read and write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidGraph
from msgflo_lab.graph import Edge, Graph, Initial, Node, Wire, edit_into, graph_of, json_of
from msgflo_lab.message import decode, encode
from msgflo_lab.names import PortName, Role
from tests.pure.graph_edits import graphs

A, B = Role("a"), Role("b")
IN, OUT = PortName("in"), PortName("out")


@given(graphs)
def test_a_graph_survives_as_json(graph: Graph) -> None:
    text = encode(json_of(graph))
    again = graph_of(decode(text))
    assert edit_into(graph, again)[1] == ()
    assert encode(json_of(again)) == text


def test_every_part_has_its_place() -> None:
    graph = graph_of(
        {
            "caseSensitive": False,
            "properties": {"name": "N", "environment": {"type": "msgflo"}},
            "inports": {"go": {"process": "a", "port": "IN", "metadata": {"x": 1}}},
            "outports": [],
            "groups": [{"name": "g", "nodes": ["a"], "metadata": {"description": "d"}}],
            "processes": {"a": {"component": "Repeat"}, "b": {"component": None}},
            "connections": [
                {"src": {"process": "a", "port": "OUT"}, "tgt": {"process": "b", "port": "IN"}},
                {
                    "src": {"process": "a", "port": "out", "index": 1},
                    "tgt": {"process": "b", "port": "in"},
                    "metadata": {"route": 1},
                },
                {"data": None, "tgt": {"process": "c", "port": "In", "index": 2}},
            ],
        }
    )
    assert graph.nodes == {A: Node(A, "Repeat"), B: Node(B), Role("c"): Node(Role("c"))}
    assert graph.edges == {Edge(A, OUT, B, IN): (Wire(), Wire(1, None, {"route": 1}))}
    assert graph.initials == {(Role("c"), IN): Initial(Role("c"), IN, None, 2)}
    assert graph.exports[Side.IN, "go"].port == IN
    assert graph.groups["g"].metadata == {"description": "d"}
    assert graph.properties["name"] == "N"


def test_capitals_count_where_the_graph_says_so() -> None:
    data = {
        "caseSensitive": True,
        "connections": [{"data": 1, "tgt": {"process": "a", "port": "camelCase"}}],
    }
    graph = graph_of(data)
    assert list(graph.initials) == [(A, "camelCase")]
    assert json_of(graph)["caseSensitive"] is True


A_B = {"process": "a", "port": "b"}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"processes": []}, "processes"),
        ({"processes": {"a": {"component": 1}}}, "processes"),
        ({"connections": [{"data": 1}]}, "connections[0]"),
        ({"connections": [{"tgt": A_B}]}, "connections[0]"),
        ({"connections": {}}, "connections"),
        ({"inports": {"x": {"process": "a"}}}, "inports"),
        ({"groups": [{}]}, "groups[0]"),
        (
            {"connections": [{"data": 1, "tgt": {"process": "a", "port": "b", "index": "x"}}]},
            "index",
        ),
    ],
)
def test_what_is_no_json_graph(data: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidGraph) as raised:
        graph_of(data)
    assert where in str(raised.value)
