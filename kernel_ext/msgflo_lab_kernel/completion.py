"""Tab completion of `%msgflo`: sub-commands, and roles and ports of the living network."""

from __future__ import annotations

from typing import Any

from msgflo_lab.definition import Side
from msgflo_lab.lab import Lab
from msgflo_lab.network import NetworkView

from .commands import COMMANDS
from .parsing import quoted, words

SCHEMES = ("direct://", "mqtt://", "mqtts://")


def complete(lab: Lab, line: str) -> list[str]:
    """What could stand in place of the last word of `line`, which begins with `%msgflo`."""
    typed = [word for word, _ in words(line)]
    begun = "" if line[-1:].isspace() else typed.pop()
    before = typed[1:]
    if not before:
        return _that_begin(COMMANDS, begun)
    command = COMMANDS.get(before[0])
    if command is None:
        return []
    if before[0] == "help":
        return _that_begin(COMMANDS, begun)
    if begun.startswith("-"):
        return _that_begin(command.parser().options, begun)
    if before[0] == "start":
        return _that_begin(SCHEMES, begun)
    at = len([word for word in before[1:] if not word.startswith("-")])
    if at >= len(command.completes):
        return []
    names = _names(lab.network(), command.completes[at])
    return [quoted(name) for name in _that_begin(names, begun)]


def completer(lab: Lab) -> Any:
    """The function that IPython's `complete_command` hook calls."""

    def hook(_shell: Any, event: Any) -> list[str]:
        # IPython replaces only the part after the last delimiter of its own.
        text = event.line[: len(event.text_until_cursor)]
        whole = text.lstrip()
        found = complete(lab, whole)
        begun = "" if whole[-1:].isspace() else whole.split()[-1]
        kept = len(begun) - len(event.symbol)
        return [each[kept:] if kept > 0 else each for each in found]

    return hook


def _names(view: NetworkView, kind: str) -> list[str]:
    if kind == "role":
        return [role.role for role in view.roles]
    sides = {"inport": (Side.IN,), "outport": (Side.OUT,)}.get(kind, tuple(Side))
    return [
        f"{role.role}.{port.id}"
        for role in view.roles
        for side in sides
        for port in role.ports(side)
    ]


def _that_begin(names: Any, begun: str) -> list[str]:
    return [name for name in names if name.startswith(begun)]
