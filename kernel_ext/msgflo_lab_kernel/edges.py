"""The sub-commands about edges: connect, balance, disconnect."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from msgflo_lab.graph import Edge
from msgflo_lab.lab import Lab
from msgflo_lab.names import Role, shown
from msgflo_lab.network import EdgeState, EdgeView, NetworkView, RoleState

from .command import Command
from .parsing import Parser, Usage


def _ends(parser: Parser) -> None:
    parser.add_argument("source", metavar="ROLE.OUTPORT", help="where messages come from")
    parser.add_argument("target", metavar="ROLE.INPORT", help="where they go")


def _connect(lab: Lab, given: argparse.Namespace) -> object:
    edge = lab.connect(given.source, given.target)
    return f"{edge}{_pending(lab.network(), edge)}"


def _balance_arguments(parser: Parser) -> None:
    _ends(parser)
    parser.add_argument(
        "--dead-letters",
        metavar="ROLE.INPORT",
        help="where what the workers reject goes, instead of lying among the dead letters",
    )


def _balance(lab: Lab, given: argparse.Namespace) -> object:
    if given.dead_letters and given.dead_letters.lower() == given.target.lower():
        raise Usage(
            f"what `{shown(given.target)}` rejects would come back to it at once, for ever; "
            "`%%participant --retries` lets it try again"
        )
    node = lab.balance(given.source, given.target, dead_letters=given.dead_letters)
    view = lab.network()
    edges = [edge for edge in lab.graph.edges if node in (edge.source, edge.target)]
    notes = [f"  {each.note}" for each in view.roles if each.role == node and each.note]
    return "\n".join([*(f"{edge}{_pending(view, edge)}" for edge in edges), *notes])


def _disconnect(lab: Lab, given: argparse.Namespace) -> object:
    return f"no more {lab.disconnect(given.source, given.target)}"


def _pending(view: NetworkView, edge: Edge) -> str:
    """Whom an edge waits for, if it does."""
    found = next((each for each in view.edges if each.key == edge), None)
    if found is None or found.state is not EdgeState.PENDING:
        return ""
    here = {role.role for role in view.roles if role.state is not RoleState.ABSENT}
    waits = [f"`{shown(role)}`" for role in _ends_of(view, found) if role not in here]
    return f"  (pending: waits for {' and '.join(waits) or 'the broker'})"


def _ends_of(view: NetworkView, edge: EdgeView) -> Iterable[Role]:
    """Who must be there for it. A junction stands for those before it, or for those behind it."""
    junctions = {role.role for role in view.roles if role.is_junction}
    ends = [edge.source, edge.target]
    if edge.target in junctions:
        ends += [e.target for e in view.edges if e.source == edge.target and not e.dead]
    if edge.dead:  # what is rejected comes from those to whom the junction leads
        ends += [e.target for e in view.edges if e.source == edge.source and not e.dead]
    elif edge.source in junctions:
        ends += [e.source for e in view.edges if e.target == edge.source]
    return dict.fromkeys(sorted(ends, key=lambda role: role == edge.target))


COMMANDS = (
    Command(
        "connect",
        "bind an outport to an inport",
        _connect,
        _ends,
        ("outport", "inport"),
        has_arrow=True,
    ),
    Command(
        "disconnect",
        "undo a connect",
        _disconnect,
        _ends,
        ("outport", "inport"),
        has_arrow=True,
    ),
    Command(
        "balance",
        "hand an outport's messages out to the workers of a role, in turn",
        _balance,
        _balance_arguments,
        ("outport", "inport"),
        has_arrow=True,
        values={"--dead-letters": "inport"},
        examples="""\
  %msgflo balance front.job worker.job
  %msgflo balance front.job worker.job --dead-letters clerk.failed""",
    ),
)
