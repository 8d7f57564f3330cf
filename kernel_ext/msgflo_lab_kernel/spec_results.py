"""What became of suites, as a notebook shows it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from msgflo_lab.fbpspec import Lines, Outcome, Verdict, details, line_of, summary

_ORDER = (Verdict.FAILED, Verdict.PASSED, Verdict.SKIPPED)
_STYLE = "text-align: left; vertical-align: top"
_HEAD = ("suite", "case", "assertion", "verdict")


class Results:
    """What became of the cases, failures first; a table in a notebook.

    Attributes:
        outcomes: In the order in which they were run.
        notices: What is allowed in the suites and probably not meant.
    """

    def __init__(self, outcomes: Sequence[Outcome], notices: Sequence[str] = ()) -> None:
        self.outcomes = tuple(outcomes)
        self.notices = tuple(notices)

    @property
    def is_good(self) -> bool:
        """True if no case has failed."""
        return all(each.verdict is not Verdict.FAILED for each in self.outcomes)

    @property
    def summary(self) -> str:
        """How many have passed, failed, and were skipped."""
        return summary(self.outcomes)

    @property
    def in_order(self) -> list[Outcome]:
        """Failures first."""
        return sorted(self.outcomes, key=lambda each: _ORDER.index(each.verdict))

    def __repr__(self) -> str:
        lines = Lines()
        shown = [line for each in self.in_order for line in lines.of(each)]
        return "\n".join([self.summary, *self.notices, *shown])

    def _repr_html_(self) -> str:
        rows = "".join(map(_row, self.in_order))
        head = "".join(f"<th>{each}</th>" for each in _HEAD)
        notices = "".join(f"<p>{escape(each)}</p>" for each in self.notices)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f"<p><b>{escape(self.summary)}</b></p>{notices}{table}"


def _row(outcome: Outcome) -> str:
    suite, case = outcome.suite, outcome.case
    said = escape(line_of(outcome))
    if outcome.verdict is Verdict.FAILED:
        more = escape("\n".join(details(outcome)))
        said = f"<details open><summary>{said}</summary><pre>{more}</pre></details>"
    cells = (escape(suite.name), escape(case.name), escape(case.assertion), said)
    columns = "".join(f'<td style="{_STYLE}">{each}</td>' for each in cells)
    return f"<tr>{columns}</tr>"
