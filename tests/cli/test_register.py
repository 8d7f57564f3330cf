"""`msgflo-lab register`, with a real device and a real coordinator."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto
from tests.cli.program import COMMAND, DEADLINE, environment, run
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


@contextmanager
def registering(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [COMMAND, "register", *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_two_roles_of_one_description(mosquitto: Mosquitto, far: Device, tmp_path: Path) -> None:
    file = tmp_path / "t.yml"
    file.write_text(KITCHEN.format(house="registered"))
    with (
        Lab() as lab,
        registering(
            "--broker",
            mosquitto.url,
            "--interval",
            "0.2",
            "--role",
            f"kitchen:{file}",
            "--role",
            f"attic:{file}",
        ) as process,
    ):
        lab.start(mosquitto.url)
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == [
            "kitchen(example/Thermometer) registered: led -> temp\n",
            "attic(example/Thermometer) registered: led -> temp\n",
        ]
        eventually(lambda: {each.role for each in lab.network().roles} >= {"kitchen", "attic"})
        assert lab.inspect("attic.temp") == []
        far.say("registered/attic", "9.5")
        assert [each.value for each in lab.inspect("attic.temp", 1, wait=DEADLINE)] == [9.5]
        far.hear("registered/kitchen/led")
        lab.send("kitchen.led", True)
        assert far.next().payload == b"ON"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=DEADLINE)
        assert (process.returncode, out, err) == (0, "", "")


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
