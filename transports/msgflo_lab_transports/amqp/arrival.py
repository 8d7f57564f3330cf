"""Puts the content of one message together: a header frame and any number of body frames. Pure."""

from __future__ import annotations

from collections.abc import Callable

from .frames import PROPERTIES_AT, MalformedFrame, body_size

OnContent = Callable[[bytes, bytes | None], None]
"""Called with the properties and the body; None for a body that was too large to be kept."""


class Arrival:
    """The message that is arriving on a channel: never more than one at a time (section 4.2.6).

    Args:
        limit: Bytes of the largest body that is kept.
    """

    __slots__ = ("_due", "_limit", "_missing", "_on_content", "_parts", "_properties")

    def __init__(self, on_content: OnContent, limit: int) -> None:
        self._on_content = on_content
        self._limit = limit
        self._due = False
        self._missing = 0
        self._parts: list[bytes] | None = []
        self._properties = b""

    def begin(self) -> None:
        """A method was received that content follows."""
        if self._due or self._missing:
            raise MalformedFrame("a message within another one")
        self._due = True

    def header(self, buffer: bytes, start: int, stop: int) -> None:
        """A header frame: how large the body is, and the properties.

        Raises:
            MalformedFrame: None is due, or it is cut short.
        """
        if not self._due or stop - start < PROPERTIES_AT + 2:
            raise MalformedFrame("a header frame out of turn, or cut short")
        (size,) = body_size(buffer, start + 4)
        self._due = False
        self._properties = buffer[start + PROPERTIES_AT : stop]
        self._missing = size
        if size > self._limit:
            self._parts = None
        if not size:
            self._on_content(self._properties, b"")

    def body(self, piece: bytes) -> None:
        """A body frame.

        Raises:
            MalformedFrame: None is due, or it is too long.
        """
        missing = self._missing - len(piece)
        parts = self._parts
        if not missing and not parts and parts is not None:
            # All of it in one frame.
            self._missing = 0
            self._on_content(self._properties, piece)
            return
        if missing < 0:
            raise MalformedFrame("a body frame out of turn, or too long")
        self._missing = missing
        if parts is not None:
            parts.append(piece)
        if not missing:
            self._parts = []
            self._on_content(self._properties, None if parts is None else b"".join(parts))
