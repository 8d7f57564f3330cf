"""Properties of MQTT 5 (section 2.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum

from .errors import MalformedPacket
from .fields import Cursor, binary, string, varint

Value = int | str | bytes | tuple[tuple[str, str], ...] | tuple[int, ...]
Properties = Mapping["Property", Value]
"""A value for each property. User properties are a tuple of pairs, in order, and subscription
identifiers a tuple of integers: these two may repeat, all others may not."""


class Property(IntEnum):
    """Identifiers (section 2.2.2.2)."""

    PAYLOAD_FORMAT = 0x01
    MESSAGE_EXPIRY = 0x02
    CONTENT_TYPE = 0x03
    RESPONSE_TOPIC = 0x08
    CORRELATION_DATA = 0x09
    SUBSCRIPTION_ID = 0x0B
    SESSION_EXPIRY = 0x11
    ASSIGNED_CLIENT_ID = 0x12
    SERVER_KEEP_ALIVE = 0x13
    AUTH_METHOD = 0x15
    AUTH_DATA = 0x16
    REQUEST_PROBLEM_INFO = 0x17
    WILL_DELAY = 0x18
    REQUEST_RESPONSE_INFO = 0x19
    RESPONSE_INFO = 0x1A
    SERVER_REFERENCE = 0x1C
    REASON_STRING = 0x1F
    RECEIVE_MAXIMUM = 0x21
    TOPIC_ALIAS_MAXIMUM = 0x22
    TOPIC_ALIAS = 0x23
    MAXIMUM_QOS = 0x24
    RETAIN_AVAILABLE = 0x25
    USER_PROPERTY = 0x26
    MAXIMUM_PACKET_SIZE = 0x27
    WILDCARD_AVAILABLE = 0x28
    SUBSCRIPTION_ID_AVAILABLE = 0x29
    SHARED_AVAILABLE = 0x2A


_BYTES = {
    **dict.fromkeys((0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A), 1),
    **dict.fromkeys((0x13, 0x21, 0x22, 0x23), 2),
    **dict.fromkeys((0x02, 0x11, 0x18, 0x27), 4),
}
_TEXTS = frozenset((0x03, 0x08, 0x12, 0x15, 0x1A, 0x1C, 0x1F))
_BINARIES = frozenset((0x09, 0x16))
_KNOWN: dict[int, Property] = {each.value: each for each in Property}


def encode_properties(properties: Properties) -> bytes:
    """The whole field, with its length. Raises ValueError for a value that does not fit."""
    if not properties:
        return b"\x00"
    out = bytearray()
    for each, value in properties.items():
        if each is Property.USER_PROPERTY:
            for name, text in _pairs(value):
                out += varint(each) + string(name) + string(text)
        elif each is Property.SUBSCRIPTION_ID:
            for number in _integers(value):
                out += varint(each) + varint(number)
        else:
            out += varint(each) + _single(each)(value)
    return varint(len(out)) + bytes(out)


def decode_properties(cursor: Cursor) -> Properties:
    """Read the field. Raises MalformedPacket, also for a property that may not repeat."""
    size = cursor.varint()
    if not size:
        return {}
    field = Cursor(cursor.take(size))
    found: dict[Property, Value] = {}
    pairs: list[tuple[str, str]] = []
    identifiers: list[int] = []
    while field.left:
        number = field.varint()
        each = _KNOWN.get(number)
        if each is None:
            raise MalformedPacket(f"property 0x{number:02X} is none")
        if each is Property.USER_PROPERTY:
            pairs.append((field.string(), field.string()))
        elif each is Property.SUBSCRIPTION_ID:
            identifiers.append(field.varint())
        elif each in found:
            raise MalformedPacket(f"{each.name} twice", MalformedPacket.PROTOCOL_ERROR)
        else:
            found[each] = _read(each, field)
    if pairs:
        found[Property.USER_PROPERTY] = tuple(pairs)
    if identifiers:
        found[Property.SUBSCRIPTION_ID] = tuple(identifiers)
    return found


def _read(each: Property, field: Cursor) -> Value:
    size = _BYTES.get(each)
    if size is not None:
        return field.integer(size)
    return field.string() if each in _TEXTS else field.binary()


def _single(each: Property) -> Callable[[Value], bytes]:
    def encode(value: Value) -> bytes:
        size = _BYTES.get(each)
        try:
            if size is not None and isinstance(value, int):
                return value.to_bytes(size, "big")
        except OverflowError:
            raise ValueError(f"{value!r} does not fit into {each.name}") from None
        if each in _TEXTS and isinstance(value, str):
            return string(value)
        if each in _BINARIES and isinstance(value, bytes):
            return binary(value)
        raise ValueError(f"{value!r} is no value for {each.name}")

    return encode


def _pairs(value: Value) -> list[tuple[str, str]]:
    if not isinstance(value, tuple):
        raise ValueError(f"{value!r} is no tuple of pairs")
    return [pair for pair in value if isinstance(pair, tuple)]


def _integers(value: Value) -> list[int]:
    if not isinstance(value, tuple):
        raise ValueError(f"{value!r} is no tuple of integers")
    return [number for number in value if isinstance(number, int)]
