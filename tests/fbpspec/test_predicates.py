"""What is expected of a value. Whether npm's fbp-spec agrees is asked in tests/interop."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab.fbpspec.predicates import PREDICATES, problem_of, seen

DATA = {"outer": {"a": {"n": 1}, "b": {"n": 2}}, "list": [1, 2, 3], "text": "hello"}


@pytest.mark.parametrize(
    ("expectation", "value"),
    [
        ({"equals": {"a": [1, None]}}, {"a": [1.0, None]}),
        ({"above": 1}, 1.5),
        ({"below": 2}, 1.5),
        ({"type": "object"}, {}),
        ({"type": "Array"}, []),
        ({"type": "null"}, None),
        ({"haveKeys": ["a", "b"]}, {"b": 1, "a": 2}),
        ({"haveKeys": "a"}, {"a": 2}),
        ({"includeKeys": ["a"]}, {"b": 1, "a": 2}),
        ({"contains": "ell"}, "hello"),
        ({"contains": 2}, [1, 2]),
        ({"contains": {"a": 1}}, [{"a": 1}]),
        ({"contains": {"a": 1}}, {"a": 1, "b": 2}),
        ({"noterror": True}, {"code": 3}),
        ({"path": "$.outer.*.n", "below": 3}, DATA),
        ({"path": "$.list[?@ > 2]", "equals": 3}, DATA),
        ({"path": "list[-1:]", "equals": 3}, DATA),
        ({"above": 1, "below": 0}, 2),  # only the first counts
    ],
)
def test_it_is_so(expectation: Any, value: Any) -> None:
    assert problem_of(expectation, value) == ""


@pytest.mark.parametrize(
    ("expectation", "value", "problem"),
    [
        ({"equals": 1}, True, "expected true to equal 1"),
        ({"equals": {"a": 1}}, {"a": 1, "b": 2}, 'expected {"a": 1, "b": 2} to equal {"a": 1}'),
        ({"above": 1}, 1, "expected 1 to be above 1"),
        ({"below": 1}, "0", 'expected "0" to be a number'),
        ({"above": "x"}, 1, 'expected "x" to be a number'),
        ({"type": "object"}, [], "expected [] to be an object"),
        ({"type": "number"}, None, "expected null to be a number"),
        ({"haveKeys": ["a"]}, {"a": 1, "b": 2}, "to have no keys but a"),
        ({"haveKeys": []}, {}, "keys required"),
        ({"includeKeys": ["a", "c"]}, {"a": 1}, "to have the keys a, c"),
        ({"contains": "x"}, "hello", 'expected "hello" to include "x"'),
        ({"contains": 1}, [True], "expected [true] to include 1"),
        ({"contains": 1}, 11, "expected 11 to be a text or a list that contains 1"),
        ({"noterror": True}, {"message": "it broke"}, "expected no error, not: it broke"),
        ({"path": "$.outer.*.n", "equals": 1}, DATA, "expected 2 to equal 1"),
        ({"path": "$.none", "equals": 1}, {}, "expected JSONPath '$.none' to match data in {}"),
        ({"path": "$[", "equals": 1}, {}, "'$[' is no JSONPath: "),
        ({"equal": 1}, 1, "fbp-spec: No operator matching equal. Available: type, equals"),
        ({"path": "$"}, 1, "fbp-spec: No operator matching path"),
        (3, 3, "fbp-spec: No operator matching"),
    ],
)
def test_it_is_not(expectation: Any, value: Any, problem: str) -> None:
    assert problem in problem_of(expectation, value)
    assert "\n" not in problem_of(expectation, value)


def test_a_large_value_is_shown_in_part() -> None:
    assert seen("x" * 1_000).endswith("… (1,002 characters)")
    assert len(seen(list(range(100_000)))) < 300


def test_all_of_them() -> None:
    assert list(PREDICATES) == [
        *("type", "equals", "above", "below"),
        *("haveKeys", "includeKeys", "contains", "noterror"),
    ]
