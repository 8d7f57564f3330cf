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
QUIET = 5.0
"""Seconds without a message after which all that came before is taken to be answered."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A message that has passed a port.

    Attributes:
        at: Seconds, on any clock.
        value: What it was.
    """

    at: float
    port: PortName
    value: Any


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
        and not any(each.port == ERROR for each in answers)
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

    A message may have waited for those before it, and what goes out after it may be theirs. So one
    counts as long as all before it were answered at once, each by the same ports or by `error`; and
    again after a while without any. Where others were before the first of them, all must be so.
    """
    found: list[_Answered] = []
    state: dict[PortName, Any] = {}
    is_sure, is_whole, ports = True, True, set[PortName]()
    for number, message in enumerate(came):
        state = {**state, message.port: message.value}
        if message.at <= since:
            is_whole = False
            continue
        if number and message.at - came[number - 1].at >= QUIET:
            is_sure, ports = True, set()
        if not is_sure or not wanted <= state.keys():
            continue
        later = came[number + 1].at if number + 1 < len(came) else float("inf")
        answers = [each for each in went if message.at <= each.at < later]
        by = {each.port for each in answers}
        is_sure = len(by) == len(answers) > 0 and by in ({ERROR}, ports or by)
        if by == {ERROR}:  # nobody knows whether it is used further on
            del state[message.port]
        elif is_sure:
            ports = by
            found.append((state, message, answers))
        if not (is_sure or is_whole):
            found, is_whole = [], True
    return found


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
