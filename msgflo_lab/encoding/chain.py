"""The whole line: its words, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .. import message
from ..errors import InvalidDefinition
from ..names import shown
from .numbers import Binary, Number, is_binary
from .path import Path
from .plain import Always, AsItIs, Boolean, Bytes, Json, Text
from .stage import Absent, Stage
from .template import Template

SEPARATOR = " | "
MAX_ENCODING = 1_000
"""Characters of one line."""

_PLAIN: dict[str, Callable[[], Stage]] = {"json": Json, "text": Text, "bytes": Bytes}
_WITH_DETAILS: dict[str, Callable[[str], Stage]] = {
    "number": Number,
    "boolean": Boolean,
    "template": Template,
    "path": Path,
    "always": Always,
}
_NEEDS_DETAILS = ("template", "path", "always")


class Encoding:
    """Between a device's bytes and values. Made by `encoding_of`.

    Attributes:
        is_raw: Nothing is read or written: messages are as they are, whatever they hold.
    """

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self._stages = stages
        self.is_raw = len(stages) == 1 and isinstance(stages[0], Bytes)

    def read(self, payload: bytes) -> Any:
        """The value of what a device has sent.

        A `null` says nothing to the words behind it: many devices send one for what they have not
        measured yet.

        Raises:
            InvalidMessage: It is not what it should be; `Absent`, if it may well be so.
        """
        value: Any = payload
        for at, stage in enumerate(self._stages):
            if at and value is None:
                raise Absent("there is nothing but `null`")
            value = stage.read(value)
        return value

    def write(self, value: Any) -> bytes:
        """What a device is to get.

        Raises:
            InvalidMessage: The value cannot be written so.
        """
        for stage in reversed(self._stages):
            value = stage.write(value)
        return value.encode() if isinstance(value, str) else message.encode(value)


@lru_cache(maxsize=1_000)
def encoding_of(line: str) -> Encoding:
    """What a port's `encoding` says.

    Raises:
        InvalidDefinition: It says nothing that is known.
    """
    if len(line) > MAX_ENCODING:
        raise InvalidDefinition(f"an encoding of {len(line):,} characters, above {MAX_ENCODING:,}")
    return Encoding(tuple(_stage(each) for each in line.split(SEPARATOR)))


def _stage(word: str) -> Stage:
    name, colon, details = word.partition(":")
    if not word:
        return AsItIs()
    if name in _PLAIN and not colon:
        return _PLAIN[name]()
    if name in _WITH_DETAILS and (details or (name not in _NEEDS_DETAILS and not colon)):
        return _WITH_DETAILS[name](details)
    if is_binary(word):
        return Binary(word)
    known = ", ".join((*_PLAIN, *_WITH_DETAILS, "int16be", "float32le"))
    raise InvalidDefinition(f"unknown encoding `{shown(word)}`; there are {known}, and so on")
