"""One word of an encoding."""

from __future__ import annotations

from typing import Any, Protocol

from .. import message
from ..errors import InvalidMessage

MAX_SHOWN = 40
"""Characters of a value that an error shows."""


class Absent(InvalidMessage):
    """What was asked for is not in this message, which need not be wrong: many send parts."""


class Stage(Protocol):
    """One step between bytes and value. The outermost reads bytes, others what that one gives."""

    def read(self, outer: Any) -> Any:
        """From what the device speaks.

        Raises:
            InvalidMessage: It is not what was expected.
            Absent: It is not there.
        """

    def write(self, value: Any) -> Any:
        """To what the device speaks; text becomes UTF-8 in the end, and anything else JSON.

        Raises:
            InvalidMessage: The value cannot be written so.
        """


def text_of(outer: Any) -> str:
    """What came, as text. Raises InvalidMessage if it is none."""
    if isinstance(outer, bytes):
        try:
            return outer.decode()
        except UnicodeDecodeError:
            raise InvalidMessage(f"{shown(outer)} is no text (UTF-8)") from None
    return outer if isinstance(outer, str) else message.as_text(outer)


def said(value: Any) -> str:
    """A value as devices write it: text as it is, everything else like JSON."""
    return text_of(value)


def shown(value: Any) -> str:
    """A value in an error, on one line."""
    text = value if isinstance(value, str) else message.as_text(value)
    return f"`{message.shortened(' '.join(text.split()), MAX_SHOWN)}`"
