"""What is in the messages of a port: their content type, and a schema of what they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..definition import Port
from ..diagnosis.types import family_named, is_whole

JSON, TEXT, BYTES = "application/json", "text/plain", "application/octet-stream"

_JSON_WORDS = ("json", "path")
_TEXT_WORDS = ("text", "number", "boolean", "template", "always")
_TYPES: Mapping[str, str] = {"text": "string"}
"""What JSON schema calls a family of types, where that is another word."""
_ADDRESS = re.compile(r"[!-~]+")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


def content_type_of(port: Port) -> str:
    """How its messages are written: JSON, unless its encoding or its type says otherwise."""
    word = re.split(r"[:|\s]", port.encoding.strip(), maxsplit=1)[0].lower()
    if not word:
        return BYTES if port.type.lower() == "bytes" else JSON
    if word in _JSON_WORDS:
        return JSON
    return TEXT if word in _TEXT_WORDS else BYTES


def schema_of(port: Port) -> dict[str, Any]:
    """The JSON schema of a message: the port's own, or what is known of its type; `{}` is any.

    With an encoding it is the schema of what comes out of that, in `x-encoding`.
    """
    if _is_address(port.schema):
        return {"$ref": port.schema}
    if port.encoding.strip().startswith(("path", "template")):
        return {}  # the value is only a part of the message
    if port.type.lower() == "bytes":
        return {"type": "string", "format": "binary"}
    found = family_named(port.type)
    if found is None:
        return {}
    return {"type": "integer" if is_whole(port.type) else _TYPES.get(found, found)}


def _is_address(schema: str) -> bool:
    """Whether a reference may say this: a URI (RFC 3986, section 4.1), with what all have."""
    try:
        parts = urlsplit(schema)
    except ValueError:
        return False
    return bool(
        parts.scheme
        and _ADDRESS.fullmatch(schema)
        and not _BROKEN.search(schema)
        and not set(schema) & set('"<>\\^`{|}')
    )
