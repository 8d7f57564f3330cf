"""Devices that are code in this process: topics on `direct://`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import InvalidName, NotRunning
from tests.devices.recording import messages
from tests.runtime.helpers import eventually


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        lab.start()
        yield lab


def test_there_and_back(lab: Lab) -> None:
    lab.foreign.say("home/kitchen", "21.5", retain=True)
    lab.foreign.register(
        """
component: home/Rooms
role: rooms
outports: {temp: {queue: home/+, encoding: number}}
inports: {led: {queue: led, encoding: "boolean:ON/OFF", retain: true}}
---
component: home/Led
role: led
outports: {state: {queue: led, encoding: text}}
"""
    )

    @lab.participant("is_warm")
    def is_warm(warm: float) -> bool:
        return warm > 20

    assert lab.inspect("led.state") == []  # from now on, it is remembered
    lab.connect("is_warm.out", "rooms.led")
    lab.connect("rooms.temp", "is_warm.warm")
    assert [s.value for s in lab.inspect("led.state", 1, wait=20)] == ["ON"]
    lab.foreign.say("home/attic", "9")
    assert [s.value for s in lab.inspect("led.state", 2, wait=20)] == ["ON", "OFF"]


def test_adapters_and_scans(lab: Lab) -> None:
    for topic, payload in messages("esphome"):
        lab.foreign.say(topic, payload, retain=True)
    lab.foreign.say("weather/temp", "22.3 °C", retain=True)
    lab.foreign.turn_on("homeassistant")
    eventually(lambda: any(m.role == "cellar_pump" for m in lab.foreign.members()))
    (weather,) = lab.foreign.scan(0.1)
    assert weather.definition.role == "weather"
    lab.foreign.say("homeassistant/switch/cellar/pump/config", "", retain=True)
    eventually(lambda: all(m.role != "cellar_pump" for m in lab.foreign.members()))


def test_what_cannot_be(lab: Lab) -> None:
    for wrong in ("", "a/+", "#"):
        with pytest.raises(InvalidName, match="no topic"):
            lab.foreign.say(wrong, "1")
    lab.stop()
    with pytest.raises(NotRunning):
        lab.foreign.say("a", "1")
