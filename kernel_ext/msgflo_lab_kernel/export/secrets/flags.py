"""Secrets that commands name: by options, and by the short ones of some programs. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import NamedTuple


class Flagged(NamedTuple):
    """What an option gives: its name, the place of the word that has the value, and the value."""

    name: str
    at: int
    value: str


class _Short(NamedTuple):
    """An option of one letter that gives a password."""

    flag: str
    is_joined: bool = False
    """`-phunter2`, and never a word of its own: a lone `-p` asks for it."""
    has_user: bool = False
    """`bob:hunter2`."""


_MYSQL = (_Short("-p", is_joined=True),)
_MOSQUITTO = (_Short("-P"),)
_CURL = tuple(_Short(flag, has_user=True) for flag in ("-u", "--user", "-U", "--proxy-user"))
_PROGRAMS = {
    "curl": _CURL,
    "mariadb": _MYSQL,
    "mongosh": (_Short("-p"),),
    "mosquitto_pub": _MOSQUITTO,
    "mosquitto_rr": _MOSQUITTO,
    "mosquitto_sub": _MOSQUITTO,
    "mysql": _MYSQL,
    "mysqladmin": _MYSQL,
    "mysqldump": _MYSQL,
    "redis-cli": (_Short("-a"),),
    "sshpass": (_Short("-p"), _Short("-p", is_joined=True)),
}
"""As their manuals have it."""
_LONGEST = 4_096
"""Characters of a line; commands are shorter."""


def flagged_in(words: Sequence[str]) -> Iterator[Flagged]:
    """What a command gives by its options: `--password hunter2`, `--token=...`, `curl -u a:b`.

    Whether that is a secret, its name and its looks say.
    """
    shorts: tuple[_Short, ...] = ()
    for at, word in enumerate(words):
        shorts = _PROGRAMS.get(PurePath(word).name, shorts)
        following = words[at + 1] if at + 1 < len(words) else ""
        for each in shorts:
            value = _short_value(each, word, following)
            if value:
                yield Flagged("password", at + (word == each.flag), value)
        name, sign, value = word.partition("=")
        if not name.startswith("--"):
            continue
        if sign:
            yield Flagged(name.lstrip("-"), at, value)
        elif following and not following.startswith("-"):
            yield Flagged(name.lstrip("-"), at + 1, following)


def flagged_in_text(text: str) -> Iterator[Flagged]:
    """The same in a text, line by line; but a word in prose is no value: `give --password or`."""
    for line in text.split("\n"):
        if len(line) > _LONGEST or not ("--" in line or any(map(line.__contains__, _PROGRAMS))):
            continue
        words = _words(line.replace("`", " "))
        for each in flagged_in(words):
            is_own = words[each.at] == each.value
            if not is_own or any(map(str.isdigit, each.value)):
                yield each


def _short_value(short: _Short, word: str, following: str) -> str:
    if short.is_joined:
        is_it = word.startswith(short.flag) and word != short.flag
        value = word.removeprefix(short.flag) if is_it else ""
    else:
        value = following if word == short.flag and not following.startswith("-") else ""
    return value.partition(":")[2] if short.has_user else value


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:  # an apostrophe
        return line.split()
