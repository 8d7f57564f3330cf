"""Homie 5: a device is described by one JSON document.

Pure. Follows the sections Device Attributes, Nodes and Properties of the convention 5.0, on
https://homieiot.github.io/.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import msgspec

from ...errors import InvalidMessage
from ...jsontext import json_object
from ..limits import MAX_DESCRIPTION, MAX_PARTS
from ..naming import line
from .model import Device, Node, Property

VERSION = "5"
"""The level of the topics behind the domain."""
OF_DEVICES = ("$state", "$description")
TARGET = "$target"
"""Of a property: what it is on its way to."""

_ID = re.compile(r"[^\s$+#/]{1,200}")


class Unusable(Exception):
    """Why a description cannot be used; never leaves this package."""


def filters(domain: str) -> tuple[str, ...]:
    """The topics of states and descriptions, and of targets, which no description speaks of."""
    targets = f"{domain}/{VERSION}/+/+/+/{TARGET}"
    return (*(f"{domain}/{VERSION}/+/{name}" for name in OF_DEVICES), targets)


def with_targets(device: Device, known: Collection[tuple[str, str]]) -> Device:
    """The same, where these properties (with their nodes) have targets."""
    nodes = [
        msgspec.structs.replace(
            node,
            properties=tuple(
                msgspec.structs.replace(each, has_target=(node.id, each.id) in known)
                for each in node.properties
            ),
        )
        for node in device.nodes
    ]
    return msgspec.structs.replace(device, nodes=tuple(nodes))


def device(domain: str, name: str, payload: bytes) -> Device:
    """Read a description.

    Raises:
        Unusable: It is not as it should be; why.
    """
    try:
        said = json_object(payload, MAX_DESCRIPTION, "MAX_DESCRIPTION")
    except InvalidMessage as error:
        raise Unusable(str(error)) from None
    if not _text(said, "homie").startswith(f"{VERSION}."):
        raise Unusable(f"`homie` is not `5.x`, but `{line(_text(said, 'homie'), 20)}`")
    odd: list[str] = []
    nodes = tuple(_node(key, part, odd) for key, part in _parts(said, "nodes", odd))
    return Device(
        id=name,
        topic=f"{domain}/{VERSION}/{name}",
        version=5,
        name=_text(said, "name"),
        root=_text(said, "root"),
        nodes=nodes,
        problem=odd[0] if odd else "",
    )


def _node(name: str, said: dict[str, Any], odd: list[str]) -> Node:
    parts = _parts(said, "properties", odd)
    properties = tuple(_property(key, part) for key, part in parts)
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


def _parts(said: dict[str, Any], key: str, odd: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Objects by their ids; what has no proper id, or is no object, is left out, and is `odd`."""
    parts = said.get(key, {})
    if not isinstance(parts, dict):
        odd.append(f"`{key}` is no object")
        return []
    found = []
    for name, part in parts.items():
        if isinstance(part, dict) and _ID.fullmatch(name):
            found.append((name, part))
        else:
            odd.append(f"`{line(name, 40)}` in `{key}` is no object, or that is no id; left out")
    if len(found) > MAX_PARTS:
        odd.append(
            f"{len(found):,} in `{key}`, above MAX_PARTS = {MAX_PARTS}; the rest is left out"
        )
    return found[:MAX_PARTS]


def _text(said: dict[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""
