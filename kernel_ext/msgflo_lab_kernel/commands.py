"""The sub-commands of `%msgflo`: for each a parser, and a function that asks the lab.

A command returns what is to be shown: text, or an object that Jupyter can display, or None.
"""

from __future__ import annotations

import argparse
import re
import time
from typing import Any

from msgflo_lab import report
from msgflo_lab.definition import Side
from msgflo_lab.lab import Lab
from msgflo_lab.message import from_text
from msgflo_lab.names import Role, nearest, shown
from msgflo_lab.network import EdgeState, RoleState, RoleView
from msgflo_lab.runtime.status import Status

from . import components, dead, edges, foreign, graphs, metrics, serving
from .command import Command
from .export import commands as export
from .letters import when
from .parsing import Help, Parser, Usage, Word, before_comment, unquoted, words

LEAST_HEIGHT = 160
"""Of the picture, in pixels: below, there would be little but its bar."""
PROBLEM = 600
"""Characters of a problem in `status`: a queue that differs is told with all that differs."""
DOINGS = 8
"""Nodes of which `status` says what keeps them; `participants` says it of all."""
_ARROW = re.compile(r"->|→|,")
_AROUND = re.compile(rf"^(?:{_ARROW.pattern})|(?:{_ARROW.pattern})$")

EXAMPLE = """\
examples:
  %msgflo start                          everything inside this kernel
  %msgflo start mqtt://localhost         with a real broker
  %msgflo connect thermo.out display.text
  %msgflo send display.text "hello"
"""


def execute(lab: Lab, line: str) -> object:
    """Carry out one line of `%msgflo`.

    Raises:
        MsgFloLabError: What was asked cannot be done, or not so.
    """
    typed = words(line)
    if not before_comment(typed):
        typed = []
    name = typed[0].text if typed else "help"
    if name in ("-h", "--help", "?"):
        name = "help"
    command = _command(name)
    try:
        return command.run(lab, _parsed(command, line, typed[1:]))
    except Help as help_text:
        return str(help_text)


def _command(name: str) -> Command:
    command = COMMANDS.get(name)
    if command is not None:
        return command
    meant = nearest(name, COMMANDS)
    hint = f"did you mean `{meant}`?" if meant else f"there are: {', '.join(COMMANDS)}"
    raise Usage(f"there is no `%msgflo {shown(name)}`; {hint}")


def _parsed(command: Command, line: str, typed: list[Word]) -> argparse.Namespace:
    parser = command.parser()
    if command.raw_after is not None:
        return parser.parse_args(_with_raw_end(parser, line, typed, command.raw_after))
    raw = next((word for word in typed if word.raw == command.raw_option), None)
    if raw is not None and raw in before_comment(typed):
        before = [word.text for word in typed[: typed.index(raw)]]
        value = line[raw.start + len(raw.raw) :].strip()
        return parser.parsed([*before, f"{raw.text}={value}"] if value else [*before, raw.text])
    typed = before_comment(typed)
    if command.has_arrow:
        return parser.parsed(without_arrows(typed))
    return parser.parsed([word.text for word in typed])


def without_arrows(typed: list[Word]) -> list[str]:
    """Two ends without what stands between them: `a.out -> b.in`, `a.out, b.in`, `a.out→b.in`."""
    ends = [_AROUND.sub("", word.raw) for word in typed]
    ends = [end for end in ends if end]
    if len(ends) == 1 and not set(ends[0]) & {"'", '"'}:
        ends = _ARROW.split(ends[0], maxsplit=1)
    return [unquoted(end) for end in ends]


def _with_raw_end(parser: Parser, line: str, typed: list[Word], plain: int) -> list[str]:
    """The arguments of a command whose last one is the rest of the line, quotes and all.

    Options are known ones before that rest; a value such as -5 is none.
    """
    options: list[str] = []
    words_before: list[str] = []
    for word, start, _ in typed:
        if word in parser.options:
            options.append(word)
        elif len(words_before) < plain:
            words_before.append(word)
        else:
            return [*options, "--", *words_before, line[start:].strip()]
    return [*options, *words_before]


def _nothing(parser: Parser) -> None:
    del parser


def _start_arguments(parser: Parser) -> None:
    parser.add_argument(
        "url",
        nargs="?",
        help="direct:// (the default), or {mqtt,mqtts,amqp,amqps}://[user:password@]host[:port]",
    )
    parser.add_argument(
        "-o",
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a transport's option, e.g. -o qos=1 (may be given several times)",
    )


def _start(lab: Lab, given: argparse.Namespace) -> object:
    options: dict[str, object] = {}
    for pair in given.option:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Usage(f"an option is NAME=VALUE, not `{pair}`")
        options[name] = value
    return status_text(lab.start(given.url, **options))


def _stop(lab: Lab, given: argparse.Namespace) -> object:
    del given
    lab.stop()
    return status_text(lab.status())


def _status(lab: Lab, given: argparse.Namespace) -> object:
    del given
    return status_text(lab.status())


def _participants(lab: Lab, given: argparse.Namespace) -> object:
    del given
    return report.participants(lab.network())


def _graph_arguments(parser: Parser) -> None:
    parser.add_argument("--text", action="store_true", help="as text instead of the picture")
    parser.add_argument("--height", type=int, default=420, help="of the picture, in pixels")


def _graph(lab: Lab, given: argparse.Namespace) -> object:
    if given.text:
        return report.network(lab.network(), lab.traffic())
    if given.height < LEAST_HEIGHT:
        raise Usage(f"a picture is at least {LEAST_HEIGHT} pixels high, not {given.height}")
    from .picture import picture_of

    return picture_of(lab, given.height)


def _send_arguments(parser: Parser) -> None:
    parser.add_argument(
        "--initial",
        action="store_true",
        help="keep it as initial packet: sent again whenever the participant appears",
    )
    parser.add_argument("port", metavar="ROLE.PORT", help="where to send it")
    parser.add_argument("value", metavar="VALUE", help="JSON, or else text")


def _send(lab: Lab, given: argparse.Namespace) -> object:
    lab.send(given.port, from_text(given.value), initial=given.initial)
    return None


def _inspect_arguments(parser: Parser) -> None:
    parser.add_argument("port", metavar="ROLE.PORT", help="whose messages")
    parser.add_argument("-n", type=int, default=1, help="how many at most (1)")
    parser.add_argument(
        "--wait", type=float, default=2.0, help="seconds to wait for so many at most (2)"
    )
    parser.add_argument("--new", action="store_true", help="only messages that come from now on")
    parser.add_argument("--plain", action="store_true", help="values only, without their times")
    parser.add_argument(
        "--out", action="store_true", help="the outport, where an inport has the same name"
    )


def _inspect(lab: Lab, given: argparse.Namespace) -> object:
    if given.n < 1:
        raise Usage(f"-n is how many messages to show: 1 or more, not {given.n}")
    side = Side.OUT if given.out else None
    seen = lab.inspect(given.port, given.n, wait=given.wait, new=given.new, side=side)
    if not seen:
        return f"no message has passed {shown(given.port)} yet"
    if given.plain:
        return "\n".join(report.value(each.value) for each in seen)
    return "\n".join(f"{_clock(each.at)}  {report.value(each.value)}" for each in seen)


def _errors_arguments(parser: Parser) -> None:
    parser.add_argument("role", nargs="?", metavar="ROLE", help="only of this role")
    parser.add_argument(
        "--wait", type=float, default=0.0, help="seconds to wait for one at most (0)"
    )


def _errors(lab: Lab, given: argparse.Namespace) -> object:
    failures = lab.errors(given.role, wait=given.wait)
    if not failures:
        return "no errors"
    *earlier, last = failures
    lines = [_failure_line(failure) for failure in earlier]
    return "\n".join([*lines, _failure_line(last), last.trace])


def _failure_line(failure: Any) -> str:
    where = f"{failure.role}.{failure.where}" if failure.where else failure.role
    return f"{_clock(failure.at)}  {shown(where)}  {shown(failure.summary, 200)}"


def _role(parser: Parser) -> None:
    parser.add_argument("role", metavar="ROLE")


def _log(lab: Lab, given: argparse.Namespace) -> object:
    return lab.output(given.role) or f"{shown(given.role)} has printed nothing"


def _remove_arguments(parser: Parser) -> None:
    _role(parser)
    parser.add_argument(
        "--edges", action="store_true", help="take its edges and initial packets out as well"
    )


def _remove(lab: Lab, given: argparse.Namespace) -> object:
    before = _role_of(lab, given.role)
    if before is not None and before.is_junction and not given.edges:
        raise Usage(
            f"`{shown(given.role)}` is a junction: nobody plays it, its edges keep it. "
            "`--edges` takes it out with them"
        )
    is_foreign = any(each.role == given.role for each in lab.foreign.members())
    lab.remove(given.role, edges=given.edges)
    after = _role_of(lab, given.role)
    name, is_running = shown(given.role), before and before.state is RoleState.RUNNING
    if after is not None and after.local:
        return f"{name} is gone; `{shown(after.component)}` plays its role again"
    if after is not None and not after.workers and (doing := lab.status().doings.get(after.role)):
        return f"{name} is gone; {shown(doing.removeprefix('removed; '))}"
    others = before.workers if before is not None and not before.local else 0
    if others > is_foreign and is_running:
        return f"{name} is gone; it comes back with its next announcement"
    if after is not None and after.workers:
        return f"{name} is gone from this lab; somebody else still plays it"
    if Role(given.role) in lab.graph.nodes:
        return f"{name} is gone; its edges and initial packets are kept (`--edges` drops them)"
    return f"{name} is gone"


def _role_of(lab: Lab, role: str) -> RoleView | None:
    return next((each for each in lab.network().roles if each.role == role), None)


def _rename_arguments(parser: Parser) -> None:
    parser.add_argument("role", metavar="ROLE", help="a participant of this notebook")
    parser.add_argument("name", metavar="NEW", help="the role it plays from now on")


def _rename(lab: Lab, given: argparse.Namespace) -> object:
    lab.rename(given.role, given.name)
    return f"{shown(given.role)} is now {shown(given.name)}"


def _help_arguments(parser: Parser) -> None:
    parser.add_argument("command", nargs="?", help="the sub-command to explain")


def _help(lab: Lab, given: argparse.Namespace) -> object:
    del lab
    if given.command is None:
        return overview()
    return _command(given.command).parser().format_help().rstrip()


def overview() -> str:
    """All sub-commands, a line each, and how to begin."""
    width = max(map(len, COMMANDS))
    lines = [f"  {command.name.ljust(width)}  {command.about}" for command in COMMANDS.values()]
    return "\n".join(["%msgflo COMMAND [...]", "", *lines, "", EXAMPLE.rstrip()])


def status_text(status: Status) -> str:
    """A lab's status in a few lines."""
    if not status.url:
        return f"{status.name}: stopped"
    there = sum(n for state, n in status.roles.items() if state is not RoleState.ABSENT)
    number = sum(status.edges.values())
    link = "" if status.is_up else f" (link {status.link}: {status.detail})"
    counts = f"{report.count_of(there, 'participant')}, {report.count_of(number, 'edge')}"
    lines = [f"{status.name}: on {status.url}{link}, {counts}"]
    for state in (EdgeState.PENDING, EdgeState.STOPPED):
        if status.edges.get(state):
            lines[0] += f", {status.edges[state]} {state}"
    lines += [
        f"  `{shown(role)}`: {shown(doing, PROBLEM)}"
        for role, doing in list(status.doings.items())[:DOINGS]
    ]
    if len(status.doings) > DOINGS:
        lines.append(f"  and {len(status.doings) - DOINGS} more, see `%msgflo participants`")
    lines += [f"  {_when(problem)}{shown(problem, PROBLEM)}" for problem in status.problems[-5:]]
    return "\n".join(lines)


def _when(problem: str) -> str:
    at = getattr(problem, "at", 0.0)
    return f"{when(at, time.time())}  " if at else ""


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at % 1 * 1000):03d}"


COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        Command("start", "connect to a broker and begin", _start, _start_arguments),
        Command("stop", "leave the broker; participants and graph are kept", _stop, _nothing),
        Command("status", "where the lab is connected, and what went wrong", _status, _nothing),
        Command("participants", "who is there", _participants, _nothing),
        Command("graph", "the living picture of the network", _graph, _graph_arguments),
        *edges.COMMANDS,
        *export.COMMANDS,
        *graphs.COMMANDS,
        *components.COMMANDS,
        *foreign.COMMANDS,
        *serving.COMMANDS,
        *metrics.COMMANDS,
        Command("send", "send one message", _send, _send_arguments, ("port",), raw_after=1),
        Command("inspect", "the last messages of a port", _inspect, _inspect_arguments, ("port",)),
        *dead.COMMANDS,
        Command("errors", "what handlers have raised", _errors, _errors_arguments, ("role",)),
        Command("log", "what a participant has printed", _log, _role, ("role",)),
        Command("rename", "give a participant another role", _rename, _rename_arguments, ("role",)),
        Command(
            "remove",
            "stop a participant, or forget a dead one",
            _remove,
            _remove_arguments,
            ("role",),
        ),
        Command("help", "this list, or the help of one command", _help, _help_arguments),
    )
}
