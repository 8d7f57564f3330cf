"""The words without a format: JSON, text, bytes; two words for true and false, or one for all."""

from __future__ import annotations

from typing import Any

import msgspec

from .. import message
from ..errors import InvalidDefinition, InvalidMessage
from .stage import Absent, said, shown, text_of


class Json:
    """`json`."""

    def read(self, outer: Any) -> Any:
        """Text that is JSON."""
        if not isinstance(outer, bytes | str):
            return outer
        try:
            return msgspec.json.decode(outer)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise InvalidMessage(f"{shown(outer)} is no JSON") from None

    def write(self, value: Any) -> bytes:
        """Anything that has a JSON form."""
        return message.encode(value)


class AsItIs:
    """No encoding: JSON where it is JSON, else text, else bytes."""

    def read(self, outer: Any) -> Any:
        """Whatever came."""
        return message.decode(outer) if isinstance(outer, bytes) else outer

    def write(self, value: Any) -> bytes:
        """JSON; bytes stay."""
        return message.encode(value)


class Text:
    """`text`."""

    def read(self, outer: Any) -> str:
        """UTF-8."""
        return text_of(outer)

    def write(self, value: Any) -> str:
        """Text without quotes; anything else like JSON."""
        return said(value)


class Bytes:
    """`bytes`."""

    def read(self, outer: Any) -> bytes:
        """Untouched."""
        return outer if isinstance(outer, bytes) else said(outer).encode()

    def write(self, value: Any) -> bytes:
        """Bytes stay; text becomes UTF-8."""
        return value if isinstance(value, bytes) else said(value).encode()


class Boolean:
    """`boolean`, `boolean:ON/OFF`."""

    def __init__(self, words: str) -> None:
        yes, slash, no = (words or "true/false").partition("/")
        if not slash or not yes or not no or yes == no:
            raise InvalidDefinition(
                f"`boolean:{words}`: two different words are needed, as in `boolean:ON/OFF`"
            )
        self._words = {True: yes, False: no}
        self._values = {yes.casefold(): True, no.casefold(): False, yes: True, no: False}

    def read(self, outer: Any) -> bool:
        """One of the words; not looking at capitals, where it makes no difference."""
        text = text_of(outer).strip()
        found = self._values.get(text, self._values.get(text.casefold()))
        if found is None:
            raise InvalidMessage(f"{shown(text)} is neither {self._both}")
        return found

    def write(self, value: Any) -> str:
        """The word for true or false (1 or 0); or one of the words."""
        if value in (True, False) and not isinstance(value, str):
            return self._words[bool(value)]
        if isinstance(value, str) and value in self._words.values():
            return value
        raise InvalidMessage(f"{shown(value)} is neither true nor false, nor {self._both}")

    @property
    def _both(self) -> str:
        return f"`{self._words[True]}` nor `{self._words[False]}`"


class Always:
    """`always:PRESS`: for a port that has nothing to say but that."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self, outer: Any) -> bool:
        """True for this text. Others on the same topic are none of its business."""
        text = text_of(outer)
        if text != self._text:
            raise Absent(f"{shown(text)} is not `{self._text}`")
        return True

    def write(self, value: Any) -> str:
        """The text, whatever the value."""
        del value
        return self._text
