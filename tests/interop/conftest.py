"""Participants and clients that nobody here wrote: Node.js, and Mosquitto's own tools."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from msgflo_lab.lab import Lab
from tests.brokers import Mosquitto, need

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"


class Subscriber:
    """A `mosquitto_sub` and what it has received."""

    def __init__(self, broker: Mosquitto, topic: str) -> None:
        self.lines: list[bytes] = []
        self._news = threading.Condition()
        # -d tells when the broker has taken the subscription; its lines are buffered otherwise.
        self._process = subprocess.Popen(
            [
                need("stdbuf"),
                "-oL",
                need("mosquitto_sub"),
                "-p",
                str(broker.port),
                "-t",
                topic,
                "-d",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.wait_for(b"Subscribed", 1)
        except BaseException:
            self.close()  # nobody else has it yet
            raise

    def wait_for(self, text: bytes, count: int = 1, timeout: float = 10) -> None:
        """Until `count` of its lines contain the text."""
        with self._news:
            found = self._news.wait_for(
                lambda: sum(text in line for line in self.lines) >= count, timeout
            )
        assert found, f"mosquitto_sub has not received {text!r}: {self.lines}"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.lines.append(line.rstrip(b"\n"))
                self._news.notify_all()


def publish(broker: Mosquitto, topic: str, payload: bytes) -> None:
    """Send one message with `mosquitto_pub`."""
    subprocess.run(
        [need("mosquitto_pub"), "-p", str(broker.port), "-t", topic, "-s"],
        input=payload,
        check=True,
        timeout=10,
    )


def announce(broker: Mosquitto, role: str, inqueue: str, outqueue: str) -> None:
    """What a device says of itself, sent with `mosquitto_pub`."""
    payload = {
        "id": f"{role}-device",
        "role": role,
        "component": "Device",
        "inports": [{"id": "in", "queue": inqueue, "type": "any"}],
        "outports": [{"id": "out", "queue": outqueue, "type": "any"}],
    }
    envelope = {"protocol": "discovery", "command": "participant", "payload": payload}
    publish(broker, "fbp", json.dumps(envelope).encode())


def node_package(name: str) -> Path:
    """The folder of an npm package; skips the test without it, but fails in CI."""
    package = NODE_MODULES / name
    if not package.exists():
        reason = f"{name} is not installed (`make test` installs it)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return package


@contextmanager
def node_repeat(url: str, role: str = "repeat") -> Iterator[subprocess.Popen[bytes]]:
    """The `Repeat` example of msgflo-nodejs as a real process, while the block runs."""
    package = node_package("msgflo-nodejs")
    program = [need("node"), str(package / "bin" / "msgflo-nodejs"), "--name", role]
    process = subprocess.Popen(
        [*program, "--broker", url, package / "examples" / "Repeat.coffee"],
        env={**os.environ, "MSGFLO_DISCOVERY_PERIOD": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


@pytest.fixture
def repeat(mosquitto: Mosquitto) -> Iterator[str]:
    """A Node.js participant over MQTT; yields its role."""
    with node_repeat(mosquitto.url):
        yield "repeat"


@pytest.fixture
def lab(mosquitto: Mosquitto) -> Iterator[Lab]:
    with Lab() as lab:
        lab.start(mosquitto.url)
        yield lab
