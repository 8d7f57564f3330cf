"""`msgflo-lab register`, with a real device and a real coordinator."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto
from tests.cli.program import DEADLINE, run, running
from tests.foreign.device import Device, device
from tests.runtime.helpers import eventually

KITCHEN = """
component: example/Thermometer
icon: thermometer
outports: {{temp: {{queue: {house}/#ROLE, encoding: number}}}}
inports: {{led: {{queue: {house}/#ROLE/led, encoding: "boolean:ON/OFF"}}}}
"""


@pytest.fixture
def far(mosquitto: Mosquitto) -> Iterator[Device]:
    with device(mosquitto) as made:
        yield made


def test_two_roles_of_one_description(mosquitto: Mosquitto, far: Device, tmp_path: Path) -> None:
    file = tmp_path / "t.yml"
    file.write_text(KITCHEN.format(house="registered"))
    with (
        Lab() as lab,
        running(
            "register",
            "--broker",
            mosquitto.url,
            "--interval",
            "0.2",
            "--role",
            f"kitchen:{file}",
            "--role",
            f"attic:{file}",
        ) as program,
    ):
        lab.start(mosquitto.url)
        assert program.lines(2) == [
            "kitchen(example/Thermometer) registered: led -> temp",
            "attic(example/Thermometer) registered: led -> temp",
        ]
        eventually(lambda: {each.role for each in lab.network().roles} >= {"kitchen", "attic"})
        assert lab.inspect("attic.temp") == []
        far.say("registered/attic", "9.5")
        assert [each.value for each in lab.inspect("attic.temp", 1, wait=DEADLINE)] == [9.5]
        far.hear("registered/kitchen/led")
        lab.send("kitchen.led", True)
        assert far.next().payload == b"ON"
        assert program.end(signal.SIGTERM) == (0, "", "")


def test_once(mosquitto: Mosquitto, tmp_path: Path) -> None:
    file = tmp_path / "t.yml"
    file.write_text("component: a/B\nrole: plain\noutports: {out: {queue: plain/out}}\n")
    done = run("register", str(file), "--once", "--json", "--broker", mosquitto.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "role": "plain",
        "component": "a/B",
        "inports": {},
        "outports": {"out": "plain/out"},
    }
    file.write_text(KITCHEN.format(house="once"))
    done = run("register", "--role", f"k:{file}", "--once", "--broker", mosquitto.url)
    assert done.returncode == 0
    assert "without --forever, nobody does" in done.stderr


def test_why_a_description_is_ignored(mosquitto: Mosquitto, far: Device) -> None:
    bad, strange = (f"homeassistant/sensor/{each}/config" for each in ("bad", "strange"))
    with running("register", "--adapter", "homeassistant", "--broker", mosquitto.url) as program:
        far.say(bad, "{", retain=True)
        assert program.complaint().startswith(f"msgflo-lab: homeassistant: `{bad}` is ignored: ")
        far.say(bad, "{")  # the same again is no news
        far.say(strange, '{"name": "x"}', retain=True)
        assert f"`{strange}` is ignored: " in program.complaint()
        for each in (bad, strange):
            far.say(each, "", retain=True)
        assert program.end(signal.SIGTERM) == (0, "", "")


def test_faults_of_a_port_are_told_once_and_of_each_port(
    mosquitto: Mosquitto, far: Device, tmp_path: Path
) -> None:
    file = tmp_path / "t.yml"
    both = (
        "{temp: {queue: faulty/temp, encoding: number}, wet: {queue: faulty/wet, encoding: number}}"
    )
    file.write_text(f"component: a/B\nrole: faulty\noutports: {both}\n")
    with running("register", str(file), "--broker", mosquitto.url) as program:
        program.line()
        far.say("faulty/temp", "hot")
        assert program.complaint() == "msgflo-lab: `faulty.temp`: `hot` is no number"
        far.say("faulty/temp", "hot")
        far.say("faulty/temp", "hotter")  # within the same minute
        far.say("faulty/wet", "very")
        assert program.complaint() == "msgflo-lab: `faulty.wet`: `very` is no number"
        assert program.end(signal.SIGTERM) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing a participant"),
        (["nowhere.yml"], "No such file"),
        (["--role", "kitchen"], "ROLE:FILE"),
        (["--role", "kitchen:nowhere.yml"], "No such file"),
        (["--role", "a:{file}", "--role", "a:{file}"], "two participants have the id `a`"),
        (["{file}"], "which role"),
        (["{bad}"], "bad.yml:1:"),
        (["--role", "a:{file}", "--broker", "mqtt://127.0.0.1:1"], "cannot connect"),
        (["--role", "a:{file}", "--broker", "direct://"], "a process's own"),
        (["--role", "a:{file}", "--broker", "mqtt://localhost", "--devices", "x"], "x"),
        (["--adapter", "nonsense"], "no adapter `nonsense`"),
        (["--adapter", "homie", "--once"], "--forever"),
    ],
)
def test_one_clear_line(
    mosquitto: Mosquitto, tmp_path: Path, arguments: list[str], says: str
) -> None:
    file, bad = tmp_path / "t.yml", tmp_path / "bad.yml"
    file.write_text(KITCHEN.format(house="wrong"))
    bad.write_text("a: [")
    given = [each.format(file=file, bad=bad) for each in arguments]
    if "--broker" not in given:
        given += ["--broker", mosquitto.url]
    done = run("register", *given)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.startswith("msgflo-lab: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
