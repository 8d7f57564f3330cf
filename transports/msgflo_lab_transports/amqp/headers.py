"""What a message says of itself, piece by piece and byte for byte. Pure.

A message that is sent once more (another attempt, a dead letter) is to say what it said before. Its
headers may be of any sender's making: numbers that Python would round, texts in no encoding. So
nothing is decoded that need not be changed, and nothing is encoded that somebody else has written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .frames import (
    PROPERTY_NAMES,
    Encoded,
    MalformedFrame,
    Properties,
    decode_properties,
    encode_table,
    read_table,
)

_FIXED = {
    ord(kind): size
    for size, kinds in {0: "V", 1: "tbB", 2: "su", 4: "Iif", 5: "D", 8: "lLdT"}.items()
    for kind in kinds
}
_LONG = frozenset(b"SxAF")
_NUMBERS = {"delivery_mode": 1, "priority": 1, "timestamp": 8}

Entry = tuple[bytes, bytes]
"""A header: its name, and its value with the byte that tells its type."""


def properties_of(data: bytes) -> dict[str, bytes]:
    """Each property that is said, encoded. Raises MalformedFrame."""
    flags, at = int.from_bytes(data[:2], "big"), 2
    if len(data) < 2 or flags & 0b11:
        raise MalformedFrame("properties that AMQP 0-9-1 does not have, or cut short")
    found: dict[str, bytes] = {}
    for place, name in enumerate(PROPERTY_NAMES):
        if flags >> (15 - place) & 1:
            end = _end_of_property(data, at, name)
            found[name], at = data[at:end], end
    return found


def joined(properties: Mapping[str, bytes]) -> Encoded:
    """The inverse of `properties_of`."""
    flags = sum(1 << (15 - place) for place, n in enumerate(PROPERTY_NAMES) if n in properties)
    pieces = [properties[name] for name in PROPERTY_NAMES if name in properties]
    return Encoded(flags.to_bytes(2, "big") + b"".join(pieces))


def entries_of(table: bytes) -> list[Entry]:
    """The headers of an encoded table. Raises MalformedFrame."""
    found, at = [], 4
    end = _long_end(table, 0)
    while at < end:
        start = at + 1
        at = start + table[at]
        name = table[start:at]
        stop = _end_of_value(table, at)
        found.append((name, table[at:stop]))
        at = stop
    return found


def table_of(entries: Collection[Entry]) -> bytes:
    """The inverse of `entries_of`."""
    data = b"".join(bytes((len(name),)) + name + value for name, value in entries)
    return len(data).to_bytes(4, "big") + data


def items_of(value: bytes) -> Iterator[bytes]:
    """The items of an encoded list; none, if it is no list. Raises MalformedFrame."""
    if not value.startswith(b"A"):
        return
    at, end = 5, _long_end(value, 1)
    while at < end:
        stop = _end_of_value(value, at)
        yield value[at:stop]
        at = stop


def list_of(items: Collection[bytes]) -> bytes:
    """The inverse of `items_of`."""
    data = b"".join(items)
    return b"A" + len(data).to_bytes(4, "big") + data


def encoded(value: Any) -> bytes:
    """A value with the byte that tells its type. Raises InvalidName where AMQP has none for it."""
    return entries_of(encode_table({"v": value}))[0][1]


def decoded(value: bytes) -> Any:
    """The inverse of `encoded`. Raises MalformedFrame."""
    return read_table(table_of([(b"v", value)]), 0)[0]["v"]


def headers_of(data: bytes) -> list[Entry]:
    """The headers among encoded properties; none where they cannot be read."""
    try:
        table = properties_of(data).get("headers")
        return [] if table is None else entries_of(table)
    except MalformedFrame:
        return []


def header_of(data: bytes, name: str) -> Any:
    """One header among encoded properties; None if it is not there, or cannot be read."""
    wanted = name.encode()
    for each, value in headers_of(data):
        if each == wanted:
            try:
                return decoded(value)
            except MalformedFrame:
                return None
    return None


def readable(data: bytes) -> Properties:
    """Properties with those headers that can be read. Never raises."""
    try:
        return decode_properties(data)
    except MalformedFrame:
        pass
    found: dict[str, Any] = {}
    for each, value in headers_of(data):
        try:
            found[each.decode(errors="replace")] = decoded(value)
        except MalformedFrame:
            continue
    try:
        rest = {n: v for n, v in properties_of(data).items() if n != "headers"}
        plain = decode_properties(joined(rest))
    except MalformedFrame:
        plain = Properties()
    said = {name: getattr(plain, name) for name in PROPERTY_NAMES}
    return Properties(**{**said, "headers": found})


def changed(
    data: bytes,
    headers: Mapping[str, bytes],
    *,
    without: Collection[str] = (),
    properties: Mapping[str, bytes] | None = None,
    lean: bool = False,
) -> Encoded:
    """Encoded properties with other headers, and all else as it was.

    Args:
        headers: Set; encoded, see `encoded`.
        without: Headers and properties that are left out.
        properties: Set; encoded.
        lean: Leave all headers out that are not set here.
    """
    try:
        said = properties_of(data)
    except MalformedFrame:
        said = {}
    gone = {name.encode() for name in (*without, *headers)}
    kept = [] if lean else [entry for entry in headers_of(data) if entry[0] not in gone]
    kept += [(name.encode(), value) for name, value in headers.items()]
    said = {name: value for name, value in said.items() if name not in without}
    said |= {**(properties or {}), "headers": table_of(kept)}
    if not kept:
        del said["headers"]
    return joined(said)


def _end_of_property(data: bytes, at: int, name: str) -> int:
    if name == "headers":
        return _long_end(data, at)
    size = _NUMBERS.get(name)
    if size is None:
        size = 1 + data[at] if at < len(data) else 1
    return _within(data, at + size)


def _end_of_value(data: bytes, at: int) -> int:
    kind = data[at] if at < len(data) else -1
    if kind in _LONG:
        return _long_end(data, at + 1)
    if kind not in _FIXED:
        raise MalformedFrame("a header of a type that AMQP does not have, or cut short")
    return _within(data, at + 1 + _FIXED[kind])


def _long_end(data: bytes, at: int) -> int:
    return _within(data, max(at + 4, at + 4 + int.from_bytes(data[at : at + 4], "big")))


def _within(data: bytes, end: int) -> int:
    if end > len(data):
        raise MalformedFrame("headers that are cut short")
    return end
