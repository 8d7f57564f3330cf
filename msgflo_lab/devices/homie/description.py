"""Homie 5: a device is described by one JSON document.

Pure. Follows the sections Device Attributes, Nodes and Properties of the convention 5.0, on
https://homieiot.github.io/.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..limits import MAX_DESCRIPTION, MAX_PARTS
from ..naming import line
from .model import Device, Node, Property

VERSION = "5"
"""The level of the topics behind the domain."""
OF_DEVICES = ("$state", "$description")

_ID = re.compile(r"[^\s$+#/]{1,200}")


class Unusable(Exception):
    """Why a description cannot be used; never leaves this package."""


def filters(domain: str) -> tuple[str, ...]:
    """The topics of states and descriptions."""
    return tuple(f"{domain}/{VERSION}/+/{name}" for name in OF_DEVICES)


def device(domain: str, name: str, payload: bytes) -> Device:
    """Read a description.

    Raises:
        Unusable: It is not as it should be; why.
    """
    if len(payload) > MAX_DESCRIPTION:
        raise Unusable(f"{len(payload):,} bytes, above MAX_DESCRIPTION = {MAX_DESCRIPTION:,}")
    try:
        said = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(f"not JSON: {line(str(error), 100)}") from None
    if not isinstance(said, dict):
        raise Unusable("not a JSON object")
    if not _text(said, "homie").startswith(f"{VERSION}."):
        raise Unusable(f"`homie` is not `5.x`, but `{line(_text(said, 'homie'), 20)}`")
    return Device(
        id=name,
        topic=f"{domain}/{VERSION}/{name}",
        version=5,
        name=_text(said, "name"),
        root=_text(said, "root"),
        nodes=tuple(_node(key, part) for key, part in _parts(said, "nodes")),
    )


def _node(name: str, said: dict[str, Any]) -> Node:
    properties = tuple(_property(key, part) for key, part in _parts(said, "properties"))
    return Node(name, _text(said, "name"), _text(said, "type"), properties)


def _property(name: str, said: dict[str, Any]) -> Property:
    return Property(
        id=name,
        name=_text(said, "name"),
        datatype=_text(said, "datatype") or "string",
        format=_text(said, "format"),
        unit=_text(said, "unit"),
        is_settable=said.get("settable") is True,
        is_retained=said.get("retained") is not False,
    )


def _parts(said: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    """Objects by their ids; what has no proper id, or is no object, is left out."""
    parts = said.get(key)
    if not isinstance(parts, dict):
        return []
    found = [
        (name, part)
        for name, part in parts.items()
        if isinstance(part, dict) and _ID.fullmatch(name)
    ]
    return found[:MAX_PARTS]


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""
