"""From what has come to a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .model import Case, Step
from .predicates import problem_of, seen

Received = Mapping[str, Any]
"""By outport, the last value that came."""


def failure_of(case: Case, received: Sequence[Received]) -> str:
    """Why a case has failed all of whose steps have been carried out; "" if it has passed.

    Args:
        received: What came of each step.
    """
    problems = [_of_step(*each) for each in zip(case.steps, received, strict=True)]
    failed = [at for at, problem in enumerate(problems) if problem]
    if not failed:
        return ""
    if len(problems) == 1:
        return problems[0]
    if len(failed) == 1:
        return f"Expectation {failed[0]} of sequence failed: {problems[failed[0]]}"
    every = "; ".join(f"{at}: {problems[at]}" for at in failed)
    return f"Multiple failures in sequence: {every}"


def is_complete(step: Step, received: Received) -> bool:
    """True if no more is waited for: data has come on as many ports as are expected."""
    return len(received) >= len(step.expect)


def is_unexpected_error(step: Step, port: str) -> bool:
    """True if data on a port means that something went wrong."""
    return port == ERROR and ERROR not in step.expect


ERROR = "error"
"""The outport of errors."""


def missing(step: Step, received: Received) -> str:
    """That nothing has come on a port, in words; "" if there is something on each."""
    for port in step.expect:
        if port not in received:
            others = ", ".join(f"{name}: {seen(value)}" for name, value in received.items())
            return f"No data received on port {port}" + (f"; received: {others}" if others else "")
    return ""


def _of_step(step: Step, received: Received) -> str:
    if problem := missing(step, received):
        return problem
    for port, expectations in step.expect.items():
        for expectation in expectations:
            if problem := problem_of(expectation, received[port]):
                return problem
    return ""
