"""Tab completion of the magics: sub-commands, options, roles and ports of the living network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)

from msgflo_lab.clients import Platform
from msgflo_lab.definition import Side
from msgflo_lab.deployment.model import Broker
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab
from msgflo_lab.network import RoleState

from . import cell, fbp_completion
from .commands import COMMANDS, without_arrows
from .components import project_paths
from .dead import dead_ids, dead_ports
from .export import clients
from .export.commands import CLIENT, PARTICIPANT, PROJECT
from .foreign import yaml_files
from .graphs import fbp_parser, graph_files
from .parsing import Parser, Word, before_comment, quoted, unfinished, unquoted

SCHEMES = ("direct://", "mqtt://", "mqtts://", "amqp://", "amqps://")
PRIORITY = 1_000
"""Before IPython's own matchers, which then need not look at the line at all."""

_LINE_MAGIC = re.compile(r"\s*(?:[\w\s,.]+=\s*)?%msgflo\s+")
_CELL_MAGIC = re.compile(r"%%participant\s+")


class _Offers:
    """Completions, of which IPython believes there are some: else it would ask Python's as well."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._all = [SimpleCompletion(text, type="magic") for text in texts]

    def __len__(self) -> int:
        return max(1, len(self._all))

    def __iter__(self) -> Iterator[SimpleCompletion]:
        return iter(self._all)


def matcher_for(lab: Lab) -> Any:
    """A matcher for IPython's completer that knows the magics of this lab, and leaves the rest."""

    @context_matcher(identifier="msgflo_lab", priority=PRIORITY)  # type: ignore[untyped-decorator]
    def matcher(context: CompletionContext) -> SimpleMatcherResult:
        line = context.text_until_cursor
        in_line = _LINE_MAGIC.match(line)
        in_cell = _CELL_MAGIC.match(line) if context.cursor_line == 0 else None
        magic = in_line or in_cell
        if magic is None:
            return _in_graph(lab, context) or SimpleMatcherResult(completions=[])
        typed, begun = unfinished(line[magic.end() :])
        complete = _in_line if in_line else _in_cell
        found: list[str] = []
        if len(before_comment(typed)) == len(typed) and not begun.startswith("#"):
            try:
                found = complete(lab, typed, begun)
            except MsgFloLabError:
                found = []
        after = context.line_with_cursor[len(line) :]
        offers: Any = _Offers(_without_second_quote(word, after) for word in found)
        return SimpleMatcherResult(
            completions=offers, matched_fragment=begun, suppress=True, ordered=True
        )

    return matcher


def _in_graph(lab: Lab, context: CompletionContext) -> SimpleMatcherResult | None:
    """The answer for a cell with `%%fbp`; None for all others."""
    if not fbp_completion.MAGIC.match(context.full_text):
        return None
    line = context.text_until_cursor
    after = context.line_with_cursor[len(line) :]
    found = fbp_completion.Offer([], "")
    if context.cursor_line > 0:
        with suppress(MsgFloLabError):
            found = fbp_completion.offer(lab, context.full_text, line, after)
    elif line.rpartition(" ")[2].startswith("-"):
        begun = line.rpartition(" ")[2]
        found = fbp_completion.Offer(_options(fbp_parser(), [], begun), begun)
    offers: Any = _Offers(found.words)
    return SimpleMatcherResult(
        completions=offers, matched_fragment=found.begun, suppress=True, ordered=True
    )


def _in_line(lab: Lab, typed: list[Word], begun: str) -> list[str]:
    """What could stand in place of the word that is begun, in a line of `%msgflo`."""
    if not typed or typed[0].text == "help":
        return [name for name in COMMANDS if name.startswith(begun) and len(typed) < 2]
    command = COMMANDS.get(typed[0].text)
    if command is None:
        return []
    parser = command.parser()
    given, is_value = _positional(parser, typed[1:])
    if is_value:
        return _that_begin(_names(lab, command.values.get(typed[-1].text, "")), begun)
    if command.raw_after is not None and len(given) > command.raw_after - 1:
        return []
    if command.raw_option in [word.raw for word in typed]:
        return []
    if begun.startswith("-"):
        return _options(parser, typed, begun)
    if command.name == "start" and not given:
        return [scheme for scheme in SCHEMES if scheme.startswith(begun)]
    before = without_arrows(given) if command.has_arrow else [word.text for word in given]
    kind = command.completes_at(len(before))
    found = _that_begin(_names(lab, kind, before), begun)
    has_more = not kind or command.repeats
    return [*found, *_options(parser, typed, begun)] if has_more and not begun else found


def _in_cell(lab: Lab, typed: list[Word], begun: str) -> list[str]:
    """The same for the first line of a cell with `%%participant`."""
    parser = cell.parser()
    given, is_value = _positional(parser, typed)
    if is_value:
        return []
    if given or begun.startswith("-"):
        return _options(parser, typed, begun) if begun[:1] in ("", "-") else []
    roles = [
        role.role for role in lab.network().roles if role.local or role.state is RoleState.ABSENT
    ]
    found = _that_begin(roles, begun)
    return found if begun else [*found, *_options(parser, typed, begun)]


def _positional(parser: Parser, typed: list[Word]) -> tuple[list[Word], bool]:
    """The words that are no options, nor their values; and whether a value comes next."""
    found: list[Word] = []
    is_value = False
    for word in typed:
        if is_value:
            is_value = False
        elif word.text in parser.options:
            is_value = word.text in parser.options_with_value
        elif not word.raw.startswith("--"):
            found.append(word)
    return found, is_value


def _options(parser: Parser, typed: list[Word], begun: str) -> list[str]:
    """The options that can be added. Help is offered only to who has begun to ask for it."""
    given = {word.text for word in typed}
    found = [option for option in parser.options if option not in given]
    if begun in ("", "-", "--"):
        return [option for option in found if option not in ("-h", "--help")]
    return [option for option in found if option.startswith(begun)]


def _names(lab: Lab, kind: str, before: Sequence[str] = ()) -> list[str]:
    """All that an argument could be.

    Args:
        kind: What it is, see `Command.completes`.
        before: The positional arguments before it.
    """
    match kind:
        case "":
            return []
        case "dead port":
            return dead_ports(lab)
        case "dead id":
            return [each for each in dead_ids(lab, before[0]) if each not in before[1:]]
        case "graph file":
            return graph_files()
        case "exported":
            return [PARTICIPANT, PROJECT, CLIENT, *graph_files()]
        case "exported name":
            if before[0] == CLIENT:
                return clients.roles(lab)
            return sorted(lab.behaviours()) if before[0] == PARTICIPANT else []
        case "broker kind":
            return list(Broker)
        case "platform":
            return list(Platform)
        case "yaml file":
            return yaml_files()
        case "adapter":
            return list(lab.foreign.adapters())
        case "project":
            return project_paths()
        case "component":
            return [component.name for component in lab.library.components()]
        case "role":
            return [role.role for role in lab.network().roles]
    sides = {"inport": (Side.IN,), "outport": (Side.OUT,)}.get(kind, tuple(Side))
    return [
        f"{role.role}.{port.id}"
        for role in lab.network().roles
        for side in sides
        for port in role.ports(side)
    ]


def _that_begin(names: Iterable[str], begun: str) -> list[str]:
    """The names that go on from what was typed, in the quotes that were opened, if any were."""
    quote = begun[:1] if begun[:1] in ("'", '"') else ""
    is_open = quote and (len(begun) == 1 or not begun.endswith(quote))
    prefix = unquoted(begun + quote if is_open else begun)
    fitting = [name for name in names if name.startswith(prefix) and name.isprintable()]
    if quote:
        return [quoted(name, quote) for name in fitting]
    return [quoted(name) for name in fitting]


def _without_second_quote(word: str, after: str) -> str:
    """Editors close a quote as soon as it is opened: theirs ends the word."""
    return word[:-1] if word[-1:] in ("'", '"') and after.startswith(word[-1]) else word
