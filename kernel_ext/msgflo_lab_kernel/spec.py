"""The cell magic `%%fbpspec`: suites of tests, run at once.

What it takes for that is imported when it is wanted.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from msgflo_lab.lab import Lab

from .graphs import CELL
from .parsing import Parser, Usage

if TYPE_CHECKING:
    from .spec_results import Results


def spec_parser() -> Parser:
    """The arguments of `%%fbpspec`."""
    made = Parser(
        prog="%%fbpspec",
        description="Test components and graphs: the cell is YAML, with suites as npm's fbp-spec "
        "has them. They are run on a lab of their own that has the components of this one; the "
        "network does not notice.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example:\n"
        "  topic: core/Repeat\n"
        "  cases:\n"
        "  - name: a number\n"
        "    assertion: comes back as it is\n"
        "    inputs: {in: 3}\n"
        "    expect: {out: {equals: 3}}",
    )
    made.add_argument(
        "--address", default="", metavar="URL", help="another runtime, ws://host:port"
    )
    made.add_argument("--secret", default="", metavar="SECRET", help="for that runtime")
    made.add_argument(
        "--broker",
        default="direct://",
        metavar="URL",
        help="for components that are programs, but for files of Python: these need none",
    )
    made.add_argument(
        "--trace", action="store_true", help="write a flowtrace of each case into .flowtrace"
    )
    made.add_argument("--check", action="store_true", help="the cell fails if a case does")
    return made


def run(lab: Lab, given: argparse.Namespace, cell: str) -> Results:
    """Run the suites of a cell.

    Raises:
        InvalidSuite: The cell has none, or something that is none.
        MsgFloLabError: The runtime cannot be reached.
    """
    from msgflo_lab.fbpspec import suites_of
    from msgflo_lab.trial import Bench, Place
    from msgflo_lab.trial.recorder import FOLDER

    from .spec_results import Results

    suites = suites_of(f"\n{cell}", CELL)  # the line of the magic is the cell's first
    place = Place(
        address=given.address,
        secret=given.secret,
        broker=given.broker,
        prepare=lambda own: _lend(lab, own),
        traces=Path(FOLDER) if given.trace else None,
    )
    with Bench(place) as bench:
        outcomes = list(bench.run(suites))
    return Results(outcomes, [notice for suite in suites for notice in suite.notices])


def check(results: Results) -> None:
    """Raise if a case has failed."""
    if not results.is_good:
        raise Usage(f"{results.summary}: see the table")


def _lend(lab: Lab, own: Lab) -> None:
    for component in lab.library.components():
        if component.how is not None:
            own.library.put(component)
