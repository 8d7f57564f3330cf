"""Generated clients on a real broker with a real lab: announced, bound, there again.

Python and Node.js run with paho-mqtt and mqtt; MicroPython is the real one, with a small umqtt; the
sketch is compiled for this machine, with a small Arduino and PubSubClient around it.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from msgflo_lab import Lab
from msgflo_lab.clients import Platform, program_for
from msgflo_lab.definition import ParticipantDefinition
from msgflo_lab.discovery import decode
from msgflo_lab.foreign.description import loads
from msgflo_lab.network import RoleState
from tests.brokers import Mosquitto
from tests.clients.programs import CONNECTED, Kept, wired
from tests.foreign.device import Device, device
from tests.runtime.helpers import Sink, eventually

DESCRIPTION = r"""
component: 'home/Küche "2" \'
label: "In the kitchen \"\u2028\\ ??/ 😀 @@{id}"
icon: thermometer
role: 2floor/%s küche
outports:
  temp: {queue: "#ROLE/temp", type: number, encoding: "number:.1f", retain: true, qos: %d}
  exact: {queue: "#ROLE/exact", type: number}
  state 1: {queue: "#ROLE/state", type: boolean, encoding: "boolean:AN/AUS", description: '*/ " \'}
  note: {queue: "#ROLE/note", type: string}
  blob: {queue: "#ROLE/blob", encoding: bytes, options: {persistent: false}}
  level: {queue: "#ROLE/level", encoding: int16be}
  any: {queue: "#ROLE/any"}
inports:
  set: {queue: "#ROLE/set", type: number, encoding: number}
  exactly: {queue: "#ROLE/set", type: number, encoding: json}
  led-1: {queue: "#ROLE/led", type: boolean, encoding: "boolean:AN/AUS", qos: 1}
  led_1: {queue: "#ROLE/word", type: string}
  "": {queue: "#ROLE/blob in", encoding: bytes}
  big: {queue: "#ROLE/big", encoding: int16be}
  any: {queue: "#ROLE/any in"}
""".replace('  "":', '  "ö":')
WIRES = {
    "set": "temp",
    "exactly": "exact",
    "led_1": "state_1",
    "led_1_2": "note",
    "port": "blob",
    "big": "level",
    "any": "any",
}
TEXTS = ("hello", 'ü "quoted" \\ \n 😀', "")


class World:
    """A broker, a lab and a device on it, and a client that sends on what it gets."""

    def __init__(self, broker: Mosquitto, lab: Lab, far: Device, kept: Kept, role: str) -> None:
        self.broker, self.lab, self.far, self.kept, self.role = broker, lab, far, kept, role
        self.sink = Sink(lab)
        self._numbers = itertools.count(1)
        self._pause = threading.Event()
        lab.add(lambda in_: in_, "knob")

    @property
    def is_running(self) -> bool:
        """Whether the lab sees it."""
        roles = self.lab.network().roles
        return any(r.role == self.role and r.state is RoleState.RUNNING for r in roles)

    def answers(self) -> Callable[[], bool]:
        """Asks, each time, whether a value that was sent from now on has gone through it."""
        begin = next(self._numbers)

        def is_heard() -> bool:
            self.lab.send("knob.in", next(self._numbers))
            self._pause.wait(0.05)
            return any(each > begin for each in self.sink.got)

        return is_heard


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path_factory.mktemp("broker"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module", params=list(Platform))
def platform(request: pytest.FixtureRequest) -> Platform:
    return Platform(request.param)


@pytest.fixture(scope="module")
def described(platform: Platform) -> ParticipantDefinition:
    qos = 0 if platform is Platform.ARDUINO else 1
    (found,) = loads(DESCRIPTION % (platform.value, qos))
    return found


@pytest.fixture(scope="module")
def kept(
    broker: Mosquitto,
    platform: Platform,
    described: ParticipantDefinition,
    tmp_path_factory: pytest.TempPathFactory,
) -> Kept:
    program = wired(program_for(described, platform), WIRES, of_two="port")
    return Kept(tmp_path_factory.mktemp(platform.value), platform, program, broker)


@pytest.fixture
def far(broker: Mosquitto) -> Iterator[Device]:
    with device(broker) as made:
        yield made


def announced(described: ParticipantDefinition) -> ParticipantDefinition:
    """As others hear it: without what only the client has to know."""
    ports = {
        side: tuple(
            msgspec.structs.replace(
                port,
                encoding="",
                options={k: v for k, v in port.options.items() if k not in ("qos", "retain")},
            )
            for port in getattr(described, side)
        )
        for side in ("inports", "outports")
    }
    return msgspec.structs.replace(described, **ports)


def test_it_speaks_as_described(kept: Kept, described: ParticipantDefinition, far: Device) -> None:
    role = described.role
    far.hear("fbp")
    with kept.running():
        assert decode(far.next().payload) == announced(described)
        for topic in ("temp", "exact", "state", "note", "blob", "level", "any"):
            far.hear(f"{role}/{topic}")
        far.say(f"{role}/set", "no number")
        far.say(f"{role}/set", " 21.26 ")
        got = sorted([far.next(), far.next()])
        assert [each.payload for each in got] == [b"21.26", b"21.3"]
        assert [each.qos for each in got] == [0, described.outports[0].options["qos"]]
        for number in range(10):  # at once
            far.say(f"{role}/set", str(number), qos=0)
        exact = [each for each in (far.next() for _ in range(20)) if each.topic.endswith("/exact")]
        assert [int(each.payload) for each in exact] == list(range(10))
        for said, heard in (("an", b"AN"), ("AUS", b"AUS"), ("true", b"AN"), ("false", b"AUS")):
            far.say(f"{role}/led", said)
            assert far.next().payload == heard
        for text in TEXTS:
            for written in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
                far.say(f"{role}/word", written)
                assert json.loads(far.next().payload) == text
        far.say(f"{role}/word", "no JSON")
        assert json.loads(far.next().payload) == "no JSON"
        for broken in (rb'"half a letter: \ud83d"', b"no letter: \xff"):
            far.say(f"{role}/word", broken)
        far.say(f"{role}/word", '"whole"')
        heard = far.next().payload
        while json.loads(heard.decode()) != "whole":  # some take them, and as JSON they send them
            heard = far.next().payload
        for raw in (b"\0\xff\n", b"", bytes(900)):
            far.say(f"{role}/blob in", raw)
            assert far.next().payload == raw
        for number in (0, 1, -2, 32767, -32768):
            far.say(f"{role}/big", number.to_bytes(2, "big", signed=True))
            assert int.from_bytes(far.next().payload, "big", signed=True) == number
        far.say(f"{role}/big", b"123")
        far.say(f"{role}/any in", '{"a": [1, null, "ü"]}')
        assert json.loads(far.next().payload) == {"a": [1, None, "ü"]}
        far.forget(f"{role}/temp")
        far.hear(f"{role}/temp")
        last = far.next()
        assert (last.payload, last.retain) == (b"9.0", True)


def test_work_is_as_often_as_said_and_keeps_nobody_from_announcing(
    platform: Platform,
    described: ParticipantDefinition,
    broker: Mosquitto,
    far: Device,
    tmp_path: Path,
) -> None:
    program = program_for(described, platform)
    program = _changed(r"(//|#) (?=send_exact\()", "", program)
    program = _changed(r"(?<=WORK_EVERY = )\d+", "3600000", program)
    short = "0.01" if platform is Platform.PYTHON else "10"
    program = _changed(r"(?<=ANNOUNCE_EVERY = )[\d.]+( / 2\.2)?", short, program)
    far.hear(f"{described.role}/exact")
    with Kept(tmp_path, platform, program, broker).running():
        far.hear("fbp")
        assert [far.next().topic for _ in range(20)] == ["fbp"] * 20


def test_a_sketch_sends_nothing_that_its_library_cannot_count(
    broker: Mosquitto, far: Device, tmp_path: Path
) -> None:
    (described,) = loads(
        "component: a/B\nrole: b\ninports: {ask: {queue: b/ask, type: integer}}\n"
        "outports: {blob: {queue: b/blob, encoding: bytes}, done: {queue: b/done, type: boolean}}"
    )
    program = program_for(described, Platform.ARDUINO)
    send = "  static uint8_t much[70000] = {};\n  send_done(send_blob(much, value));\n"
    program = _changed(r"(?<=your code\n)", send, program)
    far.hear("fbp")
    with Kept(tmp_path, Platform.ARDUINO, program, broker).running():
        far.next()  # it has subscribed
        far.hear("b/blob")
        far.hear("b/done")
        most = 65_535 - len("b/blob") - 2
        for size in (most + 1, 70_000):
            far.say("b/ask", str(size))
            assert far.next().payload == b"false"
        far.say("b/ask", str(most))
        assert sorted(len(far.next().payload) for _ in range(2)) == [len("true"), most]


def _changed(pattern: str, new: str, program: str) -> str:
    changed, number = re.subn(pattern, new, program)
    assert number == 1, pattern
    return changed


def test_it_is_bound_and_comes_back(
    kept: Kept, described: ParticipantDefinition, broker: Mosquitto, far: Device
) -> None:
    role = described.role
    with Lab() as lab:
        lab.start(broker.url)
        world = World(broker, lab, far, kept, role)
        with kept.running() as client:
            eventually(lambda: world.is_running)
            lab.connect(f"{role}.exact", "sink.in")
            lab.connect("knob.out", f"{role}.exactly")
            lab.send("knob.in", 0.5)
            world.sink.wait(1)
            assert world.sink.got[0] == 0.5

            broker.restart()
            client.until(CONNECTED)
            eventually(world.answers())
        with kept.running():  # the other one was killed
            eventually(world.answers())
