"""Values as YAML that every reader takes for the same, with comments in it. Pure.

Compose reads YAML 1.2, kubectl 1.1 with its `yes`, `1_000` and `12:30`. So a text is quoted unless
it is a plain word to both.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString

_WORD = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*(?::[A-Za-z0-9_./-]+)*|[0-9]+(?:s|m|M|Mi)")
_NO_TEXT = re.compile(r"y|n|yes|no|on|off|true|false|null", re.I)
_DEEPER = 2
"""Spaces of a level; a list's dash stands below its key's first letter, two further in."""


@dataclass(frozen=True, slots=True)
class Note:
    """A comment above an entry of a mapping; not of the first one in a list's item.

    Attributes:
        text: Its lines; an empty one is just that.
        value: Of the entry.
    """

    text: str
    value: Any


@dataclass(frozen=True, slots=True)
class Anchor:
    """A mapping that others take over.

    Attributes:
        name: Others name it so.
        entries: What it holds.
    """

    name: str
    entries: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Like:
    """A mapping that takes another one over, and has some of its own."""

    anchor: Anchor
    entries: Mapping[str, Any]


def dumps(value: Mapping[str, Any], header: str) -> str:
    """The text of one document.

    Args:
        value: Mappings, texts, numbers, booleans, lists (an item a line), tuples (all on one line);
            and `Note`, `Anchor`, `Like`.
        header: Lines of a comment at its beginning.
    """
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.indent(mapping=_DEEPER, sequence=_DEEPER * 2, offset=_DEEPER)
    yaml.width = 1 << 30
    stream = io.StringIO()
    yaml.dump(_Writer().made(value, 0), stream)
    return f"{comment(header)}\n{stream.getvalue()}"


def comment(text: str) -> str:
    """Its lines as comments."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.strip().splitlines())


class _Writer:
    def __init__(self) -> None:
        self._anchors: dict[str, CommentedMap] = {}

    def made(self, value: Any, column: int) -> Any:
        """What ruamel writes so; a mapping's keys are to stand at this column."""
        match value:
            case Anchor(name, entries):
                found = self._mapping(entries, column)
                found.yaml_set_anchor(name, always_dump=True)
                self._anchors[name] = found
                return found
            case Like(anchor, entries):
                merge = CommentedMap({_MERGE: self._anchors[anchor.name]})
                return self._mapping(entries, column, merge)
            case Mapping():
                return self._mapping(value, column)
            case list() | tuple():
                # The dash is at this column, and what is behind it another level in.
                items = CommentedSeq(self.made(each, column + _DEEPER) for each in value)
                if isinstance(value, tuple):
                    items.fa.set_flow_style()
                return items
            case str():
                is_word = _WORD.fullmatch(value) and not _NO_TEXT.fullmatch(value)
                return value if is_word else DoubleQuotedScalarString(value)
            case _:
                return value

    def _mapping(
        self, entries: Mapping[str, Any], column: int, start: CommentedMap | None = None
    ) -> CommentedMap:
        found = start if start is not None else CommentedMap()
        for name, entry in entries.items():
            key = self.made(name, 0)
            value = entry.value if isinstance(entry, Note) else entry
            found[key] = self.made(value, column + _DEEPER)
            if isinstance(entry, Note):
                found.yaml_set_comment_before_after_key(key, before=entry.text, indent=column)
        return found


class _Merge(ScalarString):
    """The key of what a mapping takes over."""


_MERGE = _Merge("<<")


class _Representer(RoundTripRepresenter):
    """Ruamel's, that writes this key."""

    def merge(self, key: _Merge) -> ScalarNode:
        return ScalarNode("tag:yaml.org,2002:merge", str(key))


_Representer.add_representer(_Merge, _Representer.merge)
