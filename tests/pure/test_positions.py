"""Where cards stand, apart from a JSON graph and back in it."""

from __future__ import annotations

import difflib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab import fbp
from msgflo_lab.errors import InvalidGraph
from msgflo_lab.fbp import positions
from msgflo_lab.graph import graph_of, in_order, json_of

from . import strategies

numbers = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False)
metadata = st.dictionaries(st.sampled_from(["x", "y", "label"]), numbers | st.text(max_size=3))
processes = st.dictionaries(
    strategies.names,
    st.fixed_dictionaries({"component": st.just("A")}, optional={"metadata": metadata}),
    max_size=5,
)
places = st.dictionaries(
    strategies.names,
    st.fixed_dictionaries({"x": st.integers(-(2**52), 2**52), "y": st.floats(-1e9, 1e9)}),
    min_size=1,
    max_size=4,
)


@given(processes)
def test_nothing_is_lost_in_between(processes: dict[str, Any]) -> None:
    graph = {"processes": processes}
    plain, found = positions.without_positions(graph)
    back, gone = positions.with_positions(plain, positions.loads(positions.dumps(found)).positions)
    assert (back, gone) == (graph, [])


@given(places)
def test_a_layout_is_read_as_it_was_written(places: dict[str, Any]) -> None:
    text = positions.dumps({"nodes": places, "inports": places})
    assert positions.loads(text) == positions.Layout({"nodes": places, "inports": places})
    assert positions.dumps(positions.loads(text).positions) == text


@given(st.text(max_size=30) | strategies.json_values.map(str))
def test_a_broken_layout_is_an_error_of_ours(text: str) -> None:
    with suppress(InvalidGraph):
        positions.loads(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"nodes": [1]}', "`nodes` should be an object"),
        ('{"nodes": {"a": {"x": 1}, "b": {"x": 1, "y": 2}}}', "`nodes.a` should be as in"),
        ('{"nodes": {"a": {"x": true, "y": "2"}, "b": {"x": 1, "y": 2}}}', "`nodes.a` should be"),
    ],
)
def test_what_is_no_place_is_told(text: str, problem: str) -> None:
    found = positions.loads(text)
    (said,) = found.problems
    assert said.startswith(problem)
    assert found.positions in ({}, {"nodes": {"b": {"x": 1, "y": 2}}})


def test_what_the_graph_says_itself_wins() -> None:
    graph = {"processes": {"a": {"metadata": {"x": 1}}, "b": {}}}
    where = {"nodes": {name: {"x": 5, "y": 5} for name in "abc"}}
    placed, gone = positions.with_positions(graph, where)
    assert placed["processes"] == {"a": {"metadata": {"x": 1}}, "b": {"metadata": {"x": 5, "y": 5}}}
    assert gone == ["c"]


TEXT = """\
# @name Greenhouse
sensor(core/Repeat:x=8,y=8) OUT -> CELSIUS fahrenheit(my/F:x=200,y=8) OUT -> IN hot(core/Filter)
'x > 68' -> EXPRESSION hot
"""


def written(text: str) -> dict[str, str]:
    """A graph as files have it."""
    data = json_of(in_order(graph_of(fbp.loads(text, validate_contents=False))))
    plain, found = positions.without_positions(data)
    return {"logic": fbp.dumps(plain), "layout": positions.dumps(found)}


@pytest.mark.parametrize(
    ("before", "after", "logic", "layout"),
    [
        ("", "", 0, 0),
        ("x=200,y=8", "x=240,y=16", 0, 1),
        ("68", "70", 1, 0),
        ("hot(core/Filter)", "hot(core/Filter) PASS -> IN total(core/Count)", 2, 0),
        ("(core/Filter)", "(my/Filter)", 1, 0),
    ],
    ids=["nothing", "a moved card", "a packet", "a node and its edge", "a component"],
)
def test_a_change_changes_few_lines(before: str, after: str, logic: int, layout: int) -> None:
    one, other = written(TEXT), written(TEXT.replace(before, after))
    new = {
        what: sum(
            line.startswith("+ ")
            for line in difflib.ndiff(one[what].splitlines(), other[what].splitlines())
        )
        for what in one
    }
    assert new == {"logic": logic, "layout": layout}


LATER = (
    "late(core/Drop)",
    "sensor OUT -> IN late",
    "sensor OUT[1] -> IN late",
    "sensor OUT[0] -> IN[1] late",
)


@given(st.permutations([*TEXT.splitlines()[1:], *LATER]))
def test_the_same_graph_is_the_same_text(lines: list[str]) -> None:
    name, *rest = TEXT.splitlines()
    usual = written("\n".join([name, *rest, *LATER, ""]))
    assert written("\n".join([name, *lines, ""])) == usual
