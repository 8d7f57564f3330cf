"""What is said about a message, as user properties of MQTT 5 (section 3.3.2.3.7). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgflo_lab_broker.mqtt import Cursor, Property
from msgflo_lab_broker.mqtt.properties import decode_properties, encode_properties

from ..inbox import NO_METADATA
from .subscriptions import SHARED_ID

NO_PROPERTIES = b"\x00"
"""The field of properties, empty."""
_ONLY_SHARED = bytes((2, Property.SUBSCRIPTION_ID, SHARED_ID))


def described(metadata: Mapping[str, str]) -> bytes:
    """The field of properties of a message about which this is said."""
    return encode_properties({Property.USER_PROPERTY: tuple(metadata.items())})


def after_properties(buffer: bytes, at: int, end: int) -> tuple[int, bool, Mapping[str, str]]:
    """Where the properties of a PUBLISH end, whether it came by a shared one, and what is said."""
    if not buffer[at]:
        return at + 1, False, NO_METADATA
    if buffer[at : at + 3] == _ONLY_SHARED and at + 3 <= end:
        return at + 3, True, NO_METADATA
    cursor = Cursor(buffer, at, end)
    properties = decode_properties(cursor)
    found = properties.get(Property.SUBSCRIPTION_ID)
    said = properties.get(Property.USER_PROPERTY)
    metadata = dict(said) if isinstance(said, tuple) else NO_METADATA  # type: ignore[arg-type]
    return end - cursor.left, isinstance(found, tuple) and SHARED_ID in found, metadata
