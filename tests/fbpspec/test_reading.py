"""Suites as people write them: what they say, and what is wrong with them, with the line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.errors import InvalidSuite
from msgflo_lab.fbpspec import Fixture, Step, Suite, is_suite, suites_of
from msgflo_lab.fbpspec.documents import documents
from msgflo_lab.fbpspec.limits import DEPTH_MOST

CASE = "cases: [{name: a, assertion: b, inputs: {in: 1}, expect: {out: {equals: 1}}}]"


def suite(text: str) -> Suite:
    (found,) = suites_of(text, "file")
    return found


def test_a_suite() -> None:
    found = suite(
        """\
name: A name
topic: core/Repeat
timeout: 500
fixture: {type: fbp, data: a(core/Repeat)}
cases:
- name: one
  assertion: is one
  inputs: {in: 1}
  expect: {out: {equals: 1}, more: [{type: number}, {above: 0}]}
- name: two
  assertion: are two
  timeout: 1500
  inputs: [{in: 1}, {in: 2}]
  expect: [{}, {out: {equals: 2}}]
- {name: three, assertion: not yet, skip: no time}
"""
    )
    assert (found.name, found.topic, found.line) == ("A name", "core/Repeat", 1)
    assert found.fixture == Fixture("fbp", "a(core/Repeat)")
    one, two, three = found.cases
    assert one.steps == (
        Step({"in": 1}, {"out": ({"equals": 1},), "more": ({"type": "number"}, {"above": 0})}),
    )
    assert (one.timeout, one.line) == (0.5, 6)
    assert [dict(step.expect) for step in two.steps] == [{}, {"out": ({"equals": 2},)}]
    assert (two.timeout, two.line) == (1.5, 10)
    assert (three.skip, three.steps) == ("no time", ())
    assert found.is_run
    assert found.notices == ()


def test_what_need_not_be_said() -> None:
    found = suite(f"topic: T\n{CASE}")
    assert (found.name, found.fixture, found.skip) == ("T", None, "")
    assert found.cases[0].timeout == 2.0
    assert suite("topic: T").cases == ()
    assert suite("topic: T\nskip: true").skip
    assert not suite("topic: T\nskip: false").skip


def test_several_documents() -> None:
    text = f"# first\n---\ntopic: T\n{CASE}\n---\n---\ntopic: U\n{CASE}\n"
    assert [(each.topic, each.line) for each in suites_of(text)] == [("T", 3), ("U", 7)]


def test_a_sequence_of_another_length_is_a_case_that_fails() -> None:
    found = suite("topic: T\ncases: [{name: a, assertion: b, inputs: [], expect: [{o: {}}]}]")
    assert found.cases[0].mismatch == (
        "Test sequence length mismatch. Got 0 inputs and 1 expectations"
    )


def test_what_is_probably_not_meant() -> None:
    found = suite(
        "topic: T\nexpekt: 1\ncases:\n- name: a\n  assertion: b\n  inputs: {in: 1}\n"
        "  expect:\n    out: {above: 1, below: 5, path: $}\n"
    )
    assert found.notices == (
        "file:1: a suite has no `expekt`: it is not looked at",
        "file:8: of `out`, only `above` is looked at, not below: for several, write a list",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- 1", "file:1: a suite is a mapping with `topic` and `cases`"),
        ("just text", "file: a suite is a mapping with `topic` and `cases`"),
        ("\nname: x", "file:2: a suite needs `topic`"),
        ("topic: [T]", "file:1: `topic` of a suite is text"),
        ("topic: T\ncases: {}", "file:1: `cases` is a list"),
        ("topic: T\ncases:\n- 3", "file:1: a case is a mapping with `name`, `inputs`"),
        ("topic: T\ncases:\n- {assertion: b}", "file:3: a case needs `inputs`"),
        ("topic: T\ncases:\n- {inputs: {}}", "file:3: a case needs `expect`"),
        ("topic: T\ncases:\n- inputs: {}\n  expect: [1]", "file:4: `expect` is a mapping by port"),
        ("topic: T\ncases:\n- inputs: {}\n  expect: {}", "file:3: `expect` names no port"),
        ("topic: T\nfixture:\n  type: bpmn\n  data: x", "file:3: no type of fixture `bpmn`"),
        ("topic: T\nfixture:\n  type: fbp", "file:3: a fixture needs `data`"),
        ("topic: T\ntimeout: soon", "file:1: `timeout` is a number of milliseconds"),
        ("topic: T\ntimeout: -1", "file:1: `timeout` is from 1 to"),
        ("topic: T\ntopic: U", "file:2: the key `topic` is there twice"),
        ("topic: T\n\t- x", "file:2: is no YAML:"),
        ("topic: {", "is no YAML:"),
        ("topic: .inf", "file:1: `.inf` is nothing that JSON has"),
        ("topic: !who 3", "file:1: `3` is nothing that JSON has"),
        ("? [a]\n: b", "file:1: a key is text"),
        ("<<: 3", "file:1: `<<` takes a mapping"),
        ("[" * 5_000, "file: "),
        (f"{'{a: ' * (DEPTH_MOST + 2)}1{'}' * (DEPTH_MOST + 2)}", "nested deeper than"),
        ("a: &x [*x]", "nested deeper than"),
        ("topic: \x00", "is no YAML"),
    ],
)
def test_what_is_no_suite(text: str, problem: str) -> None:
    with pytest.raises(InvalidSuite) as caught:
        suites_of(text, "file")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_aliases_do_not_explode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab.fbpspec.documents.VALUES_MOST", 20_000)
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(InvalidSuite, match="more than 20,000 values"):
        suites_of("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("True", True),
        ("~", None),
        ("", None),
        ("2001-12-14", "2001-12-14"),
        ("1:30", "1:30"),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("-1_000", -1000),
        ("1e3", 1000.0),
        ("'1'", "1"),
        ("{<<: {a: 1, b: 2}, b: 3}", {"a": 1, "b": 3}),
        ("{<<: [{a: 1}, {a: 2, b: 2}]}", {"a": 1, "b": 2}),
        ("{1: one}", {"1": "one"}),
        ("[&x {a: 1}, *x]", [{"a": 1}, {"a": 1}]),
    ],
)
def test_values_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    assert documents(f"v: {text}", "file") == [{"v": value}]
    assert type(documents(f"v: {text}", "file")[0]["v"]).__name__ in (
        *(kind.__name__ for kind in type(value).__mro__),
        "Map",
        "Items",
    )


@given(st.text(max_size=200) | st.text("topic: [{}]-&*!|>\n \t'\"#%@,?", max_size=80))
def test_any_text_is_suites_or_is_refused(text: str) -> None:
    try:
        suites_of(text)
    except InvalidSuite:
        return


def test_what_looks_like_a_suite() -> None:
    assert is_suite("topic: T")
    assert is_suite("a: 1\n---\ntopic: T")
    assert not is_suite("services: {a: 1}")
    assert not is_suite("{")
