"""JSON values inside of a text: initial packets, metadata's numbers, annotations.

Pure. JSON as in RFC 7159, and not what Python adds to it (`NaN`). A number that JavaScript would
read as infinite or as none at all is None, which is how JSON graphs hold it.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from .limits import MAX_DEPTH, MAX_DIGITS

SPACE = re.compile(r"[ \t\n\r]*+")
"""White space of JSON: more than that of the language around it."""
FIRST = frozenset('[{"-0123456789tfn')
"""What a JSON value can begin with."""
SPLIT_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""One character that was taken apart; JSON has no way to keep it so."""

_TOO_DEEP = f"JSON that is nested deeper than {MAX_DEPTH}"
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_LEADING = re.compile(r"[0-9]++(?:[eE][0-9]++)?|Infinity")


class NotJson(ValueError):
    """No JSON value here. Attributes: problem, offset."""

    def __init__(self, problem: str, offset: int) -> None:
        self.problem = problem
        self.offset = offset
        super().__init__(problem)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def whole(digits: str) -> int | float | None:
    """The number that digits are, exactly; None where it has too many of them."""
    return int(digits) if len(digits.lstrip("-")) <= MAX_DIGITS else _finite(digits)


def _no_constant(name: str) -> Any:
    raise NotJson(f"`{name}` is not JSON", -1)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, parse_int=whole)


def read_json(text: str, offset: int, depth: int = MAX_DEPTH) -> tuple[Any, int]:
    """The JSON value at an offset, white space around it skipped, and where that ends.

    Raises:
        NotJson: There is none.
    """
    begin = SPACE.match(text, offset).end()  # type: ignore[union-attr]  # matches anything
    if text[begin : begin + 1] not in FIRST or begin == len(text):
        raise NotJson("here should be a JSON value", begin)
    try:
        value, end = _DECODER.raw_decode(text, begin)
    except json.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg[0].lower()}{error.msg[1:]}", error.pos) from error
    except RecursionError as error:
        raise NotJson(_TOO_DEEP, begin) from error
    except NotJson as error:
        raise NotJson(error.problem, begin) from error
    opened = text.count("[", begin, end) + text.count("{", begin, end)
    if opened > depth and _is_deep(value, depth):
        raise NotJson(_TOO_DEEP, begin)
    return value, SPACE.match(text, end).end()  # type: ignore[union-attr]


def _is_deep(value: Any, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, list):
                inner += each
            elif isinstance(each, dict):
                inner += each.values()
        if not inner:
            return False
        level = inner
    return True


def leading_number(word: str) -> int | float | None:
    """The number that a word begins with, as JavaScript's `parseFloat` reads it, or None.

    Only for words of the metadata's alphabet: no signs, points or blanks.
    """
    found = _LEADING.match(word)
    if found is None:
        return None
    if found[0].isdigit():
        return whole(found[0])
    number = _finite(found[0].replace("Infinity", "inf"))
    return int(number) if number is not None and number < 2**53 else number


def write_json(value: Any, *, indent: int | None = None) -> str:
    """JSON, readable, whose texts hold no characters that end lines or cannot be encoded.

    Args:
        indent: On many lines, with so many blanks for each level. Otherwise it is one line.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return text if text.isascii() else _UNSAFE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
