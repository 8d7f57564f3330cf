"""Tests made of messages that were seen: what came in, and what went out then. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..names import PortName
from .verdict import ERROR

MOST = 5
"""Cases of one component."""
TEXT_MOST = 2_000
"""Characters of a value that is worth a test."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A message that has passed a port.

    Attributes:
        at: Seconds, on any clock.
        value: What it was.
        number: Which one of its port it is.
        cause: The inport and the number of the message that it was sent for, if that is known.
    """

    at: float
    port: PortName
    value: Any
    number: int = 0
    cause: tuple[PortName, int] | None = None


_Answered = tuple[dict[PortName, Any], Passed, list[Passed]]
"""The latest value of each inport; the message that was the last of them; what went out then."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What is to be so again: these values in, in this order, and those out.

    Attributes:
        inputs: By inport.
        expected: By outport.
    """

    inputs: dict[PortName, Any] = field(default_factory=dict)
    expected: dict[PortName, Any] = field(default_factory=dict)


def observed(
    came: Sequence[Passed],
    went: Sequence[Passed],
    required: Iterable[PortName],
    *,
    since: float = 0.0,
) -> list[Observed]:
    """What a component without a memory has made of what came in; the last few of it, in order.

    Only what is beyond doubt (see `_answered`), and can be written down. What one case has sent in
    is still there in the next.

    Args:
        came: Messages of its inports, in order.
        went: Of its outports, in order.
        required: The inports that must have received something before anything goes out.
        since: Up to then, other code was there, or messages may be missing.
    """
    found = [
        (state, Observed({message.port: message.value}, _by_port(answers)))
        for state, message, answers in _answered(came, went, set(required), since)
        if all(map(_is_plain, (*state.values(), *(each.value for each in answers))))
    ]
    cases: list[Observed] = []
    before: dict[PortName, Any] = {}
    for whole, case in found[-MOST:]:
        # The one that has just changed comes last: the others are to be there when it does.
        (changed,) = case.inputs
        if all(before.get(port, _NOTHING) == value for port, value in whole.items()):
            continue
        others = {
            port: value
            for port, value in whole.items()
            if port != changed and before.get(port, _NOTHING) != value
        }
        if before and others:  # some of them would lead to a message of their own
            continue
        cases.append(Observed({**others, **case.inputs}, case.expected))
        before = whole
    return cases


def suite_of(topic: str, cases: Sequence[Observed]) -> dict[str, Any]:
    """A suite of them, as its file has it."""
    return {
        "topic": topic,
        "cases": [
            {
                "name": f"{', '.join(case.inputs)}: {_short(list(case.inputs.values())[-1])}",
                "assertion": f"{', '.join(case.expected)} as it was seen",
                "inputs": dict(case.inputs),
                "expect": {port: {"equals": value} for port, value in case.expected.items()},
            }
            for case in cases
        ],
    }


_NOTHING = object()


def _answered(
    came: Sequence[Passed], went: Sequence[Passed], wanted: set[PortName], since: float
) -> list[_Answered]:
    """Messages with what went out for them, as far as that is sure.

    What is known of an inport ends with a message that has no answer, or an error: nobody knows
    whether it is used further on. An answer by some of the ports of another one is not all of it.
    """
    answers: dict[tuple[PortName, int], list[Passed]] = {}
    for each in went:
        if each.cause is not None:
            answers.setdefault(each.cause, []).append(each)
    found: list[_Answered] = []
    state: dict[PortName, Any] = {}
    unclear: set[PortName] = set()
    for message in came:
        state = {**state, message.port: message.value}
        if not wanted <= state.keys():
            continue
        own = answers.get((message.port, message.number), [])
        by = {each.port for each in own}
        if not by or ERROR in by:
            unclear.add(message.port)
            continue
        unclear.discard(message.port)
        if message.at > since and not unclear and len(by) == len(own):
            found.append((state, message, own))
    whole = [_by_port(own).keys() for _, _, own in found]
    return [each for each in found if not any(_by_port(each[2]).keys() < other for other in whole)]


def _by_port(messages: Iterable[Passed]) -> dict[PortName, Any]:
    return {each.port: each.value for each in messages}


def _is_plain(value: Any) -> bool:
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return len(text) <= TEXT_MOST


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"
