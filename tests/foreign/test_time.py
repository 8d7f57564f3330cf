"""What time does to devices: silence, truths that end, targets; and attempts that become rarer."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.definition import ParticipantDefinition, Side
from msgflo_lab.errors import InvalidName
from msgflo_lab.network import RoleState
from msgflo_lab.runtime import registry
from msgflo_lab.runtime.foreigners import Foreigners
from tests.brokers import Mosquitto
from tests.foreign.device import Device
from tests.runtime.helpers import eventually

MOTION = (
    "component: a/Motion\nrole: motion\noutports: "
    "{{on: {{queue: {house}/motion, encoding: 'boolean:ON/OFF', off_delay: 0.05}}}}"
)
SENSOR = (
    "component: a/Sensor\nrole: sensor\noutports: "
    "{{temp: {{queue: {house}/temp, encoding: number, expire_after: 0.3}}}}"
)


def state(lab: Lab, role: str) -> RoleState | None:
    return next((each.state for each in lab.network().roles if each.role == role), None)


def values(lab: Lab, port: str, n: int) -> list[Any]:
    return [each.value for each in lab.inspect(port, n, wait=20, side=Side.OUT)]


def test_who_is_silent_for_too_long_is_not_there(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register(SENSOR.format(house=house))
    assert state(lab, "sensor") is RoleState.STALE  # nothing was heard yet

    def is_there_while_it_speaks() -> bool:
        far.say(f"{house}/temp", "20")
        return state(lab, "sensor") is RoleState.RUNNING

    for _ in range(2):
        eventually(is_there_while_it_speaks)
        eventually(lambda: state(lab, "sensor") is RoleState.STALE)
        assert not any(each.is_alive for each in lab.foreign.members())


def test_what_was_on_is_off_by_itself(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register(MOTION.format(house=house))
    assert lab.inspect("motion.on") == []
    far.say(f"{house}/motion", "ON")
    assert values(lab, "motion.on", 2) == [True, False]
    far.say(f"{house}/motion", "OFF")
    far.say(f"{house}/motion", "ON")
    assert values(lab, "motion.on", 5) == [True, False, False, True, False]


def test_home_assistant_says_both(lab: Lab, far: Device, house: str) -> None:
    said = {
        "name": "Button", "state_topic": f"{house}/b", "payload_on": "TOGGLE", "off_delay": 1,
        "expire_after": 3600, "value_template": "{{value_json.STATE}}",
    }  # fmt: skip
    far.say(f"{house}/binary_sensor/b/config", json.dumps(said), retain=True)
    lab.foreign.turn_on("homeassistant", house)
    eventually(lambda: state(lab, "button") is RoleState.STALE)
    assert lab.inspect("button.state") == []
    far.say(f"{house}/b", '{"STATE": "TOGGLE"}')
    assert values(lab, "button.state", 2) == [True, False]
    assert state(lab, "button") is RoleState.RUNNING
    far.say(f"{house}/binary_sensor/b/config", b"", retain=True)
    eventually(lambda: not lab.foreign.members())


def test_what_homie_is_on_its_way_to(lab: Lab, far: Device, house: str) -> None:
    about = {
        "homie": "5.0", "version": 1, "name": "Blind",
        "nodes": {"b": {"properties": {"position": {"datatype": "integer", "settable": True}}}},
    }  # fmt: skip
    base = f"{house}/5/blind"
    for topic, payload in (
        ("$state", "ready"), ("$description", json.dumps(about)), ("b/position", "0"),
    ):  # fmt: skip
        far.say(f"{base}/{topic}", payload, retain=True)
    lab.foreign.turn_on("homie", house)

    def outports() -> list[str]:
        return [str(p.id) for m in lab.foreign.members() for p in m.described.outports]

    eventually(lambda: outports() == ["position"])
    far.say(f"{base}/b/position/$target", "80", retain=True)
    eventually(lambda: outports() == ["position", "position_target"])
    lab.add(lambda n: n, "sink")
    lab.connect("blind_b.position_target", "sink.n")
    assert [each.value for each in lab.inspect("sink.n", 1, wait=20)] == [80]
    for topic in ("b/position/$target", "b/position", "$description", "$state"):
        far.say(f"{base}/{topic}", b"", retain=True)
    eventually(lambda: not lab.foreign.members())


def test_what_cannot_be_is_said_once_and_tried_again(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = itertools.count(1)
    attempts = [0]

    async def register(*_: object, **__: object) -> None:
        attempts[0] = next(tried)
        raise InvalidName("no such topic")

    monkeypatch.setattr(registry, "REGISTRY_AGAIN", 0.001)
    monkeypatch.setattr(Foreigners, "register", register)
    with Lab() as lab:
        lab.foreign.register(ParticipantDefinition("b", "b", "a/B"))  # type: ignore[arg-type]
        lab.start(mosquitto.url)
        eventually(lambda: attempts[0] > 4)
        said = [each for each in lab.status().problems if "no such topic" in each]
        assert said == ["foreign participants: no such topic"]


def test_attempts_become_rarer() -> None:
    pauses = list(itertools.islice(registry._pauses(), 7))
    assert pauses == [5, 10, 20, 40, 60, 60, 60]
