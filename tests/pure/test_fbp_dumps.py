"""Writing the graph language: nothing is lost, and people can read and edit it."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidFbp, InvalidGraph
from msgflo_lab.fbp import check, dumps, loads, normalise, parse

from . import fbp_texts

FULL: dict[str, Any] = {
    "caseSensitive": False,
    "properties": {
        "description": "Measures, and shows",
        "name": "Thermo 1.0",
        "environment": {"type": "msgflo", "content": "<p>"},
    },
    "inports": {"text": {"process": "show", "port": "in", "metadata": {"x": -5}}},
    "outports": {"Out": {"process": "2floor", "port": "out"}},
    "groups": [{"name": "both", "nodes": ["2floor", "show"]}],
    "processes": {
        "2floor": {"component": "Sensor", "metadata": {"x": 17, "y": 42.5}},
        "show": {"component": "core/Output", "metadata": {"label": "It's", "routes": "main"}},
        "again": {"component": "core/Output"},
        "bare": {},
    },
    "connections": [
        {
            "src": {"process": "2floor", "port": "out", "index": 1},
            "tgt": {"process": "show", "port": "in"},
            "metadata": {"route": 3},
        },
        {"data": "it's", "tgt": {"process": "again", "port": "in", "index": 0}},
        {"data": None, "tgt": {"process": "again", "port": "in"}},
        {"data": [True, {}], "tgt": {"process": "show", "port": "in"}},
        {"data": "two\nlines", "tgt": {"process": "ghost", "port": "my port"}},
        {"src": {"process": "again"}, "tgt": {"process": "show", "port": "in"}},
    ],
}
TEXT = """\
# @name Thermo 1.0
# @runtime msgflo
# @lab {"properties": {"environment": {"content": "<p>"}}}
# @lab {"properties": {"description": "Measures, and shows"}}
# @lab {"port": "my_port", "is": "my port"}
# @lab {"port": "out_2", "is": "Out"}
# @lab {"component": "none", "is": null}
# @lab {"component": "missing", "absent": true}

INPORT=show.IN:TEXT # @lab {"add": {"metadata": {"x": -5}}}
OUTPORT=node_2floor.OUT:Out_2

node_2floor(Sensor:x=17) # @lab {"node": "node_2floor", "is": "2floor", "add": \
{"metadata": {"y": 42.5}}}
show(core/Output:main) # @lab {"add": {"metadata": {"label": "It's"}}}
again(core/Output)
bare(none)
ghost(missing)

node_2floor OUT[1] -> IN show # @lab {"add": {"metadata": {"route": 3}}}
'it\\'s' -> IN[0] again
\tnull -> IN again
[true, {}] -> IN show
"two\\nlines" -> my_port ghost
# @lab {"connection": {"src": {"process": "again"}, "tgt": {"process": "show", "port": "in"}}}

# @lab {"group": {"name": "both", "nodes": ["2floor", "show"]}}
"""


def quietly(text: str, *, validate_contents: bool = True) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return loads(text, validate_contents=validate_contents)


def test_the_text() -> None:
    assert dumps(FULL) == TEXT
    assert loads(TEXT) == FULL


@given(fbp_texts.graphs)
def test_nothing_is_lost(graph: dict[str, Any]) -> None:
    before = copy.deepcopy(graph)
    text = dumps(graph)
    assert graph == before
    parsed = parse(text)
    assert parsed.graph == graph
    assert parsed.warnings == ()
    assert list(parsed.graph.get("processes", ())) == list(graph.get("processes", ()))
    assert dumps(parsed.graph) == text
    text.encode()  # whatever is in it, it can be a file


@given(fbp_texts.texts)
def test_a_text_that_was_read_can_be_written(text: str) -> None:
    try:
        graph = quietly(text, validate_contents=False)
    except InvalidFbp:
        assume(False)
    assert loads(dumps(graph)) == graph


def test_one_change_changes_one_line() -> None:
    changed = copy.deepcopy(FULL)
    changed["connections"].insert(1, {"data": 5, "tgt": {"process": "again", "port": "x"}})
    new, old = dumps(changed).splitlines(), TEXT.splitlines()
    new.remove("5 -> X again")
    assert new == old


def test_types_survive_that_are_equal_in_python() -> None:
    graph: Any = {"connections": [{"data": each, "tgt": {}} for each in (True, 1, 1.0, False, 0)]}
    again = loads(dumps(graph))
    assert [type(each["data"]) for each in again["connections"]] == [bool, int, float, bool, int]


def test_capitals_make_a_difference_where_the_graph_says_so() -> None:
    ends = {"src": {"process": "a", "port": "Out"}, "tgt": {"process": "a", "port": "in"}}
    graph = {"caseSensitive": True, "processes": {"a": {"component": "A"}}, "connections": [ends]}
    text = dumps(graph)
    assert "\na Out -> in a\n" in text
    assert loads(text) == graph == loads(text, case_sensitive=True)


# -- old forms, and what is no graph --


def test_old_forms() -> None:
    old = {"inports": [], "outports": [], "properties": {"environment": {"runtime": "msgflo"}}}
    new = {"inports": {}, "outports": {}, "properties": {"environment": {"type": "msgflo"}}}
    assert normalise(old) == new
    assert old["inports"] == []
    assert normalise(new) is new
    assert loads(dumps(old)) == new


WRONG: list[tuple[Any, str]] = [
    ([], "it should be an object"),
    ({"nodes": []}, "it has the unknown key 'nodes'; there are: caseSensitive, connections"),
    ({"caseSensitive": 1}, "caseSensitive should be true or false"),
    ({"processes": {"a": 1}}, "processes['a'] should be an object"),
    ({"processes": {"a": {"component": 1}}}, "processes['a'].component should be a text"),
    ({"processes": {1: {}}}, "processes has the key 1, which is not a text"),
    ({"inports": {"a": {"port": 1}}}, "inports['a'].port should be a text"),
    ({"groups": {}}, "groups should be a list"),
    ({"groups": [{"nodes": [1]}]}, "groups[0].nodes[0] should be a text"),
    ({"connections": [{}, {"src": 1}]}, "connections[1].src should be an object"),
    ({"connections": [{"source": 1}]}, "connections[0] has the unknown key 'source'"),
    ({"connections": [{"tgt": {"index": True}}]}, "connections[0].tgt.index should be an integer"),
    ({"connections": [{"data": [float("nan")]}]}, "connections[0].data[0] is nan, which JSON"),
    ({"connections": [{"data": {"a": (1,)}}]}, "connections[0].data['a'] is tuple, which is not"),
    ({"connections": [{"data": 10**5_000}]}, "connections[0].data has more than 4,000 digits"),
    ({"connections": [{"data": "\ud83d\ude00"}]}, "a character that is split in two"),
    ({"properties": {"a": b""}}, "properties['a'] is bytes, which is not JSON"),
]


@pytest.mark.parametrize(("graph", "problem"), WRONG)
def test_what_is_no_graph_is_refused(graph: Any, problem: str) -> None:
    for refuse in (check, dumps):
        with pytest.raises(InvalidGraph) as caught:
            refuse(graph)
        assert problem in str(caught.value)


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidGraph, match="nested deeper"):
        dumps({"connections": [{"data": deep}]})
    while deep:  # Python takes them apart by recursion otherwise
        deep = deep[0]


@given(fbp_texts.json_values)
def test_any_value_is_a_graph_or_the_declared_error(value: Any) -> None:
    for graph in (value, {"connections": [value]}, {"processes": {"a": value}}, {"groups": value}):
        try:
            check(normalise(graph))
        except InvalidGraph:
            continue
        assert loads(dumps(graph)) == normalise(graph)


# -- people edit the text --


def said(graph: dict[str, Any]) -> Iterable[str]:
    """All nodes that are named anywhere in a graph."""
    yield from graph.get("processes", {})
    for group in graph.get("groups", []):
        yield from group.get("nodes", [])
    exports = [*graph.get("inports", {}).values(), *graph.get("outports", {}).values()]
    ends = [each.get(key, {}) for each in graph.get("connections", []) for key in ("src", "tgt")]
    for entry in exports + ends:
        if "process" in entry:
            yield entry["process"]


def mentioned(line: str) -> set[str]:
    """The nodes that a statement mentions, as it writes them and as its annotation calls them."""
    names = set(parse(line, validate_contents=False).processes)
    return names | {line.split("(")[0]} if names else names


@given(fbp_texts.graphs, st.data())
def test_a_node_that_is_taken_out_does_not_come_back(
    graph: dict[str, Any], data: st.DataObject
) -> None:
    assume(graph.get("processes"))
    name = data.draw(st.sampled_from(list(graph["processes"])))
    lines = dumps(graph).splitlines(keepends=True)
    declaration = next(line for line in lines if "(" in line and name in mentioned(line))
    its = {name, declaration.split("(")[0]}
    # Only statements are taken out; annotations on lines of their own are forgotten about.
    left = [line for line in lines if line.startswith("#") or not mentioned(line) & its]
    again = quietly("".join(left))
    assert name not in set(said(again))
    assert set(said(again)) < set(said(graph))
    check(again)


@given(fbp_texts.graphs, st.data())
def test_lines_that_are_taken_out_take_their_annotations_along(
    graph: dict[str, Any], data: st.DataObject
) -> None:
    lines = dumps(graph).splitlines(keepends=True)
    removed = data.draw(st.sets(st.integers(0, len(lines)), max_size=4))
    left = [line for row, line in enumerate(lines) if row not in removed]
    again = quietly("".join(left), validate_contents=False)
    check(again)
    # Without the line that says so, an alias is a name like others, and nobody is absent.
    unexplained = "".join(line.split(" # @lab ")[0].rstrip() + "\n" for line in lines)
    aliases = parse(unexplained, validate_contents=False).processes
    assert set(said(again)) <= {*said(graph), *aliases}
    assert len(again.get("connections", [])) <= len(graph.get("connections", []))
    assert loads(dumps(again)) == again


@given(fbp_texts.damaged(fbp_texts.graphs.map(dumps)))
def test_a_damaged_text_is_a_graph_or_the_declared_error(text: str) -> None:
    try:
        graph = quietly(text)
    except InvalidFbp:
        return
    check(graph)
    assert loads(dumps(graph)) == graph


def edited(old: str, new: str) -> tuple[dict[str, Any], list[str]]:
    """What the text gives with one thing changed everywhere, and what is noticed about it."""
    assert old in TEXT
    parsed = parse(TEXT.replace(old, new))
    return parsed.graph, [notice.problem for notice in parsed.warnings]


def test_a_removed_connection_takes_what_was_said_of_it_along() -> None:
    line = next(line for line in TEXT.splitlines() if "route" in line)
    graph, notices = edited(line + "\n", "")
    assert graph["connections"] == FULL["connections"][1:]
    assert notices == []


def test_a_removed_node_leaves_its_group_and_incomplete_connections() -> None:
    kept = [
        line for line in TEXT.splitlines(keepends=True) if line[0] == "#" or "again" not in line
    ]
    parsed = parse("".join(kept))
    assert "again" not in said(parsed.graph)
    assert [notice.problem for notice in parsed.warnings] == [
        "there is no node `again` any more; what this says of it is skipped"
    ]
    text = TEXT.replace("show", "display").replace('", "display"]', '", "show"]')
    parsed = parse(text)
    assert parsed.graph["groups"] == [{"name": "both", "nodes": ["2floor"]}]
    assert [notice.problem for notice in parsed.warnings] == [
        "there is no node `show` any more to be in this group"
    ]


def test_what_the_text_says_wins() -> None:
    graph, _ = edited("Sensor:x=17", "Sensor:x=17,y=1")
    assert graph["processes"]["2floor"]["metadata"] == {"x": 17, "y": 1}
    graph, notices = edited("bare(none)", "bare(Lamp)")
    assert graph["processes"]["bare"] == {"component": "Lamp"}
    assert notices == []
    graph, notices = edited("ghost(missing)", "ghost(Lamp)")
    assert graph["processes"]["ghost"] == {"component": "Lamp"}
    graph, _ = edited("# @runtime msgflo", "# @description new\n# @runtime noflo")
    assert graph["properties"]["description"] == "new"
    assert graph["properties"]["environment"] == {"type": "noflo", "content": "<p>"}


def test_an_alias_that_is_renamed_in_the_text_is_the_new_name() -> None:
    text = TEXT.replace("node_2floor", "kitchen").replace('"node": "kitchen"', '"node": "old"')
    parsed = parse(text)
    assert "kitchen" in parsed.graph["processes"]
    assert "2floor" not in said(parsed.graph)
    assert "there is no node `old` any more" in [each.problem for each in parsed.warnings]


def test_new_statements_use_the_aliases_that_are_there() -> None:
    graph, notices = edited("bare(none)\n", "bare(none)\nnode_2floor OUT_2 -> MY_PORT bare\n")
    assert {
        "src": {"process": "2floor", "port": "Out"},
        "tgt": {"process": "bare", "port": "my port"},
    } in graph["connections"]
    assert notices == []


@pytest.mark.parametrize(
    "annotation",
    [
        "{",
        "{}",
        "{} more",
        "[1]",
        '{"add": 1}',
        '{"add": {"metadata": 1}}',
        '{"add": {"component": 1}}',
        '{"group": {"nodes": 1}}',
        '{"connection": {"src": 1}}',
        '{"connection": {"tgt": {"process": "nobody"}}}',
        '{"inport": "x", "is": {"port": 1}}',
        '{"node": "a", "is": 1}',
        '{"node": "a", "is": "b"}',
        '{"port": "a", "is": null}',
        '{"without": "processes"}',
        '{"without": ["processes", "x"]}',
        '{"properties": 1}',
        '{"unheard": "of"}',
    ],
)
@pytest.mark.parametrize("place", ["a(A) {}\nb(B)\n", "{}\na(A)\nb(B)", "a(A)\nb(B) -> IN a {}"])
def test_a_broken_annotation_changes_nothing(annotation: str, place: str) -> None:
    graph = quietly(place.format(f"# @lab {annotation}"))
    assert graph == loads(place.format(""))


@pytest.mark.parametrize("depth", [497, 498, 499, 500])
def test_what_is_as_deep_as_allowed_is_restored(depth: int) -> None:
    deep: Any = 1
    for _ in range(depth):
        deep = {"a": deep}
    ends = {"process": "a", "port": "b"}
    for graph in (
        {"processes": {"a": {"metadata": {"a": deep}}}},
        {"properties": {"a": {"a": deep}}},
        {"connections": [{"tgt": ends, "data": deep}]},
        {"connections": [{"data": deep}]},
        {"connections": [{"tgt": ends, "data": 1, "metadata": deep}]},
        {"groups": [{"metadata": deep}]},
        {"inports": {"a": {"metadata": deep}}},
    ):
        try:
            text = dumps(graph)
        except InvalidGraph:
            assert depth > 497
        else:
            assert loads(text) == graph
