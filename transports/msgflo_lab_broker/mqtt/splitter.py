"""From a stream of bytes, in any chunks, to whole packets. No I/O, and no object per packet."""

from __future__ import annotations

from collections.abc import Callable

from .errors import MalformedPacket

MAX_REMAINING = 268_435_455
"""The largest remaining length that MQTT can express, in bytes (section 1.5.5 / 2.2.3)."""

OnPacket = Callable[[int, bytes, int, int], None]
"""Called as `(head, buffer, start, end)`: first byte, and where its body is in the buffer."""


class Splitter:
    """Cuts packets out of chunks and hands each to `on_packet`, in order.

    What `on_packet` raises passes through `feed`; the splitter is then unusable.

    Attributes:
        on_packet: May be exchanged at any time, also from within itself.
        max_packet: Longest packet that is taken, in bytes, fixed header included. An incomplete
            packet is all that is ever kept, so this bounds the memory.
    """

    def __init__(self, on_packet: OnPacket, *, max_packet: int = MAX_REMAINING + 5) -> None:
        self.on_packet = on_packet
        self.max_packet = max_packet
        self._partial = bytearray()
        self._needed = 0
        self._stopped = False

    def stop(self) -> None:
        """Hand over no further packet, not even of the chunk in hand."""
        self._stopped = True

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream.

        Raises:
            MalformedPacket: A remaining length that is none, or a packet above `max_packet`.
        """
        if self._partial:
            self._partial += chunk
            if len(self._partial) < self._needed:
                return
            chunk = bytes(self._partial)
            self._partial = bytearray()
        rest = self._split(chunk)
        if rest < len(chunk) and not self._stopped:
            self._partial += memoryview(chunk)[rest:]

    def _split(self, buffer: bytes) -> int:
        """Hand over all whole packets; where the first incomplete one starts."""
        size = len(buffer)
        limit = self.max_packet
        at = 0
        while size - at >= 2 and not self._stopped:
            length = buffer[at + 1]
            start = at + 2
            if length >= 0x80:
                length, start = _long_length(buffer, at + 1)
                if length < 0:
                    self._needed = size - at + 1
                    return at
            end = start + length
            if end - at > limit:
                raise MalformedPacket(
                    f"a packet of {end - at:,} bytes is above {limit:,}", MalformedPacket.TOO_LARGE
                )
            if end > size:
                self._needed = end - at
                return at
            self.on_packet(buffer[at], buffer, start, end)
            at = end
        self._needed = 2
        return at


def _long_length(buffer: bytes, at: int) -> tuple[int, int]:
    """A remaining length of two to four bytes, and where it ends; -1 if bytes are missing."""
    length = shift = 0
    for index in range(at, at + 4):
        if index >= len(buffer):
            return -1, at
        byte = buffer[index]
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return length, index + 1
        shift += 7
    raise MalformedPacket("a remaining length of more than four bytes")
