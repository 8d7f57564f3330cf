"""Participants as a program of their own, started as people start them."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from msgflo_lab import Lab, run
from msgflo_lab.errors import ConnectionFailed, InvalidUrl
from msgflo_lab.network import EdgeState
from tests.brokers import Mosquitto
from tests.runtime.helpers import DEADLINE, Sink, eventually, program, state

PROGRAM = """
import sys, time
from msgflo_lab import run

def double(x: float):
    return 2 * x

def slow(x):
    print("begun", flush=True)
    time.sleep(0.5)
    return x

run({"double": double, "slow": slow})
"""


def test_several_in_one_process_join_a_lab_and_end_in_order(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    with ExitStack() as stack:
        lab = stack.enter_context(Lab())
        lab.start(mosquitto.url)
        process = stack.enter_context(program(tmp_path, PROGRAM, mosquitto.url))
        assert process.stdout is not None
        assert process.stdout.readline() == f"double, slow on {mosquitto.url}\n"
        sink = Sink(lab)
        for name in ("double", "slow"):
            lab.connect(f"{name}.out", sink.port)
            eventually(lambda n=name: state(lab, f"{n}.out", sink.port) is EdgeState.BOUND)  # type: ignore[misc]
        lab.send("double.x", 21)
        assert sink.wait(1) == [42]
        lab.send("slow.x", "in hand")
        assert process.stdout.readline() == "begun\n"
        process.terminate()
        assert process.wait(DEADLINE) == 0
        assert sink.wait(2)[1] == "in hand"
        assert process.stderr is not None
        assert process.stderr.read() == ""


LONG = """
import sys, time
from msgflo_lab import run

def long(x):
    print("begun", flush=True)
    time.sleep({seconds})
    return x

def come(x):
    print("come", flush=True)

run({{"long": long, "come": come}})
"""


def test_what_is_in_hand_is_finished_however_long_it_takes(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    with ExitStack() as stack:
        lab = stack.enter_context(Lab())
        lab.start(mosquitto.url)
        long = program(tmp_path, LONG.format(seconds=1), mosquitto.url)
        process = stack.enter_context(long)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == f"long, come on {mosquitto.url}\n"
        sink = Sink(lab)
        lab.connect("long.out", sink.port)
        eventually(lambda: state(lab, "long.out", sink.port) is EdgeState.BOUND)
        lab.send("long.x", "in hand")
        assert process.stdout.readline() == "begun\n"
        for each in ("waits", "too"):
            lab.send("long.x", each)
        lab.send("come.x", 1)
        assert process.stdout.readline() == "come\n"  # and so have those before
        process.terminate()
        assert process.stderr.readline().startswith("finishing what is in hand, in 10 minutes")
        assert process.wait(DEADLINE) == 0
        assert sink.wait(3) == ["in hand", "waits", "too"]  # MQTT would keep none of them
        assert process.stderr.read() == ""


def test_a_second_signal_ends_it_at_once(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with ExitStack() as stack:
        lab = stack.enter_context(Lab())
        lab.start(mosquitto.url)
        long = program(tmp_path, LONG.format(seconds=600), mosquitto.url)
        process = stack.enter_context(long)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == f"long, come on {mosquitto.url}\n"
        eventually(lambda: [each for each in lab.network().roles if each.role == "long"])
        lab.send("long.x", 1)
        assert process.stdout.readline() == "begun\n"
        process.terminate()
        process.terminate()  # the same telling, as `timeout` does it
        assert process.stderr.readline().startswith("finishing what is in hand")
        before = time.monotonic()
        process.terminate()
        assert process.wait(DEADLINE) == 0
        assert time.monotonic() - before < 5  # and not ten minutes
        assert process.stderr.read() == ""


def test_an_error_at_the_start_is_short(tmp_path: Path) -> None:
    with program(tmp_path, PROGRAM, "mqtt://127.0.0.1:1") as process:
        assert process.wait(DEADLINE) == 1
        assert process.stderr is not None
        lines = process.stderr.read().splitlines()
    assert lines[-1].endswith("cannot connect to mqtt://127.0.0.1:1: nobody listens on 127.0.0.1:1")
    assert len(lines) < 10


def test_without_a_broker_it_says_how_to_give_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MSGFLO_BROKER", raising=False)
    with pytest.raises(InvalidUrl, match="give its address, or set MSGFLO_BROKER"):
        run(lambda x: x, "f")


def test_a_broker_that_is_not_there() -> None:
    with pytest.raises(ConnectionFailed, match="nobody listens"):
        run(lambda x: x, "f", broker="mqtt://127.0.0.1:1")
