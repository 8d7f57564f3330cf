"""JSON that anybody may have sent: one object, within bounds, or a line on why it is none. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from .errors import InvalidMessage
from .names import shown


def json_object(payload: bytes, limit: int, limit_name: str) -> dict[str, Any]:
    """The object that a payload is.

    Args:
        limit: Bytes that it may have.
        limit_name: What people find that bound under.

    Raises:
        InvalidMessage: It is longer, no JSON (also where it is too deep), or no object.
    """
    if len(payload) > limit:
        raise InvalidMessage(f"{len(payload):,} bytes, above {limit_name} = {limit:,}")
    try:
        value = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidMessage(f"not JSON: {shown(str(error), 100)}") from None
    if not isinstance(value, dict):
        raise InvalidMessage("not a JSON object")
    return value
