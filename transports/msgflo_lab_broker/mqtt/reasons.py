"""What the codes in acknowledgements mean, in words."""

from __future__ import annotations

_CONNACK_311 = {
    1: "protocol version not supported",
    2: "client identifier not allowed",
    3: "server unavailable",
    4: "wrong user or password",
    5: "not authorized",
}

_REASONS = {
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x84: "protocol version not supported",
    0x85: "client identifier not allowed",
    0x86: "wrong user or password",
    0x87: "not authorized",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8C: "bad authentication method",
    0x8D: "keep alive timeout",
    0x8E: "session taken over by another client with the same identifier",
    0x8F: "topic filter not allowed",
    0x90: "topic name not allowed",
    0x91: "packet identifier in use",
    0x92: "packet identifier not found",
    0x93: "receive maximum exceeded",
    0x94: "topic alias not allowed",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x98: "closed by an administrator",
    0x99: "payload format not valid",
    0x9A: "retained messages not supported",
    0x9B: "quality of service not supported",
    0x9C: "use another server",
    0x9D: "server moved",
    0x9E: "shared subscriptions not supported",
    0x9F: "connection rate exceeded",
    0xA0: "maximum connect time",
    0xA1: "subscription identifiers not supported",
    0xA2: "wildcard subscriptions not supported",
}

UNSUPPORTED_VERSION = (1, 0x84)
"""The codes with which a CONNACK of 3.1.1 and of 5 refuses the protocol version."""
TAKEN_OVER = 0x8E
"""Another client connected with the same identifier."""


def reason(code: int) -> str:
    """A reason code of MQTT 5 (section 2.4), or a return code of a 3.1.1 CONNACK (3.2.2.3)."""
    return _CONNACK_311.get(code) or _REASONS.get(code) or f"code 0x{code:02X}"
