"""Home Assistant's discovery: what becomes of descriptions, names, availability, nonsense."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.devices import Found
from msgflo_lab.devices.homeassistant import HomeAssistant
from msgflo_lab.devices.limits import MAX_DESCRIPTION, MAX_PARTS
from msgflo_lab.fbp.grammar import SAYABLE_NAME, SAYABLE_PORT
from tests.devices.recording import NAMES, Line, by_role, lines, play

SENSOR = {"name": "Temperature", "state_topic": "room/t", "unit_of_measurement": "°C"}


def hear(adapter: HomeAssistant, path: str, config: Any) -> bool:
    payload = config if isinstance(config, bytes) else json.dumps(config).encode()
    return adapter.hear(f"homeassistant/{path}/config", payload)


def one(path: str, config: Mapping[str, Any]) -> Found:
    adapter = HomeAssistant()
    assert hear(adapter, path, config)
    (found,) = adapter.found.values()
    return found


def test_a_light_of_json() -> None:
    lamp = play(HomeAssistant(), "zigbee2mqtt")["bedroom_lamp"].definition
    assert (lamp.component, lamp.label, lamp.icon) == (
        "homeassistant/light", "Bedroom lamp", "lightbulb-o",
    )  # fmt: skip
    there, back = "zigbee2mqtt/Bedroom lamp/set", "zigbee2mqtt/Bedroom lamp"
    assert lines(lamp, Side.IN) == [
        Line("state", "boolean", there, "path:$.state | boolean:ON/OFF"),
        Line("brightness", "int", there, "path:$.brightness | number:int"),
        Line("color_temp", "int", there, "path:$.color_temp | number:int"),
        Line("color", "object", there, "path:$.color"),
        Line("effect", "string", there, "path:$.effect"),
        Line("command", "object", there, "json"),
    ]
    assert lines(lamp, Side.OUT)[:2] == [
        Line("state", "boolean", back, "path:$.state | boolean:ON/OFF"),
        Line("brightness", "int", back, "path:$.brightness | number"),
    ]
    about = {str(port.id): port.description for port in lamp.inports}
    assert about["brightness"] == "0 to 254"
    assert about["color_temp"] == "150 to 500, mireds"
    assert about["color"] == "an object with x, y"
    assert about["effect"] == "blink, breathe, okay"


def test_descriptions_say_what_may_be_said() -> None:
    found = play(HomeAssistant(), "esphome")
    about = {
        f"{role}.{port.id}": port.description
        for role, each in found.items()
        for port in each.definition.inports
    }
    assert about["cellar_hatch.state"] == "OPEN, CLOSE, STOP"
    assert about["cellar_heater.temperature"] == "5 to 25, °C"
    assert about["cellar_mode.state"] == "Auto, Manual"
    assert about["cellar_vent.percentage"] == "1 to 3"
    assert about["cellar_door.state"] == "LOCK, UNLOCK"


def test_options_for_delivery() -> None:
    pump = play(HomeAssistant(), "pool")["pool_pump"].definition
    assert pump.inports[0].options == {"qos": 1, "retain": True}
    assert pump.outports[0].options == {"qos": 1}


def test_a_topic_for_all_entities_of_a_device_is_for_those_that_have_one() -> None:
    found = play(HomeAssistant(), "pool")
    assert not found["pool_rinse"].definition.outports
    assert not found["pool_water"].definition.inports


def test_what_is_beyond_becomes_a_note() -> None:
    found = play(HomeAssistant(), "openmqttgateway")["openmqttgateway_bt_interval"]
    assert lines(found.definition, Side.OUT) == [
        Line("state", "any", "home/OpenMQTTGateway/BTtoMQTT")
    ]
    assert lines(found.definition, Side.IN)[0].encoding == "text"
    assert [note.split(" ")[0] for note in found.notes] == [
        "`value_template`",
        "`command_template`",
    ]
    assert "value_json.interval/1000" in found.notes[0]


@pytest.mark.parametrize("recording", [name for name in NAMES if not name.startswith("homie")])
def test_names_can_be_said_in_a_graph(recording: str) -> None:
    for role, each in play(HomeAssistant(), recording).items():
        assert SAYABLE_NAME.fullmatch(role)
        for side in Side:
            assert all(SAYABLE_PORT.fullmatch(port.id) for port in each.definition.ports(side))


def test_a_device_that_takes_an_entity_back() -> None:
    adapter = HomeAssistant()
    message = {
        "dev": {"ids": "1", "name": "Box"},
        "o": {"name": "x"},
        "cmps": {"a": {"p": "sensor", "stat_t": "a"}, "b": {"p": "sensor", "stat_t": "b"}},
    }
    assert hear(adapter, "device/box", message)
    assert not hear(adapter, "device/box", message)
    assert sorted(by_role(adapter)) == ["box_sensor_box_a", "box_sensor_box_b"]
    message["cmps"] = {"a": {"p": "sensor"}, "b": {"p": "sensor", "stat_t": "b"}}
    assert hear(adapter, "device/box", message)
    assert sorted(by_role(adapter)) == ["box_sensor"]
    assert hear(adapter, "device/box", b"")
    assert not adapter.found
    assert not hear(adapter, "device/box", b"")


def test_an_entity_that_moves_to_the_message_of_its_device() -> None:
    adapter = HomeAssistant()
    hear(adapter, "sensor/a", SENSOR)
    assert hear(adapter, "sensor/a", {"migrate_discovery": True})
    assert not adapter.found


def test_all_who_share_a_name_are_told_apart() -> None:
    adapter = HomeAssistant()
    hear(adapter, "sensor/one/t", SENSOR)
    assert list(by_role(adapter)) == ["temperature"]
    hear(adapter, "sensor/two/t", SENSOR)
    assert sorted(by_role(adapter)) == ["temperature_one_t", "temperature_two_t"]
    hear(adapter, "sensor/one/t", b"")
    assert list(by_role(adapter)) == ["temperature"]


def test_roles_do_not_depend_on_the_order_of_messages() -> None:
    one, other = HomeAssistant(), HomeAssistant()
    paths = ["sensor/b", "sensor/a", "sensor/c/a", "sensor/a_2"]
    for path in paths:
        hear(one, path, SENSOR)
    for path in reversed(paths):
        hear(other, path, SENSOR)
    assert by_role(one).keys() == by_role(other).keys()
    assert dict(one.found) == dict(other.found)


@pytest.mark.parametrize(
    ("name", "device", "role", "label"),
    [
        ("Temperature", "Bedroom", "bedroom_temperature", "Bedroom Temperature"),
        ("Bedroom Temperature", "Bedroom", "bedroom_temperature", "Bedroom Temperature"),
        (None, "Bedroom", "bedroom", "Bedroom"),
        ("Küche: Licht 1", "", "kuche_licht_1", "Küche: Licht 1"),
        ("2. Stock", "", "sensor_2_stock", "2. Stock"),
        ("温度", "", "sensor", "温度"),
        (5, "Box", "box_5", "Box 5"),
    ],
)
def test_roles_and_labels(name: Any, device: str, role: str, label: str) -> None:
    config = {**SENSOR, "name": name, "device": {"identifiers": ["x"], "name": device}}
    found = one("sensor/x", config).definition
    assert (found.role, found.label) == (role, label)


def test_an_entity_without_a_name_is_called_by_what_it_measures() -> None:
    config = {"state_topic": "a", "device_class": "battery", "device": {"name": "Box"}}
    assert one("sensor/x", config).definition.role == "box_battery"


@pytest.mark.parametrize(
    ("config", "kind", "encoding"),
    [
        ({"unit_of_measurement": "W"}, "number", "number"),
        ({"state_class": "total"}, "number", "number"),
        ({"device_class": "timestamp"}, "string", "text"),
        ({"options": ["a", "b"], "device_class": "enum"}, "string", "text"),
        ({}, "any", ""),
        ({"value_template": "{{ value_json.a }}"}, "any", "path:$.a"),
        ({"encoding": ""}, "bytes", "bytes"),
    ],
)
def test_the_type_of_a_sensor(config: dict[str, Any], kind: str, encoding: str) -> None:
    found = one("sensor/x", {"name": "x", "state_topic": "a", **config})
    assert lines(found.definition, Side.OUT) == [Line("state", kind, "a", encoding)]


@pytest.mark.parametrize(
    ("path", "config", "line"),
    [
        ("camera/x", {"topic": "a"}, Line("image", "bytes", "a", "bytes")),
        (
            "image/x",
            {"image_topic": "a", "image_encoding": "b64"},
            Line("image", "string", "a", "text"),
        ),
        ("tag/x", {"topic": "a", "value_template": "{{ value_json.id }}"},
         Line("tag", "string", "a", "path:$.id | text")),
        ("vacuum/x", {"state_topic": "a"}, Line("state", "string", "a", "path:$.state | text")),
        ("event/x", {"state_topic": "a", "value_template": "{{ value_json.e }}"},
         Line("event_type", "string", "a", "path:$.e | path:$.event_type | text")),
        ("climate/x", {"mode_state_topic": "a", "value_template": "{{ value_json.m }}"},
         Line("mode", "string", "a", "path:$.m | text")),
        ("siren/x", {"state_topic": "a", "command_topic": "b"},
         Line("state", "boolean", "a", "boolean:ON/OFF")),
        ("water_heater/x", {"current_temperature_topic": "a"},
         Line("current_temperature", "number", "a", "number")),
    ],
)  # fmt: skip
def test_further_kinds(path: str, config: dict[str, Any], line: Line) -> None:
    assert lines(one(path, config).definition, Side.OUT)[0] == line


@pytest.mark.parametrize(
    ("path", "config", "line"),
    [
        ("siren/x", {"command_topic": "b"},
         Line("state", "boolean", "b", "path:$.state | boolean:ON/OFF")),
        ("scene/x", {"command_topic": "b"}, Line("turn_on", "bang", "b", "always:ON")),
        ("notify/x", {"command_topic": "b", "command_template": '{"m": "{{ value }}"}'},
         Line("message", "string", "b", 'template:{"m": "{}"}')),
        ("update/x", {"command_topic": "b", "payload_install": "go"},
         Line("install", "bang", "b", "always:go")),
        ("lawn_mower/x", {"dock_command_topic": "b"}, Line("dock", "bang", "b", "always:dock")),
        ("vacuum/x", {"command_topic": "b"}, Line("command", "string", "b", "text")),
        ("humidifier/x", {"target_humidity_command_topic": "b"},
         Line("target_humidity", "number", "b", "number")),
        ("climate/x", {"power_command_topic": "b"},
         Line("power", "boolean", "b", "boolean:ON/OFF")),
        ("valve/x", {"command_topic": "b"}, Line("state", "string", "b", "text")),
        ("number/x", {"command_topic": "b", "command_template": "set {{ value | int }}"},
         Line("state", "number", "b", "template:set {} | number:int")),
        ("button/x", {"command_topic": "b", "command_template": '{"do": "{{ value }}"}'},
         Line("press", "bang", "b", 'template:{"do": "{}"} | always:PRESS')),
        ("light/x", {"rgb_command_topic": "b",
                     "rgb_command_template": "{{ red }} {{ green }} {{ blue }}"},
         Line("rgb", "object", "b", "template:{red} {green} {blue}")),
        ("light/x", {"rgb_command_topic": "b",
                     "rgb_command_template": "{{ '#%02x' | format(red) }}"},
         Line("rgb", "string", "b", "text")),
    ],
)  # fmt: skip
def test_further_commands(path: str, config: dict[str, Any], line: Line) -> None:
    assert lines(one(path, config).definition, Side.IN) == [line]


def test_words_that_cannot_be_said_are_text() -> None:
    words = {"payload_on": "a/b", "payload_off": "c"}
    found = one("switch/x", {"command_topic": "a", "state_topic": "b", **words})
    assert lines(found.definition, Side.IN) == [Line("state", "string", "a", "text")]
    assert lines(found.definition, Side.OUT) == [Line("state", "string", "b", "text")]
    assert found.notes == (
        "the words of `state` cannot be told apart; it is text",
        "the words for `state` cannot be expressed; it takes text as it is",
    )


AVAILABLE: list[tuple[dict[str, Any], list[tuple[str, str]], bool]] = [
    ({}, [], True),
    ({"availability_topic": "a"}, [], False),
    ({"availability_topic": "a"}, [("a", "online")], True),
    ({"availability_topic": "a"}, [("a", "online"), ("a", "offline")], False),
    ({"availability_topic": "a"}, [("a", "online"), ("a", "what")], True),
    ({"avty_t": "~/a", "~": "b", "pl_avail": "1", "pl_not_avail": "0"}, [("b/a", "1")], True),
    ({"avty": {"t": "a", "val_tpl": "{{ value_json.up }}", "pl_avail": "True"}},
     [("a", '{"up": true}')], True),
    ({"avty": [{"t": "a"}, {"t": "b"}], "avty_mode": "all"}, [("a", "online")], False),
    ({"avty": [{"t": "a"}, {"t": "b"}], "avty_mode": "all"},
     [("a", "online"), ("b", "online")], True),
    ({"avty": [{"t": "a"}, {"t": "b"}], "avty_mode": "any"},
     [("a", "online"), ("b", "offline")], True),
    ({"avty": [{"t": "a"}, {"t": "b"}]}, [("a", "online"), ("b", "offline")], False),
    ({"avty": [{"t": "a"}, {"t": "b"}]}, [("b", "offline"), ("a", "online")], True),
    ({"avty": {"t": "a", "val_tpl": "{{ beyond() }}"}}, [("a", "whatever")], True),
]  # fmt: skip


@pytest.mark.parametrize(("config", "said", "is_alive"), AVAILABLE)
def test_availability(config: dict[str, Any], said: list[tuple[str, str]], is_alive: bool) -> None:
    adapter = HomeAssistant()
    hear(adapter, "sensor/x", {**SENSOR, **config})
    for topic, payload in said:
        assert topic in adapter.watching
        adapter.hear(topic, payload.encode())
    (found,) = adapter.found.values()
    assert found.is_alive is is_alive


def test_availability_is_remembered_for_those_who_come_later() -> None:
    adapter = HomeAssistant()
    hear(adapter, "sensor/x", {**SENSOR, "availability_topic": "a"})
    assert adapter.hear("a", b"online")
    assert not adapter.hear("a", b"online")
    hear(adapter, "sensor/y", {**SENSOR, "availability_topic": "a"})
    assert all(each.is_alive for each in adapter.found.values())
    assert adapter.hear("a", b"offline")
    assert not any(each.is_alive for each in adapter.found.values())
    hear(adapter, "sensor/x", b"")
    hear(adapter, "sensor/y", SENSOR)
    assert not adapter.watching
    assert not adapter.hear("a", b"online")


def test_triggers_are_one_participant_of_their_device() -> None:
    triggers = play(HomeAssistant(), "zigbee2mqtt")["remote_triggers"].definition
    topic = "zigbee2mqtt/Remote/action"
    assert lines(triggers, Side.OUT) == [
        Line("button_1_single_action", "bang", topic, "always:button_1_single"),
        Line("button_1_double_action", "bang", topic, "always:button_1_double"),
    ]


def test_another_prefix() -> None:
    adapter = HomeAssistant("my/home")
    assert adapter.filters == ("my/home/+/+/config", "my/home/+/+/+/config")
    assert adapter.hear("my/home/sensor/x/config", json.dumps(SENSOR).encode())
    assert not adapter.hear("homeassistant/sensor/x/config", json.dumps(SENSOR).encode())


@pytest.mark.parametrize(
    ("path", "payload", "reason"),
    [
        ("sensor/x", b"{", "not JSON"),
        ("sensor/x", b"\xff\xfe", "not JSON"),
        ("sensor/x", b"[" * 100_000, "not JSON"),
        ("sensor/x", b"[]", "not a JSON object"),
        ("sensor/x", b'{"a": 1}', "it names no topic"),
        ("sensor/x", b'{"state_topic": "a/#/b"}', "`state_topic` is no topic"),
        ("switch/x", b'{"command_topic": "a/+"}', "`command_topic` is no topic"),
        ("nonsense/x", b'{"state_topic": "a"}', "there is no component `nonsense`"),
        ("sensor/x y", b'{"state_topic": "a"}', "a discovery topic has only letters"),
        ("device/x", b'{"device": {}}', "a device without `components`"),
        ("device/x", b'{"device": {}, "cmps": {"a": {"stat_t": "b"}}}', "does not say"),
        ("device/x", b'{"device": {}, "cmps": {"a": 1}}', "is not an object"),
        ("sensor/x", b'{"a":"' + b"x" * MAX_DESCRIPTION + b'"}', "above MAX_DESCRIPTION"),
        ("device/x", json.dumps({"dev": {}, "cmps": {str(i): {} for i in range(MAX_PARTS + 1)}}),
         "above MAX_PARTS"),
    ],
)  # fmt: skip
def test_what_is_ignored_has_a_reason(path: str, payload: bytes | str, reason: str) -> None:
    adapter = HomeAssistant()
    raw = payload.encode() if isinstance(payload, str) else payload
    assert not hear(adapter, path, raw)
    assert not adapter.found
    assert reason in adapter.ignored[f"homeassistant/{path}/config"]
    assert "\n" not in reason


def test_a_bad_message_leaves_what_was_there() -> None:
    adapter = HomeAssistant()
    hear(adapter, "sensor/x", SENSOR)
    assert not hear(adapter, "sensor/x", b"{")
    assert len(adapter.found) == 1
    assert adapter.ignored
    hear(adapter, "sensor/x", {**SENSOR, "name": "other"})
    assert not adapter.ignored
