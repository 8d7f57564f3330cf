"""AMQP 0-9-1 frames: split, the few of every message by struct, all others through pamqp. Pure.

A message travels as a method frame (basic.publish or basic.deliver), a header frame (body size and
properties) and body frames (AMQP 0-9-1, sections 2.3.5 and 4.2). pamqp handles these at 37,000
messages a second; what is here for them, an order of magnitude more.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Any, Final, NewType

import pamqp.base
import pamqp.decode
import pamqp.encode
import pamqp.exceptions
import pamqp.frame

from msgflo_lab.errors import InvalidName

METHOD: Final = 1
HEADER: Final = 2
BODY: Final = 3
HEARTBEAT: Final = 8

CONTENT_CLASS: Final = 60
DELIVER: Final = CONTENT_CLASS << 16 | 60
RETURN: Final = CONTENT_CLASS << 16 | 50
ACK: Final = CONTENT_CLASS << 16 | 80
NACK: Final = CONTENT_CLASS << 16 | 120

HEARTBEAT_FRAME: Final = b"\x08\x00\x00\x00\x00\x00\x00\xce"
PROTOCOL_HEADER: Final = b"AMQP\x00\x00\x09\x01"
OVERHEAD: Final = 8
"""Bytes of a frame besides its payload: type, channel, size, end."""
END: Final = b"\xce"
SHORT: Final = 255
"""Bytes of a short string: the name of a queue, an exchange, a routing key."""
FIELD_NAME: Final = 128
"""Bytes of the name of a header or an argument."""

Receiver = Callable[[int, bytes, int, int], None]
"""Called with a frame's type and the buffer that holds its payload from start to stop."""
Method = pamqp.base.Frame
"""Any method frame but those of the messages."""
Encoded = NewType("Encoded", bytes)
"""Properties as they travel."""

_HEAD = Struct(">BHI")
_METHOD_ID = Struct(">I")
_TAG = Struct(">Q")
_TAG_AND_BITS = Struct(">QB")
_CONTENT_HEAD = Struct(">BHIHHQ")
_BODY_HEAD = Struct(">BBHI")
_SETTLE = Struct(">BHIHHQBB")
_SETTLE_SIZE = 13

method_id = _METHOD_ID.unpack_from
"""(buffer, start) -> the class and method of a method frame, in one number, in a tuple."""
body_size = _TAG.unpack_from
"""(buffer, start + 4) -> the size that a header frame announces, in a tuple."""
PROPERTIES_AT: Final = 12
"""Where in a header frame the properties begin."""


class MalformedFrame(Exception):
    """What arrived is not AMQP 0-9-1. The text says what is wrong."""


class Splitter:
    """Cuts a stream of bytes into frames and hands each to its channel's receiver.

    Attributes:
        receivers: By channel number; frames of others are ignored.
        frame_max: Longest frame that is taken, in bytes.
    """

    def __init__(self, receivers: dict[int, Receiver], frame_max: int) -> None:
        self.receivers = receivers
        self.frame_max = frame_max
        self._rest = b""
        self._stopped = False

    def stop(self) -> None:
        """Hand out nothing more."""
        self._stopped = True

    def feed(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            MalformedFrame: They are no frames, or too long ones.
        """
        if self._rest:
            data, self._rest = self._rest + data, b""
        position, end = 0, len(data)
        head, receivers = _HEAD.unpack_from, self.receivers
        while end - position >= OVERHEAD:
            kind, channel, size = head(data, position)
            start = position + 7
            stop = start + size
            if stop >= end:
                if size + OVERHEAD > self.frame_max:
                    raise MalformedFrame(f"a frame of {size + OVERHEAD:,} bytes")
                break
            if data[stop] != 0xCE:
                raise MalformedFrame("a frame without its end")
            if self._stopped:
                return
            receiver = receivers.get(channel)
            if receiver is not None:
                receiver(kind, data, start, stop)
            position = stop + 1
        if position < end:
            self._rest = data[position:]


def parse_deliver(buffer: bytes, start: int, stop: int) -> tuple[bytes, int, int, bytes]:
    """Consumer tag, delivery tag, whether redelivered, and the rest, for `parse_route`.

    Raises:
        MalformedFrame: It is cut short.
    """
    end = start + 5 + buffer[start + 4]
    if end + 9 > stop:
        raise MalformedFrame("a delivery that is cut short")
    tag, redelivered = _TAG_AND_BITS.unpack_from(buffer, end)
    return buffer[start + 5 : end], tag, redelivered, buffer[end + 9 : stop]


def parse_confirm(buffer: bytes, start: int, stop: int) -> tuple[int, bool]:
    """Number and `multiple` of a broker's ack or nack.

    Raises:
        MalformedFrame: It is cut short.
    """
    if start + 13 > stop:
        raise MalformedFrame("a confirm that is cut short")
    tag, bits = _TAG_AND_BITS.unpack_from(buffer, start + 4)
    return tag, bool(bits & 1)


def parse_route(rest: bytes) -> tuple[str, str]:
    """Exchange and routing key of a delivery.

    Raises:
        MalformedFrame: They are cut short.
    """
    exchange, at = _read_short(rest, 0)
    return exchange, _read_short(rest, at)[0]


def parse_return(buffer: bytes, start: int, stop: int) -> tuple[str, str]:
    """Exchange and routing key of a message that the broker gives back.

    Raises:
        MalformedFrame: They are cut short.
    """
    # The code, and the broker's words for it, come first.
    _, at = _read_short(buffer[start + 6 : stop], 0)
    return parse_route(buffer[start + 6 + at : stop])


def decode_method(buffer: bytes, start: int, stop: int) -> Method:
    """Any method frame.

    Raises:
        MalformedFrame: It is none.
    """
    try:
        found = pamqp.frame.unmarshal(buffer[start - 7 : stop + 1])[2]
    except (pamqp.exceptions.PAMQPException, struct.error, ValueError, LookupError) as error:
        raise MalformedFrame(f"a method that cannot be read ({error})") from error
    if not isinstance(found, Method):
        raise MalformedFrame("no method where one is due")
    return found


def encode_method(payload: bytes, channel: int) -> bytes:
    """Any method frame, of its payload (see `requests`)."""
    return _HEAD.pack(METHOD, channel, len(payload)) + payload + END


def encode_publish(
    channel: int, exchange: str, routing_key: str, *, mandatory: bool = False
) -> bytes:
    """The basic.publish frame. The same for every message on the same way.

    Raises:
        InvalidName: A name is longer than 255 bytes.
    """
    payload = b"\x00\x3c\x00\x28\x00\x00" + encode_short(exchange) + encode_short(routing_key)
    return encode_method(payload + (b"\x01" if mandatory else b"\x00"), channel)


def encode_content(channel: int, body: bytes, properties: bytes, chunk: int) -> tuple[bytes, ...]:
    """The frames that follow it, in pieces that are to be written one after the other.

    Args:
        chunk: Bytes of the body in one frame: the negotiated `frame_max` less `OVERHEAD`.
    """
    size = len(body)
    head = _CONTENT_HEAD.pack(HEADER, channel, 12 + len(properties), CONTENT_CLASS, 0, size)
    if 0 < size <= chunk:
        return head, properties, _BODY_HEAD.pack(0xCE, BODY, channel, size), body, END
    if not size:
        return head, properties, END
    pieces = [head, properties]
    for start in range(0, size, chunk):
        piece = body[start : start + chunk]
        pieces += (_BODY_HEAD.pack(0xCE, BODY, channel, len(piece)), piece)
    pieces.append(END)
    return tuple(pieces)


def encode_ack(channel: int, tag: int, *, multiple: bool = False) -> bytes:
    """Acknowledge one delivery, or (`multiple`) all up to this one."""
    return _SETTLE.pack(METHOD, channel, _SETTLE_SIZE, CONTENT_CLASS, 80, tag, multiple, 0xCE)


def encode_reject(channel: int, tag: int, *, requeue: bool) -> bytes:
    """Refuse one delivery. For a single one that is the same as RabbitMQ's own basic.nack."""
    return _SETTLE.pack(METHOD, channel, _SETTLE_SIZE, CONTENT_CLASS, 90, tag, requeue, 0xCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What a message says about itself (AMQP 0-9-1, class basic). None: not said.

    Attributes:
        headers: Anything; brokers put `x-death` here when they dead-letter.
        delivery_mode: 2: kept on disk, if the queue is durable. 1 or None: not.
        priority: 0 to 9, for queues that have `x-max-priority`.
        expiration: Milliseconds as text.
        timestamp: Seconds since 1970.
    """

    content_type: str | None = None
    content_encoding: str | None = None
    headers: Mapping[str, Any] | None = None
    delivery_mode: int | None = None
    priority: int | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    expiration: str | None = None
    message_id: str | None = None
    timestamp: int | None = None
    type: str | None = None
    user_id: str | None = None
    app_id: str | None = None
    cluster_id: str | None = None


NO_PROPERTIES: Final = Encoded(b"\x00\x00")
PERSISTENT: Final = Encoded(b"\x10\x00\x02")
"""Kept on disk by durable queues, and nothing else said."""


def encode_properties(properties: Properties) -> Encoded:
    """Properties as they travel. Encode once what many messages share.

    Raises:
        InvalidName: A text is longer than 255 bytes, or a header is of no type that AMQP has.
    """
    flags, pieces = 0, []
    for bit, name, (encode, _) in _TABLE:
        value = getattr(properties, name)
        if value is not None:
            flags |= 1 << bit
            pieces.append(encode(value))
    return Encoded(flags.to_bytes(2, "big") + b"".join(pieces))


def decode_properties(data: bytes) -> Properties:
    """The properties of a header frame.

    Raises:
        MalformedFrame: They cannot be read.
    """
    if len(data) < 2:
        raise MalformedFrame("properties that are cut short")
    flags, at = int.from_bytes(data[:2], "big"), 2
    if flags & 0b11:
        raise MalformedFrame("properties that AMQP 0-9-1 does not have")
    found: dict[str, Any] = {}
    for bit, name, (_, decode) in _TABLE:
        if flags >> bit & 1:
            found[name], at = decode(data, at)
    return Properties(**found)


def encode_short(text: str) -> bytes:
    """A short string, such as the name of a queue.

    Raises:
        InvalidName: It is longer than 255 bytes, or no text.
    """
    try:
        # What was read with it is written as it was.
        data = text.encode(errors="surrogateescape")
    except UnicodeEncodeError as error:
        raise InvalidName(f"not a text that AMQP can say: {error}") from error
    if len(data) > SHORT:
        raise InvalidName(f"longer than the {SHORT} bytes that AMQP allows: `{text[:40]}…`")
    return bytes((len(data),)) + data


def _read_short(data: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + data[at] if at < len(data) else len(data) + 1
    if end > len(data):
        raise MalformedFrame("a text that is cut short")
    return data[at + 1 : end].decode(errors="surrogateescape"), end


def encode_table(value: Mapping[str, Any]) -> bytes:
    """A field table: arguments, headers.

    Raises:
        InvalidName: It holds what AMQP has no type for.
    """
    _check_field(value)
    try:
        return pamqp.encode.field_table(dict(value))
    except (TypeError, ValueError, OverflowError, struct.error) as error:
        raise InvalidName(f"headers that AMQP cannot say: {error}") from error


def _check_field(value: Any) -> None:
    """What pamqp lets pass: names that it would cut short, numbers that end RabbitMQ's reader."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if len(str(name).encode(errors="replace")) > FIELD_NAME:
                raise InvalidName(
                    f"a header's name of more than {FIELD_NAME} bytes: `{name[:40]}…`"
                )
            _check_field(each)
    elif isinstance(value, list):
        for each in value:
            _check_field(each)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidName(f"headers that AMQP cannot say: {value} is no number")


_UNREADABLE = (TypeError, ValueError, LookupError, OverflowError, OSError, struct.error)


def read_table(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    """A field table, and where it ends.

    Raises:
        MalformedFrame: It cannot be read, or Python has nothing for what is in it.
    """
    try:
        used, found = pamqp.decode.field_table(data[at:])
    except (*_UNREADABLE, RecursionError) as error:
        raise MalformedFrame(f"headers that cannot be read ({error})") from error
    return dict(found), at + used


def _number(size: int) -> tuple[Callable[[Any], bytes], Callable[[bytes, int], tuple[Any, int]]]:
    def encode(value: int) -> bytes:
        try:
            return value.to_bytes(size, "big")
        except OverflowError as error:
            raise InvalidName(f"{value} does not fit into {size} bytes") from error

    def decode(data: bytes, at: int) -> tuple[int, int]:
        if at + size > len(data):
            raise MalformedFrame("a number that is cut short")
        return int.from_bytes(data[at : at + size], "big"), at + size

    return encode, decode


_Codec = tuple[Callable[[Any], bytes], Callable[[bytes, int], tuple[Any, int]]]
_TEXT: _Codec = (encode_short, _read_short)
_OCTET: _Codec = _number(1)
_TABLE: Final[tuple[tuple[int, str, _Codec], ...]] = (
    (15, "content_type", _TEXT),
    (14, "content_encoding", _TEXT),
    (13, "headers", (encode_table, read_table)),
    (12, "delivery_mode", _OCTET),
    (11, "priority", _OCTET),
    (10, "correlation_id", _TEXT),
    (9, "reply_to", _TEXT),
    (8, "expiration", _TEXT),
    (7, "message_id", _TEXT),
    (6, "timestamp", _number(8)),
    (5, "type", _TEXT),
    (4, "user_id", _TEXT),
    (3, "app_id", _TEXT),
    (2, "cluster_id", _TEXT),
)
"""Bit in the flags, name, encoder and decoder of each property, in the order in which they go."""
PROPERTY_NAMES: Final = tuple(name for _, name, _ in _TABLE)
"""All properties, in the order in which they go."""
