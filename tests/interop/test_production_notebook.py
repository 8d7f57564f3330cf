"""The notebook that leads out of the notebook: without a broker, and on real ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Mosquitto, RabbitMQ
from tests.interop.notebooks import Shown, every, executed, one, read, shown_in

NAME = "05-to-production"
SAYS = "22.5 °C: warm"


@pytest.fixture(params=[Mosquitto, RabbitMQ])
def broker(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Mosquitto | RabbitMQ]:
    made: Mosquitto | RabbitMQ = request.param(tmp_path_factory.mktemp("broker"))
    made.start()
    # Where RabbitMQ's management is not found, whoever starts a network is told of it.
    where = f"?management=http://127.0.0.1:{made.management}" if isinstance(made, RabbitMQ) else ""
    monkeypatch.setenv("MSGFLO_BROKER", made.url + where)
    yield made
    made.kill()


def check(shown: Shown) -> None:
    """What is the same with a broker and without."""
    assert one(shown, "%msgflo inspect report.out") == f"{SAYS}\n{SAYS}"
    told, _ = every(shown, "%msgflo export participant report")
    assert "`limits` (cell 3): what `read_text` reads may not be there" in told
    script = one(shown, 'Path("report.py")')
    assert 'limits = {"cold": 10, "mild": 20, "warm": 30}' in script
    assert "# What people say to it\ndef word_for" in script
    assert "uv run report.py" in script
    assert not [each for each in ("READINGS", "deque", "json", "Path") if each in script]
    assert one(shown, "spec house/spec").endswith("1 passed")
    assert one(shown, "grep").split() == f"report | {SAYS} ".split() * 3
    assert one(shown, "with Lab()") == f"['{SAYS}', '{SAYS}']"


def test_everything_that_leaves_needs_no_notebook(broker: Mosquitto | RabbitMQ) -> None:
    shown = executed(read(NAME))
    assert re.fullmatch(f"upstairs on (mqtt|amqp)\n{SAYS}", one(shown, "subprocess.Popen"))
    check(shown)


def test_what_is_stored_says_the_same() -> None:
    """It was run without a broker; that it still is so, nbval finds out."""
    notebook = read(NAME)
    shown = shown_in(notebook)
    assert one(shown, "subprocess.Popen") == "left out: it needs a broker"
    check(shown)
    files = {Path(line) for line in one(shown, "rglob").splitlines()}
    (table,) = [cell.source for cell in notebook.cells if "docker compose up" in cell.source]
    named = re.findall(r"`((?:house/)?[\w.-]+/?[\w.-]*)`", table)
    assert named
    for each in named:
        path = Path("house") / each.removeprefix("house/")
        assert any(path == file or path in file.parents for file in files), each
