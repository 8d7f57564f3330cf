"""What devices of many kinds have sent (`recorded/*.json`), or what is written in that manner.

A file of either kind has `messages`: topics and payloads, in their order. A recorded one says where
it is from (`source`), the first level of its topics if that is not the usual one (`prefix`), and
what becomes of it (`ports`): by role, the inports and the outports, each with its type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.devices import Adapter, Found, adapter_of
from msgflo_lab.encoding import encoding_of
from msgflo_lab.network import RoleView

_HERE = Path(__file__).parent
_FILES = {
    file.stem: file for kind in ("recorded", "written") for file in _HERE.glob(f"{kind}/*.json")
}
RECORDED = sorted(name for name, file in _FILES.items() if file.parent.name == "recorded")
NAMES = sorted(_FILES)


def recording(name: str) -> dict[str, Any]:
    """The file."""
    found: dict[str, Any] = json.loads(_FILES[name].read_text(encoding="utf-8"))
    return found


def messages(name: str) -> list[tuple[str, bytes]]:
    """Topics and payloads, in their order; objects are written as JSON."""
    return [(topic, as_bytes(payload)) for topic, payload in recording(name)["messages"]]


def prefix_of(name: str) -> str:
    """The first level of a recording's topics."""
    usual = "homie" if name.startswith("homie") else "homeassistant"
    return str(recording(name).get("prefix", usual))


def adapter_for(name: str) -> Adapter:
    """The adapter that understands a recording."""
    adapter = "homie" if name.startswith("homie") else "homeassistant"
    return adapter_of(adapter, prefix_of(name))


def as_bytes(payload: Any) -> bytes:
    return (payload if isinstance(payload, str) else json.dumps(payload)).encode()


def play(adapter: Adapter, name: str) -> Mapping[str, Found]:
    """Everybody who is found in a recording, by role."""
    for topic, payload in messages(name):
        adapter.hear(topic, payload)
    return by_role(adapter)


def by_role(adapter: Adapter) -> Mapping[str, Found]:
    found = {each.definition.role: each for each in adapter.found.values()}
    assert len(found) == len(adapter.found)
    return {str(role): each for role, each in found.items()}


def ports(definition: ParticipantDefinition | RoleView) -> list[str]:
    """The inports and the outports, each side on one line: names and types."""
    return [", ".join(f"{port.id} {port.type}" for port in definition.ports(side)) for side in Side]


class Line(NamedTuple):
    """One port as a line of text, for tests to compare with."""

    port: str
    type: str
    topic: str
    encoding: str = ""

    @classmethod
    def of(cls, port: Port) -> Line:
        return cls(str(port.id), port.type, str(port.queue), port.encoding)


def lines(definition: ParticipantDefinition, side: Side) -> list[Line]:
    return [Line.of(port) for port in definition.ports(side)]


def port_of(found: Mapping[str, Found], where: str, side: Side) -> Port:
    """The port `role.name`."""
    role, _, name = where.rpartition(".")
    port = next((p for p in found[role].definition.ports(side) if p.id == name), None)
    assert port is not None, f"{where}: {lines(found[role].definition, side)}"
    return port


def written(port: Port, value: Any) -> tuple[str, bytes]:
    """Where a command goes, and what leaves."""
    return str(port.queue), encoding_of(port.encoding).write(value)
