"""What payloads are: a type and an encoding that fit all that were seen.

Pure. A guess is for a person to look at, so it is better plain than clever: where nothing fits, it
is text, or bytes.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from ..limits import MAX_FIELDS
from ..lines import boolean, chained, path

_NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,3})?")
_UNIT = r"\s?[A-Za-zµμΩ°%‰/²³⁻¹]{1,10}"
_WITH_UNIT = re.compile(
    rf"(?P<before>[A-Za-z ]{{0,20}}[=: ]\s?|)(?P<number>{_NUMBER.pattern})(?P<after>{_UNIT}|)"
)
_PAIR = re.compile(r"(?P<name>[A-Za-z_][\w-]*)\s*(?P<is>[=:])\s*(?P<value>[^=:;,&|\s]+)")
_BETWEEN = re.compile(r"\s*[;,&|]\s*|\s+")

_TOLD_BY_ONE = (("on", "off"), ("true", "false"), ("yes", "no"), ("online", "offline"))
"""Words for true and false of which one alone says what the other is."""
_TOLD_BY_BOTH = (
    ("open", "closed"), ("open", "close"), ("locked", "unlocked"), ("up", "down"),
    ("home", "not_home"), ("detected", "clear"), ("connected", "disconnected"),
    ("active", "inactive"), ("enabled", "disabled"), ("enable", "disable"), ("1", "0"),
)  # fmt: skip
"""Others, that may as well be two of many."""


class Guess(msgspec.Struct, frozen=True):
    """What the messages on a topic are, or those in one field of them.

    Attributes:
        type: A port's.
        encoding: A port's.
        about: What a person should know.
        fields: Of JSON objects: those to be shown on their own, by their path.
    """

    type: str
    encoding: str = ""
    about: str = ""
    fields: tuple[tuple[tuple[str, ...], Guess], ...] = ()


def guess(samples: Sequence[bytes]) -> Guess:
    """What the payloads are; those that are empty do not count."""
    samples = [each for each in samples if each.strip()]
    if not samples:
        return Guess("any")
    try:
        texts = [each.decode() for each in samples]
    except UnicodeDecodeError:
        return Guess("any", "bytes", _binary(samples))
    values = [_json(text) for text in texts]
    if all(isinstance(each, dict) for each in values):
        return Guess("object", fields=_fields(values))
    if all(isinstance(each, list) for each in values):
        return Guess("array")
    # JSON's own numbers, true and false need no encoding.
    if all(type(each) is bool for each in values):
        return Guess("boolean")
    if all(type(each) in (int, float) for each in values):
        return Guess("number")
    return _text([text.strip() for text in texts])


def _text(texts: Sequence[str]) -> Guess:
    """Texts that are no JSON, or not all of one kind."""
    if all(_NUMBER.fullmatch(text) for text in texts):
        return Guess("number", "number")
    words = _words(texts)
    if words is not None:
        return Guess("boolean", words)
    return _with_unit(texts) or _pairs(texts) or Guess("string", "text", _seen(texts))


def _words(texts: Sequence[str]) -> str | None:
    """The encoding for two words."""
    said = set(texts)
    for alone, pairs in ((True, _TOLD_BY_ONE), (False, _TOLD_BY_BOTH)):
        for pair in pairs:
            for style in (str.lower, str.upper, str.capitalize):
                words = {style(word) for word in pair}
                if said == words or (alone and said < words):
                    return boolean(style(pair[0]), style(pair[1]))
    return None


def _with_unit(texts: Sequence[str]) -> Guess | None:
    """A number with the same text around it, such as `22.5 °C`."""
    found = [_WITH_UNIT.fullmatch(text) for text in texts]
    around = {(each["before"], each["after"]) for each in found if each is not None}
    if None in found or len(around) != 1 or around == {("", "")}:
        return None
    ((before, after),) = around
    encoding = chained([f"template:{before}{{}}{after}"])
    return Guess("number", encoding, after.strip()) if encoding is not None else None


def _pairs(texts: Sequence[str]) -> Guess | None:
    """Names and values, such as `temp=22.3;hum=40`."""
    templates = {_template(text) for text in texts}
    template = templates.pop()
    encoding = chained([template]) if template is not None and not templates else None
    return Guess("object", encoding) if encoding is not None else None


def _template(text: str) -> str | None:
    at, template, count = 0, "template:", 0
    while True:
        found = _PAIR.match(text, at)
        if found is None:
            return None
        template += text[at : found.start("value")] + f"{{{found['name']}}}"
        at, count = found.end(), count + 1
        if at == len(text):
            # One name with a value may be any text.
            return template if count > 1 or found["is"] == "=" else None
        between = _BETWEEN.match(text, at)
        if between is None:
            return None
        template += between[0]
        at = between.end()


def _fields(values: Sequence[Any]) -> tuple[tuple[tuple[str, ...], Guess], ...]:
    """The fields that most of the objects have, numbers and switches first."""
    seen: dict[tuple[str, ...], list[Any]] = {}
    for value in values:
        for steps, inner in _leaves(value, ()):
            seen.setdefault(steps, []).append(inner)
    found = []
    for steps, inner in seen.items():
        place = path(steps)
        if place is None or 2 * len(inner) < len(values):
            continue
        what = _field(inner)
        encoding = chained([place, what.encoding]) if what is not None else None
        if what is not None and encoding is not None:
            found.append((steps, Guess(what.type, encoding, what.about)))
    found.sort(key=lambda each: ("boolean", "number").count(each[1].type), reverse=True)
    return tuple(found[:MAX_FIELDS])


def _field(values: Sequence[Any]) -> Guess | None:
    values = [each for each in values if each is not None]
    if values and all(type(each) is bool for each in values):
        return Guess("boolean")
    if values and all(type(each) in (int, float) for each in values):
        return Guess("number")
    if values and all(isinstance(each, str) and each for each in values):
        what = _text(values)
        return Guess(what.type, "" if what.encoding == "text" else what.encoding, what.about)
    return None


def _leaves(value: dict[str, Any], before: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    """What is in an object, and in those within it."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, inner in list(value.items())[: 4 * MAX_FIELDS]:
        steps = (*before, key)
        if isinstance(inner, dict) and len(steps) < 3:
            found += _leaves(inner, steps)
        elif not isinstance(inner, dict | list):
            found.append((steps, inner))
    return found


def _seen(texts: Sequence[str]) -> str:
    """A few words that were said, where there are but a few."""
    words = list(dict.fromkeys(texts))
    short = all(len(word) <= 20 for word in words)
    return f"seen: {', '.join(words)}" if 1 < len(words) <= 5 and short else ""


def _binary(samples: Sequence[bytes]) -> str:
    """What bytes may be: a binary number is plausible where all are of its size."""
    sizes = {len(each) for each in samples}
    if len(sizes) != 1 or sizes - {1, 2, 4, 8}:
        return ""
    (size,) = sizes
    for word, code in (("float32le", "<f"), ("float32be", ">f"), ("float64le", "<d")):
        if struct.calcsize(code) == size:
            numbers = [struct.unpack(code, each)[0] for each in samples]
            if all(n == 0 or (math.isfinite(n) and 1e-4 < abs(n) < 1e7) for n in numbers):
                return f"perhaps {word}: that would be {numbers[-1]:.6g}"
    return f"{size} bytes, perhaps a binary number"


def _json(text: str) -> Any:
    """The value of a JSON text; the text itself if it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return text
