"""What became of suites, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .model import Outcome, Suite, Verdict
from .predicates import seen

SIGNS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.SKIPPED: "-"}
_COLOURS = {Verdict.PASSED: 32, Verdict.FAILED: 31, Verdict.SKIPPED: 33}


def line_of(outcome: Outcome, *, coloured: bool = False) -> str:
    """The verdict as fbp-spec writes it: `✓`, `✗ Error: why`, or `SKIP: why`."""
    match outcome.verdict:
        case Verdict.PASSED:
            text = "✓"
        case Verdict.FAILED:
            text = f"✗ Error: {outcome.why}"
        case Verdict.SKIPPED:
            text = f"SKIP: {outcome.why}"
    return f"\x1b[{_COLOURS[outcome.verdict]}m{text}\x1b[0m" if coloured else text


class Lines:
    """Outcomes as lines, one after the other; the name of a suite before the first of it."""

    def __init__(self, *, coloured: bool = False) -> None:
        self._coloured = coloured
        self._suite: Suite | None = None

    def of(self, outcome: Outcome) -> list[str]:
        """The lines of the next outcome."""
        case, lines = outcome.case, []
        if outcome.suite is not self._suite:
            self._suite = outcome.suite
            lines.append(outcome.suite.name)
        verdict = line_of(outcome, coloured=self._coloured)
        lines += [f"  {case.name}", f"    {case.assertion}: {verdict}"]
        if outcome.verdict is Verdict.FAILED:
            lines += [f"      {each}" for each in details(outcome)]
        return lines


def details(outcome: Outcome) -> list[str]:
    """What helps to find out why a case has failed, a line each."""
    suite, case = outcome.suite, outcome.case
    lines = [f"at {suite.file}:{case.line}"]
    many = len(case.steps) > 1
    for at, step in enumerate(case.steps[: len(outcome.received)]):
        number = f" {at}" if many else ""
        lines.append(f"sent{number}: {_values(step.inputs)}")
        lines.append(f"received{number}: {_values(outcome.received[at]) or 'nothing'}")
    lines += [f"printed: {each}" for each in outcome.printed]
    if outcome.trace:
        lines.append(f"trace: {outcome.trace}")
    return lines


def summary(outcomes: Iterable[Outcome]) -> str:
    """`3 passed, 1 failed, 2 skipped`."""
    counts = dict.fromkeys(Verdict, 0)
    for each in outcomes:
        counts[each.verdict] += 1
    said = [f"{number} {verdict}" for verdict, number in counts.items() if number]
    return ", ".join(said) or "no cases"


def listing(outcomes: Iterable[Outcome]) -> list[str]:
    """The flowtraces that were written, a line each, as fbp-spec lists them."""
    traces = [f"- {each.trace}" for each in outcomes if each.trace]
    return ["", "Flowtraces produced:", *traces] if traces else []


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON has it, for programs."""
    suite, case = outcome.suite, outcome.case
    return {
        "suite": suite.name,
        "case": case.name,
        "assertion": case.assertion,
        "verdict": outcome.verdict,
        "why": outcome.why,
        "received": list(outcome.received),
        "seconds": round(outcome.seconds, 3),
        "file": suite.file,
        "line": case.line,
        "trace": outcome.trace,
    }


def _values(values: Any) -> str:
    return ", ".join(f"{port}: {seen(value)}" for port, value in values.items())
