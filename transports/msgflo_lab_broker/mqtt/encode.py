"""From values to the bytes of packets. Raises `ValueError` for what MQTT cannot say."""

from __future__ import annotations

from functools import singledispatch

from .fields import binary, string, varint
from .packets import (
    V5,
    Ack,
    Auth,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Type,
    Unsuback,
    Unsubscribe,
)
from .properties import Properties, encode_properties

PINGREQ = b"\xc0\x00"
PINGRESP = b"\xd0\x00"


def encode(packet: Packet, version: int = V5) -> bytes:
    """The whole packet, fixed header included."""
    return _encode(packet, version)


def publish_prefix(topic: bytes, size: int, *, flags: int = 0) -> bytes:
    """The start of a PUBLISH, for those who have the rest of it as bytes already.

    Args:
        topic: The topic as a field, with its length.
        size: Bytes that follow: packet identifier, properties and payload.
        flags: The lower half of the first byte.
    """
    return bytes((0x30 | flags,)) + varint(len(topic) + size) + topic


def short_ack(kind: Type, packet_id: int, code: int = 0) -> bytes:
    """PUBACK, PUBREC, PUBREL or PUBCOMP without properties; a `code` is for MQTT 5 only."""
    head = kind << 4 | (2 if kind is Type.PUBREL else 0)
    if code:
        return bytes((head, 3, packet_id >> 8, packet_id & 0xFF, code))
    return bytes((head, 2, packet_id >> 8, packet_id & 0xFF))


def _framed(head: int, body: bytes) -> bytes:
    return bytes((head,)) + varint(len(body)) + body


def _properties(properties: Properties, version: int) -> bytes:
    if version >= V5:
        return encode_properties(properties)
    if properties:
        raise ValueError("properties need MQTT 5")
    return b""


def _tail(code: int, properties: Properties, version: int) -> bytes:
    """Reason code and properties, left out where they say nothing (section 3.4.2.1)."""
    if version < V5 or (not code and not properties):
        _properties(properties, version)
        return b""
    return bytes((code,)) + (encode_properties(properties) if properties else b"")


@singledispatch
def _encode(packet: object, _version: int) -> bytes:
    raise ValueError(f"{packet!r} is no packet")


@_encode.register
def _(packet: Connect, version: int) -> bytes:
    version = packet.version
    flags = packet.clean << 1 | (packet.user is not None) << 7 | (packet.password is not None) << 6
    will = b""
    if packet.will is not None:
        flags |= 4 | packet.will.qos << 3 | packet.will.retain << 5
        will = (
            _properties(packet.will.properties, version)
            + string(packet.will.topic)
            + binary(packet.will.payload)
        )
    body = (
        b"\x00\x04MQTT"
        + bytes((version, flags))
        + packet.keep_alive.to_bytes(2, "big")
        + _properties(packet.properties, version)
        + string(packet.client_id)
        + will
        + (string(packet.user) if packet.user is not None else b"")
        + (binary(packet.password) if packet.password is not None else b"")
    )
    return _framed(0x10, body)


@_encode.register
def _(packet: Connack, version: int) -> bytes:
    body = bytes((packet.session_present, packet.code))
    return _framed(0x20, body + _properties(packet.properties, version))


@_encode.register
def _(packet: Publish, version: int) -> bytes:
    if bool(packet.qos) != bool(packet.packet_id):
        raise ValueError("a packet identifier goes with QoS 1 and 2, and only with them")
    flags = packet.duplicate << 3 | packet.qos << 1 | packet.retain
    rest = packet.packet_id.to_bytes(2, "big") if packet.qos else b""
    rest += _properties(packet.properties, version) + packet.payload
    return publish_prefix(string(packet.topic), len(rest), flags=flags) + rest


@_encode.register
def _(packet: Ack, version: int) -> bytes:
    head = packet.type << 4 | (2 if packet.type is Type.PUBREL else 0)
    tail = _tail(packet.code, packet.properties, version)
    return _framed(head, packet.packet_id.to_bytes(2, "big") + tail)


@_encode.register
def _(packet: Subscribe, version: int) -> bytes:
    body = packet.packet_id.to_bytes(2, "big") + _properties(packet.properties, version)
    for each in packet.filters:
        flags = each.qos
        if version >= V5:
            flags |= each.no_local << 2 | each.retain_as_published << 3 | each.retain_handling << 4
        body += string(each.topic) + bytes((flags,))
    return _framed(0x82, body)


@_encode.register
def _(packet: Suback, version: int) -> bytes:
    body = packet.packet_id.to_bytes(2, "big") + _properties(packet.properties, version)
    return _framed(0x90, body + bytes(packet.codes))


@_encode.register
def _(packet: Unsubscribe, version: int) -> bytes:
    body = packet.packet_id.to_bytes(2, "big") + _properties(packet.properties, version)
    return _framed(0xA2, body + b"".join(string(topic) for topic in packet.topics))


@_encode.register
def _(packet: Unsuback, version: int) -> bytes:
    body = packet.packet_id.to_bytes(2, "big") + _properties(packet.properties, version)
    return _framed(0xB0, body + (bytes(packet.codes) if version >= V5 else b""))


@_encode.register
def _(_packet: Pingreq, _version: int) -> bytes:
    return PINGREQ


@_encode.register
def _(_packet: Pingresp, _version: int) -> bytes:
    return PINGRESP


@_encode.register
def _(packet: Disconnect, version: int) -> bytes:
    return _framed(0xE0, _tail(packet.code, packet.properties, version))


@_encode.register
def _(packet: Auth, version: int) -> bytes:
    return _framed(0xF0, _tail(packet.code, packet.properties, version))
