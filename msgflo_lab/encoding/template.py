"""Fields in a text: `temp={temperature};hum={humidity}`."""

from __future__ import annotations

import re
from typing import Any

from ..errors import InvalidDefinition, InvalidMessage
from .numbers import Number
from .stage import Absent, said, shown, text_of

_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)?\}")


class Template:
    """Texts with fields between them. A text that follows a field ends it where it first occurs."""

    def __init__(self, pattern: str) -> None:
        """`pattern`: named fields give an object; a single one without a name gives its value.

        Raises:
            InvalidDefinition: No field, two without a text between them, or a name twice.
        """
        parts = _FIELD.split(pattern)
        self._texts, self._names = parts[::2], parts[1::2]
        problem = ""
        if not self._names:
            problem = "there is no field such as `{temperature}` in it"
        elif not all(self._texts[1:-1]):
            problem = "between two fields there is to be something by which they are told apart"
        elif len(self._names) > 1 and (None in self._names or _twice(self._names)):
            problem = "each of several fields is to have a name of its own"
        if problem:
            raise InvalidDefinition(f"`template:{pattern}`: {problem}")
        self._is_single = self._names == [None]

    def read(self, outer: Any) -> Any:
        """The fields: numbers where they are numbers, else text."""
        text = text_of(outer).strip("\r\n\0")
        first, *rest = self._texts
        if not text.startswith(first):
            raise self._other(text)
        at, found = len(first), []
        for place, after in enumerate(rest, 1):
            is_last = place == len(rest)
            if is_last and after and not text.endswith(after):
                raise self._other(text)
            end = (len(text) - len(after)) if is_last else text.find(after, at)
            if end < at:
                raise self._other(text)
            found.append(_value(text[at:end]))
            at = end + len(after)
        if self._is_single:
            return found[0]
        return dict(zip(self._names, found, strict=True))

    def write(self, value: Any) -> str:
        """The text with the fields filled in."""
        if self._is_single:
            values = [value]
        elif isinstance(value, dict):
            missing = [name for name in self._names if name not in value]
            if missing:
                raise InvalidMessage(f"`{missing[0]}` is missing in {shown(value)}")
            values = [value[name] for name in self._names]
        else:
            raise InvalidMessage(f"{shown(value)} is no object with {self._all}")
        filled = [said(each) for each in values]
        return "".join(text + field for text, field in zip(self._texts, [*filled, ""], strict=True))

    @property
    def _all(self) -> str:
        return ", ".join(f"`{name}`" for name in self._names)

    def _other(self, text: str) -> Absent:
        fields = [f"{{{name or ''}}}" for name in self._names]
        pieces = zip(self._texts, [*fields, ""], strict=True)
        shape = "".join(piece + field for piece, field in pieces)
        return Absent(f"{shown(text)} is not of the form {shown(shape)}")


def _twice(names: list[Any]) -> bool:
    return len(set(names)) < len(names)


def _value(text: str) -> Any:
    try:
        return Number("").read(text)
    except InvalidMessage:
        return text.strip()
