"""Reading the graph language: graphs, errors, warnings, places."""

from __future__ import annotations

import contextlib
import re
import time
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidFbp, MsgFloLabError
from msgflo_lab.fbp import FbpWarning, Place, check, dumps, grammar, loads, parse

from . import fbp_texts


def test_a_graph() -> None:
    graph = loads(
        "# @name Thermo\n# @runtime msgflo\nINPORT=show.IN:Text\n"
        "thermo(Sensor:x=17,y=42) OUT[1] -> IN show(Display)\n"
        "'it\\'s' -> IN show\n{\"k\": [1]} -> CONF[2] thermo\n"
    )
    assert graph == {
        "inports": {"text": {"process": "show", "port": "in"}},
        "outports": {},
        "groups": [],
        "processes": {
            "thermo": {"component": "Sensor", "metadata": {"x": 17, "y": 42}},
            "show": {"component": "Display"},
        },
        "connections": [
            {
                "src": {"process": "thermo", "port": "out", "index": 1},
                "tgt": {"process": "show", "port": "in"},
            },
            {"data": "it's", "tgt": {"process": "show", "port": "in"}},
            {"data": {"k": [1]}, "tgt": {"process": "thermo", "port": "conf", "index": 2}},
        ],
        "properties": {"name": "Thermo", "environment": {"type": "msgflo"}},
        "caseSensitive": False,
    }


def test_capitals() -> None:
    text = "a(A) Out -> b(B)"
    assert loads(text)["connections"][0]["src"]["port"] == "out"
    graph = loads(text, case_sensitive=True)
    assert graph["caseSensitive"] is True
    assert graph["connections"][0]["src"]["port"] == "Out"
    assert graph["connections"][0]["tgt"]["port"] == "IN"


def test_contents_are_validated_unless_told_not_to() -> None:
    with pytest.raises(InvalidFbp, match="undefined target node"):
        loads("a(A) -> b")
    assert loads("a(A) -> b", validate_contents=False)["processes"] == {"a": {"component": "A"}}


ERRORS = [
    ("a(A) OUT -> 2floor(B)", 1, 13, "`2floor` cannot be a name: one begins with a letter or `_`"),
    ("\n\na(My C) -> b(B)", 3, 5, "` ` cannot be in a component's name"),
    ("a(A:x=1.5)", 1, 8, "`.` cannot be in metadata"),
    ("a(A) -> b(B\n", 1, 10, "this parenthesis is never closed"),
    ("a(A)\r\n'x -> IN a", 2, 1, "this text is never closed"),
    ("'x' IN a(A)", 1, 4, "behind an initial packet there should be `->`"),
    ("a(A) ->\nb(B)", 1, 8, "nothing follows the arrow"),
    ("\ta(A)", 1, 1, "a tab is no blank here: use spaces"),
    ("EXPORT=a.b:c", 1, 7, "`EXPORT=` is of an older language"),
    ("a(A) OUT[x] -> b(B)", 1, 10, "the index of a port is a number"),
    ("a->b(B)", 1, 3, "`>` does not belong here: an arrow is written `->`"),
    ("a(A) OUT => IN b(B)", 1, 10, "`=` does not belong here: is `->` missing?"),
    ("-> IN b(B)", 1, 1, "nothing is in front of this arrow"),
    ("a(A)\n   ", 2, 4, "the text ends in blanks without a line break"),
    ("a(A) -> b ", 1, 11, "behind the port `b` there should be a node"),
    ('{"a":} -> IN a(A)', 1, 6, "not JSON: expecting value"),
    ("INPORT=a:b", 1, 8, "an exported port is written `INPORT=node.PORT:PUBLIC`"),
    ("DEFAULT_INPORT=1", 1, 16, "`DEFAULT_INPORT=` needs the name of a port"),
    ("a(A)\nb()", 2, 1, 'Node "b" does not have a component defined'),
    (
        "a(A)\na OUT -> IN b",
        2,
        1,
        'Edge from "a" port "out" is connected to an undefined target node "b"',
    ),
    ("b O -> a(A)", 1, 1, 'Edge to "a" port "in" is connected to an undefined source node "b"'),
    ("'d' -> b", 1, 1, 'IIP containing "d" is connected to an undefined target node "b"'),
    ("INPORT=n.A:P", 1, 1, 'Inport "p" is connected to an undefined target node "n"'),
    ("OUTPORT=n.A:P", 1, 1, 'Outport "p" is connected to an undefined source node "n"'),
    ("true -> a(A)", 1, 1, "for the value true, put a tab in front of it"),
    ("[" * 100_000, 1, 1, "nested deeper than 500"),
    ("a.OUT -> b.IN", 1, 1, "a port stands beside its node, without a dot: `a OUT`"),
    ("a(A) OUT -> b.IN", 1, 14, "a port stands beside its node, without a dot: `IN b`"),
    ("INPORT a.IN", 1, 9, "an exported port is written `INPORT=node.PORT:PUBLIC`"),
    ("a OUT → IN b", 1, 7, "`→` does not belong here: an arrow is written `->`"),
    ("“x” -> IN a", 1, 1, "`“` is no quote here: a text is written `'text'`"),
    ("5 => IN a", 1, 3, "there should be `->` and where it goes, not `=>`"),
    ("'it's' -> IN a", 1, 4, "the text ends at this quote: in it, a quote is written `\\'`"),
]


@pytest.mark.parametrize(("text", "line", "column", "problem"), ERRORS)
def test_errors_say_where_and_what(text: str, line: int, column: int, problem: str) -> None:
    with pytest.raises(InvalidFbp) as caught:
        loads(text, file="net.fbp")
    error = caught.value
    assert (error.file, error.line, error.column) == ("net.fbp", line, column)
    assert problem in error.problem
    first, shown, caret = str(error).split("\n")
    assert first == f"net.fbp:{line}:{column}: {error.problem}"
    assert caret.index("^") < 110
    if len(error.text) < 100:
        assert len(caret) == 4 + column
        assert len(shown) == 4 + len(error.text)


def test_the_error_is_a_value_error_of_ours() -> None:
    assert issubclass(InvalidFbp, MsgFloLabError)
    assert issubclass(InvalidFbp, ValueError)


def test_of_a_long_line_the_error_shows_what_is_around() -> None:
    with pytest.raises(InvalidFbp) as caught:
        loads("a(A), " * 1_000 + "?b, " + "c " * 1_000)
    _, shown, caret = str(caught.value).split("\n")
    assert len(shown) == 104
    assert shown[caret.index("^")] == "?"


SUSPICIOUS = [
    ("a(A) OUT IN b(B)", 1, 6, "a statement begins here, behind another one: is `->` missing?"),
    ("x", 1, 1, "this alone says nothing"),
    ("\nIN a(A)", 2, 1, "nothing leads to this inport: is `->` missing?"),
    ("IN a(A) OUT -> b(B)", 1, 1, "nothing leads to this inport"),
    ("# @description has, comma\n", 1, 1, "this stays a comment: a value in an annotation has no"),
    ("# @name A teacher's net\n", 1, 1, "a value in an annotation has no `'`"),
    ("a(A)\n  # @name N\n", 2, 3, "this stays a comment"),
    ("#@name N\n", 1, 1, "this stays a comment"),
    ("# @name N", 1, 1, "this stays a comment"),
    ("a(A), b(B)\na OUT -> b OUT -> c(C)", 2, 1, "this leads nowhere"),
    ("a(A:x=abc)", 1, 1, "`abc` is not a number"),
    ("a(A)\na(B)", 2, 1, "`a` had another component, `A`"),
    ("a(A)\nINPORT=a.A:P\nINPORT=a.B:P", 3, 1, "`p` was exported before"),
    ("a(A) # @lab {broken\n", 1, 6, "an annotation that says nothing here"),
]


@pytest.mark.parametrize(("text", "line", "column", "problem"), SUSPICIOUS)
def test_what_is_allowed_and_not_meant(text: str, line: int, column: int, problem: str) -> None:
    parsed = parse(text, file="net.fbp")
    assert [(notice.place, problem in notice.problem) for notice in parsed.warnings] == [
        (Place(line, column), True)
    ] * len(parsed.warnings)
    assert parsed.warnings
    with pytest.warns(FbpWarning, match=f"net.fbp:{line}:{column}: ") as caught:
        loads(text, file="net.fbp")
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a(A)",
        "a(A), b(B)\na OUT -> IN b # comment\n'x' -> IN b\n",
        "# plain comment, mail me@example.org\n# !runtime msgflo\n# @name N\n",
        "a(A) -> b(B) -> c(C), (D) -> IN c # @someone\n",
        "a(A) OUT -> IN b(B) OUT -> IN c(C)\na(A) -> b() -> c",
    ],
)
def test_good_texts_have_no_warnings(text: str) -> None:
    assert parse(text).warnings == ()


def test_places() -> None:
    text = "INPORT=b.IN:X\n\n  a(A) OUT -> IN b(B) OUT -> c(C)\n'x' -> IN c, 1 -> IN b\n"
    parsed = parse(text)
    assert parsed.graph == loads(text)
    assert parsed.processes == {"b": (1, 8), "a": (3, 3), "c": (3, 30)}
    assert parsed.connections == ((3, 3), (3, 18), (4, 1), (4, 14))
    assert parsed.inports == {"x": (1, 1)}
    assert parsed.outports == {}


def test_many_warnings_are_counted() -> None:
    with pytest.warns(FbpWarning) as caught:
        loads("x\n" * 1_000, file="net.fbp")
    assert len(caught) == 21
    assert str(caught[-1].message) == "net.fbp: and 980 more warnings"
    assert len(parse("x\n" * 1_000).warnings) == 1_000


@given(fbp_texts.texts | st.text(), st.booleans(), st.booleans())
def test_any_text_is_a_graph_or_the_declared_error(
    text: str, case_sensitive: bool, validate: bool
) -> None:
    wrong: InvalidFbp | None = None
    try:
        parsed = parse(
            text, case_sensitive=case_sensitive, validate_contents=validate, file="net.fbp"
        )
    except InvalidFbp as error:
        wrong = error
    if wrong is not None:
        lines = re.split("\r\n|[\n\r\u2028\u2029]", text)
        assert lines[wrong.line - 1] == wrong.text
        assert 1 <= wrong.column <= len(wrong.text) + 1
        assert str(wrong).startswith(f"net.fbp:{wrong.line}:{wrong.column}: ")
        return
    check(parsed.graph)
    assert len(parsed.connections) == len(parsed.graph["connections"])
    assert parsed.processes.keys() >= parsed.graph["processes"].keys()


def seconds(text: str) -> float:
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with contextlib.suppress(InvalidFbp):
            parse(text)
    return time.perf_counter() - begin


@pytest.mark.parametrize(
    "piece",
    [
        "a(A) OUT -> IN b(B)\n",
        "a(A) OUT -> ",
        "a b ",
        "   ",
        "'",
        "\\'",
        "[",
        "a(A:x=1) # @lab {}\n",
        "# @lab ",
        "# @description a, b\n",
        "a(A),",
        "\n \n",
        "(A)",
        "'a\n",
        '"a" -> a(A) -> ',
    ],
)
def test_time_is_linear_in_the_text(piece: str) -> None:
    # Quadratic time would take minutes; a generous bound for busy machines.
    assert seconds(piece * 30_000) < 20


def test_numbers() -> None:
    def packet(text: str) -> Any:
        return loads(f"{text} -> IN a(A)")["connections"][0]["data"]

    assert packet("9007199254740993") == 2**53 + 1
    assert packet("1e400") is None
    assert packet("9" * 10_000) is None
    assert packet("1.5e3") == 1500
    assert loads(f"a(A) OUT[{'9' * 10_000}] -> b(B)")["connections"][0]["src"]["index"] is None


@pytest.mark.parametrize("depth", [499, 500, 501, 502, 900])
def test_what_can_be_read_can_be_written_however_deep(depth: int) -> None:
    text = "[" * depth + "1" + "]" * depth + " -> IN a(A)"
    if depth > 500:
        with pytest.raises(InvalidFbp, match="nested deeper than 500"):
            loads(text)
    else:
        assert loads(dumps(loads(text))) == loads(text)


def test_no_pattern_has_a_possessive_group() -> None:
    # Python 3.11.0 to 3.11.4 (Debian's is 3.11.2) find what is not there with them.
    patterns = [each for each in vars(grammar).values() if isinstance(each, re.Pattern)]
    assert patterns
    for each in patterns:
        assert not re.search(r"\)[*+?]\+", each.pattern)
