"""The packets of MQTT 3.1.1 and 5 as values (chapter 3 of both)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from .properties import Properties


class Type(IntEnum):
    """The upper four bits of a packet's first byte (section 2.1.2)."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


V311 = 4
"""Protocol level of MQTT 3.1.1."""
V5 = 5
"""Protocol level of MQTT 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker publishes when a client is lost (section 3.1.2.5)."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """CONNECT (section 3.1). The password is not shown by `repr`."""

    client_id: str
    version: int = V5
    clean: bool = True
    keep_alive: int = 60
    user: str | None = None
    password: bytes | None = field(default=None, repr=False)
    will: Will | None = None
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connack:
    """CONNACK (section 3.2)."""

    code: int = 0
    session_present: bool = False
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """PUBLISH (section 3.3). `packet_id` is 0 exactly for QoS 0."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    duplicate: bool = False
    packet_id: int = 0
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ack:
    """PUBACK, PUBREC, PUBREL or PUBCOMP (sections 3.4 to 3.7)."""

    type: Type
    packet_id: int
    code: int = 0
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One topic filter of a SUBSCRIBE and its options (section 3.8.3.1)."""

    topic: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


@dataclass(frozen=True, slots=True)
class Subscribe:
    """SUBSCRIBE (section 3.8)."""

    packet_id: int
    filters: tuple[Filter, ...]
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suback:
    """SUBACK (section 3.9): a code for each filter, >= 0x80 where it is refused."""

    packet_id: int
    codes: tuple[int, ...]
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """UNSUBSCRIBE (section 3.10)."""

    packet_id: int
    topics: tuple[str, ...]
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsuback:
    """UNSUBACK (section 3.11). 3.1.1 has no codes."""

    packet_id: int
    codes: tuple[int, ...] = ()
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pingreq:
    """PINGREQ (section 3.12)."""


@dataclass(frozen=True, slots=True)
class Pingresp:
    """PINGRESP (section 3.13)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect:
    """DISCONNECT (section 3.14)."""

    code: int = 0
    properties: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """AUTH (section 3.15 of MQTT 5)."""

    code: int = 0
    properties: Properties = field(default_factory=dict)


Packet = (
    Connect
    | Connack
    | Publish
    | Ack
    | Subscribe
    | Suback
    | Unsubscribe
    | Unsuback
    | Pingreq
    | Pingresp
    | Disconnect
    | Auth
)
