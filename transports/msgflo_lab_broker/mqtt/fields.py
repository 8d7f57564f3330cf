"""The data types of MQTT (section 1.5): integers, strings, binary data; and a cursor over them."""

from __future__ import annotations

from .errors import MalformedPacket

MAX_FIELD = 65_535
"""Longest string or binary field, in bytes."""

_SHORT = [bytes((n,)) for n in range(0x80)]


def varint(value: int) -> bytes:
    """A variable byte integer (section 1.5.5 of MQTT 5, 2.2.3 of 3.1.1).

    Raises:
        ValueError: Negative, or above 268,435,455.
    """
    if 0 <= value < 0x80:
        return _SHORT[value]
    if 0 <= value < 0x4000:
        return bytes((value & 0x7F | 0x80, value >> 7))
    if not 0 <= value < 0x1000_0000:
        raise ValueError(f"{value:,} does not fit into a variable byte integer")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def binary(data: bytes) -> bytes:
    """A binary field: two bytes of length, and the bytes. Raises ValueError above `MAX_FIELD`."""
    if len(data) > MAX_FIELD:
        raise ValueError(f"a field of {len(data):,} bytes is above {MAX_FIELD:,}")
    return len(data).to_bytes(2, "big") + data


def string(text: str) -> bytes:
    """A UTF-8 field. Raises ValueError above `MAX_FIELD` bytes or with lone surrogates."""
    return binary(text.encode())


class Cursor:
    """Reads fields off the body of one packet. Every method raises `MalformedPacket`."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end is None else end

    @property
    def left(self) -> int:
        """Bytes that are not read yet."""
        return self._end - self._at

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self._at
        if size > self._end - start:
            raise MalformedPacket(f"{size} bytes expected, {self._end - start} left")
        self._at = start + size
        return self._data[start : self._at]

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def integer(self, size: int) -> int:
        """A big-endian unsigned integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def varint(self) -> int:
        """A variable byte integer."""
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.integer(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise MalformedPacket("a variable byte integer of more than four bytes")

    def binary(self) -> bytes:
        """A binary field."""
        return self.take(self.integer(2))

    def string(self) -> str:
        """A UTF-8 field; NUL and surrogates are malformed (section 1.5.4)."""
        try:
            text = self.binary().decode()
        except UnicodeDecodeError as error:
            raise MalformedPacket(f"text that is not UTF-8: {error.reason}") from None
        if "\0" in text:
            raise MalformedPacket("text with a NUL character")
        return text

    def packet_id(self) -> int:
        """A packet identifier; zero is malformed (section 2.2.1)."""
        value = self.integer(2)
        if not value:
            raise MalformedPacket("packet identifier 0", MalformedPacket.PROTOCOL_ERROR)
        return value

    def done(self) -> None:
        """Raise if anything is left."""
        if self.left:
            raise MalformedPacket(f"{self.left} bytes too many")
