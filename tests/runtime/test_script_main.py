"""`msgflo_lab.main`: a script that is one participant, and its command line."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.network import EdgeState
from msgflo_lab.runtime.behaviour import Behaviour, behaviour_of
from msgflo_lab.runtime.details import details_of
from tests.brokers import Mosquitto
from tests.runtime.helpers import DEADLINE, Sink, eventually, program, state

SCRIPT = '''
import msgflo_lab

def scale(value: float, factor: float = 1.0):
    """Multiplies."""
    return value * factor

SCALE = msgflo_lab.component(scale, icon="times", component="maths/Scale")

if __name__ == "__main__":
    msgflo_lab.main(SCALE, "scale")
'''
COUNTER = """
import msgflo_lab

class Counter(msgflo_lab.Participant):
    inports = "start"
    def __init__(self):
        self.at = 0
    def process(self, inport, message):
        self.at = message
        self.send("out", self.at)

if __name__ == "__main__":
    msgflo_lab.main(Counter)
"""


def test_role_broker_and_initial_packets(tmp_path: Path, mosquitto: Mosquitto) -> None:
    packets = json.dumps({"factor": 3})
    given = ("triple", "--broker", mosquitto.url, "--iips", packets)
    with ExitStack() as stack:
        lab = stack.enter_context(Lab())
        lab.start(mosquitto.url)
        process = stack.enter_context(program(tmp_path, SCRIPT, None, *given))
        assert process.stdout is not None
        assert process.stdout.readline() == f"triple on {mosquitto.url}\n"
        sink = Sink(lab)
        lab.connect("triple.out", sink.port)
        eventually(lambda: state(lab, "triple.out", sink.port) is EdgeState.BOUND)
        lab.send("triple.value", 7)
        assert sink.wait(1) == [21]
        role = next(each for each in lab.network().roles if each.role == "triple")
        assert (role.component, role.icon, role.label) == ("maths/Scale", "times", "Multiplies.")
        process.terminate()
        assert process.wait(DEADLINE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_an_initial_packet_is_a_message_to_a_class(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with Lab() as lab:
        lab.start(mosquitto.url)
        sink = Sink(lab)
        lab.connect("Counter.out", sink.port)
        given = ("--broker", mosquitto.url, "-i", '{"start": 5}')
        with program(tmp_path, COUNTER, None, *given):
            eventually(lambda: state(lab, "Counter.out", sink.port) is EdgeState.BOUND)
            lab.send("Counter.start", 6)
            assert sink.wait(1)[-1] == 6


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "no broker: give its address, or set MSGFLO_BROKER"),
        (("--broker", "mqtt://127.0.0.1:1"), "127.0.0.1:1"),
        (("--iips", "[1]", "--broker", "mqtt://127.0.0.1:1"), "--iips is an object"),
        (("--iips", "{", "--broker", "mqtt://127.0.0.1:1"), "--iips is no JSON"),
        (("--iips", '{"valu": 1}', "--broker", "mqtt://127.0.0.1:1"), "inport `valu`"),
    ],
)
def test_what_cannot_be_done_is_one_line(tmp_path: Path, given: tuple[str, ...], told: str) -> None:
    with program(tmp_path, SCRIPT, None, *given) as process:
        out, err = process.communicate(timeout=DEADLINE)
        assert process.returncode in (1, 2)
        assert out == ""
        assert told in err.splitlines()[-1]
        assert "Traceback" not in err


def test_the_file_as_a_component_keeps_what_it_says(tmp_path: Path, mosquitto: Mosquitto) -> None:
    folder = tmp_path / "components"
    folder.mkdir()
    (folder / "Scale.py").write_text(f"def helper(x): ...\n{SCRIPT}")
    with Lab() as lab:
        lab.library.load(tmp_path)
        lab.start(mosquitto.url)
        lab.fbp("scale(Scale) OUT -> IN nobody\n2 -> FACTOR scale")
        eventually(lambda: any(each.workers for each in lab.network().roles))
        role = next(each for each in lab.network().roles if each.role == "scale")
        assert (role.component, role.icon) == ("Scale", "times")


def plain(x: int, *, factor: float = 2) -> float:
    """Multiplies."""
    return x * factor


def ticks() -> int:
    return 1


class Stateful:
    inports = ("a", "b")
    every = 3

    def process(self, inport: str, message: object) -> None: ...


@pytest.mark.parametrize(
    "behaviour",
    [
        behaviour_of(plain),
        behaviour_of(plain, component="a/B", icon="car", label="x", retries=3, retry_after=0.5),
        behaviour_of(plain, outports="one,two"),
        behaviour_of(plain, outports={"one": "number"}),
        behaviour_of(plain, share=True),
        behaviour_of(plain, share=True, options={"x": {"quorum": True}, "out": {"a": 1}}),
        behaviour_of(plain, options={"x": {"share": True}}),
        behaviour_of(ticks, every=0.5),
        behaviour_of(ticks, every=0.5, label="seconds"),
        behaviour_of(Stateful),
        behaviour_of(Stateful, every=2.0),
    ],
)
def test_details_give_the_same_again(behaviour: Behaviour) -> None:
    assert behaviour_of(behaviour.code, **details_of(behaviour)) == behaviour


def test_details_are_no_more_than_needed() -> None:
    assert details_of(behaviour_of(plain)) == {}
    assert details_of(behaviour_of(ticks, every=0.5)) == {"every": 0.5}
