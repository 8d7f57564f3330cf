"""YAML in which every scalar is still as it was written.

Pure layer. `role: 1.10` is the role `1.10`, and `id: 012` the id `012`. YAML makes numbers of
these, and what a person wrote is gone (js-yaml, which reads the files of MsgFlo, makes 1.1 and 10).
So a scalar is text here, and knows what YAML would make of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.nodes import ScalarNode

MAX_VALUES = 1_000
"""Values in one place of a text; `*aliases` can make any number of a few."""
_TYPED = ("bool", "int", "float", "timestamp")


class Scalar(str):
    """A scalar as it was written.

    Attributes:
        value: What it is by the rules of YAML: a number, a truth, a date.
    """

    value: Any


class _Constructor(SafeConstructor):
    def written(self, node: ScalarNode) -> Scalar:
        kind = str(node.tag).rpartition(":")[2]
        scalar = Scalar(node.value)
        scalar.value = getattr(SafeConstructor, f"construct_yaml_{kind}")(self, node)
        return scalar


for _kind in _TYPED:
    _Constructor.add_constructor(f"tag:yaml.org,2002:{_kind}", _Constructor.written)


def documents(text: str) -> Iterator[Any]:
    """All documents of a text. Numbers, truths and dates are `Scalar`, also as keys.

    Raises:
        YAMLError, ValueError, RecursionError: It is no YAML.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Constructor
    yield from yaml.load_all(text)


def typed(value: Any) -> Any:
    """The same with what YAML makes of the scalars in it; keys stay text.

    Raises:
        ValueError: There are more than `MAX_VALUES`, or it is in itself.
    """
    try:
        return _typed(value, count(1))
    except RecursionError:
        raise ValueError("values that are too deep, or in themselves") from None


def _typed(value: Any, number: Iterator[int]) -> Any:
    if next(number) > MAX_VALUES:
        raise ValueError(f"more than {MAX_VALUES:,} values")
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _typed(each, number) for key, each in value.items()}
    return [_typed(each, number) for each in value] if isinstance(value, list) else value
