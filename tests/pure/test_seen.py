"""Tests made of messages that were seen: only of what is beyond doubt."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab.fbpspec.seen import Observed, Passed, observed
from msgflo_lab.names import PortName

IN, SETTING, OUT = PortName("in"), PortName("setting"), PortName("out")
ERROR = PortName("error")


def passed(*messages: tuple[float, Any], port: PortName) -> list[Passed]:
    """Messages of an inport, counted."""
    return [Passed(at, port, value, n) for n, (at, value) in enumerate(messages, 1)]


def sent(*messages: tuple[float, Any, int], port: PortName = OUT) -> list[Passed]:
    """Messages of an outport, with the number of that of `in` that each is for."""
    return [Passed(at, port, value, cause=(IN, n) if n else None) for at, value, n in messages]


def cases(
    came: list[tuple[float, Any]], went: list[tuple[float, Any, int]], since: float = 0.0
) -> list[tuple[Any, Any]]:
    """Of a component with one inport and one outport: input and output of each case."""
    found = observed(passed(*came, port=IN), sent(*went), [IN], since=since)
    return [(case.inputs[IN], case.expected[OUT]) for case in found]


CAME = [(1.0, "a"), (2.0, "b"), (3.0, "c")]


@pytest.mark.parametrize(
    "went",
    [
        [(1.1, "A", 1), (2.1, "B", 2), (3.1, "C", 3)],
        [(2.1, "A", 1), (3.1, "B", 2), (3.2, "C", 3)],  # the first was slow
        [(3.1, "A", 1), (3.2, "B", 2), (3.3, "C", 3)],  # all of them were
    ],
)
def test_each_has_its_answer_however_late_that_is(went: list[tuple[float, Any, int]]) -> None:
    assert cases(CAME, went) == [("a", "A"), ("b", "B"), ("c", "C")]


@pytest.mark.parametrize(
    ("went", "expected"),
    [
        ([(3.1, "C", 3)], [("c", "C")]),  # of the others nothing came
        ([(1.1, "A", 1), (2.1, "?", 0)], [("a", "A")]),  # sent on its own account
        ([(1.1, "A", 1), (1.2, "A", 1), (2.1, "B", 2)], [("b", "B")]),  # two are no one answer
    ],
)
def test_what_is_not_the_answer_to_one_is_none(
    went: list[tuple[float, Any, int]], expected: list[tuple[Any, Any]]
) -> None:
    assert cases(CAME, went) == expected


def test_code_that_was_there_before_has_no_test() -> None:
    went = [(1.1, "old", 1), (2.1, "B", 2), (3.1, "C", 3)]
    assert cases(CAME, went, since=1.5) == [("b", "B"), ("c", "C")]
    assert cases([*CAME, (4.0, "d")], went, since=1.5) == [("b", "B"), ("c", "C")]  # in hand


def test_settings_from_before_are_still_there() -> None:
    came = [Passed(1.0, SETTING, "x", 1), Passed(2.0, IN, "a", 1)]
    (case,) = observed(came, sent((2.1, "A", 1)), [IN], since=1.5)
    assert case == Observed({SETTING: "x", IN: "a"}, {OUT: "A"})


def test_a_setting_that_may_not_have_been_taken_is_none() -> None:
    came = [Passed(1.0, IN, "a", 1), Passed(2.0, SETTING, "no", 1), Passed(3.0, IN, "b", 2)]
    found = observed(came, sent((1.1, "A", 1), (3.1, "B", 2)), [IN])
    assert [case.inputs for case in found] == [{IN: "a"}]


@pytest.mark.parametrize("cause", [(IN, 2), None])
def test_an_error_has_none_but_the_others_have(cause: tuple[PortName, int] | None) -> None:
    came = passed((1.0, "a"), (2.0, "no"), (3.0, "b"), port=IN)
    went = sent((1.1, "A", 1), (3.1, "B", 3))
    went.insert(1, Passed(2.1, ERROR, {"role": "mine"}, cause=cause))
    assert [case.expected for case in observed(came, went, [IN])] == [{OUT: "A"}, {OUT: "B"}]


def test_parts_of_an_answer_are_not_taken_for_all_of_it() -> None:
    """Of the first one a part is forgotten, of the last one a part is still to come."""
    more = PortName("more")
    went = sent((2.2, "B", 2), (3.2, "C", 3)) + sent((1.3, "a", 1), (2.3, "b", 2), port=more)
    found = observed(passed(*CAME, port=IN), went, [IN])
    assert [case.expected for case in found] == [{OUT: "B", more: "b"}]
