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
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import MsgFloLabError
from ..names import Role, shown
from .component import Program

_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_PLAIN_OR_NOTHING = re.compile(r"[\w@%+=:,./-]*", re.ASCII)
_COMMENT = re.compile(r"(?:(?<=[\s;&|()])|^)#\w+", re.M)
_SPECIAL_IN_DOUBLE_QUOTES = re.compile(r'[\\"$`]')


GIVEN = ("ROLE", "IIPS")
"""Variables that every command has, beside those of its component."""


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


def lost(command: str, names: Iterable[str]) -> list[str]:
    """What looks like a variable of a command, and is none of the names, each once.

    Only where a word begins outside of quotes: there the shell takes it for a comment, and with it
    all that follows on its line. Elsewhere it may well be meant: a color, a part of an address.
    """
    known = re.compile(_names(dict.fromkeys(names, "")) if names else r"(?!)")
    found, at = [], 0
    for quote, end in _parts(command):
        for each in _COMMENT.finditer(command, at, end) if not quote else ():
            if not known.match(each[0]):
                found.append(each[0])
        at = end
    return list(dict.fromkeys(found))


def quoted_into(command: str, values: Mapping[str, str]) -> str:
    """The command of a shell with `#NAME` replaced by values, each of which stays one piece.

    Inside of quotes it is quoted accordingly. `\\#NAME` is left alone. Where what stands around it
    in the quotes may be a program of another language (`bash -c "... #ROLE"`), only plain values
    are taken: how that one quotes nobody knows.

    Raises:
        MsgFloLabError: A value could break out of where it stands.
    """
    is_nested = "`" in command or "$(" in command
    names = _names(values)
    filled, at = [], 0
    for quote, end in _parts(command):
        part = command[at:end]
        is_code = is_nested or (quote and not _PLAIN_OR_NOTHING.fullmatch(re.sub(names, "", part)))
        where = command if is_code else ""

        def fill(found: re.Match[str], quote: str = quote, where: str = where) -> str:
            text = found[0]
            return _quoted(values[text[1:]], quote, where) if text[0] == "#" else text

        filled.append(re.sub(rf"\\.|{names}", fill, part, flags=re.DOTALL))
        at = end
    return "".join(filled)


def _parts(command: str) -> Iterator[tuple[str, int]]:
    """What stands in quotes and what does not: the quote or "", and where the part ends.

    The quotes themselves belong to the parts that stand in none.
    """
    quote = ""
    for found in re.finditer(r"""\\.|['"]""", command, flags=re.DOTALL):
        mark = found[0][-1]
        if quote and quote == mark and (quote == "'" or found[0] == mark):
            # In single quotes a backslash is nothing special, and the quote behind it ends them.
            yield quote, found.end() - 1
            quote = ""
        elif not quote and found[0] == mark and mark in "'\"":
            yield "", found.end()
            quote = mark
    yield quote, len(command)


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
            f"`{shown(value)}` cannot be put into `{shown(nested)}`: within the text of another "
            "program, and beside $(...) or backticks, only letters, digits and @%+=:,./-_ are safe"
        )
    return _QUOTED[quote](value)


_QUOTED: Mapping[str, Callable[[str], str]] = {
    "": shlex.quote,
    "'": lambda value: value.replace("'", "'\\''"),
    '"': lambda value: _SPECIAL_IN_DOUBLE_QUOTES.sub(r"\\\g<0>", value),
}
