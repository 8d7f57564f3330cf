"""What the README shows does what the README says, as it stands there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.brokers import Mosquitto

from .conftest import Shell

README = (Path(__file__).parents[2] / "README.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
CELLS = [block for block in BLOCKS if block.startswith("%")]
PLAIN = [block for block in BLOCKS if not block.startswith("%")]
ADDRESS = "mqtt://localhost"


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


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # there is nothing but asking
