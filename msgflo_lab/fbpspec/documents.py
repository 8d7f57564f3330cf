"""YAML 1.2 as plain values that know their lines.

A value is what JSON has: what looks like a date stays text, and what JSON has no word for is
refused. Mappings and lists remember where they stand, so that whoever finds fault with one can say
the line.
"""

from __future__ import annotations

import contextlib
import math
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from ..errors import InvalidSuite
from ..names import shown
from .limits import DEPTH_MOST, TEXT_MOST, VALUES_MOST

_TAG = "tag:yaml.org,2002:"
_AS_TEXT = ("str", "timestamp", "value")
_BASES = {"0x": 16, "0o": 8, "0b": 2}


class Map(dict[str, Any]):
    """A mapping, and its line."""

    line = 0


class Items(list[Any]):
    """A list, and its line."""

    line = 0


def documents(text: str, file: str) -> list[Any]:
    """The documents of a text, one value for each; empty ones are left out.

    Args:
        file: What the text is called in errors.

    Raises:
        InvalidSuite: It is no YAML, or more of it than is allowed.
    """
    if len(text) > TEXT_MOST:
        raise InvalidSuite(f"more than {TEXT_MOST:,} characters", file)
    reader = _Reader(file)
    try:
        # Only the Python implementation of ruamel knows YAML 1.2.
        nodes = list(YAML(typ="safe", pure=True).compose_all(text))
        values = [reader.value(node) for node in nodes if node is not None]
        return [value for value in values if value is not None]
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 0
        why = " ".join(str(error.problem or error.context or "").split())
        raise InvalidSuite(f"is no YAML: {why}", file, line) from None
    except YAMLError as error:
        raise InvalidSuite(f"is no YAML: {' '.join(str(error).split())}", file) from None
    except RecursionError:
        raise InvalidSuite(_TOO_DEEP, file) from None


_TOO_DEEP = f"nested deeper than {DEPTH_MOST}"


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self._count = 0

    def value(self, node: Node, depth: int = 0) -> Any:
        self._count += 1
        if self._count > VALUES_MOST:
            raise self._wrong(f"more than {VALUES_MOST:,} values", node)
        if depth > DEPTH_MOST:  # also where an alias is within what it stands for
            raise self._wrong(_TOO_DEEP, node)
        if isinstance(node, MappingNode):
            return self._map(node, depth)
        if isinstance(node, SequenceNode):
            items = Items(self.value(each, depth + 1) for each in node.value)
            items.line = _line(node)
            return items
        return self._scalar(node)

    def _map(self, node: MappingNode, depth: int) -> Map:
        made, merged = Map(), Map()
        made.line = _line(node)
        for key_node, value_node in node.value:
            value = self.value(value_node, depth + 1)
            if str(key_node.tag) == f"{_TAG}merge":
                for each in value if isinstance(value, Items) else (value,):
                    if not isinstance(each, Map):
                        raise self._wrong("`<<` takes a mapping, or a list of them", key_node)
                    merged = _with_line(Map({**each, **merged}), made.line)
                continue
            if not isinstance(key_node, ScalarNode):
                raise self._wrong("a key is text", key_node)
            key = str(key_node.value)
            if key in made:
                raise self._wrong(f"the key `{shown(key)}` is there twice", key_node)
            made[key] = value
        return _with_line(Map({**merged, **made}), made.line)

    def _scalar(self, node: Node) -> Any:
        kind, text = str(node.tag).removeprefix(_TAG), str(node.value)
        if kind in _AS_TEXT:
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        with contextlib.suppress(ValueError):
            if kind == "int":
                return _integer(text)
            if kind == "float" and math.isfinite(number := float(text.replace("_", ""))):
                return number
        raise self._wrong(f"`{shown(text)}` is nothing that JSON has ({node.tag})", node)

    def _wrong(self, problem: str, node: Node) -> InvalidSuite:
        return InvalidSuite(problem, self._file, _line(node))


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    base = _BASES.get(digits[:2], 10)
    return sign * int(digits[2:] if base != 10 else digits, base)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _with_line(made: Map, line: int) -> Map:
    made.line = line
    return made
