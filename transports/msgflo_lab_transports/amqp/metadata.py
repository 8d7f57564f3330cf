"""What is said about a message, in a header of its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .frames import Encoded, Properties, encode_properties
from .headers import header_of

_HEADER = "x-msgflo-lab-metadata"
_NONE: Mapping[str, str] = MappingProxyType({})


def described(metadata: Mapping[str, str], *, persistent: bool) -> Encoded:
    """The properties of a message about which this is said."""
    return encode_properties(
        Properties(delivery_mode=2 if persistent else None, headers={_HEADER: dict(metadata)})
    )


def metadata_of(properties: bytes) -> Mapping[str, str]:
    """What is said about a message, by its properties as they came."""
    if len(properties) <= 3:  # no headers at all
        return _NONE
    found = header_of(properties, _HEADER)
    if not isinstance(found, dict):
        return _NONE
    return {str(name): value for name, value in found.items() if isinstance(value, str)}
