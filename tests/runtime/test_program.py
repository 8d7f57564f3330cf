"""`python -m msgflo_lab.program FILE ROLE`: which participant a file has, and whose style it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.network import EdgeState
from tests.brokers import Mosquitto
from tests.runtime.helpers import Sink, eventually, role, state

CHECK = """
import sys
from pathlib import Path
from msgflo_lab.runtime.python_file import load, participant_of
file = Path(sys.argv[1])
print(participant_of(load(file), file).__name__)
"""

MSGFLO = """
import msgflo
from msgflo import Participant as P
"""


def chosen(file: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", CHECK, str(file)], capture_output=True, text=True
    )
    return (done.stdout or done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def anything(x): ...", "anything"),
        ("def helper(x): ...\ndef my_file(x): ...", "my_file"),
        ("def f(x): ...\nclass C:\n    def process(self, a, b): ...", "C"),
        (f"{MSGFLO}class Zed(P): ...\nclass MyFile(P): ...\nclass Able(P): ...", "Able"),
        (f"{MSGFLO}class MyFile: ...\nclass Zed(P): ...", "Zed"),
        ("def _helper(x): ...\nfrom json import loads\ndef f(x): ...", "f"),
        ("class A:\n  def run(self): ...\nclass MyFile:\n  def process(self, a, b): ...", "MyFile"),
        ("from msgflo_lab import Participant\nclass P(Participant): ...", "P"),
        ("import beside\ndef f(x): ...", "f"),
    ],
)
def test_the_participant_of_a_file(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "my-file.py"
    file.write_text(text)
    (tmp_path / "beside.py").write_text("")
    assert chosen(file) == expected


@pytest.mark.parametrize(
    ("text", "told"), [("x = 1", "none"), ("def a(x): ...\ndef b(x): ...", "a, b")]
)
def test_a_file_that_has_none_or_several_says_so(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "f.py"
    file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "msgflo_lab.program", str(file), "r"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"{file}: a file has one participant")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


REPEAT = """
import msgflo

class Repeat(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "PythonRepeat",
            "label": "Repeats what comes",
            "icon": "code",
            "inports": [{"id": "data", "type": "object"}],
            "outports": [{"id": "out", "type": "any"}, {"id": "raw", "type": "any"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        if msg.data == "bad":
            self.nack(msg)
            return
        self.send("out", [self.definition["role"], inport, msg.data])
        self.ack(msg)

if __name__ == "__main__":
    msgflo.main(Repeat)
"""


def test_a_participant_in_msgflos_style(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """What stands in for the library runs it; that is not installed here."""
    file = tmp_path / "repeat.py"
    file.write_text(REPEAT)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "msgflo_lab.program", str(file), "rep"],
        env={**os.environ, "MSGFLO_BROKER": mosquitto.url},
    )
    try:
        with Lab() as lab:
            lab.start(mosquitto.url)
            sink = Sink(lab)
            lab.connect("rep.out", sink.port)
            eventually(lambda: state(lab, "rep.out", sink.port) is EdgeState.BOUND)
            found = role(lab, "rep")
            assert (found.component, found.label) == ("PythonRepeat", "Repeats what comes")
            assert [port.id for port in found.inports] == ["data"]
            for value in ({"a": 1}, "bad", "text"):
                lab.send("rep.data", value)
            assert sink.wait(2) == [["rep", "data", {"a": 1}], ["rep", "data", "text"]]
    finally:
        process.terminate()
        assert process.wait(20) == 0
