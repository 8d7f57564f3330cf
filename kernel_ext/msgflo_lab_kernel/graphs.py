"""The graph as a whole: the cell magic `%%fbp`, and export, import and diagnose."""

from __future__ import annotations

import argparse
from contextlib import suppress
from itertools import islice
from pathlib import Path

from msgflo_lab import report
from msgflo_lab.fbp import Notice
from msgflo_lab.graph import Graph
from msgflo_lab.lab import Applied, Lab, forms
from msgflo_lab.lab.graph_files import KINDS

from .command import Command
from .parsing import Parser

NOTICES = 8
"""Of a cell that are shown; of more, the number."""
FILES = 2_000
"""Of a folder that are looked at for completion."""
CELL = "cell"
"""What a cell is called in errors and notices."""


def fbp_parser() -> Parser:
    """The arguments of `%%fbp`."""
    made = Parser(
        prog="%%fbp",
        description="The network becomes what this cell says, in FBP's graph language. Run it "
        "again after a change: only the difference is carried out.",
        epilog="examples:\n"
        "  thermo OUT -> TEXT display            an edge between two participants\n"
        "  copy(core/Repeat) OUT -> IN log       a node with its component\n"
        "  '21.5' -> TARGET control              an initial packet\n"
        "  # a comment",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--case-sensitive",
        action="store_true",
        help="take the capitals of ports as they stand",
    )
    return made


def fbp(lab: Lab, given: argparse.Namespace, cell: str) -> str:
    """Make the network equal to a cell; says what has changed.

    Raises:
        InvalidFbp: The cell is no graph; nothing has changed.
    """
    # The line of the magic is the cell's first. And no cell is to fail for want of a line break.
    applied = lab.fbp(f"\n{cell}\n", case_sensitive=given.case_sensitive, file=CELL)
    return told(lab, applied)


def told(lab: Lab, applied: Applied) -> str:
    """What has become of a graph that was put in, for people."""
    lines = [report.edits(applied.changes) or f"nothing has changed: {size(lab.graph)}"]
    lines += [_notice(each) for each in applied.notices[:NOTICES]]
    if len(applied.notices) > NOTICES:
        lines.append(f"and {len(applied.notices) - NOTICES:,} more of these")
    if not lab.is_running:
        lines.append("it is carried out after `%msgflo start`")
        return "\n".join(lines)
    found = [each for each in lab.diagnose() if each.is_marked]
    if found:
        lines.append(f"{report.count_of(len(found), 'remark')}: see `%msgflo diagnose`")
    return "\n".join(lines)


def size(graph: Graph) -> str:
    """How large a graph is, for people."""
    counted = {"node": len(graph.nodes), "edge": len(graph.edges)}
    if graph.initials:
        counted["initial packet"] = len(graph.initials)
    return ", ".join(report.count_of(number, noun) for noun, number in counted.items())


def _notice(notice: Notice) -> str:
    if notice.place is None:
        return notice.problem
    line, column = notice.place
    return f"line {line}, column {column}: {notice.problem}"


def graph_files() -> list[str]:
    """The files here that may hold a graph, for completion."""
    with suppress(OSError):
        here = (each.name for each in islice(Path().iterdir(), FILES))
        return sorted(name for name in here if forms.ending_of(Path(name)) in KINDS)
    return []


def _nothing(parser: Parser) -> None:
    del parser


def _diagnose(lab: Lab, given: argparse.Namespace) -> object:
    del given
    found = report.findings(lab.diagnose())
    if lab.is_running:
        return found
    return f"{found}\nthe lab is stopped: who is there can be told after `%msgflo start`"


COMMANDS = (Command("diagnose", "what is probably not meant so", _diagnose, _nothing),)
