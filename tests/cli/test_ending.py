"""SIGINT, SIGTERM and SIGHUP at any moment: nothing is left, and the exit status says it."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.brokers import Mosquitto, need
from tests.cli.program import COMMAND, DEADLINE, running, started
from tests.runtime.projects import is_process, project

SLOW = """import os, time
from pathlib import Path
Path("pid").write_text(str(os.getpid()))
time.sleep(600)
"""


def until_there(file: Path) -> str:
    """What is in a file, as soon as there is anything."""
    deadline = time.monotonic() + DEADLINE
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline, f"nothing in {file}"
        time.sleep(0.02)
    return file.read_text()


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (["send", "--queue", "q", "1"], signal.SIGINT),
        (["participants"], signal.SIGTERM),
        (["serve", "--port", "0"], signal.SIGINT),
        (["setup", "{}", "--forever"], signal.SIGHUP),
        (["run", "{}"], signal.SIGTERM),
    ],
)
def test_while_it_connects(command: list[str], number: int, tmp_path: Path) -> None:
    graph = tmp_path / "net.fbp"
    graph.write_text("a(core/Repeat) OUT -> IN b(core/Drop)\n")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://127.0.0.1:{silent.getsockname()[1]}"
        with running(*(each.format(graph) for each in command), "--broker", url) as program:
            silent.settimeout(DEADLINE)
            connection, _ = silent.accept()
            with connection:
                began = time.monotonic()
                assert program.end(number) == (128 + number, "", "")
    assert time.monotonic() - began < DEADLINE / 2


def test_while_it_listens(mosquitto: Mosquitto) -> None:
    known = mosquitto.log().count("\tfbp")
    with running("send", "nobody.in", "1", "--broker", mosquitto.url) as program:
        mosquitto.wait_for_log("\tfbp", known + 1)
        assert program.end(signal.SIGINT) == (130, "", "")


@pytest.mark.parametrize("command", [["setup", "--participants", "--forever"], ["run"]])
def test_while_its_programs_start(command: list[str], mosquitto: Mosquitto, tmp_path: Path) -> None:
    folder = project(tmp_path, {"demo/Shell": "sleep 600 & echo $! > sleep; wait"}, Slow=SLOW)
    (folder / "net.fbp").write_text("slow(demo/Slow) OUT -> IN shell(demo/Shell)\n")
    with running(*command, "net.fbp", "--broker", mosquitto.url, cwd=folder) as program:
        pids = [int(until_there(folder / each)) for each in ("pid", "sleep")]
        assert all(map(is_process, pids))
        status, _, err = program.end(signal.SIGTERM)
    assert err == ""
    assert status in (0, 128 + signal.SIGTERM)
    assert not any(map(is_process, pids))


def test_a_second_signal_ends_it_at_once(mosquitto: Mosquitto, tmp_path: Path) -> None:
    stubborn = "trap '' TERM; echo $$ > pid; while true; do sleep 1; done"
    folder = project(tmp_path, {"demo/Stubborn": stubborn})
    (folder / "net.fbp").write_text("stubborn(demo/Stubborn) OUT -> IN drop(core/Drop)\n")
    with running("run", "net.fbp", "--broker", mosquitto.url, cwd=folder) as program:
        pid = int(until_there(folder / "pid"))
        process = program.process
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        assert process.returncode == -signal.SIGTERM
    deadline = time.monotonic() + DEADLINE
    while is_process(pid):  # until the guard has ended it
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_timeout_signals_its_program_and_the_group_and_means_one(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    need("timeout")
    (tmp_path / "net.fbp").write_text("a(core/Repeat) OUT -> IN b(core/Drop)\n")
    command = ("run", "net.fbp", "--broker", mosquitto.url)
    with started("timeout", "600", COMMAND, *command, cwd=tmp_path) as program:
        assert program.line() == f"net.fbp on {mosquitto.url}"
        assert program.end(signal.SIGTERM) == (0, "", "")


def test_the_same_signal_a_second_later_is_a_second_one(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    stubborn = "trap '' TERM; echo $$ > pid; while true; do sleep 1; done"
    folder = project(tmp_path, {"demo/Stubborn": stubborn})
    (folder / "net.fbp").write_text("stubborn(demo/Stubborn) OUT -> IN drop(core/Drop)\n")
    with running("run", "net.fbp", "--broker", mosquitto.url, cwd=folder) as program:
        until_there(folder / "pid")
        program.process.send_signal(signal.SIGTERM)
        program.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            program.process.wait(1)
        assert program.end(signal.SIGTERM)[0] == -signal.SIGTERM


def test_nohup_is_respected(mosquitto: Mosquitto) -> None:
    known = mosquitto.log().count("\tnohup/nothing")
    with running(
        *("dump", "--follow", "--queue", "nohup/nothing", "--broker", mosquitto.url),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    ) as program:
        mosquitto.wait_for_log("\tnohup/nothing", known + 1)
        program.process.send_signal(signal.SIGHUP)
        assert program.end(signal.SIGTERM) == (0, "", "")
