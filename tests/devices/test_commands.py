"""Commands leave as devices expect them, and their states are read: every kind, many firmwares."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.encoding import encoding_of
from msgflo_lab.errors import InvalidMessage
from msgflo_lab.topics import Patterns
from tests.devices.recording import (
    NAMES,
    RECORDED,
    adapter_for,
    messages,
    play,
    port_of,
    ports,
    recording,
    written,
)
from tests.devices.tables import COMMANDS, STATES, Command


@pytest.mark.parametrize(
    "said", COMMANDS, ids=[f"{each.recording}: {each.port}" for each in COMMANDS]
)
def test_a_command_leaves_as_the_device_expects_it(said: Command) -> None:
    found = play(adapter_for(said.recording), said.recording)
    port = port_of(found, said.port, Side.IN)
    assert written(port, said.value) == (said.topic, said.payload.encode())
    assert port.options.get("qos", 0) == said.qos
    assert port.options.get("retain", False) is said.retain


@pytest.mark.parametrize(
    ("recording", "where", "value"), STATES, ids=[f"{each[0]}: {each[1]}" for each in STATES]
)
def test_a_state_is_read(recording: str, where: str, value: Any) -> None:
    port = port_of(play(adapter_for(recording), recording), where, Side.OUT)
    heard: Patterns[bool] = Patterns()
    heard.add(str(port.queue), True)
    read = []
    for topic, payload in messages(recording):
        with contextlib.suppress(InvalidMessage):
            if heard.of(topic):
                read.append(encoding_of(port.encoding).read(payload))
    assert read, f"nothing on {port.queue} is {port.encoding}"
    assert read[-1] == value


@pytest.mark.parametrize("recording", NAMES)
def test_every_port_can_be_hosted(recording: str) -> None:
    adapter = adapter_for(recording)
    for each in play(adapter, recording).values():
        for side in Side:
            for port in each.definition.ports(side):
                assert port.queue
                encoding_of(port.encoding)
                assert port.type
                assert port.description.isprintable()
    assert adapter.found


@pytest.mark.parametrize("name", RECORDED)
def test_what_becomes_of_what_was_recorded(name: str) -> None:
    found = play(adapter_for(name), name)
    assert {role: ports(each.definition) for role, each in found.items()} == recording(name)[
        "ports"
    ]
    assert recording(name)["source"]
