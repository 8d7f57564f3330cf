"""What the README shows does what the README says, as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from msgflo_lab_transports.ports import OPTIONS
from tests.brokers import Mosquitto, RabbitMQ

from .conftest import Shell

README = (Path(__file__).parents[2] / "README.md").read_text()
HEADING = "## Workers and dead letters"
TOUR, _, REST = README.partition(HEADING)
WORKERS, _, REST = REST.partition("\n## ")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


BLOCKS = blocks(TOUR + REST, "python")
CELLS = [block for block in BLOCKS if block.startswith("%")]
PLAIN = [block for block in BLOCKS if not block.startswith("%")]
ADDRESS = "mqtt://localhost"
AMQP = "amqp://localhost"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path)
    mosquitto.start()
    yield mosquitto
    mosquitto.kill()


def test_the_tour_within_the_kernel(bare_shell: Shell) -> None:
    # In the test itself: pytest puts its own streams back between a fixture and its test.
    bare_shell.ipython.run_line_magic("load_ext", "msgflo_lab")
    printed = [bare_shell.run(cell) for cell in CELLS if ADDRESS not in cell]
    shown = "\n".join(printed)
    assert "thermo: (a source) -> out, error" in shown
    assert "display: text -> out, error" in shown
    assert re.search(r"^[\d:.]+  22\.3333333$", shown, re.MULTILINE)
    assert re.search(r"^[\d:.]+  Temperature: 22\.3 C$", shown, re.MULTILINE)

    def has_both() -> bool:
        log = bare_shell.run("%msgflo log display").splitlines()
        return "Temperature: 22.3 C" in log and "22 degrees" in log

    _until(has_both)
    assert bare_shell.run("%msgflo errors") == "no errors"


def test_the_tour_goes_on_with_a_broker(bare_shell: Shell, broker: Mosquitto) -> None:
    assert any(ADDRESS in cell for cell in CELLS)
    for cell in CELLS:
        bare_shell.run(cell.replace(ADDRESS, broker.url))
    assert bare_shell.lab.status().is_up
    (seen,) = bare_shell.lab.inspect("display.text", 1, wait=10, new=True)
    assert str(seen.value).startswith(("Temperature", "22 degrees"))


def test_the_plain_python(capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = PLAIN
    exec(compile(program, "README.md", "exec"), {})
    assert capsys.readouterr().out == "45.0\n"


def test_workers_and_dead_letters(bare_shell: Shell, tmp_path: Path) -> None:
    (program,), (cell,), (session,) = (blocks(WORKERS, each) for each in ("py", "python", "text"))
    rabbitmq = RabbitMQ(tmp_path)
    rabbitmq.start()
    worker: subprocess.Popen[str] | None = None
    try:
        bare_shell.ipython.run_line_magic("load_ext", "msgflo_lab")
        bare_shell.run(cell.replace(AMQP, rabbitmq.url))
        bare_shell.run("%%participant front --out job\ndef front(request):\n    return request")
        file = tmp_path / "worker.py"
        file.write_text(program.replace(AMQP, rabbitmq.url))
        worker = subprocess.Popen([sys.executable, file], stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("worker on amqp://")
        _follow(bare_shell, session)
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait()
        rabbitmq.kill()


def test_every_port_option_is_told() -> None:
    text = (Path(__file__).parents[2] / "docs" / "port-options.md").read_text()
    spellings = {"auto_delete": "autoDelete"}
    assert [name for name in OPTIONS if f"`{spellings.get(name, name)}`" not in text] == []


def _follow(shell: Shell, session: str) -> None:
    """Type what the README shows, and compare what it says that comes back."""
    (dead, head, line), (requeue, back) = (part.splitlines() for part in session.split("\n\n"))
    identity, payload = line.split()[0], line[line.index("{") :]
    _until(lambda: "pending" not in shell.run("%msgflo status"))
    shell.run(f"%msgflo send front.request {payload}")
    _until(lambda: shell.run(dead) != "no dead letters")
    shown_head, shown_line = shell.run(dead).splitlines()
    now = shown_line.split()[0]
    shape = re.sub(r"\d\d:\d\d:\d\d", "14:03:12", shown_line.replace(now, identity))
    assert (shown_head, shape) == (head, line)
    shell.lab.inspect("worker.out")  # somebody else's port: it is listened to from now on
    assert shell.run(requeue.replace(identity, now)) == back
    (seen,) = shell.lab.inspect("worker.out", 1, wait=10)
    assert seen.value == {"order": 13, "gross": 27.599999999999998}


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # there is nothing but asking
