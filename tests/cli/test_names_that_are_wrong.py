"""A name, or a variable, that is none: one line that says what there is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import DEADLINE, environment, run, started

GRAPH = "thermometer(core/Repeat) OUT -> IN display(core/Drop)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.fbp").write_text(GRAPH)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ["run", "net.fbp", "--ignore", "display,thermometre"],
        ["setup", "net.fbp", "--participants", "--forever", "--ignore", "thermometre"],
    ],
)
def test_a_role(command: list[str], folder: Path, mosquitto: Mosquitto) -> None:
    said = run(*command, "--broker", mosquitto.url, cwd=folder)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        "msgflo-lab: no role `thermometre`; there are: thermometer, display "
        "(did you mean `thermometer`?)\n"
    )


def test_a_period(folder: Path) -> None:
    said = run("run", "net.fbp", cwd=folder, env=environment(MSGFLO_DISCOVERY_PERIOD="1min"))
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        "msgflo-lab: MSGFLO_DISCOVERY_PERIOD is whole seconds, 1 at least, and not `1min`\n"
    )


def test_a_period_of_a_program(folder: Path, mosquitto: Mosquitto) -> None:
    (folder / "double.py").write_text("def double(x):\n    return 2 * x\n")
    command = [sys.executable, "-m", "msgflo_lab.program", "double.py", "twice"]
    env = environment(MSGFLO_DISCOVERY_PERIOD="1min", MSGFLO_BROKER=mosquitto.url)
    with started(*command, env=env, cwd=folder) as program:
        out, err = program.process.communicate(timeout=DEADLINE)
    assert (program.process.returncode, out) == (1, "")
    assert "MSGFLO_DISCOVERY_PERIOD is whole seconds" in err
    assert err.count("\n") == 1


def test_programs_for_msgflos_own_library_do_not_read_it(
    folder: Path, mosquitto: Mosquitto
) -> None:
    (folder / "old.py").write_text(OLD)
    command = [sys.executable, "-m", "msgflo_lab.program", "old.py", "old"]
    env = environment(MSGFLO_DISCOVERY_PERIOD="1min", MSGFLO_BROKER=mosquitto.url)
    with started(*command, env=env, cwd=folder) as program:
        assert "old" in program.line()


OLD = """import msgflo

class Old(msgflo.Participant):
    def __init__(self, role):
        d = {
            "component": "Old", "label": "",
            "inports": [{"id": "in", "type": "any"}],
            "outports": [{"id": "out", "type": "any"}],
        }
        msgflo.Participant.__init__(self, d, role)

    def process(self, inport, msg):
        self.send("out", msg.data)
        self.ack(msg)
"""


def test_a_component_has_a_line(folder: Path) -> None:
    (folder / "net.fbp").write_text(f"# by hand\n{GRAPH.replace('core/Drop', 'core/Drip')}")
    said = run("fbp", "lint", "net.fbp", cwd=folder)
    assert said.returncode == 1
    assert said.stdout.startswith("net.fbp:2:36: unknown component: display: no component")
    assert '"line": 2, "column": 36' in run("fbp", "lint", "--json", "net.fbp", cwd=folder).stdout
