"""Two labs on one broker: one interprets for both. Where both do, everything is there twice."""

from __future__ import annotations

from msgflo_lab import Lab
from msgflo_lab.definition import Side
from msgflo_lab.network import RoleState
from tests.brokers import Mosquitto
from tests.foreign.device import Device
from tests.runtime.helpers import eventually

TEXT = (
    "component: a/Meter\nrole: meter\n"
    "outports: {{power: {{queue: {house}/power, encoding: number}}}}\n"
    "inports: {{reset: {{queue: {house}/reset, encoding: 'boolean:1/0'}}}}"
)


def running(lab: Lab) -> bool:
    return any(r.role == "meter" and r.state is RoleState.RUNNING for r in lab.network().roles)


def test_the_other_lab_sees_it(lab: Lab, mosquitto: Mosquitto, far: Device, house: str) -> None:
    with Lab("other") as other:
        other.start(mosquitto.url)
        lab.foreign.register(TEXT.format(house=house))
        eventually(lambda: running(other))
        assert other.inspect("meter.power", side=Side.OUT) == []
        far.hear(f"{house}/reset")
        other.send("meter.reset", True)
        assert far.next().payload == b"1"
        far.say(f"{house}/power", "1")
        far.say(f"{house}/power", "2")
        seen = other.inspect("meter.power", 2, wait=20, side=Side.OUT)
        assert [each.value for each in seen] == [1, 2]

        # Both interpret: the documents say so, and what to do instead.
        other.foreign.register(TEXT.format(house=house))
        far.say(f"{house}/power", "3")
        seen = other.inspect("meter.power", 4, wait=20, side=Side.OUT)
        assert [each.value for each in seen] == [1, 2, 3, 3]
