"""A graph as the JSON that other tools read and write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidGraph
from msgflo_lab.graph import (
    Edge,
    Graph,
    Initial,
    Node,
    Wire,
    edit_into,
    graph_of,
    json_of,
    losses_of,
)
from msgflo_lab.message import decode, encode
from msgflo_lab.names import PortName, Role
from tests.pure.graph_edits import graphs

A, B = Role("a"), Role("b")
IN, OUT = PortName("in"), PortName("out")


@given(graphs)
def test_a_graph_survives_as_json(graph: Graph) -> None:
    text = encode(json_of(graph))
    again = graph_of(decode(text))
    assert list(losses_of(decode(text))) == []
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
        ({"processes": {"b": {}, "a": {"component": 1}}}, "processes['a'].component should"),
        ({"connections": [{"data": 1}]}, "connections[0]"),
        ({"connections": [{"tgt": A_B}]}, "connections[0]"),
        ({"connections": {}}, "connections"),
        ({"inports": {"y": A_B, "x": {"process": "a"}}}, "inports['x'] should"),
        ({"outports": {"x": 1}}, "outports['x'] should"),
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


NAMELESS = {"process": "", "port": "b"}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"processes": {"": {"component": "A"}}}, "processes[''] is empty"),
        ({"connections": [{"data": 1, "tgt": NAMELESS}]}, "connections[0].tgt.process is empty"),
        ({"connections": [{"src": NAMELESS, "tgt": A_B}]}, "connections[0].src.process is empty"),
        ({"inports": {"": A_B}}, "inports[''] is empty"),
        ({"outports": {"x": NAMELESS}}, "outports['x'].process is empty"),
        ({"groups": [{"name": "", "nodes": ["a"]}]}, "groups[0].name is empty"),
    ],
)
def test_names_that_are_empty(data: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidGraph) as raised:
        graph_of(data)
    assert where in str(raised.value)


EDGE = {"src": A_B, "tgt": A_B}
OTHER_CAPITALS = {"process": "a", "port": "B"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            {"connections": [{"data": n, "tgt": {**A_B, "index": n}} for n in (0, 1)]},
            "connections[1]: `a.b` has an initial packet already",
        ),
        (
            {"connections": [EDGE, {**EDGE, "metadata": {"route": 3}}]},
            "connections[1]: `a.b -> a.b` is there already: an edge is kept once",
        ),
        (
            {"connections": [EDGE, {"src": A_B, "tgt": OTHER_CAPITALS}]},
            "connections[1]: `a.b -> a.b` is there already",
        ),
        ({"connections": [{**EDGE, "data": 1}]}, "connections[0]: this has `src` and `data`"),
        ({"connections": [{**EDGE, "more": 1}]}, "connections[0]: the key 'more' is unknown"),
        (
            {"connections": [{"src": {**A_B, "x": 1}, "tgt": A_B}]},
            "connections[0].src: the key 'x' is unknown",
        ),
        ({"groups": [{"name": "g"}] * 2}, "groups[1]: there is a group `g` already"),
        ({"processes": {"a": {"component": "A", "x": 1}}}, "processes['a']: the key 'x' is unkn"),
        ({"inports": {"i": {**A_B, "x": 1}}}, "inports['i']: the key 'x' is unknown"),
        ({"strange": 1}, "the key 'strange' is unknown here, and is not kept"),
    ],
)
def test_what_is_not_kept_is_told(data: dict[str, Any], told: str) -> None:
    graph_of(data)
    (loss,) = losses_of(data)
    assert str(loss).startswith(told)
    assert (loss.connection is not None) == told.startswith("connections")


def test_what_is_kept_is_not_told() -> None:
    indexed = [{"src": {**A_B, "index": n}, "tgt": A_B} for n in (0, 1)]
    capitals = [{"data": 1, "tgt": end} for end in (A_B, OTHER_CAPITALS)]
    data = {"caseSensitive": True, "inports": [], "connections": [*indexed, *capitals]}
    assert graph_of(data).edges
    assert list(losses_of(data)) == []
