"""Tests made of messages that were seen: only of what is beyond doubt."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab.fbpspec.seen import QUIET, Observed, Passed, observed
from msgflo_lab.names import PortName

IN, SETTING, OUT = PortName("in"), PortName("setting"), PortName("out")
ERROR = PortName("error")


def passed(*messages: tuple[float, Any], port: PortName) -> list[Passed]:
    return [Passed(at, port, value) for at, value in messages]


def cases(
    came: list[tuple[float, Any]], went: list[tuple[float, Any]], since: float = 0.0
) -> list[tuple[Any, Any]]:
    """Of a component with one inport and one outport: input and output of each case."""
    found = observed(passed(*came, port=IN), passed(*went, port=OUT), [IN], since=since)
    return [(case.inputs[IN], case.expected[OUT]) for case in found]


def test_each_is_answered_before_the_next_comes() -> None:
    came = [(1.0, "a"), (2.0, "b"), (3.0, "c")]
    went = [(1.1, "A"), (2.1, "B"), (3.1, "C")]
    assert cases(came, went) == [("a", "A"), ("b", "B"), ("c", "C")]


@pytest.mark.parametrize(
    "went",
    [
        [(2.1, "A"), (3.1, "B"), (3.2, "C")],  # the first was slow
        [(3.1, "A"), (3.2, "B"), (3.3, "C")],  # all of them were
        [(3.1, "C")],  # or of some nothing came
    ],
)
def test_what_may_be_the_answer_to_another_is_none(went: list[tuple[float, Any]]) -> None:
    assert cases([(1.0, "a"), (2.0, "b"), (3.0, "c")], went) == []


def test_those_before_a_doubt_stay_and_after_a_while_there_is_none() -> None:
    came = [(1.0, "a"), (2.0, "b"), (3.0, "c"), (3.0 + QUIET, "d")]
    assert cases(came, [(1.1, "A"), (3.1, "?"), (8.1, "D")]) == [("a", "A"), ("d", "D")]


def test_code_that_was_there_before_has_no_test() -> None:
    came, went = [(1.0, "a"), (2.0, "b"), (3.0, "c")], [(1.1, "old"), (2.1, "B"), (3.1, "C")]
    assert cases(came, went, since=1.5) == [("b", "B"), ("c", "C")]
    assert cases([*came, (4.0, "d")], went, since=1.5) == []  # somewhere, one has waited


def test_settings_from_before_are_still_there() -> None:
    came = [Passed(1.0, SETTING, "x"), Passed(2.0, IN, "a")]
    (case,) = observed(came, passed((2.1, "A"), port=OUT), [IN], since=1.5)
    assert case == Observed({SETTING: "x", IN: "a"}, {OUT: "A"})


def test_an_error_has_none_but_the_others_have() -> None:
    came = passed((1.0, "a"), (2.0, "no"), (3.0, "b"), port=IN)
    went = passed((1.1, "A"), (3.1, "B"), port=OUT)
    went.insert(1, Passed(2.1, ERROR, {"role": "mine"}))
    assert [case.expected for case in observed(came, went, [IN])] == [{OUT: "A"}, {OUT: "B"}]


def test_parts_of_one_answer_are_not_taken_for_another() -> None:
    """The second outport of each comes after the next message."""
    more = PortName("more")
    came = passed((1.0, "a"), (2.0, "b"), (3.0, "c"), port=IN)
    went = passed((1.1, "A"), (2.2, "B"), (3.2, "C"), port=OUT)
    went += passed((2.1, "a"), (3.1, "b"), (3.3, "c"), port=more)
    found = observed(came, sorted(went, key=lambda each: each.at), [IN])
    assert [case.expected for case in found] == [{OUT: "A"}]
