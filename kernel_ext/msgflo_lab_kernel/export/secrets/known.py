"""The values that secrets have now, to be found wherever they stand and however they are called.

What a name for a secret is here, is known when something is exported: of the notebook, of the
environment, and the broker's password. So it is not needed that one can see by a text what it is.
"""

from __future__ import annotations

import base64
import json
import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from typing import Any
from urllib.parse import quote

from .called import is_value, values_in
from .finding import Finding
from .words import is_called_secret, is_kind

_LEAST = 6
"""Characters; a shorter one stands in many places where it is none."""
_LEAST_WORD = 12
"""The same, for what may be a word: `postgres`, `Number`."""
_LEAST_KIND = 16
"""The same, for what is called `token`, and may be one of those that a text was taken to."""
_LONGEST = 4_096
_DEEP = 4
"""How far into a value it is looked."""
_WIDE = 500
"""How many entries of each are looked at."""
_LOOKED_AT = 50_000
"""How many in all: first those that have names, then what is in them, and so on."""
_MOST = 500
"""Values that are known at most; further ones are not looked for."""
_WORD = re.compile(r"[A-Za-z]?[a-z]*|[A-Z]+")
_NONE_OF_PEOPLES = frozenset({"In", "Out", "exit", "quit", "get_ipython"})
_NOT_OF_ENVIRONMENT = frozenset({"PWD", "OLDPWD"})


@dataclass(frozen=True)
class Known:
    """Values of secrets.

    Attributes:
        names: What each is called, by every form in which it may stand in a file.
    """

    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    def within(self, text: str) -> Iterator[Finding]:
        """Where they stand in a text, each once a line."""
        if not self.names or (pattern := self._pattern()).search(text) is None:
            return
        for number, line in enumerate(text.split("\n"), 1):
            for name in dict.fromkeys(self.names[found] for found in pattern.findall(line)):
                yield Finding(name, number, "the value of")

    def _pattern(self) -> re.Pattern[str]:
        forms = sorted(self.names, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")


def known_of(
    namespace: Mapping[str, Any],
    environment: Mapping[str, str],
    passwords: Mapping[str, str],
    allow: Collection[str] = (),
) -> Known:
    """Those of the notebook's names, of the environment, and further ones by name.

    Args:
        allow: Names that are called like secrets, and are none.
    """
    found: dict[str, str] = {}
    mine = {
        name: value
        for name, value in namespace.items()
        if not name.startswith("_") and name not in _NONE_OF_PEOPLES
    }
    theirs = {name: value for name, value in environment.items() if name not in _NOT_OF_ENVIRONMENT}
    every = [*_leaves(mine), *_leaves(theirs), *passwords.items()]
    # What is allowed under one name, may have others.
    none = {value for name, value in every if name in allow}
    for name, value in every:
        if value in none or not _is_telling(name, value):
            continue
        for form in _forms(value):
            found.setdefault(form, name)
        if len(found) > _MOST:
            break
    return Known(found)


def _leaves(names: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The secrets in values, with their names, or the name of what they are in."""
    waiting: deque[tuple[str, object, int]] = deque((name, it, 0) for name, it in names.items())
    seen: set[tuple[int, bool]] = set()
    for _ in range(_LOOKED_AT):
        if not waiting:
            return
        name, value, deep = waiting.popleft()
        match value:
            case str() | bytes() if len(value) <= _LONGEST:
                text = value if isinstance(value, str) else value.decode(errors="replace")
                yield from ((name or "password", each) for each in values_in(text))
                if is_value(name, text):
                    yield name, text
            case int() if not isinstance(value, bool) and is_value(name, value):
                yield name, str(value)
            case _ if deep < _DEEP and (it := (id(value), is_called_secret(name))) not in seen:
                seen.add(it)
                waiting.extend((own or name, each, deep + 1) for own, each in _within(name, value))


def _within(name: str, value: object) -> Iterator[tuple[str, object]]:
    """What is in a value, with its own name; "" where that of the whole says more."""
    match value:
        case str() | bytes() | int() | type() | ModuleType():
            return
        case tuple() if fields := getattr(type(value), "_fields", ()):
            entries = dict(zip(fields, value, strict=False))
        case list() | tuple() | set() | frozenset():
            yield from (("", each) for each in islice(value, _WIDE))
            return
        case dict():
            entries = value
        case _:
            entries = _attributes(value)
    for key, each in islice(entries.items(), _WIDE):
        own = key if isinstance(key, str) else ""
        yield "" if is_called_secret(name) and not is_called_secret(own) else own, each


def _attributes(value: object) -> dict[str, object]:
    """What an object has of its own; no property of it is asked."""
    try:
        found = dict(object.__getattribute__(value, "__dict__"))
    except (AttributeError, TypeError, ValueError):
        found = {}
    for kind in type(value).__mro__:
        for name in kind.__dict__.get("__dataclass_fields__", {}):
            slot = kind.__dict__.get(name)
            if type(slot).__name__ == "member_descriptor":
                try:
                    found[name] = slot.__get__(value, kind)  # type: ignore[union-attr]
                except AttributeError:
                    continue
    return found


def _is_telling(name: str, value: str) -> bool:
    """Whether a text is hardly anything else, where it stands."""
    if is_kind(name):
        has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
        return len(value) >= _LEAST_KIND and has_both and not re.search(r"\s", value)
    return len(value) >= (_LEAST_WORD if _WORD.fullmatch(value) else _LEAST)


def _forms(value: str) -> Iterator[str]:
    """As it is, as it is written in code, in JSON and in addresses, and as it is disguised."""
    data = value.encode(errors="replace")
    yield value
    yield repr(value)[1:-1]
    yield json.dumps(value)[1:-1]
    yield quote(value, safe="")
    yield base64.b64encode(data).decode().rstrip("=")
    yield base64.urlsafe_b64encode(data).decode().rstrip("=")
    yield data.hex()
    if not value.isdecimal():
        yield value[::-1]
