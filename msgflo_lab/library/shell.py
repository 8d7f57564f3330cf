"""Command lines with variables like `#ROLE`, and their values in them. Pure.

MsgFlo replaces `#NAME` as plain text. Here a name is the longest one that is known at its place
(`#COMPONENTNAME` is never `#COMPONENT` with something behind it), everything is replaced in one go
(a value is not searched for variables), and values are quoted as the shell needs it where they
stand: a role may have spaces, and cannot be made to run a command of its own.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import MsgFloLabError
from ..names import Role, shown
from .component import Program

_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_SPECIAL_IN_DOUBLE_QUOTES = re.compile(r'[\\"$`]')


def command_line(program: Program, role: Role, packets: Mapping[str, Any] | None = None) -> str:
    """What the shell is to run so that a program plays a role.

    Args:
        packets: Initial packets that are given on the command line, `#IIPS`.

    Raises:
        MsgFloLabError: The role cannot be a part of this command.
    """
    iips = json.dumps(packets or {}, separators=(",", ":"), ensure_ascii=False)
    return quoted_into(program.command, {**program.values, "ROLE": role, "IIPS": iips})


def used(text: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are variables of a text, each once."""
    values = dict.fromkeys(names, "")
    found = re.findall(_names(values), text) if values else []
    return list(dict.fromkeys(each[1:] for each in found))


def replaced(text: str, values: Mapping[str, str]) -> str:
    """The text with `#NAME` replaced by the values of these names, as they are."""
    if not values:
        return text
    return re.sub(_names(values), lambda found: values[found[0][1:]], text)


def quoted_into(command: str, values: Mapping[str, str]) -> str:
    """The command of a shell with `#NAME` replaced by values, each of which stays one piece.

    Inside of quotes it is quoted accordingly. `\\#NAME` is left alone.

    Raises:
        MsgFloLabError: A value could break out of where it stands.
    """
    is_nested = "`" in command or "$(" in command
    quote = ""

    def read(found: re.Match[str]) -> str:
        nonlocal quote
        text = found[0]
        if text[0] == "#":
            return _quoted(values[text[1:]], quote, command if is_nested else "")
        mark = text[-1]
        if text[0] == "\\":
            # In single quotes a backslash is nothing special, and the quote behind it ends them.
            if quote == "'" and mark == "'":
                quote = ""
        elif quote == mark:
            quote = ""
        elif not quote:
            quote = mark
        return text

    return re.sub(rf"""\\.|['"]|{_names(values)}""", read, command, flags=re.DOTALL)


def _names(values: Mapping[str, str]) -> str:
    names = "|".join(re.escape(name) for name in sorted(values, key=len, reverse=True))
    return f"#(?:{names})"


def _quoted(value: str, quote: str, nested: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    if not value.isprintable():
        raise MsgFloLabError(f"`{shown(value)}` cannot be a part of a command line")
    if nested:
        # What stands in a command within the command is quoted once more, or once less.
        raise MsgFloLabError(
            f"`{shown(value)}` cannot be put into `{shown(nested)}`: beside $(...) or backticks, "
            "only letters, digits and @%+=:,./-_ are safe"
        )
    return _QUOTED[quote](value)


_QUOTED: Mapping[str, Callable[[str], str]] = {
    "": shlex.quote,
    "'": lambda value: value.replace("'", "'\\''"),
    '"': lambda value: _SPECIAL_IN_DOUBLE_QUOTES.sub(r"\\\g<0>", value),
}
