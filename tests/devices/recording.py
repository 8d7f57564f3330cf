"""What devices of many kinds have sent, or send in that manner: `recorded/*.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.devices import Adapter, Found
from msgflo_lab.encoding import encoding_of

FOLDER = Path(__file__).parent / "recorded"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))


def messages(name: str) -> list[tuple[str, bytes]]:
    """Topics and payloads, in their order; objects are written as JSON."""
    said = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["messages"]
    return [(topic, as_bytes(payload)) for topic, payload in said]


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
