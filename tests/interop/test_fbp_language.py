"""The graph language beside its reference, the npm package `fbp`: same texts, same graphs."""

from __future__ import annotations

import json
import math
import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidFbp
from msgflo_lab.fbp import FbpWarning, dumps, loads
from tests.brokers import need

from ..pure import fbp_texts
from .conftest import node_package

CONTENTS = ("undefined target node", "undefined source node", "does not have a component")
thorough = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
Answer = dict[str, Any]
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """What the reference makes of a text: `graph`, or `error` and perhaps `line`."""
    package = node_package("fbp")
    helper = Path(__file__).with_name("fbp_oracle.js")
    with subprocess.Popen(
        [need("node"), str(helper), str(package)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        to, back = process.stdin, process.stdout

        def answer(text: str, **options: bool) -> Answer:
            to.write(json.dumps({"text": text, "options": options}).encode() + b"\n")
            to.flush()
            heard: Answer = json.loads(back.readline())
            return heard

        yield answer
        to.close()


def as_javascript(value: Any) -> Any:
    """The value with JavaScript's numbers: all are floats, and what is too large is null."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value) if math.isfinite(float(value)) else None
        except OverflowError:
            return None
    if isinstance(value, list):
        return [as_javascript(each) for each in value]
    if isinstance(value, dict):
        return {key: as_javascript(each) for key, each in value.items()}
    return value


def agree(ask: Ask, text: str, *, case_sensitive: bool, validate: bool) -> bool:
    """See that both give the same graph, or both none. Returns whether they gave one."""
    theirs = ask(text, caseSensitive=case_sensitive, validateContents=validate)
    ours = _ours(text, case_sensitive, validate)
    if isinstance(ours, InvalidFbp):
        assert "error" in theirs, f"only the reference reads {text!r}: {theirs}\n{ours}"
        _same_wording(ours, theirs)
        return False
    assert "graph" in theirs, f"only we read {text!r}: {theirs}"
    assert as_javascript(ours) == as_javascript(theirs["graph"]), repr(text)
    assert list(ours["processes"]) == list(theirs["graph"]["processes"])
    return True


def _ours(text: str, case_sensitive: bool, validate: bool) -> dict[str, Any] | InvalidFbp:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FbpWarning)
        try:
            return loads(text, case_sensitive=case_sensitive, validate_contents=validate)
        except InvalidFbp as error:
            return error


def _same_wording(error: InvalidFbp, theirs: Answer) -> None:
    contents = any(part in error.problem for part in CONTENTS)
    # Theirs shows an object as `[object Object]`, and fails in other words on an empty packet.
    if contents and not error.problem.startswith("IIP"):
        assert error.problem.startswith(theirs["error"])


@thorough
@given(fbp_texts.texts, st.booleans(), st.booleans())
def test_the_same_graph_or_none(ask: Ask, text: str, case_sensitive: bool, validate: bool) -> None:
    agree(ask, text, case_sensitive=case_sensitive, validate=validate)


CORNERS = [
    ("true -> IN a(A)\ntrue(T)", True),
    ("true -> IN a(A)", False),
    ("\ttrue -> IN a(A)", True),
    ("a(A) OUT[-1] -> IN b(B)", True),
    ("a(A) OUT[] -> IN b(B)", True),
    ("a(A) OUT IN b(B)", True),
    ("x", True),
    ("   ", False),
    ("   \n", True),
    ("a(A)\n ", False),
    ("\ta(A)", False),
    ("a(A)\r\n\r\nb(B)\u2028c(C)\u2029", True),
    ("a->b(B)", False),
    ("a(A)->b(B)", True),
    ("a(A) OUT -> b \nb(B)", False),
    ("a(A) OUT -> b(B) ", True),
    ("a(A) -> b -> c(C)\nb(B)", True),
    ("a(A:x=abc)", True),
    ("a(A:foo)", True),
    ("a(A:x=1.5)", False),
    ("(a/b-c) -> (a/b-c)", True),
    ("# @name My graph 1.0\n", True),
    ("# @name My graph 1.0", True),
    (" # @name N\n# @runtime msgflo \n# @k a,b\n# !runtime x\n", True),
    ("'it\\'s' -> IN a(A)", True),
    ("'a\\' -> IN a(A)", False),
    ("'a\nb' -> a(A), '' -> a", True),
    ("9007199254740993 -> IN a(A)", True),
    ("1e400 -> IN a(A)", True),
    ("[NaN] -> IN a(A)", False),
    ('"\\ud83d\\ude00\\ud83d" -> IN a(A)', True),
    ("EXPORT=a.IN:IN", False),
    ("INPORT=a(A).IN.x:Pub.1\nOUTPORT=(B).O:o", True),
    ("INPORT=b.IN:Pub\na(A)", False),
    ("OUTPORT=b.OUT:Pub\na(A)", False),
    ("a(A) -> b", False),
    ("b -> a(A)", False),
    ("'d' -> b", False),
    ("b() -> a(A)", False),
    ("DEFAULT_INPORT=Foo\na(A) -> b(B)\nDEFAULT_OUTPORT=Bar, a -> b", True),
]


@pytest.mark.parametrize(("text", "accepted"), CORNERS)
@pytest.mark.parametrize("case_sensitive", [False, True])
def test_corners(ask: Ask, text: str, accepted: bool, case_sensitive: bool) -> None:
    assert agree(ask, text, case_sensitive=case_sensitive, validate=True) == accepted


@settings(thorough, max_examples=300)
@given(fbp_texts.graphs)
def test_what_we_write_the_reference_reads(ask: Ask, graph: dict[str, Any]) -> None:
    theirs = ask(dumps(graph), caseSensitive=graph.get("caseSensitive", False))
    assert "graph" in theirs, theirs
    whole = [each for each in graph.get("connections", []) if "tgt" in each]
    assert len(theirs["graph"]["connections"]) <= len(whole)
    assert len(theirs["graph"]["processes"]) >= len(graph.get("processes", {}))


@settings(thorough, max_examples=300)
@given(fbp_texts.sound)
def test_what_the_language_can_say_the_reference_reads_the_same(ask: Ask, text: str) -> None:
    theirs = ask(text)
    if "graph" in theirs:
        again = ask(dumps(theirs["graph"]))
        assert again == theirs
