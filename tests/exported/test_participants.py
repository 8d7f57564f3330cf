"""A participant that has left a notebook, as others see it: msgflo, uv, whoever ends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.brokers import Mosquitto, free_port, need
from tests.cli.program import DEADLINE, started
from tests.exported.conftest import Clean
from tests.exported.notebook import exported
from tests.exported.wire import wire
from tests.interop.amqp import python, waiting
from tests.interop.conftest import NODE_MODULES, Subscriber, node_package, publish

REPEAT = """\
%%participant repeat --component Repeat --icon repeat --label "Repeats what comes"
class Repeat:
    inports = ["in"]
    outports = ["out"]

    def process(self, inport, message):
        self.send("out", message)
"""
SLOW = """\
%%participant slow
import sys
import time
from pathlib import Path


def slow(go):
    print("in hand", flush=True)
    while not Path(go).exists():
        time.sleep(0.01)
    return "done"
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the participants of this file."""
    folder = tmp_path_factory.mktemp("scripts")
    exported(folder, REPEAT, "repeat")
    exported(folder, SLOW, "slow")
    exported(folder, "%%participant double\ndef double(number):\n    return 2 * number", "double")
    return folder


@pytest.fixture(params=["mosquitto", "rabbitmq"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a broker on which nobody else is."""
    if request.param == "mosquitto":
        house: Mosquitto = request.getfixturevalue("house")
        return house.url
    found: str = request.getfixturevalue("vhost")
    return found


@pytest.mark.parametrize("which", ["sends definition", "repeats the same data"])
def test_it_passes_the_test_that_msgflo_has_for_participants(
    clean: Clean, scripts: Path, url: str, which: str
) -> None:
    node_package("msgflo")
    env = clean.variables(
        NODE_PATH=str(NODE_MODULES),
        BROKER=url,
        COMMAND=json.dumps([str(clean.program("python")), str(scripts / "repeat.py")]),
    )
    mocha = NODE_MODULES / ".bin" / "mocha"
    file = Path(__file__).with_name("participant.js")
    # One at a time: what the first listens with is called in the second, too, and fails the first.
    command = [need("node"), str(mocha), "--exit", "--grep", which, str(file)]
    told = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "1 passing" in told.stdout


def test_the_real_msgflo_runs_it_beside_one_in_node(
    clean: Clean, scripts: Path, url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "house"
    (folder / "participants").mkdir(parents=True)
    shutil.copy(scripts / "double.py", folder / "participants")
    example = node_package("msgflo-nodejs") / "examples" / "Repeat.coffee"
    shutil.copy(example, folder / "participants")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    (folder / "package.json").write_text(json.dumps({"msgflo": {"namespace": ""}}))
    (folder / "graph.fbp").write_text(
        "double(double) OUT -> IN repeat(Repeat) OUT -> NUMBER again(double)\n"
    )
    env = clean.variables(MSGFLO_BROKER=url)
    env["PATH"] = f"{NODE_MODULES / '.bin'}:{env['PATH']}"
    program = [need("node"), str(node_package("msgflo") / "bin" / "msgflo"), "--broker", url]
    program += ["--host", "127.0.0.1", "--port", str(free_port()), "--graph", "graph.fbp"]
    with (
        started(*program, env=env, cwd=folder, preexec_fn=os.setsid) as running,
        wire(url) as ear,
        all_ended(running.process.pid),
    ):
        waited = {"double on", "again on", "repeat connected"}
        while waited:
            line = running.line()  # msgflo puts empty ones in between
            assert line or running.process.poll() is None, running.complaint()
            waited.discard(" ".join(line.split()[:2]))
        ear.listen("again.OUT")
        deadline = time.monotonic() + DEADLINE
        while b"84" not in ear.heard():
            assert time.monotonic() < deadline
            ear.send("double.NUMBER", b"21")  # until msgflo has bound them
            time.sleep(0.1)


@contextmanager
def all_ended(leader: int) -> Iterator[None]:
    """Ends the processes of a group: msgflo leaves those that it has started."""
    try:
        yield
    finally:
        os.killpg(leader, signal.SIGKILL)


def test_uv_runs_it_as_it_is(clean: Clean, scripts: Path, house: Mosquitto) -> None:
    env = clean.variables(UV_FIND_LINKS=str(clean.wheel.parent), UV_OFFLINE="1")
    del env["VIRTUAL_ENV"]
    command = (clean.uv, "run", "--quiet", "double.py", "--broker", house.url)
    ear = Subscriber(house, "double.OUT")
    try:
        with started(*command, env=env, cwd=scripts) as program:
            assert program.line() == f"double on {house.url}"
            publish(house, "double.NUMBER", b"21")
            ear.wait_for(b"42")
            assert program.end(signal.SIGTERM) == (0, "", "")
    finally:
        ear.close()


def test_python_runs_it_in_a_role(clean: Clean, scripts: Path, house: Mosquitto) -> None:
    env = clean.variables(MSGFLO_BROKER=house.url)
    ear = Subscriber(house, "twice as much.OUT")
    try:
        with started(
            clean.program("python"), "double.py", "twice as much", env=env, cwd=scripts
        ) as program:
            assert program.line() == f"twice as much on {house.url}"
            publish(house, "twice as much.NUMBER", b"4")
            ear.wait_for(b"8")
            assert program.end(signal.SIGTERM) == (0, "", "")
    finally:
        ear.close()


def test_told_to_end_it_finishes_what_it_has_in_hand(
    clean: Clean, scripts: Path, vhost: str, tmp_path: Path
) -> None:
    go, env = tmp_path / "go", clean.variables(MSGFLO_BROKER=vhost)
    with python(vhost) as channel:
        channel.queue_declare("ear", exclusive=True)
        with started(clean.program("python"), "slow.py", env=env, cwd=scripts) as program:
            assert program.line().startswith("slow on amqp://")
            channel.queue_bind("ear", "slow.OUT")
            for _ in range(3):
                channel.basic_publish("", "slow.GO", json.dumps(str(go)).encode())
            assert program.line() == "in hand"
            program.process.send_signal(signal.SIGTERM)
            assert "finishing what is in hand" in program.complaint()
            assert program.process.poll() is None
            go.touch()
            out, _ = program.process.communicate(timeout=30)
            assert (program.process.returncode, out) == (0, "")
        _, _, body = channel.basic_get("ear", auto_ack=True)
        assert body == b'"done"'
        assert waiting(channel, "ear") == 0
        assert waiting(channel, "slow.GO") == 2  # the others were not begun
