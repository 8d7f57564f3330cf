"""What a scan proposes from the topics and messages of many kinds of devices."""

from __future__ import annotations

import json
from typing import Any

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.devices import adapter_of
from msgflo_lab.devices.limits import MAX_PROPOSALS, MAX_SAMPLE, MAX_TOPICS
from msgflo_lab.devices.scan import Proposal, Scan, as_yaml, owned_by
from msgflo_lab.devices.scan.guess import guess
from msgflo_lab.foreign.description import loads
from tests.devices.recording import Line, as_bytes, lines, messages


def proposed(said: dict[str, Any], known: tuple[str, ...] = ()) -> dict[str, Proposal]:
    """Proposals by role, from payloads (or lists of them) by topic."""
    scan = Scan(known=known)
    for topic, payloads in said.items():
        for payload in payloads if isinstance(payloads, list) else [payloads]:
            scan.hear(topic, payload if isinstance(payload, bytes) else as_bytes(payload))
    return {str(each.definition.role): each for each in scan.proposals()}


def recorded(name: str) -> dict[str, Proposal]:
    scan = Scan()
    for topic, payload in messages(name):
        scan.hear(topic, payload, retained=True)
    return {str(each.definition.role): each for each in scan.proposals()}


@pytest.mark.parametrize(
    ("payloads", "kind", "encoding"),
    [
        ([b"22.3", b"22"], "number", ""),
        ([b"+5", b"07"], "number", "number"),
        ([b"22.3 \xc2\xb0C", b"7 \xc2\xb0C"], "number", "template:{} °C"),
        ([b"T=5", b"T=7.5"], "number", "template:T={}"),
        ([b"true", b"false"], "boolean", ""),
        ([b"ON"], "boolean", "boolean:ON/OFF"),
        ([b"off", b"on"], "boolean", "boolean:on/off"),
        ([b"Online"], "boolean", "boolean:Online/Offline"),
        ([b"open", b"closed"], "boolean", "boolean:open/closed"),
        ([b"open"], "string", "text"),
        ([b"open", b"closed", b"opening"], "string", "text"),
        ([b"ON", b"ON again"], "string", "text"),
        ([b"temp=22.3;hum=40", b"temp=22;hum=41"], "object", "template:temp={temp};hum={hum}"),
        ([b"t:1 h:2"], "object", "template:t:{t} h:{h}"),
        ([b"temp=22.3;hum=40", b"hum=40"], "string", "text"),
        ([b"shelly1-AABB"], "string", "text"),
        ([b"10:30"], "string", "text"),
        ([b'{"a": 1}', b'{"a": 2}'], "object", ""),
        ([b"[1, 2]"], "array", ""),
        ([b'{"a": 1}', b"5"], "string", "text"),
        ([b"\x00\x00\xb4\x41"], "any", "bytes"),
        ([b"", b" "], "any", ""),
        ([], "any", ""),
        ([b"hello", b"world"], "string", "text"),
    ],
)
def test_payloads_are_guessed(payloads: list[bytes], kind: str, encoding: str) -> None:
    found = guess(payloads)
    assert (found.type, found.encoding) == (kind, encoding)


def test_fields_of_objects() -> None:
    samples = [
        {"t": 1.5, "on": "ON", "id": "x", "in": {"deep": 1}, "none": None, "list": [1]},
        {"t": 2, "on": "OFF", "id": "y", "in": {"deep": 2}, "rare": 1},
        {"t": 3, "on": "OFF", "id": "z", "in": {"deep": 2}},
    ]
    found = guess([json.dumps(each).encode() for each in samples]).fields
    assert {".".join(steps): (each.type, each.encoding) for steps, each in found} == {
        "t": ("number", "path:$.t"),
        "on": ("boolean", "path:$.on | boolean:ON/OFF"),
        "in.deep": ("number", "path:$.in.deep"),
        "id": ("string", "path:$.id"),
    }


def test_bytes_that_may_be_a_number() -> None:
    assert guess([b"\x00\x00\xb4\x41"]).about == "perhaps float32le: that would be 22.5"


def test_rooms() -> None:
    found = proposed(
        {
            "sensors/kitchen/temperature": ["22.3", "22.4"],
            "sensors/kitchen/humidity": "40",
            "sensors/hall/temperature": "19",
            "sensors/bath/temperature": "24",
        }
    )
    kitchen = found["kitchen"].definition
    assert lines(kitchen, Side.OUT) == [
        Line("humidity", "number", "sensors/kitchen/humidity"),
        Line("temperature", "number", "sensors/kitchen/temperature"),
    ]
    assert found["kitchen"].samples == {"temperature": "22.4", "humidity": "40"}
    assert found["kitchen"].reason == (
        "3 messages on 2 topics: sensors/kitchen/humidity, sensors/kitchen/temperature"
    )
    together = found["all_sensors"]
    assert lines(together.definition, Side.OUT) == [
        Line("temperature", "number", "sensors/+/temperature")
    ]
    assert together.reason == "3 look alike: bath, hall, kitchen"
    # The one with most ports is the most likely one; patterns come last.
    assert list(found) == ["kitchen", "bath", "hall", "all_sensors"]


def test_a_bridge_of_zigbee() -> None:
    found = recorded("zigbee2mqtt")
    plug = found["plug"].definition
    assert plug.component == "mqtt/zigbee2mqtt"
    assert lines(plug, Side.IN) == [Line("set", "object", "zigbee2mqtt/Plug/set", "json")]
    assert lines(plug, Side.OUT) == [
        Line("message", "object", "zigbee2mqtt/Plug"),
        Line("state", "boolean", "zigbee2mqtt/Plug", "path:$.state | boolean:ON/OFF"),
        Line("led", "boolean", "zigbee2mqtt/Plug", "path:$.led"),
        Line("child_lock", "string", "zigbee2mqtt/Plug", "path:$.child_lock"),
        Line("availability", "object", "zigbee2mqtt/Plug/availability"),
        Line("availability_state", "boolean", "zigbee2mqtt/Plug/availability",
             "path:$.state | boolean:online/offline"),
    ]  # fmt: skip
    assert {"bedroom_lamp", "curtain", "fan", "remote", "window", "all_zigbee2mqtt"} <= set(found)


def test_tasmota() -> None:
    found = recorded("tasmota")
    assert set(found) == {"boiler", "shelf"}
    boiler = found["boiler"].definition
    assert lines(boiler, Side.IN) == [
        Line("power", "boolean", "cmnd/boiler/POWER", "boolean:ON/OFF")
    ]
    assert boiler.inports[0].description == "not seen, but such devices listen there"
    outports = {line.port: line for line in lines(boiler, Side.OUT)}
    assert outports["energy_power"].encoding == "path:$.ENERGY.Power"
    assert outports["lwt"].encoding == "boolean:Online/Offline"
    # Whole messages are called as their topics are, whatever is in them.
    assert outports["state"].topic == "tele/boiler/STATE"
    assert outports["switch1_state"].encoding == "path:$.STATE | boolean:ON/OFF"


def test_esphome() -> None:
    cellar = recorded("esphome")["cellar"].definition
    outports = {line.port: line.topic for line in lines(cellar, Side.OUT)}
    assert outports["switch_pump"] == "cellar/switch/pump/state"
    assert outports["climate_heater_mode"] == "cellar/climate/heater/mode/state"
    assert outports["sensor_humidity"] == "cellar/sensor/humidity/state"


def test_shelly() -> None:
    found = proposed(
        {
            "shellies/shelly1-AA/relay/0": ["on", "off"],
            "shellies/shelly1-AA/relay/0/power": "12.5",
            "shellies/shelly1-AA/online": "true",
            "plus/status/switch:0": {"id": 0, "output": True},
            "plus/online": "true",
        }
    )
    one, two = found["shelly1_aa"].definition, found["plus"].definition
    assert lines(one, Side.IN) == [
        Line("relay_0", "boolean", "shellies/shelly1-AA/relay/0/command", "boolean:on/off")
    ]
    assert [port.id for port in one.outports] == ["online", "relay_0", "relay_0_power"]
    assert lines(two, Side.IN) == [
        Line("switch_0", "boolean", "plus/command/switch:0", "boolean:on/off")
    ]


def test_topics_for_commands() -> None:
    found = proposed(
        {
            "home/lamp": "ON",
            "home/lamp/set": ["ON", "OFF"],
            "home/kitchen/light/state": "on",
            "home/kitchen/light/set": "off",
            "house/hall/blind": "open",
            "house/hall/blind/set": ["open", "stop"],
            "house/hall/blind/get": "",
        }
    )
    assert lines(found["lamp"].definition, Side.IN) == [
        Line("set", "boolean", "home/lamp/set", "boolean:ON/OFF")
    ]
    kitchen = found["kitchen"].definition
    assert lines(kitchen, Side.IN) == [
        Line("light", "boolean", "home/kitchen/light/set", "boolean:on/off")
    ]
    assert lines(kitchen, Side.OUT) == [
        Line("light", "boolean", "home/kitchen/light/state", "boolean:on/off")
    ]
    hall = found["hall"].definition
    assert lines(hall, Side.IN) == [Line("blind", "string", "house/hall/blind/set", "text")]
    assert hall.inports[0].description == "seen: open, stop"
    assert [port.id for port in hall.outports] == ["blind"]


def test_what_is_known_is_left_out() -> None:
    said = {
        "fbp": "{}",
        "$SYS/broker/uptime": "5",
        "lamp.IN": "1",
        "dead-lamp.IN": "1",
        "held-0123456789abcdef01234567": "1",
        "house/a/t": "5",
        "homeassistant/sensor/x/config": "{}",
        "homie/box/$state": "ready",
        "homie/box/$online": "true",
        "left/over": "1",
    }
    found = proposed(said, known=("lamp.IN", "house/+/t"))
    assert [str(each.definition.role) for each in found.values()] == ["left"]


def test_what_adapters_have_found_is_known() -> None:
    adapter = adapter_of("homeassistant")
    scan_before = Scan()
    for topic, payload in messages("esphome"):
        adapter.hear(topic, payload)
        scan_before.hear(topic, payload)
    scan = Scan(known=owned_by([adapter]))
    for topic, payload in messages("esphome"):
        scan.hear(topic, payload)
    assert scan_before.proposals()
    assert not scan.proposals()


def test_a_proposal_is_what_can_be_registered() -> None:
    for name in ("zigbee2mqtt", "tasmota", "esphome", "openmqttgateway", "homie_4"):
        for proposal in recorded(name).values():
            text = as_yaml(proposal)
            assert text.startswith(f"# {proposal.reason}\n")
            assert loads(text) == [proposal.definition]


def test_roles_are_different() -> None:
    found = proposed(
        {"a/kitchen/t": "1", "b/kitchen/t": "1", "c/1/t": "1", "lamp 1": "1", "lamp-1": "1"}
    )
    assert sorted(found) == ["b_kitchen", "c", "kitchen", "lamp_1", "lamp_1_2"]


def test_a_scan_is_bounded() -> None:
    scan = Scan()
    for number in range(MAX_TOPICS + 10):
        scan.hear(f"dev{number}/t", b"1")
    assert len(scan) == MAX_TOPICS
    assert (scan.messages, scan.left_out) == (MAX_TOPICS + 10, 10)
    assert len(scan.proposals()) <= MAX_PROPOSALS


def test_large_payloads_are_counted_only() -> None:
    scan = Scan()
    scan.hear("a/image", b"x" * (MAX_SAMPLE + 1))
    (found,) = scan.proposals()
    assert lines(found.definition, Side.OUT) == [Line("image", "any", "a/image")]
    assert not found.samples
