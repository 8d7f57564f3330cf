"""Devices that describe themselves, recorded and played on a real broker to a real lab."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.definition import Port, Side
from msgflo_lab.errors import InvalidName, MsgFloLabError, UnknownName
from msgflo_lab.lab import Foreigner
from msgflo_lab.network import RoleState
from tests.brokers import Mosquitto, RabbitMQ
from tests.devices.recording import messages
from tests.foreign.device import Device
from tests.runtime.helpers import eventually


def play(far: Device, name: str, house: str, adapter: str) -> list[str]:
    """Publish a recording below another first level; its topics."""
    topics = []
    for topic, payload in messages(name):
        first, slash, rest = topic.partition("/")
        where = f"{house}{slash}{rest}" if first == adapter else topic
        far.say(where, payload, retain=True)
        topics.append(where)
    return topics


def clear(far: Device, topics: list[str]) -> None:
    for topic in topics:
        far.say(topic, b"", retain=True)


def roles(lab: Lab) -> dict[str, RoleState]:
    return {str(each.role): each.state for each in lab.network().roles}


def values(lab: Lab, port: str, n: int = 1) -> list[Any]:
    return [each.value for each in lab.inspect(port, n, wait=20, side=Side.OUT)]


def switches(lab: Lab) -> list[tuple[Foreigner, Port]]:
    """The inports that take true or false."""
    members = lab.foreign.members()
    return [(m, p) for m in members for p in m.described.inports if p.type == "boolean"]


def test_a_house_of_home_assistants(lab: Lab, far: Device, house: str) -> None:
    topics = play(far, "esphome", house, "homeassistant")
    lab.foreign.turn_on("homeassistant", house)
    eventually(lambda: len(lab.foreign.members()) >= 3)
    eventually(lambda: {str(m.role) for m in lab.foreign.members()} <= roles(lab).keys())
    assert lab.foreign.adapters() == {"homeassistant": True, "homie": False}
    before = roles(lab)

    # There is a pump: a switch that says how it is, and that can be switched.
    pump = next(m for m in lab.foreign.members() if "pump" in m.role)
    assert pump.adapter == "homeassistant"
    (state,) = (p for p in pump.described.outports if p.type == "boolean")
    (command,) = (p for p in pump.described.inports if p.type == "boolean")
    assert lab.inspect(f"{pump.role}.{state.id}", side=Side.OUT) == []
    far.say("cellar/switch/pump/state", "ON")
    assert values(lab, f"{pump.role}.{state.id}") == [True]
    far.hear("cellar/switch/pump/command")
    lab.send(f"{pump.role}.{command.id}", False)
    assert far.next().payload == b"OFF"

    # It goes away, and comes back.
    far.say("cellar/status", "offline", retain=True)
    eventually(lambda: roles(lab)[pump.role] is RoleState.STALE)
    far.say("cellar/status", "online", retain=True)
    eventually(lambda: roles(lab)[pump.role] is RoleState.RUNNING)

    # One is taken out of the house, then all.
    gone = next(topic for topic in topics if "/pump/config" in topic)
    far.say(gone, b"", retain=True)
    eventually(lambda: pump.role not in roles(lab))
    lab.foreign.turn_off("homeassistant")
    assert lab.foreign.members() == []
    eventually(lambda: not (before.keys() & roles(lab).keys()))
    clear(far, [*topics, "cellar/status"])


@pytest.mark.parametrize("recording", ["homie_4", "homie_5"])
def test_homie(lab: Lab, far: Device, house: str, recording: str) -> None:
    topics = play(far, recording, house, "homie")
    lab.foreign.turn_on("homie", house)
    eventually(lambda: switches(lab))
    eventually(lambda: {str(m.role) for m in lab.foreign.members()} <= roles(lab).keys())
    member, port = switches(lab)[0]
    assert port.queue is not None
    assert port.queue.startswith(f"{house}/")
    far.hear(port.queue)
    lab.send(f"{member.role}.{port.id}", True)
    assert far.next().payload == b"true"
    clear(far, topics)
    eventually(lambda: not lab.foreign.members())


def test_it_works_on_in_the_next_session(lab: Lab, far: Device, house: str, mosquitto: Any) -> None:
    lab.foreign.turn_on("homeassistant", house)
    lab.start(mosquitto.url)
    topics = play(far, "esphome", house, "homeassistant")
    eventually(lambda: lab.foreign.members())
    clear(far, [*topics, "cellar/status"])


def test_what_cannot_be(lab: Lab, rabbitmq: RabbitMQ) -> None:
    with pytest.raises(UnknownName, match="no adapter `knx`; there are: homeassistant, homie"):
        lab.foreign.turn_on("knx")
    with pytest.raises(UnknownName, match="no adapter at work"):
        lab.foreign.turn_off("homie")
    with rabbitmq.vhost() as url, Lab() as other:
        other.start(url)
        with pytest.raises(MsgFloLabError, match="MQTT"):
            other.foreign.turn_on("homie")
        with pytest.raises(MsgFloLabError, match="MQTT"):
            other.foreign.scan(0.1)


def test_a_scan_proposes_what_is_there(lab: Lab, far: Device, house: str) -> None:
    for room, warm in (("kitchen", "21.5"), ("attic", "9.0")):
        far.say(f"{house}/{room}/temperature", warm, retain=True)
    far.say(f"{house}/lamp/state", "ON", retain=True)
    far.say(f"{house}/lamp/set", "OFF", retain=True)
    found = lab.foreign.scan(0.5, f"{house}/#")
    assert found
    for proposal in found:
        lab.foreign.register(proposal.definition)
    eventually(lambda: {str(p.definition.role) for p in found} <= roles(lab).keys())
    lamp = next(p.definition for p in found if "lamp" in p.definition.role)
    assert [port.type for port in (*lamp.outports, *lamp.inports)] == ["boolean", "boolean"]
    # What is known already is not proposed again.
    assert lab.foreign.scan(0.5, f"{house}/#") == []
    clear(far, [f"{house}/{x}" for x in ("lamp/state", "lamp/set")])
    clear(far, [f"{house}/{x}/temperature" for x in ("kitchen", "attic")])


def test_a_device_keeps_its_role(lab: Lab, far: Device, house: str, mosquitto: Mosquitto) -> None:
    """Somebody else plays the one that it would like to have, and is not heard at first."""
    lab.add(lambda x: x, "cellar_pump")
    topics = play(far, "esphome", house, "homeassistant")
    lab.foreign.turn_on("homeassistant", house)
    eventually(lambda: "cellar_pump_2" in roles(lab))
    lab.remove("cellar_pump")
    lab.start(mosquitto.url)
    eventually(lambda: "cellar_pump_2" in roles(lab))
    clear(far, [*topics, "cellar/status"])


@pytest.mark.parametrize("prefix", ["+", "a/#", "$SYS", "/", ""])
def test_a_prefix_that_is_none(lab: Lab, prefix: str) -> None:
    with pytest.raises(InvalidName):
        lab.foreign.turn_on("homie", prefix)
