"""The sub-commands about dead letters: look at them, send them back to work, forget them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from msgflo_lab import report
from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidMessage, UnknownName
from msgflo_lab.lab import Lab
from msgflo_lab.message import from_text
from msgflo_lab.names import listed, nearest, shown

from . import letters
from .command import Command
from .letters import Form, Lying
from .parsing import Parser, Usage

LOOKED_AT = 10_000
"""Dead letters of a port among which one is found by its id; more, if it has more."""


def dead_ports(lab: Lab) -> list[str]:
    """The ports that have dead letters."""
    return list(lab.dead.counts()) if lab.is_running and lab.status().is_up else []


def dead_ids(lab: Lab, port: str) -> list[str]:
    """The ids of a port's dead letters, the oldest hundred."""
    reachable = lab.is_running and lab.status().is_up
    return [letter.id for letter in lab.dead.letters(port)] if reachable else []


def _reach(lab: Lab, *, is_sending: bool = False) -> None:
    """Make sure that nobody waits half a minute for what is known already.

    Raises:
        Usage: The link is down, and the dead letters are on its other side, or are to go there.
    """
    status = lab.status()
    if status.url and not status.is_up and (status.keeps or is_sending):
        raise Usage(f"the broker cannot be reached: {status.detail}; try again when it is back")


def _port(parser: Parser) -> None:
    parser.add_argument("port", metavar="PORT", help="the inport that they were meant for")


def _dead_arguments(parser: Parser) -> None:
    parser.add_argument("port", nargs="?", metavar="PORT", help="only of this inport")
    parser.add_argument("id", nargs="?", metavar="ID", help="this one in full")
    parser.add_argument("-n", type=int, default=20, help="how many at most, oldest first (20)")
    parser.add_argument(
        "--panel", action="store_true", help="a panel to look, edit, requeue and drop in"
    )


def _dead(lab: Lab, given: argparse.Namespace) -> object:
    if given.n < 1:
        raise Usage(f"-n is how many dead letters to show: 1 or more, not {given.n}")
    if given.panel:
        from .panel import panel_of

        return panel_of(lab, _known_as(lab, given.port) if given.port else "")
    _reach(lab)
    if given.id is not None:
        (found,) = _found(lab, given.port, [given.id])
        return letters.in_full(found, time.time())
    counts = lab.dead.counts()
    asked = list(counts) if given.port is None else [_known_as(lab, given.port, counts)]
    lying: list[Lying] = []
    for port in asked:
        lying += (Lying(port, each) for each in lab.dead.letters(port, given.n))
    if not lying:
        return _none_at(given.port)
    here = {port: counts.get(port, 0) for port in asked}
    return letters.first_of(lying, here, given.n, time.time(), hint=" (-n {} shows all)")


def _none_at(port: str | None) -> str:
    return "no dead letters" if port is None else f"no dead letters at {shown(port)}"


def _choice(parser: Parser) -> None:
    _port(parser)
    parser.add_argument("ids", nargs="*", metavar="ID", help="which, as `%%msgflo dead` lists them")
    parser.add_argument("--all", action="store_true", help="all of them")


def _requeue_arguments(parser: Parser) -> None:
    _choice(parser)
    parser.add_argument(
        "--value",
        metavar="VALUE",
        help="what one of them is to hold instead: the rest of the line; JSON where it held JSON",
    )


def _requeue(lab: Lab, given: argparse.Namespace) -> object:
    ids = _chosen(given)
    if given.value is not None and (ids is None or len(ids) != 1):
        raise Usage("--value is for exactly one dead letter: name its id, and no other")
    _reach(lab, is_sending=True)
    port, found = _there(lab, given.port, ids)
    edited = None
    if given.value is not None and found:
        edited = {found[0].letter.id: _typed(given.value, found[0].letter.payload)}
    done = lab.dead.requeue(port, ids, edited)
    if not done:
        return _none_at(port)
    back = "is" if done == 1 else "are"
    return f"{report.count_of(done, 'dead letter')} {back} back in {shown(port)}{_fewer(done, ids)}"


def _drop(lab: Lab, given: argparse.Namespace) -> object:
    ids = _chosen(given)
    _reach(lab)
    port, _ = _there(lab, given.port, ids)
    done = lab.dead.drop(port, ids)
    if not done:
        return _none_at(port)
    return f"{report.count_of(done, 'dead letter')} of {shown(port)} dropped{_fewer(done, ids)}"


def _typed(text: str, before: bytes) -> object:
    """What somebody typed for a letter; single quotes around it, which shells need, are no part.

    Where JSON was, there is JSON again: half of it is a slip, and no text that somebody means.

    Raises:
        Usage: It is not.
    """
    is_quoted = len(text) > 1 and text[0] == text[-1] == "'" and "'" not in text[1:-1]
    text = text[1:-1] if is_quoted else text
    if letters.form_of(before) is not Form.JSON:
        return from_text(text)
    try:
        return letters.payload_of(text, Form.JSON)
    except InvalidMessage as error:
        hint = ", and no comment can follow" if " #" in text else ""
        raise Usage(
            f"nothing was requeued: the letter holds JSON, and --value is {error} "
            f"(the value is the rest of the line{hint})"
        ) from error


def _fewer(done: int, ids: list[str] | None) -> str:
    return f"; {len(ids) - done} had gone meanwhile" if ids is not None and done < len(ids) else ""


def _chosen(given: argparse.Namespace) -> list[str] | None:
    """The ids, each once; None for all."""
    if given.all and given.ids:
        raise Usage("name ids, or say --all, but not both")
    if not given.all and not given.ids:
        raise Usage(
            f"which ones? name their ids (`%msgflo dead {shown(given.port)}` lists them), "
            "or say --all"
        )
    return None if given.all else list(dict.fromkeys(given.ids))


def _there(lab: Lab, port: str, ids: list[str] | None) -> tuple[str, list[Lying]]:
    """The port by its proper name, and the letters that were named, which all lie there."""
    if ids is None:
        return _known_as(lab, port), []
    found = _found(lab, port, ids)
    return found[0].port, found


def _found(lab: Lab, port: str, ids: Iterable[str]) -> list[Lying]:
    """Some of a port's dead letters.

    Raises:
        Usage: One is not there.
    """
    counts = lab.dead.counts()
    port = _known_as(lab, port, counts)
    number = max(counts.get(port, 0), LOOKED_AT)
    here = {letter.id: letter for letter in lab.dead.letters(port, number)}
    for each in ids:
        if each not in here:
            there = f"there are: {listed(here)}" if here else "there are none"
            raise Usage(f"no dead letter `{shown(each)}` at {shown(port)}; {there}")
    return [Lying(port, here[each]) for each in ids]


def _known_as(lab: Lab, port: str, counts: Mapping[str, int] | None = None) -> str:
    """A port as it is announced, or a queue that has dead letters; capitals may differ.

    Raises:
        Usage: It is neither.
    """
    counts = lab.dead.counts() if counts is None else counts
    inports = [
        f"{role.role}.{each.id}"
        for role in lab.network().roles
        for each in role.ports(Side.IN)
        if each.queue is not None
    ]
    names = list(dict.fromkeys([*counts, *inports]))
    alike = [name for name in names if name.lower() == port.lower()]
    if port in names:
        return port
    if len(alike) == 1:
        return alike[0]
    with suppress(UnknownName):
        lab.dead.letters(port, 1)
        return port
    meant = nearest(port, names)
    hint = f"did you mean `{shown(meant)}`?" if meant else f"there are: {listed(names)}"
    raise Usage(f"no inport `{shown(port)}`, and no queue of that name has dead letters; {hint}")


COMMANDS = (
    Command(
        "dead",
        "what was rejected: the dead letters",
        _dead,
        _dead_arguments,
        ("dead port", "dead id"),
        examples="""\
  %msgflo dead                           all of them, a line each
  %msgflo dead worker.job 3              one of them in full
  %msgflo dead --panel                   to look, edit, requeue and drop by mouse""",
    ),
    Command(
        "requeue",
        "put dead letters back into their queue",
        _requeue,
        _requeue_arguments,
        ("dead port", "dead id"),
        raw_option="--value",
        repeats=True,
        examples="""\
  %msgflo requeue worker.job 3 4         two of them, as they are
  %msgflo requeue worker.job --all
  %msgflo requeue worker.job 3 --value {"net": 12.5}""",
    ),
    Command(
        "drop",
        "forget dead letters",
        _drop,
        _choice,
        ("dead port", "dead id"),
        repeats=True,
        examples="""\
  %msgflo drop worker.job 3
  %msgflo drop worker.job --all""",
    ),
)
