"""Suites of tests, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Fixture:
    """The graph that the cases of a suite are run on.

    Attributes:
        kind: `fbp` or `json`.
        data: The text of the graph.
    """

    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class Step:
    """What is sent, and what is to come of it.

    Attributes:
        inputs: Values by inport.
        expect: By outport, the expectations on the value that comes. Each is a mapping with one
            predicate, and perhaps a `path`; see `predicates`.
    """

    inputs: Mapping[str, Any]
    expect: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """One test.

    Attributes:
        assertion: What is to be so, in words.
        steps: One, or a sequence. Empty if there are not as many inputs as expectations.
        mismatch: That they are not as many, in words; "" if they are.
        timeout: Seconds for all of it.
        skip: Why it is not run; "" if it is.
        line: Where it stands in its file, from 1.
    """

    name: str
    assertion: str
    steps: tuple[Step, ...]
    mismatch: str
    timeout: float
    skip: str
    line: int


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases with one fixture.

    Attributes:
        topic: The component that is tested.
        fixture: None for a graph of that component alone, with all its ports.
        skip: Why none of them is run; "" if they are.
        file: What its text is called.
        notices: What is allowed in it and probably not meant, a line each.
    """

    name: str
    topic: str
    fixture: Fixture | None
    cases: tuple[Case, ...]
    skip: str
    file: str
    line: int
    notices: tuple[str, ...] = ()

    def reason(self, case: Case) -> str:
        """Why a case is not run; "" if it is."""
        return self.skip or case.skip

    @property
    def is_run(self) -> bool:
        """True if any case is."""
        return any(not self.reason(case) for case in self.cases)


class Verdict(StrEnum):
    """How a case went."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a case.

    Attributes:
        why: Why it has failed, or was skipped; "" if it has passed.
        received: What came of each step, by outport; as far as it got.
        printed: What participants printed meanwhile, the last lines.
        seconds: How long it took.
        trace: The file with its flowtrace; "" without one.
    """

    suite: Suite
    case: Case
    verdict: Verdict
    why: str = ""
    received: tuple[Mapping[str, Any], ...] = ()
    printed: tuple[str, ...] = ()
    seconds: float = 0.0
    trace: str = ""
