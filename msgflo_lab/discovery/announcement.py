"""Announcements: bytes on the queue `fbp` into definitions, and back.

Pure layer. Follows MsgFlo's discovery protocol: an envelope `{"protocol": "discovery",
"command": "participant", "payload": {...}}` in JSON. Anybody can send anything there, so `decode`
never raises: what cannot be used becomes a diagnosis that says what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from ..definition import ParticipantDefinition, Port, Side
from ..errors import InvalidMessage
from ..jsontext import json_object
from ..names import ComponentName, ParticipantId, PortName, QueueName, Role, shown
from .limits import (
    MAX_ANNOUNCEMENT,
    MAX_NAME,
    MAX_PORTS,
)


class Diagnosis(msgspec.Struct, frozen=True):
    """Why an announcement cannot be used.

    Attributes:
        problem: One line, for people.
        excerpt: The beginning of what was received, printable, at most 80 characters.
    """

    problem: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.problem}: {self.excerpt}"


class _Unusable(Exception):
    """Why decoding stopped; never leaves this module."""


def decode(announcement: bytes) -> ParticipantDefinition | Diagnosis:
    """Read one announcement. Never raises."""
    try:
        return _participant(_payload(announcement))
    except _Unusable as why:
        excerpt = announcement[:200].decode(errors="replace")
        return Diagnosis(str(why), shown(excerpt, limit=80))


def encode(definition: ParticipantDefinition) -> bytes:
    """Write one announcement: the keys that MsgFlo's own participants send, no others."""
    payload = {
        "id": definition.id,
        "role": definition.role,
        "component": definition.component,
        "label": definition.label,
        "icon": definition.icon,
        "inports": [_port_out(port) for port in definition.inports],
        "outports": [_port_out(port) for port in definition.outports],
    }
    envelope = {"protocol": "discovery", "command": "participant", "payload": payload}
    return msgspec.json.encode(envelope)


def _payload(announcement: bytes) -> Mapping[str, Any]:
    try:
        envelope = json_object(announcement, MAX_ANNOUNCEMENT, "MAX_ANNOUNCEMENT")
    except InvalidMessage as error:
        raise _Unusable(str(error)) from None
    protocol, command = envelope.get("protocol"), envelope.get("command")
    if (protocol, command) != ("discovery", "participant"):
        said = shown(f"{_word(protocol)}:{_word(command)}")
        raise _Unusable(f"unknown message `{said}`, `discovery:participant` was expected")
    payload = envelope.get("payload")
    if not isinstance(payload, dict):
        raise _Unusable("the envelope has no `payload` object")
    return payload


def _participant(payload: Mapping[str, Any]) -> ParticipantDefinition:
    return ParticipantDefinition(
        id=ParticipantId(_name(payload, "id")),
        role=Role(_name(payload, "role")),
        component=ComponentName(_name(payload, "component")),
        inports=_ports(payload, Side.IN),
        outports=_ports(payload, Side.OUT),
        label=_text(payload, "label"),
        icon=_text(payload, "icon").removeprefix("fa-"),
    )


def _ports(payload: Mapping[str, Any], side: Side) -> tuple[Port, ...]:
    key = f"{side.noun}s"
    if key not in payload:
        raise _Unusable(f"`{key}` is missing")
    entries = payload[key]
    if not isinstance(entries, list):
        raise _Unusable(f"`{key}` is not a list")
    if len(entries) > MAX_PORTS:
        raise _Unusable(f"{len(entries):,} entries in `{key}`, above MAX_PORTS")
    ports = tuple(_port(entry, f"{key}[{at}]") for at, entry in enumerate(entries))
    seen: set[str] = set()
    for port in ports:
        if port.id in seen:
            raise _Unusable(f"two {side.noun}s are called `{shown(port.id)}`")
        seen.add(port.id)
    return ports


def _port(entry: object, where: str) -> Port:
    if not isinstance(entry, dict):
        raise _Unusable(f"`{where}` is not an object")
    queue = entry.get("queue")
    options = entry.get("options")
    return Port(
        id=PortName(_name(entry, "id", where)),
        queue=QueueName(_name(entry, "queue", where)) if queue not in (None, "") else None,
        type=_text(entry, "type", where) or "any",
        description=_text(entry, "description", where),
        schema=_text(entry, "schema", where),
        options=options if isinstance(options, dict) else {},
        hidden=entry.get("hidden") is True,
    )


def _name(entry: Mapping[str, Any], key: str, where: str = "") -> str:
    label = f"{where}.{key}" if where else key
    value = entry.get(key)
    if value is None:
        raise _Unusable(f"`{label}` is missing")
    if not isinstance(value, str):
        raise _Unusable(f"`{label}` is not text")
    # An empty id is legal: the Arduino library sends what the sketch says, also nothing.
    if not value and key != "id":
        raise _Unusable(f"`{label}` is empty")
    if len(value) > MAX_NAME:
        raise _Unusable(f"`{label}` has {len(value):,} characters, above MAX_NAME")
    return value


def _text(entry: Mapping[str, Any], key: str, where: str = "") -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Unusable(f"`{f'{where}.{key}' if where else key}` is not text")
    return value[:MAX_NAME]


def _port_out(port: Port) -> dict[str, Any]:
    said: dict[str, Any] = {"id": port.id, "type": port.type, "queue": port.queue}
    if port.description:
        said["description"] = port.description
    if port.schema:
        said["schema"] = port.schema
    if port.options:
        said["options"] = dict(port.options)
    if port.hidden:
        said["hidden"] = True
    return said


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)[:40]
