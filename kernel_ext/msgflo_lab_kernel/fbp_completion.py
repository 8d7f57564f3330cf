"""Tab completion in a cell of the graph language: roles, components, ports.

The line is not parsed, since it is not finished: what is asked for follows from the last sign
before the cursor (an arrow, a comma, a parenthesis) and from the words behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from msgflo_lab.definition import Side
from msgflo_lab.errors import UnknownName
from msgflo_lab.lab import Lab
from msgflo_lab.library import Component
from msgflo_lab.names import Role

MAGIC = re.compile(r"%%fbp\b")
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'")
_EXPORT = re.compile(r"\s*(?P<side>IN|OUT)PORT=(?:(?P<role>[\w-]+)\.)?(?P<begun>[\w.-]*)$")
_COMPONENT = re.compile(r"\(([\w/-]*)$")
_DECLARED = re.compile(r"([a-zA-Z_][\w-]*)\(([\w/-]+)")
_BRACKETS = re.compile(r"\([^()]*\)|\[\d+\]")
_SAYABLE_ROLE = re.compile(r"[a-zA-Z_][\w-]*", re.ASCII)
_SAYABLE_PORT = re.compile(r"[a-zA-Z_][\w.]*", re.ASCII)
_SAYABLE_COMPONENT = re.compile(r"[\w/-]+", re.ASCII)
_AFTER_NODE = re.compile(r"\s*(?:\([^()]*\)?)?\s+(?P<role>[a-zA-Z_][\w-]*)")


class Offer(NamedTuple):
    """What could stand at the cursor, and how much of it has been typed."""

    words: list[str]
    begun: str


def offer(lab: Lab, cell: str, line: str, after: str) -> Offer:
    """What could come next in a line.

    Args:
        cell: All of the cell below the magic, whose declarations count.
        line: The line up to the cursor.
        after: The rest of it.
    """
    plain = _TEXT.sub(lambda found: "0" * len(found[0]), line)
    if "'" in plain or "#" in plain:
        return Offer([], "")
    names = _Names(lab, cell)
    if found := _EXPORT.match(plain):
        return _exported(names, found)
    if found := _COMPONENT.search(plain):
        return Offer(names.components(found[1]), found[1])
    behind = re.split(r"->|,", plain)[-1]
    is_target = plain[: len(plain) - len(behind)].endswith("->")
    words = _BRACKETS.sub("", behind).split(" ")
    begun, done = words[-1], [word for word in words[:-1] if word]
    return Offer(_next(names, is_target, done, begun, after), begun)


def _next(names: _Names, is_target: bool, done: list[str], begun: str, after: str) -> list[str]:
    if is_target and not done:  # an inport: of the node behind it, if that is there already
        node = _AFTER_NODE.match(after)
        roles = [node["role"]] if node else names.roles()
        return _ports(names, roles, Side.IN, begun)
    words = done[1:] if is_target else done
    if not words:
        having = [r for r in names.roles() if not is_target or names.has(r, Side.IN, done[0])]
        return _that_begin(having or names.roles(), begun)
    if words[0].isdigit() or len(words) > 1:  # a text, or a node and its port
        return _that_begin(["->"], begun)
    return _ports(names, [words[0]], Side.OUT, begun)


def _exported(names: _Names, found: re.Match[str]) -> Offer:
    side = Side.IN if found["side"] == "IN" else Side.OUT
    if found["role"] is None:
        return Offer(_that_begin(names.roles(), found["begun"]), found["begun"])
    return Offer(_ports(names, [found["role"]], side, found["begun"]), found["begun"])


def _ports(names: _Names, roles: Iterable[str], side: Side, begun: str) -> list[str]:
    """In capitals, as they are usually written, unless somebody has begun otherwise."""
    ports = dict.fromkeys(port for role in roles for port in names.ports(role, side))
    if begun == begun.upper():
        return _that_begin(dict.fromkeys(port.upper() for port in ports), begun)
    return [port for port in ports if port.lower().startswith(begun.lower())]


def _that_begin(words: Iterable[str], begun: str) -> list[str]:
    return [word for word in words if word.startswith(begun)]


class _Names:
    """What there is to name: in the living network, in the library, and in the cell."""

    def __init__(self, lab: Lab, cell: str) -> None:
        self._lab = lab
        self._views = {role.role: role for role in lab.network().roles}
        self._declared = {found[1]: found[2] for found in _DECLARED.finditer(cell)}
        self._library = {str(each.name): each for each in lab.library.components()}

    def roles(self) -> list[str]:
        roles: dict[str, None] = dict.fromkeys(map(str, self._views))
        roles.update(dict.fromkeys(self._declared))
        return [role for role in roles if _SAYABLE_ROLE.fullmatch(role)]

    def components(self, begun: str) -> list[str]:
        """Whole names; those without their namespace where only such begin so."""
        whole = sorted(name for name in self._library if _SAYABLE_COMPONENT.fullmatch(name))
        if found := _that_begin(whole, begun):
            return found
        short = {name: name.rpartition("/")[2] for name in whole}
        return [
            short[name]
            for name in whole
            if short[name].startswith(begun) and self._meant(short[name]) == self._library[name]
        ]

    def _meant(self, name: str) -> Component | None:
        with suppress(UnknownName):
            return self._lab.library.find(name) if name else None
        return None

    def has(self, role: str, side: Side, port: str) -> bool:
        return port.lower() in (name.lower() for name in self.ports(role, side))

    def ports(self, role: str, side: Side) -> Iterator[str]:
        for name in self._all_ports(role, side):
            if _SAYABLE_PORT.fullmatch(name):
                yield name

    def _all_ports(self, role: str, side: Side) -> list[str]:
        view = self._views.get(Role(role))
        known = [port.id for port in view.ports(side)] if view is not None else []
        component = self._meant(self._declared.get(role, ""))
        if component is None:
            return list(known)
        declared = component.inports if side is Side.IN else component.outports
        return list(dict.fromkeys([*known, *(port.id for port in declared)]))
