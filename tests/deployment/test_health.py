"""Health checks of real programs, as a container's engine runs them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from msgflo_lab.deployment import ALIVE, READY
from msgflo_lab.healthy import SILENT, VARIABLE, Heartbeat, trouble_of
from tests.brokers import Mosquitto
from tests.cli.program import COMMAND, environment
from tests.runtime.helpers import eventually

PROGRAMS = {
    "run": [
        sys.executable,
        "-c",
        "import msgflo_lab as m; m.run({'a': lambda x: x, 'b': lambda x: x})",
    ],
    "network": [str(COMMAND), "run", "main.fbp"],
    "register": [str(COMMAND), "register", "lamp.yml"],
}
LAMP = "role: lamp\ncomponent: a/Lamp\ninports: {on: {queue: lamp/on}}\n"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()


@contextmanager
def started(
    command: list[str], folder: Path, env: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, cwd=folder, env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def check(command: tuple[str, ...], env: Mapping[str, str]) -> tuple[int, str]:
    """The exit status, and what it says."""
    said = subprocess.run(
        [sys.executable, *command[1:]], env=dict(env), capture_output=True, text=True
    )
    return said.returncode, said.stdout.strip()


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_is_ready_while_its_link_is_up(
    kind: str, broker: Mosquitto, tmp_path: Path
) -> None:
    (tmp_path / "main.fbp").write_text("a(core/Repeat)\n")
    (tmp_path / "lamp.yml").write_text(LAMP)
    file = tmp_path / "health"
    env = environment(**{VARIABLE: str(file), "MSGFLO_BROKER": broker.url})
    assert check(READY, env) == (1, "it has not begun, or has ended")
    with started(PROGRAMS[kind], tmp_path, env) as process:
        eventually(lambda: not trouble_of(str(file)))
        assert check(READY, env) == (0, "ok")
        broker.kill()
        eventually(lambda: trouble_of(str(file)))
        status, said = check(READY, env)
        assert status == 1
        assert said.startswith("the link is down")
        assert check(ALIVE, env) == (0, "ok")
        broker.start()
        eventually(lambda: not trouble_of(str(file)))
        process.terminate()
        process.wait(10)
    assert check(ALIVE, env) == (1, "it has not begun, or has ended")
    assert [each.name for each in tmp_path.iterdir() if "health" in each.name] == []


@pytest.mark.parametrize("kind", PROGRAMS)
def test_without_its_broker_it_lives_and_is_not_ready(
    kind: str, broker: Mosquitto, tmp_path: Path
) -> None:
    broker.kill()
    (tmp_path / "main.fbp").write_text("a(core/Repeat)\n")
    (tmp_path / "lamp.yml").write_text(LAMP)
    file = tmp_path / "health"
    env = environment(**{VARIABLE: str(file), "MSGFLO_BROKER": broker.url})
    with started(PROGRAMS[kind], tmp_path, env):
        eventually(lambda: not trouble_of(str(file), alive=True))
        assert check(READY, env)[0] == 1
        broker.start()
        eventually(lambda: not trouble_of(str(file)))


def test_one_that_is_silent_is_not_alive(tmp_path: Path) -> None:
    file = tmp_path / "health"
    file.write_text(f"{time.monotonic() - SILENT - 5}\n")
    assert trouble_of(str(file), alive=True).startswith("it has said nothing for 3")
    file.write_text("nonsense\n")
    assert "could not convert" in trouble_of(str(file))


def test_what_a_program_starts_does_not_speak_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "health"))
    assert Heartbeat.asked().path == str(tmp_path / "health")
    assert VARIABLE not in os.environ


def test_a_check_that_nobody_has_prepared() -> None:
    env = {name: value for name, value in os.environ.items() if name != VARIABLE}
    assert check(READY, env) == (1, f"{VARIABLE} says no file")
    assert check((*READY, "--quick"), env)[0] == 2
