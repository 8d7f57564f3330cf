"""What is expected of a value, and whether it is so.

Names and meaning are fbp-spec's, which takes them from chai 4. Of several predicates in one
mapping, only the first counts; whoever means several writes a list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .limits import SHOWN
from .paths import found_at

PATH = "path"
"""The key beside a predicate that says of which parts of the value it is to hold."""

Predicate = Callable[[Any, Any], str]
"""Of the value and what is expected: what is wrong, or ""."""


def predicates_of(expectation: Any) -> list[str]:
    """The predicates that an expectation names and that exist, in order."""
    if not isinstance(expectation, Mapping):
        return []
    return [name for name in expectation if name in PREDICATES]


def problem_of(expectation: Any, value: Any) -> str:
    """What is wrong with a value; "" if it is as expected.

    Args:
        expectation: A mapping with a predicate, and perhaps a path. The predicate has to hold for
            everything that the path finds, and it has to find something.
    """
    names = predicates_of(expectation)
    if not names:
        said = ", ".join(map(str, expectation)) if isinstance(expectation, Mapping) else ""
        return f"fbp-spec: No operator matching {said}. Available: {', '.join(PREDICATES)}"
    path = expectation.get(PATH)
    matches = [value]
    if path:
        found = found_at(str(path), value)
        if isinstance(found, str):
            return found
        matches = found
        if not matches:
            return f"expected JSONPath '{path}' to match data in {seen(value)}"
    predicate, expected = PREDICATES[names[0]], expectation[names[0]]
    problems = (predicate(each, expected) for each in matches)
    return next((problem for problem in problems if problem), "")


def seen(value: Any) -> str:
    """A value as a message shows it: JSON, and not too much of it."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text):,} characters)"


def is_same(one: Any, other: Any) -> bool:
    """True if both are the same as JSON; 1 and 1.0 are, 1 and true are not."""
    if _type(one) != _type(other):
        return False
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


def _type(value: Any) -> str:
    """What JavaScript's chai calls the type of a value, in small letters."""
    for kinds, name in _TYPES:
        if isinstance(value, kinds):
            return name
    return "null"


_TYPES: tuple[tuple[Any, str], ...] = (
    (bool, "boolean"),
    (int | float, "number"),
    (str, "string"),
    (list, "array"),
    (Mapping, "object"),
)


def _equals(value: Any, expected: Any) -> str:
    return "" if is_same(value, expected) else f"expected {seen(value)} to equal {seen(expected)}"


def _above(value: Any, expected: Any) -> str:
    return _compared(value, expected, "above", lambda one, other: one > other)


def _below(value: Any, expected: Any) -> str:
    return _compared(value, expected, "below", lambda one, other: one < other)


def _compared(value: Any, expected: Any, word: str, holds: Callable[[Any, Any], bool]) -> str:
    for each, what in ((expected, f"what `{word}` takes"), (value, "it")):
        if _type(each) != "number":
            return f"expected {seen(each)} to be a number: {what} has to be one"
    return "" if holds(value, expected) else f"expected {seen(value)} to be {word} {seen(expected)}"


def _is_of_type(value: Any, expected: Any) -> str:
    wanted = str(expected).lower()
    article = "an" if wanted[:1] in "aeiou" else "a"
    return "" if _type(value) == wanted else f"expected {seen(value)} to be {article} {wanted}"


def _have_keys(value: Any, expected: Any) -> str:
    return _with_keys(value, expected, is_all=True)


def _include_keys(value: Any, expected: Any) -> str:
    return _with_keys(value, expected, is_all=False)


def _with_keys(value: Any, expected: Any, *, is_all: bool) -> str:
    has, wanted = _keys(value), _wanted(expected)
    if not wanted:
        return "keys required: an expectation of keys has to name one"
    is_right = not is_all or len(has) == len(wanted)
    if is_right and all(key in has for key in wanted):
        return ""
    word = "have no keys but" if is_all else "have the keys"
    return f"expected {seen(value)} to {word} {', '.join(wanted)}"


def _keys(value: Any) -> list[str]:
    """What JavaScript has for the keys of a value."""
    if isinstance(value, Mapping):
        return list(value)
    return [str(at) for at in range(len(value))] if isinstance(value, list | str) else []


def _wanted(expected: Any) -> list[str]:
    every = expected if isinstance(expected, list | Mapping) else [expected]
    return [each if isinstance(each, str) else json.dumps(each) for each in every]


def _contains(value: Any, expected: Any) -> str:
    if isinstance(value, str):
        text = expected if isinstance(expected, str) else json.dumps(expected)
        is_in = text in value
    elif isinstance(value, list):
        is_in = any(is_same(each, expected) for each in value)
    elif isinstance(value, Mapping) and isinstance(expected, Mapping):
        is_in = all(key in value and is_same(value[key], expected[key]) for key in expected)
    else:
        return f"expected {seen(value)} to be a text or a list that contains {seen(expected)}"
    return "" if is_in else f"expected {seen(value)} to include {seen(expected)}"


def _no_error(value: Any, _expected: Any) -> str:
    message = value.get("message") if isinstance(value, Mapping) else None
    # What is false in JavaScript; an empty list is not.
    is_error = isinstance(message, list | Mapping) or bool(message)
    return f"expected no error, not: {message}" if is_error else ""


PREDICATES: Mapping[str, Predicate] = {
    "type": _is_of_type,
    "equals": _equals,
    "above": _above,
    "below": _below,
    "haveKeys": _have_keys,
    "includeKeys": _include_keys,
    "contains": _contains,
    "noterror": _no_error,
}
