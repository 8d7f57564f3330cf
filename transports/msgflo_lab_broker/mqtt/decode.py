"""From the bytes of one packet to its value. Raises `MalformedPacket` and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from .errors import MalformedPacket
from .fields import Cursor
from .packets import (
    V5,
    V311,
    Ack,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Filter,
    Packet,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Type,
    Unsuback,
    Unsubscribe,
    Will,
)
from .properties import Properties, decode_properties


def decode(head: int, buffer: bytes, start: int, end: int, version: int) -> Packet:
    """Decode the packet that a `Splitter` has cut out.

    Args:
        head: Its first byte.
        buffer: Where its body is, from `start` to `end`.
        version: The protocol level of the connection; a CONNECT brings its own.
    """
    kind, flags = head >> 4, head & 0x0F
    cursor = Cursor(buffer, start, end)
    if kind == Type.PUBLISH:
        return _publish(flags, cursor, version)
    reader = _READERS.get(kind)
    if reader is None or (kind == Type.AUTH and version < V5):
        raise MalformedPacket(f"packet type {kind} is none")
    if flags != (0x02 if kind in _FLAGGED else 0):
        raise MalformedPacket(f"flags {flags:04b} in {Type(kind).name}")
    packet = reader(Type(kind), cursor, version)
    cursor.done()
    return packet


def _properties(cursor: Cursor, version: int) -> Properties:
    return decode_properties(cursor) if version >= V5 else {}


def _publish(flags: int, cursor: Cursor, version: int) -> Publish:
    qos = flags >> 1 & 3
    if qos == 3 or (qos == 0 and flags & 8):
        raise MalformedPacket(f"flags {flags:04b} in PUBLISH")
    topic = cursor.string()
    if "+" in topic or "#" in topic:
        raise MalformedPacket("a wildcard in the topic of a PUBLISH")
    packet_id = cursor.packet_id() if qos else 0
    properties = _properties(cursor, version)
    return Publish(
        topic=topic,
        payload=cursor.rest(),
        qos=qos,
        retain=bool(flags & 1),
        duplicate=bool(flags & 8),
        packet_id=packet_id,
        properties=properties,
    )


def _connect(_kind: Type, cursor: Cursor, _version: int) -> Connect:
    name, version = cursor.string(), cursor.integer(1)
    if (name, version) not in {("MQTT", V311), ("MQTT", V5)}:
        raise MalformedPacket(f"protocol {name!r}, level {version}", 0x84)
    flags, keep_alive = cursor.integer(1), cursor.integer(2)
    will_flags = flags >> 3 & 7
    if flags & 1 or will_flags & 3 == 3 or (will_flags and not flags & 4):
        raise MalformedPacket(f"connect flags {flags:08b}")
    if version < V5 and flags & 0x40 and not flags & 0x80:
        raise MalformedPacket("a password without a user")
    properties = _properties(cursor, version)
    client_id = cursor.string()
    will = None
    if flags & 4:
        will_properties = _properties(cursor, version)
        will = Will(
            topic=cursor.string(),
            payload=cursor.binary(),
            qos=will_flags & 3,
            retain=bool(will_flags & 4),
            properties=will_properties,
        )
    return Connect(
        client_id=client_id,
        version=version,
        clean=bool(flags & 2),
        keep_alive=keep_alive,
        will=will,
        user=cursor.string() if flags & 0x80 else None,
        password=cursor.binary() if flags & 0x40 else None,
        properties=properties,
    )


def _connack(_kind: Type, cursor: Cursor, version: int) -> Connack:
    flags, code = cursor.integer(1), cursor.integer(1)
    if flags & 0xFE:
        raise MalformedPacket(f"connack flags {flags:08b}")
    # A broker of 3.1.1 that refuses our level answers a CONNECT of level 5 without properties.
    properties = _properties(cursor, version) if cursor.left or not code else {}
    return Connack(code=code, session_present=bool(flags), properties=properties)


def _ack(kind: Type, cursor: Cursor, version: int) -> Ack:
    packet_id = cursor.packet_id()
    code = cursor.integer(1) if version >= V5 and cursor.left else 0
    return Ack(kind, packet_id, code, _properties(cursor, version) if cursor.left else {})


def _subscribe(_kind: Type, cursor: Cursor, version: int) -> Subscribe:
    packet_id, properties = cursor.packet_id(), _properties(cursor, version)
    filters: list[Filter] = []
    while cursor.left or not filters:
        topic, flags = cursor.string(), cursor.integer(1)
        if flags & 3 == 3 or flags >> 4 & 3 == 3 or flags & (0xC0 if version >= V5 else 0xFC):
            raise MalformedPacket(f"subscription options {flags:08b}")
        each = Filter(
            topic=topic,
            qos=flags & 3,
            no_local=bool(flags & 4),
            retain_as_published=bool(flags & 8),
            retain_handling=flags >> 4 & 3,
        )
        filters.append(each)
    return Subscribe(packet_id, tuple(filters), properties)


def _suback(_kind: Type, cursor: Cursor, version: int) -> Suback:
    packet_id, properties = cursor.packet_id(), _properties(cursor, version)
    return Suback(packet_id, tuple(cursor.rest()), properties)


def _unsubscribe(_kind: Type, cursor: Cursor, version: int) -> Unsubscribe:
    packet_id, properties = cursor.packet_id(), _properties(cursor, version)
    topics = [cursor.string()]
    while cursor.left:
        topics.append(cursor.string())
    return Unsubscribe(packet_id, tuple(topics), properties)


def _unsuback(_kind: Type, cursor: Cursor, version: int) -> Unsuback:
    packet_id, properties = cursor.packet_id(), _properties(cursor, version)
    return Unsuback(packet_id, tuple(cursor.rest()) if version >= V5 else (), properties)


def _disconnect(_kind: Type, cursor: Cursor, version: int) -> Disconnect:
    code = cursor.integer(1) if version >= V5 and cursor.left else 0
    return Disconnect(code=code, properties=_properties(cursor, version) if cursor.left else {})


def _auth(_kind: Type, cursor: Cursor, version: int) -> Auth:
    code = cursor.integer(1) if cursor.left else 0
    return Auth(code=code, properties=_properties(cursor, version) if cursor.left else {})


def _pingreq(_kind: Type, _cursor: Cursor, _version: int) -> Pingreq:
    return Pingreq()


def _pingresp(_kind: Type, _cursor: Cursor, _version: int) -> Pingresp:
    return Pingresp()


_FLAGGED = frozenset((Type.PUBREL, Type.SUBSCRIBE, Type.UNSUBSCRIBE))
_READERS: dict[int, Callable[[Type, Cursor, int], Packet]] = {
    Type.CONNECT: _connect,
    Type.CONNACK: _connack,
    **dict.fromkeys((Type.PUBACK, Type.PUBREC, Type.PUBREL, Type.PUBCOMP), _ack),
    Type.SUBSCRIBE: _subscribe,
    Type.SUBACK: _suback,
    Type.UNSUBSCRIBE: _unsubscribe,
    Type.UNSUBACK: _unsuback,
    Type.PINGREQ: _pingreq,
    Type.PINGRESP: _pingresp,
    Type.DISCONNECT: _disconnect,
    Type.AUTH: _auth,
}
