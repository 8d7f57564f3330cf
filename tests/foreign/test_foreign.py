"""Foreign participants on a real broker, with a real device."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from msgflo_lab import Lab, current_message
from msgflo_lab.errors import InvalidConfig, InvalidDefinition, InvalidName, TransportError
from msgflo_lab.names import Role
from msgflo_lab.network import RoleState
from tests.brokers import Mosquitto, RabbitMQ
from tests.foreign.device import Device
from tests.runtime.helpers import Sink, eventually

THERMOMETER = """
component: example/Thermometer
label: Tells how warm it is
icon: thermometer
outports:
  temp:
    queue: {house}/#ROLE/temp
    type: number
    encoding: number
inports:
  unit:
    queue: {house}/#ROLE/unit
    type: string
    encoding: text
    qos: 1
    retain: true
"""


def values(lab: Lab, port: str, n: int) -> list[Any]:
    seen = lab.inspect(port, n, wait=20)
    assert len(seen) == n
    return [each.value for each in seen]


def test_what_a_device_says_comes_as_values(lab: Lab, far: Device, house: str) -> None:
    assert lab.foreign.register(THERMOMETER.format(house=house), "kitchen") == ["kitchen"]

    @lab.participant("display")
    def display(warm: float) -> None:
        assert isinstance(warm, float)

    lab.connect("kitchen.temp", "display.warm")
    far.say(f"{house}/kitchen/temp", "22.3")
    far.say(f"{house}/kitchen/temp", " 22.50\n", qos=0)
    far.say(f"{house}/kitchen/temp", "-1e1", qos=2)
    assert values(lab, "display.warm", 3) == [22.3, 22.5, -10]
    assert not lab.errors()


def test_what_a_device_is_to_hear_is_written_as_it_expects(
    lab: Lab, far: Device, house: str
) -> None:
    lab.foreign.register(THERMOMETER.format(house=house), "kitchen")
    far.hear(f"{house}/kitchen/unit")
    lab.send("kitchen.unit", "°C")
    topic, payload, qos, _ = far.next()
    assert (topic, payload.decode(), qos) == (f"{house}/kitchen/unit", "°C", 1)
    far.hear(f"{house}/+/unit")  # a later one gets what is retained
    assert far.next().retain


def test_different_devices_meet_in_one_graph(lab: Lab, far: Device, house: str) -> None:
    """Numbers, words, fields in a text and JSON, without any code."""
    lab.foreign.register(
        f"""
component: example/Weather
role: weather
outports:
  all: {{queue: {house}/weather, encoding: "template:temp={{temp}};hum={{hum}}"}}
---
component: example/Button
role: button
outports:
  on: {{queue: {house}/button, encoding: "path:$.state | boolean:ON/OFF"}}
---
component: example/Lamp
role: lamp
inports:
  power: {{queue: {house}/lamp, encoding: "boolean:on/off"}}
  level: {{queue: {house}/level, encoding: "uint16be"}}
"""
    )
    lab.connect("button.on", "lamp.power")
    far.hear(f"{house}/lamp")
    far.hear(f"{house}/level")
    far.say(f"{house}/button", '{"battery": 3}')
    far.say(f"{house}/button", '{"state": "ON"}')
    assert far.next().payload == b"on"
    lab.send("lamp.level", 258)
    assert far.next().payload == b"\x01\x02"
    far.say(f"{house}/weather", "temp=22.3;hum=40")
    assert values(lab, "weather.all", 0) == []
    eventually(lambda: {f.role: f.passed for f in lab.foreign.members()}.get(Role("weather")) == 1)
    button = next(each for each in lab.foreign.members() if each.role == "button")
    assert (button.passed, button.skipped, button.refused) == (1, 1, 0)


def test_a_pattern_is_one_outport(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register(
        f"""
component: example/Rooms
role: rooms
outports:
  temp: {{queue: {house}/+/temp, encoding: number}}
  all: {{queue: {house}/#}}
"""
    )
    assert lab.inspect("rooms.temp") == []
    assert lab.inspect("rooms.all") == []
    far.say(f"{house}/kitchen/temp", "21")
    far.say(f"{house}/attic/temp", "9")
    far.say(f"{house}/attic/lamp/on", "true")
    assert values(lab, "rooms.temp", 2) == [21, 9]
    # Each once, though the patterns overlap; and nothing of what we say ourselves.
    assert values(lab, "rooms.all", 3) == [21, 9, True]


def test_handlers_know_which_topic_it_was(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register(
        f"component: a/Rooms\nrole: rooms\n"
        f"outports: {{temp: {{queue: {house}/+/temp, encoding: number}}}}"
    )
    said: list[tuple[float, dict[str, str]]] = []

    @lab.participant("display")
    def display(warm: float) -> None:
        said.append((warm, dict(current_message().metadata)))

    lab.connect("rooms.temp", "display.warm")
    far.say(f"{house}/attic/temp", "9")
    eventually(lambda: said)
    assert said == [(9.0, {"topic": f"{house}/attic/temp", "level": "attic"})]


def test_who_connects_later_gets_what_is_retained(lab: Lab, far: Device, house: str) -> None:
    """The last of it, from each topic, whether it was retained before or came later."""
    text = (
        "component: a/Rooms\nrole: rooms\n"
        f"outports: {{temp: {{queue: {house}/+, encoding: number}}}}"
    )
    far.say(f"{house}/attic", "8", retain=True)
    far.say(f"{house}/cellar", "12", retain=True)
    lab.foreign.register(text)
    far.say(f"{house}/attic", "9", retain=True)
    far.say(f"{house}/kitchen", "21")
    far.say(f"{house}/hall", "17", retain=True)
    far.say(f"{house}/cellar", "", retain=True)
    eventually(lambda: lab.foreign.members()[0].passed == 5)

    @lab.participant("display")
    def display(warm: float) -> None: ...

    lab.connect("rooms.temp", "display.warm")
    assert sorted(values(lab, "display.warm", 2)) == [9, 17]
    assert lab.inspect("display.warm", 3, wait=0.1) == lab.inspect("display.warm", 2)
    for each in ("attic", "hall"):
        far.say(f"{house}/{each}", "", retain=True)


def test_also_from_one_that_was_registered_again(lab: Lab, far: Device, house: str) -> None:
    far.say(f"{house}/o", "retained", retain=True)
    text = GOOD.format(house=house)
    lab.foreign.register(text)
    eventually(lambda: [each.passed for each in lab.foreign.members()] == [1])
    lab.foreign.register(f"label: Another one\n{text}")
    lab.add(lambda word: word, "sink")
    lab.connect("b.o", "sink.word")
    assert [each.value for each in lab.inspect("sink.word", 1, wait=20)] == ["retained"]


def test_a_pattern_of_everything_does_not_hear_itself(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register("component: a/All\nrole: all\noutports: {out: {queue: '#'}}")
    assert lab.inspect("all.out") == []
    far.say(f"{house}/one", '"one"')
    far.say(f"{house}/two", '"two"')
    found = [each.value for each in lab.inspect("all.out", 100)]
    eventually(lambda: "two" in [each.value for each in lab.inspect("all.out", 100)])
    found = [each.value for each in lab.inspect("all.out", 100)]
    assert found.count("one") == found.count("two") == 1


def test_what_is_not_understood_is_said_once_and_counted(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register(THERMOMETER.format(house=house), "kitchen")
    for text in ("warm", "hot", "21"):
        far.say(f"{house}/kitchen/temp", text)
    eventually(lambda: lab.foreign.members()[0].passed == 1)
    member = lab.foreign.members()[0]
    assert member.refused == 2
    assert member.problem == "`kitchen.temp`: `hot` is no number"
    assert [p for p in lab.status().problems if "no number" in p] == [
        "`kitchen.temp`: `warm` is no number"
    ]


def test_what_cannot_be_written_is_a_dead_letter(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register(
        f"component: a/B\nrole: lamp\ninports: {{on: {{queue: {house}/l, encoding: 'boolean'}}}}"
    )
    far.hear(f"{house}/l")
    lab.send("lamp.on", "maybe")
    lab.send("lamp.on", True)
    assert far.next().payload == b"true"
    (letter,) = lab.dead.letters("lamp.on")
    assert "neither true nor false" in letter.reason


def test_a_port_that_speaks_json_is_announced_as_it_is(lab: Lab, far: Device, house: str) -> None:
    """As msgflo has it: nothing stands between."""
    lab.foreign.register(
        f"component: a/B\nrole: plain\noutports: {{out: {{queue: {house}/out}}}}\n"
        f"inports: {{in: {{queue: {house}/in}}}}"
    )
    (role,) = (each for each in lab.network().roles if each.role == "plain")
    assert [port.queue for port in (*role.inports, *role.outports)] == [
        f"{house}/in",
        f"{house}/out",
    ]
    assert role.state is RoleState.RUNNING
    far.hear(f"{house}/in")
    lab.connect("plain.out", "plain.in")
    far.say(f"{house}/out", '{"a": 1}')
    assert json.loads(far.next().payload) == {"a": 1}


def test_again_is_in_place_of_the_one_before(lab: Lab, far: Device, house: str) -> None:
    text = THERMOMETER.format(house=house)
    lab.foreign.register(text, "kitchen")
    lab.foreign.register(text.replace("encoding: number", "encoding: text"), "kitchen")
    assert lab.inspect("kitchen.temp") == []
    far.say(f"{house}/kitchen/temp", "22.3")
    assert values(lab, "kitchen.temp", 1) == ["22.3"]
    assert len(lab.foreign.members()) == 1


def test_it_goes_and_comes_with_the_lab(
    lab: Lab, mosquitto: Mosquitto, far: Device, house: str
) -> None:
    lab.foreign.register(THERMOMETER.format(house=house), "kitchen")
    lab.stop()
    assert [each.is_alive for each in lab.foreign.members()] == [False]
    lab.start(mosquitto.url)
    assert lab.inspect("kitchen.temp") == []
    far.say(f"{house}/kitchen/temp", "1")
    assert values(lab, "kitchen.temp", 1) == [1]
    lab.remove("kitchen")
    assert lab.foreign.members() == []
    assert "kitchen" not in [each.role for each in lab.network().roles]


def test_before_the_lab_runs(mosquitto: Mosquitto, far: Device, house: str) -> None:
    with Lab() as lab:
        lab.foreign.register(THERMOMETER.format(house=house), "kitchen")
        lab.start(mosquitto.url)
        assert lab.inspect("kitchen.temp") == []
        far.say(f"{house}/kitchen/temp", "1")
        assert values(lab, "kitchen.temp", 1) == [1]


def test_devices_on_another_broker(mosquitto: Mosquitto, far: Device, house: str) -> None:
    """The lab is in this process, the devices are on MQTT; JSON or not, all goes through."""
    with Lab() as lab:
        lab.start()
        lab.foreign.at(mosquitto.url)
        lab.foreign.register(
            f"component: a/B\nrole: far\noutports: {{out: {{queue: {house}/out}}}}\n"
            f"inports: {{in: {{queue: {house}/in, encoding: text}}}}"
        )
        lab.connect("far.out", "far.in")
        far.hear(f"{house}/in")
        far.say(f"{house}/out", '"there and back"')
        assert far.next().payload == b"there and back"
        with pytest.raises(TransportError):
            lab.foreign.at("mqtt://127.0.0.1:1")
        with pytest.raises(TransportError, match="MQTT"):
            lab.foreign.at("amqp://127.0.0.1:1")
        far.say(f"{house}/out", '"still"')
        assert far.next().payload == b"still"


def test_a_program_on_amqp_that_speaks_no_json(rabbitmq: RabbitMQ) -> None:
    import pika

    with rabbitmq.vhost() as url, Lab() as lab:
        lab.start(url)
        connection = pika.BlockingConnection(pika.URLParameters(url))
        channel = connection.channel()
        channel.exchange_declare("old.OUT", "fanout", durable=True)
        channel.queue_declare("old.IN", durable=True)
        lab.foreign.register(
            "component: a/Old\nrole: old\n"
            "outports: {out: {queue: old.OUT, encoding: number}}\n"
            "inports: {in: {queue: old.IN, encoding: 'template:<{}>'}}"
        )
        lab.connect("old.out", "old.in")
        eventually(lambda: lab.network().edges[0].state.value == "bound")
        channel.basic_publish("old.OUT", "", b" 42 ")
        found: list[bytes] = []

        def look() -> bool:
            _, _, body = channel.basic_get("old.IN", auto_ack=True)
            if body is not None:
                found.append(body)
            return bool(found)

        eventually(look)
        assert found == [b"<42>"]
        with pytest.raises(InvalidName, match="patterns"):
            lab.foreign.register("component: a/B\nrole: b\noutports: {o: {queue: a/+}}")
        connection.close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("component: a/B\n", "role"),
        ("role: b\ninports: {}\n", "component"),
        ("component: a/B\nrole: b\noutports: {o: {queue: x, encoding: nonsense}}\n", "nonsense"),
        ("component: a/B\nrole: b\noutports: {o: {}}\n", "`queue` is missing"),
        ("component: a/B\nrole: b\ninports: {o: {queue: 'x/#'}}\n", "many topics"),
        ("component: a/B\nrole: b\noutports: {o: {queue: 'x/#/y'}}\n", "no pattern"),
        ("component: a/B\nrole: b\noutports: {o: {queue: x, qos: 3}}\n", "0, 1 or 2"),
        ("component: a/B\nrole: b\noutports: {o: {queue: x, retain: yes}}\n", "true or false"),
        ("a: [\n", "2:1"),
        ("\n", "no participant"),
    ],
)
def test_one_clear_error_and_nothing_half_done(lab: Lab, text: str, says: str) -> None:
    with pytest.raises(InvalidDefinition, match=says) as error:
        lab.foreign.register(text)
    assert "\n" not in str(error.value)
    assert lab.foreign.members() == []


def test_a_file(lab: Lab, tmp_path: Path, house: str) -> None:
    file = tmp_path / "kitchen.yml"
    file.write_text(THERMOMETER.format(house=house))
    assert lab.foreign.register(file, "kitchen") == ["kitchen"]
    with pytest.raises(InvalidDefinition, match=r"kitchen\.yml: which role"):
        lab.foreign.register(str(file))
    with pytest.raises(InvalidConfig, match="No such file"):
        lab.foreign.register("nowhere.yml", "kitchen")


GOOD = "component: a/B\nrole: b\noutports: {{o: {{queue: {house}/o, encoding: text}}}}"
BAD = "component: a/B\nrole: b\noutports: {o: {queue: $share/x, encoding: text}}"


def test_a_topic_that_mqtt_cannot_have(lab: Lab, far: Device, house: str) -> None:
    """Whoever was there before goes on."""
    with pytest.raises(InvalidName):
        lab.foreign.register(BAD)
    assert lab.foreign.members() == []
    lab.foreign.register(GOOD.format(house=house))
    assert lab.inspect("b.o") == []
    with pytest.raises(InvalidName):
        lab.foreign.register(BAD)
    far.say(f"{house}/o", "still")
    assert values(lab, "b.o", 1) == ["still"]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_the_same_again_and_again_loses_nothing(
    mosquitto: Mosquitto, far: Device, house: str, version: str
) -> None:
    """Nor does another one, which does not become deaf for the others either."""
    with Lab() as lab:
        lab.start(f"{mosquitto.url}?qos=1&version={version}")
        text = GOOD.format(house=house)
        lab.foreign.register(text)
        lab.foreign.register(text.replace("role: b", "role: c").replace("/o,", "/p,"))
        got: list[str] = []

        @lab.participant("sink")
        def sink(word: str) -> None:
            got.append(word)

        lab.connect("b.o", "sink.word")
        lab.connect("c.o", "sink.word")
        eventually(lambda: all(e.state.value == "bound" for e in lab.network().edges))
        sent = []
        for number in range(400):
            for topic in ("o", "p"):
                far.say(f"{house}/{topic}", f"{topic}{number}")
                sent.append(f"{topic}{number}")
            if number % 20 == 0:
                # Other words, so that it is another one; or the very same.
                more = f"label: l{number}\n" if number % 40 else ""
                lab.foreign.register(more + text)
        eventually(lambda: set(got) >= set(sent))


def test_bytes_are_left_alone(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register(
        f"component: a/B\nrole: b\n"
        f"outports: {{o: {{queue: {house}/o, encoding: bytes}}}}\n"
        f"inports: {{i: {{queue: {house}/i, encoding: bytes}}}}"
    )
    lab.connect("b.o", "b.i")
    eventually(lambda: lab.network().edges[0].state.value == "bound")
    far.hear(f"{house}/i")
    for payload in (b"1.10", b'"q"', b'{"a":1}', b"1e3", b" 5\n", b"\xff\x00", b""):
        far.say(f"{house}/o", payload)
        assert far.next().payload == payload


def test_a_pattern_of_everything_does_not_hear_where_its_edge_ends(
    lab: Lab, far: Device, house: str
) -> None:
    lab.foreign.register("component: a/All\nrole: all\noutports: {out: {queue: '#'}}")
    got: list[str] = []

    @lab.participant("sink")
    def sink(word: str) -> str:
        got.append(word)
        return word

    lab.connect("all.out", "sink.word")
    eventually(lambda: lab.network().edges[0].state.value == "bound")
    for number in range(20):
        far.say(f"{house}/{number}", f'"{house}-{number}"')
    eventually(lambda: f"{house}-19" in got)
    assert max(got.count(f"{house}-{number}") for number in range(20)) == 1


def test_the_role_of_a_participant_of_this_lab(lab: Lab, house: str) -> None:
    lab.add(lambda x: x, "b")
    with pytest.raises(InvalidName, match="played by a participant of this lab"):
        lab.foreign.register(GOOD.format(house=house))


def test_a_program_that_is_not_there_yet(rabbitmq: RabbitMQ) -> None:
    with rabbitmq.vhost() as url, Lab() as lab:
        lab.start(url)
        with pytest.raises(TransportError, match="start its program first"):
            lab.foreign.register(
                "component: a/B\nrole: b\noutports: {o: {queue: b.OUT, encoding: text}}"
            )
        assert lab.foreign.members() == []


def test_what_is_only_passing_is_not_kept(lab: Lab, far: Device, house: str) -> None:
    lab.foreign.register(GOOD.format(house=house))
    far.say(f"{house}/o", "kept", retain=True)
    far.say(f"{house}/o", "passing")
    eventually(lambda: lab.foreign.members()[0].passed == 2)
    lab.add(lambda word: word, "sink")
    lab.connect("b.o", "sink.word")
    assert values(lab, "sink.word", 1) == ["kept"]
    far.say(f"{house}/o", "", retain=True)


def test_two_on_one_topic_both_get_what_is_retained(lab: Lab, far: Device, house: str) -> None:
    """Also the one that comes when the topic is read already, and what has changed meanwhile."""
    text = f"component: a/B\noutports: {{o: {{queue: {house}/state, encoding: text}}}}\n"
    far.say(f"{house}/state", "first", retain=True)
    lab.foreign.register(text, "one")
    lab.inspect("one.o")
    far.say(f"{house}/state", "second", retain=True)
    eventually(lambda: [each.value for each in lab.inspect("one.o", 5)][-1:] == ["second"])
    lab.foreign.register(text, "two")
    sink = Sink(lab)
    lab.connect("two.o", sink.port)
    assert sink.wait(1) == ["second"]
    lab.remove("one")
    lab.remove("two")
    far.say(f"{house}/state", "third", retain=True)
    lab.foreign.register(text, "three")
    third = Sink(lab, "third")
    lab.connect("three.o", third.port)
    assert third.wait(1) == ["third"]
