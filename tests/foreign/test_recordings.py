"""What was recorded of real devices, played on a real Mosquitto to a real lab.

Everybody who is in a recording is there, with the right ports; what is said to them arrives where
the device listens, as it expects it; and what they have said is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.definition import Side
from tests.brokers import Mosquitto
from tests.devices.recording import (
    RECORDED,
    adapter_for,
    messages,
    play,
    ports,
    prefix_of,
    recording,
)
from tests.devices.tables import COMMANDS, STATES
from tests.foreign.device import Device
from tests.runtime.helpers import eventually


@pytest.fixture(scope="module")
def lab(mosquitto: Mosquitto) -> Iterator[Lab]:
    """One for all recordings: each is played, and taken back."""
    with Lab() as lab:
        lab.start(mosquitto.url)
        yield lab


@pytest.mark.parametrize("name", RECORDED)
def test_a_recording(lab: Lab, far: Device, name: str) -> None:
    adapter = "homie" if name.startswith("homie") else "homeassistant"
    said = messages(name)
    for topic, payload in said:
        far.say(topic, payload, retain=True)
    lab.foreign.turn_on(adapter, prefix_of(name))

    # All of each: many messages describe a device of Homie, and it may be there before the last.
    found = play(adapter_for(name), name)
    expected = {role: each.definition for role, each in found.items()}
    eventually(lambda: {m.role: m.described for m in lab.foreign.members()} == expected)
    seen = {str(each.role): ports(each.described) for each in lab.foreign.members()}
    assert seen == recording(name)["ports"]
    # What is sent goes by what is announced; that is heard a moment later.
    eventually(lambda: announced(lab, expected) == seen)

    for command in [each for each in COMMANDS if each.recording == name]:
        far.hear(command.topic)
        lab.send(command.port, command.value)
        got = far.next()
        assert (got.topic, got.payload.decode()) == (command.topic, command.payload)
        assert got.qos == command.qos
        far.forget(command.topic)

    states = {where: value for of, where, value in STATES if of == name}
    for where in states:
        lab.inspect(where, side=Side.OUT)  # from now on, it is remembered
    for topic, payload in said:
        if not topic.endswith("/config") and "/$" not in topic:
            far.say(topic, payload, retain=True)
    eventually(lambda: {where: last(lab, where) for where in states} == states, str(states))

    for topic, _ in said:
        far.say(topic, b"", retain=True)
    eventually(lambda: not lab.foreign.members())
    lab.foreign.turn_off(adapter)


def announced(lab: Lab, roles: Collection[str]) -> dict[str, list[str]]:
    found = [each for each in lab.network().roles if each.role in roles]
    return {str(each.role): ports(each) for each in found}


def last(lab: Lab, port: str) -> Any:
    seen = lab.inspect(port, 1, side=Side.OUT)
    return seen[0].value if seen else None
