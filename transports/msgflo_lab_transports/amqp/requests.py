"""What a client asks of a broker, as the payloads of method frames (AMQP 0-9-1, section 1). Pure.

Written out rather than left to pamqp, which refuses queue and exchange names with any other
characters than letters, digits and `-_.:@#,/+ `. A queue name is opaque here: it is whatever
somebody announced, and brokers take any text of up to 255 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NewType

from .frames import encode_short, encode_table

Request = NewType("Request", bytes)
"""The payload of one method frame."""
Arguments = Mapping[str, Any] | None
"""What RabbitMQ takes besides AMQP's own, such as `x-dead-letter-exchange`."""

_RESERVED = b"\x00\x00"


def start_ok(properties: Mapping[str, Any], mechanism: str, response: bytes) -> Request:
    """Who we are, and that we may."""
    secret = len(response).to_bytes(4, "big") + response
    return _request(
        10, 11, encode_table(properties), encode_short(mechanism), secret, encode_short("en_US")
    )


def tune_ok(channels: int, frame_max: int, heartbeat: int) -> Request:
    """What was agreed on."""
    return _request(
        10,
        31,
        channels.to_bytes(2, "big"),
        frame_max.to_bytes(4, "big"),
        heartbeat.to_bytes(2, "big"),
    )


def open_connection(vhost: str) -> Request:
    """Enter a virtual host."""
    return _request(10, 40, encode_short(vhost), b"\x00\x00")


def close_connection() -> Request:
    """Leave in order."""
    return _close(10, 50)


def connection_closed() -> Request:
    """The answer to being shown the door."""
    return _request(10, 51)


def open_channel() -> Request:
    """Begin a channel."""
    return _request(20, 10, b"\x00")


def flow_ok(active: bool) -> Request:
    """We have stopped publishing, or go on."""
    return _request(20, 21, _bits(active))


def close_channel() -> Request:
    """End a channel."""
    return _close(20, 40)


def channel_closed() -> Request:
    """The answer to a channel's end."""
    return _request(20, 41)


def declare_exchange(
    name: str,
    kind: str,
    *,
    passive: bool = False,
    durable: bool = False,
    auto_delete: bool = False,
    internal: bool = False,
    arguments: Arguments = None,
) -> Request:
    """Make an exchange exist."""
    return _request(
        40,
        10,
        _RESERVED,
        encode_short(name),
        encode_short(kind),
        _bits(passive, durable, auto_delete, internal),
        encode_table(arguments or {}),
    )


def delete_exchange(name: str, *, if_unused: bool = False) -> Request:
    """Delete an exchange."""
    return _request(40, 20, _RESERVED, encode_short(name), _bits(if_unused))


def bind_exchange(destination: str, source: str, key: str, arguments: Arguments) -> Request:
    """Have an exchange pass messages on to another one (RabbitMQ)."""
    return _request(40, 30, *_way(destination, source, key), _bits(), encode_table(arguments or {}))


def unbind_exchange(destination: str, source: str, key: str, arguments: Arguments) -> Request:
    """Undo that."""
    return _request(40, 40, *_way(destination, source, key), _bits(), encode_table(arguments or {}))


def declare_queue(
    name: str,
    *,
    passive: bool = False,
    durable: bool = False,
    exclusive: bool = False,
    auto_delete: bool = False,
    arguments: Arguments = None,
) -> Request:
    """Make a queue exist."""
    return _request(
        50,
        10,
        _RESERVED,
        encode_short(name),
        _bits(passive, durable, exclusive, auto_delete),
        encode_table(arguments or {}),
    )


def bind_queue(queue: str, exchange: str, key: str, arguments: Arguments) -> Request:
    """Have an exchange pass messages on to a queue."""
    return _request(50, 20, *_way(queue, exchange, key), _bits(), encode_table(arguments or {}))


def unbind_queue(queue: str, exchange: str, key: str, arguments: Arguments) -> Request:
    """Undo that."""
    return _request(50, 50, *_way(queue, exchange, key), encode_table(arguments or {}))


def purge_queue(name: str) -> Request:
    """Empty a queue."""
    return _request(50, 30, _RESERVED, encode_short(name), _bits())


def delete_queue(name: str, *, if_unused: bool = False, if_empty: bool = False) -> Request:
    """Delete a queue."""
    return _request(50, 40, _RESERVED, encode_short(name), _bits(if_unused, if_empty))


def qos(prefetch: int) -> Request:
    """Bound what each consumer that follows holds unsettled (RabbitMQ's meaning); 0: do not."""
    return _request(60, 10, (0).to_bytes(4, "big"), prefetch.to_bytes(2, "big"), _bits())


def consume(
    queue: str, tag: str, *, no_ack: bool, exclusive: bool, arguments: Arguments = None
) -> Request:
    """Begin to receive."""
    return _request(
        60,
        20,
        _RESERVED,
        encode_short(queue),
        encode_short(tag),
        _bits(False, no_ack, exclusive),
        encode_table(arguments or {}),
    )


def cancel(tag: str) -> Request:
    """Receive no more."""
    return _request(60, 30, encode_short(tag), _bits())


def cancelled(tag: str) -> Request:
    """The answer to a broker that has cancelled a consumer and asks for one."""
    return _request(60, 31, encode_short(tag))


def select_confirms() -> Request:
    """Have the broker answer for every message (RabbitMQ)."""
    return _request(85, 10, _bits())


def _request(of_class: int, method: int, *fields: bytes) -> Request:
    return Request(b"".join((of_class.to_bytes(2, "big"), method.to_bytes(2, "big"), *fields)))


def _close(of_class: int, method: int) -> Request:
    return _request(of_class, method, (200).to_bytes(2, "big"), encode_short("bye"), bytes(4))


def _way(there: str, source: str, key: str) -> tuple[bytes, ...]:
    return _RESERVED, encode_short(there), encode_short(source), encode_short(key)


def _bits(*values: bool) -> bytes:
    return bytes((sum(value << bit for bit, value in enumerate(values)),))
