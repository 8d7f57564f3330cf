"""Components in Node.js, written for msgflo, that a lab runs by itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from msgflo_lab.lab import Lab
from tests.brokers import Mosquitto, RabbitMQ
from tests.runtime.helpers import eventually
from tests.runtime.projects import is_alive, node, pid

from .amqp import lab_on
from .conftest import NODE_MODULES, node_package
from .watching import all_bound, is_running, role_of, wait_for

LAMP = """
component: Lamp
label: Shines
inports:
  on:
    queue: house/#ROLE/on
    type: boolean
outports: {}
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A project with msgflo-nodejs's own example as a component, and with npm's packages."""
    example = node_package("msgflo-nodejs") / "examples" / "Repeat.coffee"
    (tmp_path / "participants").mkdir()
    shutil.copy(example, tmp_path / "participants")
    (tmp_path / "participants" / "Lamp.yml").write_text(LAMP)
    (tmp_path / "package.json").write_text(json.dumps({"name": "house", "msgflo": {}}))
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    return tmp_path


@contextmanager
def on_mosquitto(mosquitto: Mosquitto) -> Iterator[Lab]:
    with Lab() as lab:
        lab.start(mosquitto.url)
        yield lab


@pytest.fixture(params=["mosquitto", "rabbitmq"])
def there(request: pytest.FixtureRequest) -> Iterator[Lab]:
    if request.param == "mosquitto":
        mosquitto: Mosquitto = request.getfixturevalue("mosquitto")
        with on_mosquitto(mosquitto) as lab:
            yield lab
    else:
        rabbitmq: RabbitMQ = request.getfixturevalue("rabbitmq")
        with lab_on(rabbitmq, request.getfixturevalue("vhost")) as lab:
            yield lab


def test_a_component_in_coffeescript_is_run_changed_and_ended(there: Lab, house: Path) -> None:
    assert there.library.load(house) == ["house/Lamp", "house/Repeat"]
    for role in ("first", "second one"):
        node(there, role, "Repeat")

    @there.participant("ask")
    def ask(question: int) -> int:
        return question

    @there.participant("answer")
    def answer(text: int) -> None:
        del text

    there.connect("ask.out", "first.in")
    there.connect("first.out", "second one.in")
    there.connect("second one.out", "answer.text")
    wait_for(there, all_bound)
    for number in range(20):
        there.send("ask.question", number)
    seen = there.inspect("answer.text", 20, wait=15)
    assert [each.value for each in seen] == list(range(20))
    component = there.library.find("Repeat")
    assert [port.id for port in component.inports] == ["in"]
    assert component.description == "Repeats in data without changes"
    assert component.source is not None
    assert component.source.language == "coffeescript"
    assert "connected to" in there.output("first")

    groups = [pid(there, role) for role in ("first", "second one")]
    code = component.source.code.replace("Repeats in data", "Repeats everything")
    there.library.add("Repeat", "coffeescript", code)
    eventually(lambda: there.library.find("Repeat").description.startswith("Repeats everything"))
    eventually(lambda: not any(map(is_alive, groups)))
    wait_for(there, is_running("first"))
    found = role_of(there.network(), "first")
    assert found is not None
    assert found.workers == 1
    groups = [pid(there, role) for role in ("first", "second one")]
    assert all(map(is_alive, groups))
    there.stop()
    assert not any(map(is_alive, groups))


def test_a_device_is_announced_from_its_yaml(mosquitto: Mosquitto, house: Path) -> None:
    """msgflo's own program does it; its participant has the same id in each of its lives."""
    with on_mosquitto(mosquitto) as lab:
        lab.library.load(house)
        node(lab, "hall", "Lamp")
        wait_for(lab, is_running("hall"))
        found = role_of(lab.network(), "hall")
        assert found is not None
        assert [(port.id, port.queue) for port in found.inports] == [("on", "house/hall/on")]
        before = pid(lab, "hall")
        lab.library.add("Lamp", "yaml", LAMP.replace("/on", "/is-on"))
        eventually(lambda: pid(lab, "hall") not in (0, before))
        eventually(
            lambda: (
                (role := role_of(lab.network(), "hall")) is not None
                and [port.queue for port in role.inports] == ["house/hall/is-on"]
            )
        )
        assert not lab.status().problems
