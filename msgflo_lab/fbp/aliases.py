"""Names that the language cannot say, and what stands for them in a text.

Pure. An alias is made of what can be said of the name, is different from all names and aliases
there are, and depends on the order of the names alone: the same graph gets the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .grammar import MAGIC, SAYABLE_COMPONENT, SAYABLE_NAME, SAYABLE_PORT
from .limits import MAX_ALIAS

_OTHERS = re.compile("[^a-zA-Z0-9]+")


class Aliases:
    """What stands for which name, of one kind of names.

    Args:
        names: All that the text has to say, in order.
        sayable: What can stand for itself.
        stem: What an alias begins with if the name gives it no beginning.
        folded: Whether capitals make no difference to who reads the text.
    """

    def __init__(
        self, names: Iterable[str], sayable: re.Pattern[str], *, stem: str, folded: bool = False
    ) -> None:
        names = dict.fromkeys(names)
        self._folded = folded
        self._spoken = {
            name: name
            for name in names
            if sayable.fullmatch(name)
            and name not in MAGIC
            and (not folded or name == name.lower())
        }
        self._taken = set(self._spoken)
        self._counts: dict[str, int] = {}
        self.strange: dict[str, str] = {}
        """Real name by alias, for those names only that needed one."""
        for name in names:
            if name not in self._spoken:
                plain = folded and len(name) <= MAX_ALIAS and sayable.fullmatch(name)
                alias = self._free(name if plain else _sane(name, stem))
                self._spoken[name] = alias
                self.strange[self._key(alias)] = name

    def __getitem__(self, name: str) -> str:
        """What the text says for the name."""
        return self._spoken[name]

    def reserve(self, wish: str) -> str:
        """A word of its own that stands for no name."""
        return self._free(wish)

    def _key(self, alias: str) -> str:
        return alias.lower() if self._folded else alias

    def _free(self, wish: str) -> str:
        alias, key = wish, self._key(wish)
        count = self._counts.get(key, 1)
        while self._key(alias) in self._taken or alias in MAGIC:
            count += 1
            alias = f"{wish}_{count}"
        self._counts[key] = count
        self._taken.add(self._key(alias))
        return alias


def _sane(name: str, stem: str) -> str:
    sane = _OTHERS.sub("_", name[:MAX_ALIAS]).strip("_")
    if not sane:
        return stem
    return sane if sane[0].isalpha() else f"{stem}_{sane}"


def of_nodes(names: Iterable[str]) -> Aliases:
    """Aliases of nodes."""
    return Aliases(names, SAYABLE_NAME, stem="node")


def of_ports(names: Iterable[str], *, case_sensitive: bool) -> Aliases:
    """Aliases of ports, those of the nodes and the public ones."""
    return Aliases(names, SAYABLE_PORT, stem="port", folded=not case_sensitive)


def of_components(names: Iterable[str]) -> Aliases:
    """Aliases of components."""
    return Aliases(names, SAYABLE_COMPONENT, stem="Component")
