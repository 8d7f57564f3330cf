"""One socket to an AMQP broker. Reading is never paused: each consumer's prefetch is the bound."""

from __future__ import annotations

from collections.abc import Callable

from .. import wire
from ..limits import FLUSH_BYTES
from .frames import MalformedFrame

_FRAME, _OTHER_VERSION, _TLS_ALERT = 0x01, ord("A"), 0x15


class Wire(wire.Wire):
    """One connection, until it is lost; `write` takes whole frames.

    Attributes:
        on_room: Called whenever the write buffer is low again, or the connection is gone.
    """

    malformed = MalformedFrame

    def __init__(self, splitter: wire.Reader, on_lost: wire.OnLost) -> None:
        super().__init__(splitter, on_lost)
        self.on_room: Callable[[], None] = _nothing

    def write_content(self, pieces: tuple[bytes, ...], size: int) -> None:
        """`write` for a message, whose size in bytes, more or less, is known.

        A message has many small pieces: to count them takes as long as to write them.
        """
        if self.lost:
            return
        self._out += pieces
        self._out_size += size
        if self._out_size >= FLUSH_BYTES:
            self.flush()
        elif not self._flush_is_due:
            self.flush_soon()

    def has_room(self) -> None:
        """The write buffer is low again, or the connection is gone."""
        self.on_room()

    def greet(self, first: int) -> None:
        """Tell a broker by its first byte."""
        if first == _FRAME:
            return
        if first == _OTHER_VERSION:
            raise MalformedFrame("it speaks another version of AMQP than 0-9-1")
        if first == _TLS_ALERT:
            raise MalformedFrame("it speaks TLS; try `amqps://`")
        raise MalformedFrame("not an AMQP broker: its first byte is not that of a frame")


def _nothing() -> None:
    pass
