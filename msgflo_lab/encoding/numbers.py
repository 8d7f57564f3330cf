"""Numbers: as text, in a format, or in binary."""

from __future__ import annotations

import math
import re
import struct
from typing import Any

from ..errors import InvalidDefinition, InvalidMessage
from .stage import shown, text_of

_BINARY = re.compile(r"(?P<kind>u?int|float)(?P<bits>8|16|32|64)(?P<order>le|be)?")
_CODES = {8: "b", 16: "h", 32: "i", 64: "q"}
_FORMAT = re.compile(r"[+ ]?0?\d{0,2}(\.\d{1,2})?[dfeg]?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_MOST_DIGITS = 400
"""Characters of a number; a longer one is none that any device sends."""


class Number:
    """`number`, `number:int`, `number:.1f`."""

    def __init__(self, how: str) -> None:
        if how and how != "int" and not _FORMAT.fullmatch(how):
            raise InvalidDefinition(
                f"`number:{how}` is no format: `int`, or as Python has it, such as `.1f` or `05.2f`"
            )
        self._is_whole = how == "int" or how.endswith("d")
        self._how = "" if how == "int" else how

    def read(self, outer: Any) -> int | float:
        """A number, or a text that is one."""
        return self._fit(_number(outer))

    def write(self, value: Any) -> str | int | float:
        """In its format, as text; without one, the number."""
        number = self._fit(_number(value))
        return format(number, self._how) if self._how else number

    def _fit(self, number: int | float) -> int | float:
        return round(number) if self._is_whole else number


class Binary:
    """`uint8`, `int16be`, `float32le` and so on."""

    def __init__(self, word: str) -> None:
        found = _BINARY.fullmatch(word)
        if found is None or (found["kind"] == "float" and found["bits"] in ("8", "16")):
            raise InvalidDefinition(f"`{word}` is no binary number")
        if found["bits"] != "8" and found["order"] is None:
            raise InvalidDefinition(f"`{word}`: in which order? `{word}le` or `{word}be`")
        bits = int(found["bits"])
        if found["kind"] == "float":
            code = "f" if bits == 32 else "d"
        else:
            code = _CODES[bits].upper() if found["kind"] == "uint" else _CODES[bits]
        self._word, self._is_float = word, found["kind"] == "float"
        self._packing = struct.Struct((">" if found["order"] == "be" else "<") + code)

    def read(self, outer: Any) -> int | float:
        """Exactly as many bytes as it has."""
        if not isinstance(outer, bytes) or len(outer) != self._packing.size:
            raise InvalidMessage(f"{shown(outer)} is no {self._word}: {self._packing.size} bytes")
        (number,) = self._packing.unpack(outer)
        if not math.isfinite(number):
            raise InvalidMessage(f"{number} is no number that JSON knows")
        return number  # type: ignore[no-any-return]

    def write(self, value: Any) -> bytes:
        """A number in its range; a whole one is rounded."""
        number = _number(value)
        try:
            return self._packing.pack(number if self._is_float else round(number))
        except (struct.error, OverflowError):
            raise InvalidMessage(f"{shown(value)} does not fit into {self._word}") from None


def is_binary(word: str) -> bool:
    """Whether a word is meant as a binary number."""
    return _BINARY.fullmatch(word) is not None


def _number(outer: Any) -> int | float:
    if isinstance(outer, int | float) and not isinstance(outer, bool):
        number: int | float = outer
    else:
        text = text_of(outer).strip()
        if len(text) > _MOST_DIGITS or _NUMBER.fullmatch(text) is None:
            raise InvalidMessage(f"{shown(text)} is no number")
        number = float(text) if re.search(r"[.eE]", text) else int(text)
    try:
        is_finite = math.isfinite(number)
    except OverflowError:  # a whole one that no float can hold
        is_finite = False
    if not is_finite:
        raise InvalidMessage(f"{shown(outer)} is no number that JSON knows")
    return number
