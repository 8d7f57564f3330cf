"""Imports as a person has them on top of a module: by groups, in order, each name once.

Pure. The order is that of isort and ruff: the future, the standard library, third parties, own
modules; in a group `import` before `from`; constants, classes, other names.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from .limits import WIDTH


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name.

    Attributes:
        module: The module; with its dots, if it is relative.
        name: What is taken `from` it; None for the module itself.
        alias: What it is called here, if not the same.
    """

    module: str
    name: str | None
    alias: str | None

    @property
    def bound(self) -> str:
        """The name that it binds."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def is_package(self) -> bool:
        """It binds a package by importing it, or a module in it."""
        return self.name is None and self.alias is None

    @property
    def root(self) -> str:
        """The top-level package."""
        return self.module.partition(".")[0]

    @property
    def origin(self) -> str:
        """What it takes, with its module."""
        return self.module if self.name is None else f"{self.module}.{self.name}"

    @property
    def is_standard(self) -> bool:
        """It is a part of Python."""
        return self.root in sys.stdlib_module_names

    @property
    def head(self) -> str:
        """The statement, up to what is named."""
        return "import" if self.name is None else f"from {self.module} import"

    @property
    def as_named(self) -> str:
        """What is named, and what it is called here."""
        return (self.name or self.module) + (f" as {self.alias}" if self.alias else "")


@dataclass(frozen=True, slots=True)
class Entry:
    """An import with its comments: the lines above, and the one behind it."""

    imported: Import
    above: tuple[str, ...] = ()
    behind: str = ""


def block_of(entries: Iterable[Entry], own: Collection[str] = ()) -> str:
    """The text of imports, without a newline at its end.

    Args:
        entries: What is imported; the same twice is one.
        own: Top-level modules that belong to the project, which go last.
    """
    groups: defaultdict[int, dict[Import, Entry]] = defaultdict(dict)
    for entry in entries:
        groups[_group(entry.imported, own)].setdefault(entry.imported, entry)
    return "\n\n".join("\n".join(_lines(groups[key].values())) for key in sorted(groups))


def _group(imported: Import, own: Collection[str]) -> int:
    if imported.module == "__future__":
        return 0
    if imported.is_standard:
        return 1
    if not imported.root:
        return 4
    return 3 if imported.root in own else 2


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    """The lines of a group."""
    modules: list[Entry] = []
    members: defaultdict[tuple[str, Import | None], list[Entry]] = defaultdict(list)
    for entry in entries:
        imported = entry.imported
        if imported.name is None:
            modules.append(entry)
        else:
            # A name that is called otherwise here has a line of its own.
            members[imported.module, imported if imported.alias else None].append(entry)
    modules.sort(key=lambda each: _module_key(each.imported))
    lines = [sorted(each, key=lambda one: _member_key(one.imported)) for each in members.values()]
    for at, line in enumerate([*([each] for each in modules), *sorted(lines, key=_line_key)]):
        above = list(dict.fromkeys(comment for entry in line for comment in entry.above))
        if above and at:
            yield ""
        yield from above
        yield from _statement(line)


def _statement(entries: list[Entry]) -> Iterator[str]:
    """One import of several names, or of one."""
    first = entries[0].imported
    comments = list(dict.fromkeys(each.behind for each in entries if each.behind))
    names = [each.imported.as_named for each in entries]
    text = f"{first.head} {', '.join(names)}"
    is_long = first.name is not None and len(text) > WIDTH
    if len(comments) > 1 or (comments and len(entries) > 1) or (is_long and not comments):
        yield f"{first.head} ("
        for each, name in zip(entries, names, strict=True):
            yield f"    {name}," + (f"  {each.behind}" if each.behind in comments else "")
            comments = [comment for comment in comments if comment != each.behind]
        yield ")"
    else:
        yield "  ".join((text, *comments))


def _module_key(imported: Import) -> tuple[object, ...]:
    return (*_natural(imported.module), imported.alias is not None, _natural(imported.alias or ""))


def _member_key(imported: Import) -> tuple[object, ...]:
    name = str(imported.name)
    kind = 0 if len(name) > 1 and name.isupper() else 1 if name[:1].isupper() else 2
    return (kind, *_natural(name), imported.alias is not None, _natural(imported.alias or ""))


def _line_key(line: list[Entry]) -> tuple[object, ...]:
    first = line[0].imported
    inner = first.module.lstrip(".")
    dots = len(first.module) - len(inner)
    return (-dots, *_natural(inner), *_member_key(first))  # what is further up goes first


def _natural(text: str) -> tuple[object, ...]:
    """A key that takes digits for numbers, and case only where nothing else differs."""

    def parts(of: str) -> list[tuple[int, int, str]]:
        found = re.findall(r"(\d+)|(\D+)", of)
        return [(0, int(number), "") if number else (1, 0, word) for number, word in found]

    return (parts(text.lower()), parts(text))
