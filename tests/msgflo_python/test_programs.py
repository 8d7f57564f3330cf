"""Programs in msgflo-python's style do under ours what they do under the original.

Under ours on MQTT and on AMQP; under the original on MQTT, where alone it still works. All of them
run side by side, each in a role that is called as the program is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import Mosquitto, RabbitMQ

from .cases import CASES, ROLE, Case
from .conftest import PROGRAMS, running, there
from .wires import AmqpWire, MqttWire, Seen, Wire, definition

ByQueue = dict[str, list[bytes]]
"""What came out, in order, for each queue."""
ID = re.compile(rb'("id": "[a-z/]*?)\d{1,5}"')


@dataclass(frozen=True)
class Place:
    """Where all programs run.

    Attributes:
        keeps_order: Between queues, too.
        announced: To the letter, but for what is random.
    """

    wire: Wire
    keeps_order: bool
    announced: dict[str, list[bytes]]


@pytest.fixture(scope="module")
def places(
    rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory, original_or_why: Path | str
) -> Iterator[list[Place]]:
    """Ours on MQTT, ours on AMQP, and the original on MQTT, if there is one."""
    ours = Path(sys.executable)
    with ExitStack() as stack:
        mqtt, elsewhere = (Mosquitto(tmp_path_factory.mktemp("mosquitto")) for _ in range(2))
        for broker in (mqtt, elsewhere):
            broker.start()
            stack.callback(broker.kill)
        vhost = stack.enter_context(rabbitmq.vhost())
        wires: list[tuple[Path, str, Any]] = [
            (ours, mqtt.url, MqttWire(mqtt.port)),
            (ours, vhost, AmqpWire(vhost)),
        ]
        if isinstance(original_or_why, Path):
            wires.append((original_or_why, elsewhere.url, MqttWire(elsewhere.port)))
        for python, url, wire in wires:
            stack.enter_context(closing(wire))
            for name, case in CASES.items():
                stack.enter_context(running(command(python, name, case), url))
        yield [Place(wire, isinstance(wire, MqttWire), announcements(wire)) for _, _, wire in wires]


@pytest.mark.parametrize("name", CASES)
def test_a_program(name: str, places: list[Place], original_or_why: Path | str) -> None:
    case = CASES[name]
    on_mqtt, on_amqp, *original = (outcome(place, name) for place in places)
    assert on_mqtt == by_queue(sent(name, case.expected))
    assert on_amqp == by_queue(sent(name, case.in_turn or case.expected))
    there(original_or_why)
    assert original == [on_mqtt]


def test_what_they_announce(places: list[Place], original_or_why: Path | str) -> None:
    on_mqtt, on_amqp, *original = (place.announced for place in places)
    assert on_mqtt == on_amqp
    there(original_or_why)
    assert original == [on_mqtt]


def command(python: Path, name: str, case: Case) -> list[str]:
    """How it is started: by itself, or by the script that came with the library."""
    script = [str(python.parent / "msgflo-python")] if case.script or case.options else []
    return [str(python), *script, str(PROGRAMS / f"{name}.py"), name, *case.options]


def announcements(wire: Wire) -> dict[str, list[bytes]]:
    """What the participants of each program say of themselves."""
    return {
        name: [ID.sub(rb'\1"', wire.announcement(role.replace(ROLE, name))) for role in case.roles]
        for name, case in CASES.items()
    }


def outcome(place: Place, name: str) -> ByQueue:
    """What comes out of a program."""
    case = CASES[name]
    ports = [port for each in place.announced[name] for port in definition(each)["outports"]]
    queues = [port["queue"] for port in ports]
    for number, (queue, payload) in enumerate(sent(name, case.sends)):
        if case.in_steps and not place.keeps_order:
            place.wire.seen(number, queues)
        place.wire.send(queue, payload)
    return by_queue(place.wire.seen(len(case.expected), queues))


def sent(name: str, messages: Iterable[tuple[str, Any]]) -> list[Seen]:
    """As Python's `json` writes it."""
    return [
        (
            queue.replace(ROLE, name),
            value if isinstance(value, bytes) else json.dumps(value).encode(),
        )
        for queue, value in messages
    ]


def by_queue(seen: Iterable[Seen]) -> ByQueue:
    found: ByQueue = {}
    for queue, message in seen:
        found.setdefault(queue, []).append(message)
    return found
