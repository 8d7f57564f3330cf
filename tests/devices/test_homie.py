"""Homie 3 to 5: nodes become participants, in whatever order they are described."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.devices.homie import Homie
from msgflo_lab.devices.limits import MAX_ATTRIBUTE, MAX_DESCRIPTION
from msgflo_lab.fbp.grammar import SAYABLE_NAME, SAYABLE_PORT
from tests.devices.recording import Line, by_role, lines, messages, play

STATION = {
    "homie": "5.0",
    "version": 1,
    "name": "Station",
    "nodes": {"air": {"properties": {"t": {"datatype": "float"}}}},
}


def told(adapter: Homie, **attributes: str) -> list[bool]:
    """Attributes of a device `box` (`a__b` is `a/$b`)."""
    paths = {key: key.replace("__", "/$") if "__" in key else f"${key}" for key in attributes}
    return [adapter.hear(f"homie/box/{paths[k]}", v.encode()) for k, v in attributes.items()]


def described(adapter: Homie, device: str, state: str = "ready", **said: Any) -> None:
    adapter.hear(f"homie/5/{device}/$description", json.dumps({**STATION, **said}).encode())
    adapter.hear(f"homie/5/{device}/$state", state.encode())


def test_a_thermostat() -> None:
    found = play(Homie(), "homie_4")
    controls = found["hall_thermostat_controls"].definition
    base = "homie/hall-thermostat/controls"
    assert (controls.component, controls.label) == ("homie/controls", "Hall thermostat Controls")
    assert lines(controls, Side.IN)[:3] == [
        Line("heatsetpoint", "number", f"{base}/heatsetpoint/set", "number"),
        Line("coolsetpoint", "number", f"{base}/coolsetpoint/set", "number"),
        Line("systemmode", "string", f"{base}/systemmode/set", "text"),
    ]
    assert lines(controls, Side.OUT)[0] == Line(
        "heatsetpoint", "number", f"{base}/heatsetpoint", "number"
    )
    about = {str(port.id): port.description for port in controls.inports}
    assert about["heatsetpoint"] == "Heat Setpoint: 60 to 90, F"
    assert about["systemmode"] == "System Mode: Off, Heat, Cool, Auto"
    assert controls.inports[0].options == {"qos": 1}
    status = found["hall_thermostat_status"].definition
    assert not status.inports


def test_what_the_program_did_before_it_went() -> None:
    """It ended without a word, and the broker said so for it."""
    found = play(Homie(), "homie_4")
    assert found
    assert not any(each.is_alive for each in found.values())


def test_a_device_of_homie_5() -> None:
    found = play(Homie(), "homie_5")
    light = found["garden_station_garden_light"]
    base = "homie/5/garden-station/light"
    assert light.is_alive
    assert lines(light.definition, Side.IN) == [
        Line("power", "boolean", f"{base}/power/set", "boolean:true/false"),
        Line("color", "object", f"{base}/color/set", "template:rgb,{r},{g},{b}"),
        Line("mode", "string", f"{base}/mode/set", "text"),
        Line("blink", "string", f"{base}/blink/set", "text"),
        Line("note", "string", f"{base}/note/set", "text"),
    ]
    ports = {str(port.id): port for port in light.definition.inports}
    assert ports["power"].options == {"qos": 1}
    # What happens at one moment is sent once at most, as the convention has it.
    assert ports["blink"].options == {}
    assert ports["blink"].description == "once, twice, for the moment only"
    weather = found["garden_station_outdoor"].definition
    about = {str(port.id): port.description for port in weather.outports}
    assert about["rain"] == "false: dry, true: raining"
    assert about["count"] == "0 to 100, in steps of 1"
    assert about["at"] == "Last seen: datetime"


def test_arrays_of_homie_3() -> None:
    found = play(Homie(), "homie_3")
    assert sorted(found) == ["relay_box_garden", "relay_box_relay_1", "relay_box_sensor"]
    garden = found["relay_box_garden"].definition
    assert lines(garden, Side.IN) == [
        Line("on", "boolean", "homie/relay-box/relay_0/on/set", "boolean:true/false")
    ]


def test_homie_2_is_ignored() -> None:
    adapter = Homie()
    play(adapter, "homie_3")
    assert adapter.ignored == {
        "homie/old-box/$homie": "Homie 2.0.1 is none of the versions 3, 4 and 5"
    }


@pytest.mark.parametrize("recording", ["homie_3", "homie_4", "homie_5"])
def test_the_order_of_messages_makes_no_difference(recording: str) -> None:
    last = dict(messages(recording))
    expected = play(Homie(), recording)
    for seed in range(20):
        adapter = Homie()
        shuffled = list(last.items())
        random.Random(seed).shuffle(shuffled)
        for topic, payload in shuffled:
            adapter.hear(topic, payload)
        assert by_role(adapter) == expected


@pytest.mark.parametrize("recording", ["homie_3", "homie_4", "homie_5"])
def test_names_can_be_said_in_a_graph(recording: str) -> None:
    for role, each in play(Homie(), recording).items():
        assert SAYABLE_NAME.fullmatch(role)
        assert all(SAYABLE_PORT.fullmatch(port.id) for port in each.definition.outports)


@pytest.mark.parametrize(
    ("state", "is_alive"),
    [("ready", True), ("alert", True), ("sleeping", True), ("init", False), ("lost", False),
     ("disconnected", False), ("?", False)],
)  # fmt: skip
def test_states(state: str, is_alive: bool) -> None:
    adapter = Homie()
    told(adapter, homie="4.0.0", nodes="n", n__properties="p")
    assert not adapter.found
    assert told(adapter, state=state) == [True]
    (found,) = adapter.found.values()
    assert found.is_alive is is_alive
    described(adapter, "station", state)
    assert [each.is_alive for each in adapter.found.values()] == [is_alive] * 2


def test_what_does_not_matter_is_no_change() -> None:
    adapter = Homie()
    assert told(adapter, homie="4.0.0", nodes="n") == [False] * 2
    assert told(adapter, state="ready", n__properties="p", name="Box") == [True] * 3
    assert told(adapter, name="Box", state="ready") == [False, False]
    assert not adapter.hear("homie/box/n/p", b"12")
    assert not adapter.hear("homie/box/n/p/$nonsense", b"12")
    assert told(adapter, state="lost", nodes="") == [True, True]
    assert not adapter.found


def test_nodes_and_properties_come_and_go() -> None:
    adapter = Homie()
    told(adapter, homie="4.0.0", nodes="a,b", a__properties="p", b__properties="p,q", state="ready")
    assert sorted(by_role(adapter)) == ["box_a", "box_b"]
    told(adapter, nodes="b", b__properties="q")
    (found,) = adapter.found.values()
    assert lines(found.definition, Side.OUT) == [Line("q", "string", "homie/box/b/q", "text")]
    told(adapter, state="")
    assert not adapter.found


def test_children_are_lost_with_their_root() -> None:
    adapter = Homie()
    described(adapter, "child", root="bridge")
    described(adapter, "other", name="Other")
    described(adapter, "bridge", nodes={})

    def alive() -> dict[str, bool]:
        return {role: each.is_alive for role, each in by_role(adapter).items()}

    assert alive() == {"station_air": True, "other_air": True}
    assert adapter.hear("homie/5/bridge/$state", b"lost")
    assert alive() == {"station_air": False, "other_air": True}
    # Only a loss is inherited: nobody else can say that for the child.
    assert adapter.hear("homie/5/bridge/$state", b"sleeping")
    assert alive()["station_air"]


def test_a_device_of_homie_5_goes_with_its_state() -> None:
    adapter = Homie()
    described(adapter, "station")
    assert adapter.hear("homie/5/station/$state", b"")
    assert not adapter.found


def test_two_devices_of_one_name() -> None:
    adapter = Homie()
    described(adapter, "one")
    described(adapter, "two")
    assert sorted(by_role(adapter)) == ["station_air_one_air", "station_air_two_air"]


@pytest.mark.parametrize(
    ("datatype", "form", "kind", "encoding"),
    [
        ("color", "hsv", "object", "template:hsv,{h},{s},{v}"),
        ("color", "xyz", "object", "template:xyz,{x},{y}"),
        ("color", "rgb,hsv", "string", "text"),
        ("nonsense", "", "string", "text"),
    ],
)
def test_datatypes(datatype: str, form: str, kind: str, encoding: str) -> None:
    adapter = Homie()
    part = {"n": {"properties": {"p": {"datatype": datatype, "format": form}}}}
    described(adapter, "x", nodes=part)
    (found,) = adapter.found.values()
    assert lines(found.definition, Side.OUT) == [Line("p", kind, "homie/5/x/n/p", encoding)]
    assert bool(found.notes) is (encoding == "text")


def test_another_domain() -> None:
    adapter = Homie("devices")
    assert "devices/5/+/$description" in adapter.filters
    assert "devices/+/+/+/$datatype" in adapter.filters
    assert not any(pattern.endswith(("+", "#")) for pattern in adapter.filters)
    assert adapter.hear("homie/5/x/$state", b"ready") is False


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "not JSON"),
        (b"1", "not a JSON object"),
        (b'{"homie": "4.0"}', "`homie` is not `5.x`, but `4.0`"),
        (b"[" * 10_000, "not JSON"),
        (b" " * (MAX_DESCRIPTION + 1), "above MAX_DESCRIPTION"),
    ],
)
def test_what_is_ignored_has_a_reason(payload: bytes, reason: str) -> None:
    adapter = Homie()
    described(adapter, "x")
    assert not adapter.hear("homie/5/x/$description", payload)
    assert reason in adapter.ignored["homie/5/x/$description"]
    assert len(adapter.found) == 1


def test_attributes_that_are_too_long_are_left_out() -> None:
    adapter = Homie()
    told(adapter, homie="4.0.0", nodes="n", n__properties="p", state="ready")
    assert told(adapter, name="x" * (MAX_ATTRIBUTE + 1)) == [False]
