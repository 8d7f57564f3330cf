"""`msgflo-register`, the real one, and ours: the same files, the same announcements."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import Mosquitto, need
from tests.cli.program import run
from tests.foreign.device import Device, device
from tests.interop.conftest import NODE_MODULES

FIXTURES = NODE_MODULES / "msgflo" / "spec" / "fixtures"
THERMOMETER = """
component: example/Thermometer
label: Tells how warm it is
icon: thermometer
inports: {}
outports:
  temperature:
    queue: /sensors/#ROLE/temperature
    type: number
    description: Degrees Celsius
  on:
    queue: /sensors/#ROLE/on
    type: off
"""


@pytest.fixture
def ear(mosquitto: Mosquitto) -> Iterator[Device]:
    with device(mosquitto) as made:
        made.hear("fbp")
        yield made


def announced(ear: Device) -> Any:
    said = json.loads(ear.next().payload)
    assert (said["protocol"], said["command"]) == ("discovery", "participant")
    return said["payload"]


def test_both_announce_the_same(mosquitto: Mosquitto, ear: Device, tmp_path: Path) -> None:
    file = tmp_path / "thermometer.yml"
    file.write_text(THERMOMETER)
    assert run(
        "register", "--role", f"kitchen:{file}", "--once", "--broker", mosquitto.url
    ).stdout.startswith("kitchen(example/Thermometer) registered")
    ours = announced(ear)
    program = NODE_MODULES / "msgflo" / "bin" / "msgflo-register"
    arguments = ["--broker", mosquitto.url, "--role", f"kitchen:{file}"]
    with subprocess.Popen(
        [need("node"), str(program), *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            theirs = announced(ear)
        finally:
            process.kill()
    # `off` is a text; js-yaml, which reads YAML 1.2 as well, says so too.
    assert [port["type"] for port in theirs["outports"]] == ["number", "off"]
    by_name = {port["id"]: port for port in ours["outports"]}
    for port in theirs["outports"]:
        assert by_name[port["id"]] == port
    for key in ("id", "role", "component", "label", "icon", "inports"):
        assert ours[key] == theirs[key]


@pytest.mark.parametrize("name", ["lightbulb", "toggleswitch"])
def test_the_older_style_is_read_as_it_was_meant(
    mosquitto: Mosquitto, ear: Device, name: str
) -> None:
    """msgflo takes the places in the list for the names of ports."""
    file = FIXTURES / f"{name}.yaml"
    done = run("register", "--role", f"mine:{file}", "--once", "--broker", mosquitto.url)
    assert done.returncode == 0
    said = announced(ear)
    ports = {
        port["id"]: (port["queue"], port["type"]) for port in (*said["inports"], *said["outports"])
    }
    assert (
        ports
        == {
            "lightbulb": {
                "enable": ("/mylightbulb/ffo/1/set-on", "boolean"),
                "confirm": ("/mylightbulb/ffo/1/is-on", "boolean"),
            },
            "toggleswitch": {"state": ("/myswitch/mine/status", "boolean")},
        }[name]
    )
