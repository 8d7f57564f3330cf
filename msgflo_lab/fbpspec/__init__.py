"""Data-driven tests, as npm's fbp-spec has them: suites of cases, inputs and expectations. Pure.

model       suites, cases and what became of them, as values
documents   YAML as values that know their lines
reading     documents to suites
predicates  what may be expected of a value          (paths: of a part of it)
fixture     the graph that a suite is run on
verdict     what has come, to a verdict
report      outcomes as text

Who runs them is `msgflo_lab.trial`.
"""

from .fixture import alone, graph_for, synthesised
from .model import Case, Fixture, Outcome, Step, Suite, Verdict
from .reading import is_suite, suites_of
from .report import Lines, as_dict, details, line_of, listing, summary
from .verdict import failure_of, is_complete, is_unexpected_error, missing

__all__ = [
    "Case",
    "Fixture",
    "Lines",
    "Outcome",
    "Step",
    "Suite",
    "Verdict",
    "alone",
    "as_dict",
    "details",
    "failure_of",
    "graph_for",
    "is_complete",
    "is_suite",
    "is_unexpected_error",
    "line_of",
    "listing",
    "missing",
    "suites_of",
    "summary",
    "synthesised",
]
