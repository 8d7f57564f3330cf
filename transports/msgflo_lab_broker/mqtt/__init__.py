"""MQTT 3.1.1 and 5 as bytes and values, without I/O: for a client, a router and a broker."""

from .decode import decode
from .encode import PINGREQ, PINGRESP, encode, publish_prefix, short_ack
from .errors import MalformedPacket
from .fields import MAX_FIELD, Cursor, binary, string, varint
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
from .properties import Properties, Property
from .reasons import TAKEN_OVER, UNSUPPORTED_VERSION, reason
from .splitter import MAX_REMAINING, Splitter

__all__ = [
    "MAX_FIELD",
    "MAX_REMAINING",
    "PINGREQ",
    "PINGRESP",
    "TAKEN_OVER",
    "UNSUPPORTED_VERSION",
    "V5",
    "V311",
    "Ack",
    "Auth",
    "Connack",
    "Connect",
    "Cursor",
    "Disconnect",
    "Filter",
    "MalformedPacket",
    "Packet",
    "Pingreq",
    "Pingresp",
    "Properties",
    "Property",
    "Publish",
    "Splitter",
    "Suback",
    "Subscribe",
    "Type",
    "Unsuback",
    "Unsubscribe",
    "Will",
    "binary",
    "decode",
    "encode",
    "publish_prefix",
    "reason",
    "short_ack",
    "string",
    "varint",
]
