"""Commands leave as devices expect them, and their states are read: every kind, many firmwares."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.devices import Adapter
from msgflo_lab.devices.homeassistant import HomeAssistant
from msgflo_lab.devices.homie import Homie
from msgflo_lab.encoding import encoding_of
from msgflo_lab.errors import InvalidMessage
from msgflo_lab.topics import Patterns
from tests.devices.recording import NAMES, messages, play, port_of, written

Z = "zigbee2mqtt"

COMMANDS: list[tuple[str, str, Any, str, str]] = [
    # recording, port, value, topic, payload
    (Z, "bedroom_lamp.state", True, f"{Z}/Bedroom lamp/set", '{"state":"ON"}'),
    (Z, "bedroom_lamp.brightness", 99.6, f"{Z}/Bedroom lamp/set", '{"brightness":100}'),
    (Z, "bedroom_lamp.color", {"x": 0.1, "y": 0.2}, f"{Z}/Bedroom lamp/set",
     '{"color":{"x":0.1,"y":0.2}}'),
    (Z, "bedroom_lamp.effect", "blink", f"{Z}/Bedroom lamp/set", '{"effect":"blink"}'),
    (Z, "bedroom_lamp.command", {"brightness": 9, "transition": 2}, f"{Z}/Bedroom lamp/set",
     '{"brightness":9,"transition":2}'),
    (Z, "bedroom_lamp_power_on_behavior.state", "off",
     f"{Z}/Bedroom lamp/set/power_on_behavior", "off"),
    (Z, "bedroom_lamp_transition.state", 1.5, f"{Z}/Bedroom lamp/set/transition", "1.5"),
    (Z, "bedroom_lamp_identify.press", None, f"{Z}/Bedroom lamp/set/identify", "identify"),
    (Z, "plug.state", False, f"{Z}/Plug/set", "OFF"),
    (Z, "plug_led.state", True, f"{Z}/Plug/set/led", "true"),
    (Z, "plug_child_lock.state", "LOCK", f"{Z}/Plug/set/child_lock", "LOCK"),
    (Z, "radiator.temperature", 21.5, f"{Z}/Radiator/set/occupied_heating_setpoint", "21.5"),
    (Z, "radiator.mode", "heat", f"{Z}/Radiator/set/system_mode", "heat"),
    (Z, "curtain.state", "STOP", f"{Z}/Curtain/set", "STOP"),
    (Z, "curtain.position", 30, f"{Z}/Curtain/set", '{ "position": 30 }'),
    (Z, "curtain.tilt", 45, f"{Z}/Curtain/set/tilt", "45"),
    (Z, "fan.state", True, f"{Z}/Fan/set/fan_state", "ON"),
    (Z, "fan.percentage", 4, f"{Z}/Fan/set/fan_speed", "4"),
    ("tasmota", "boiler.state", True, "cmnd/boiler/POWER", "ON"),
    ("tasmota", "shelf.brightness", 40, "cmnd/shelf/Dimmer", "40"),
    ("tasmota", "shelf.rgb", {"red": 1, "green": 2, "blue": 3}, "cmnd/shelf/Color2", "1,2,3"),
    ("tasmota", "shelf.color_temp", 327, "cmnd/shelf/CT", "327"),
    ("esphome", "cellar_pump.state", True, "cellar/switch/pump/command", "ON"),
    ("esphome", "cellar_ceiling.state", False, "cellar/light/ceiling/command", '{"state":"OFF"}'),
    ("esphome", "cellar_hatch.state", "OPEN", "cellar/cover/hatch/command", "OPEN"),
    ("esphome", "cellar_hatch.position", 35, "cellar/cover/hatch/position/command", "35"),
    ("esphome", "cellar_heater.mode", "heat", "cellar/climate/heater/mode/command", "heat"),
    ("esphome", "cellar_heater.temperature", 12.5,
     "cellar/climate/heater/target_temperature/command", "12.5"),
    ("esphome", "cellar_vent.oscillation", True, "cellar/fan/vent/oscillation/command",
     "oscillate_on"),
    ("esphome", "cellar_vent.percentage", 3, "cellar/fan/vent/speed_level/command", "3"),
    ("esphome", "cellar_threshold.state", 50, "cellar/number/threshold/command", "50"),
    ("esphome", "cellar_mode.state", "Auto", "cellar/select/mode/command", "Auto"),
    ("esphome", "cellar_restart.press", 1, "cellar/button/restart/command", "PRESS"),
    ("esphome", "cellar_label.state", "wine", "cellar/text/label/command", "wine"),
    ("esphome", "cellar_door.state", "UNLOCK", "cellar/lock/door/command", "UNLOCK"),
    ("esphome", "cellar_alarm.state", "ARM_AWAY", "cellar/alarm/command", "ARM_AWAY"),
    ("openmqttgateway", "openmqttgateway_sys_restart_gateway.press", True,
     "home/OpenMQTTGateway/commands/MQTTtoSYS/config", '{"cmd":"restart"}'),
    ("greenhouse", "greenhouse_pump.state", True, "hmd/switch/Greenhouse/Pump/command", "ON"),
    ("greenhouse", "greenhouse_target.state", 21.5, "hmd/number/Greenhouse/Target/command", "21.5"),
    ("greenhouse", "greenhouse_valve.state", "CLOSE", "hmd/valve/Greenhouse/Valve/command",
     "CLOSE"),
    ("pool", "pool_pump.state", True, "pools/0AFFD2/pump/set", "ON"),
    ("pool", "pool_level.state", 6.7, "pools/0AFFD2/set", '{"level": 7, "by": "hand"}'),
    ("pool", "pool.state", "up", "pools/0AFFD2/cover/set", "up"),
    ("pool", "pool_rinse.press", True, "pools/0AFFD2/rinse", "PRESS"),
    ("template_lights", "strip.turn_on", {"brightness": 9, "red": 1, "green": 2, "blue": 3},
     "strip/set", "on,9,1-2-3"),
    ("template_lights", "strip.turn_off", True, "strip/set", "off"),
    ("template_lights", "matrix.turn_on", True, "matrix/setConfig", '{"sleepMode": false }'),
    ("homie_3", "relay_box_garden.on", True, "homie/relay-box/relay_0/on/set", "true"),
    ("homie_4", "hall_thermostat_controls.heatsetpoint", 70.5,
     "homie/hall-thermostat/controls/heatsetpoint/set", "70.5"),
    ("homie_4", "hall_thermostat_controls.systemmode", "Heat",
     "homie/hall-thermostat/controls/systemmode/set", "Heat"),
    ("homie_4", "desk_lamp_dimmer.dimmer", 40.2, "homie/desk-lamp/dimmer/dimmer/set", "40"),
    ("homie_4", "pump_switch.switch", False, "homie/pump/switch/switch/set", "false"),
    ("homie_5", "garden_station_garden_light.power", True,
     "homie/5/garden-station/light/power/set", "true"),
    ("homie_5", "garden_station_garden_light.color", {"r": 1, "g": 2, "b": 3},
     "homie/5/garden-station/light/color/set", "rgb,1,2,3"),
    ("homie_5", "garden_station_garden_light.blink", "once",
     "homie/5/garden-station/light/blink/set", "once"),
]  # fmt: skip

STATES: list[tuple[str, str, Any]] = [
    # recording, port, the value of the last message that has one
    (Z, "bedroom_lamp.state", True),
    (Z, "bedroom_lamp.brightness", 120),
    (Z, "bedroom_lamp.color", {"x": 0.41, "y": 0.39}),
    (Z, "bedroom_lamp_linkquality.state", 98),
    (Z, "bedroom_lamp_power_on_behavior.state", "previous"),
    (Z, "plug.state", False),
    (Z, "plug_led.state", True),
    (Z, "plug_child_lock.state", "UNLOCK"),
    (Z, "window.state", True),  # `payload_on` is false: without contact, the window is open.
    (Z, "window_temperature.state", 21.37),
    (Z, "radiator.current_temperature", 19.5),
    (Z, "radiator.temperature", 21),
    (Z, "radiator.mode", "heat"),
    (Z, "curtain.position", 80),
    (Z, "fan.percentage", 4),
    (Z, "remote_triggers.button_1_double_action", True),
    ("tasmota", "boiler.state", True),
    ("tasmota", "boiler_energy_power.state", 1043),
    ("tasmota", "boiler_switch1.state", False),
    ("tasmota", "shelf.brightness", 40),
    ("tasmota", "shelf.effect", "2"),
    ("esphome", "cellar_humidity.state", 71.3),
    ("esphome", "cellar_leak.state", False),
    ("esphome", "cellar_ceiling.color", {"r": 255, "g": 10, "b": 0}),
    ("esphome", "cellar_hatch.state", "opening"),
    ("esphome", "cellar_hatch.position", 35),
    ("esphome", "cellar_heater.action", "heating"),
    ("esphome", "cellar_vent.oscillation", False),
    ("esphome", "cellar_bell.event_type", "single"),
    ("esphome", "cellar_bell.event", {"event_type": "single"}),
    ("openmqttgateway", "lywsd03mmc_000001_tempc.state", 22.4),
    ("openmqttgateway", "openmqttgateway_sys_uptime.state", 3601),
    ("greenhouse", "greenhouse_soil_temperature.state", 18.5),
    ("greenhouse", "greenhouse_door.state", True),
    ("greenhouse", "greenhouse_lamp.color", {"r": 1, "g": 2, "b": 3}),
    ("greenhouse", "greenhouse_lamp.brightness", 120),
    ("greenhouse", "greenhouse_picture.url", "http://x/y.png"),
    ("greenhouse", "greenhouse_triggers.button_1_button_press", "x"),
    ("pool", "pool_water.state", 24.1),
    ("pool", "pool_ph.state", 7.21),
    ("pool", "pool_pump.state", True),
    ("pool", "pool.state", "closed"),
    ("template_lights", "matrix.state", True),
    ("homie_3", "relay_box_garden.on", True),
    ("homie_3", "relay_box_sensor.degrees", 21.5),
    ("homie_3", "relay_box_sensor.colour", {"h": 60, "s": 100, "v": 50}),
    ("homie_4", "hall_thermostat_status.temperature", 70),
    ("homie_4", "hall_thermostat_controls.fanmode", "On"),
    ("homie_5", "garden_station_outdoor.temperature", 21.5),
    ("homie_5", "garden_station_outdoor.rain", False),
    ("homie_5", "garden_station_outdoor.raw", {"a": 1}),
    ("homie_5", "garden_station_garden_light.color", {"r": 255, "g": 0, "b": 10}),
]


def adapter_for(recording: str) -> Adapter:
    return Homie() if recording.startswith("homie") else HomeAssistant()


@pytest.mark.parametrize(
    ("recording", "where", "value", "topic", "payload"),
    COMMANDS,
    ids=[f"{each[0]}: {each[1]}" for each in COMMANDS],
)
def test_a_command_leaves_as_the_device_expects_it(
    recording: str, where: str, value: Any, topic: str, payload: str
) -> None:
    found = play(adapter_for(recording), recording)
    assert written(port_of(found, where, Side.IN), value) == (topic, payload.encode())


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
