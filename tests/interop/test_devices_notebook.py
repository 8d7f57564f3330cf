"""The notebook of devices and legacy with a real Mosquitto, and a device of somebody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.brokers import Mosquitto
from tests.foreign.device import device
from tests.interop.notebooks import every, executed, one, read

NAME = "04-devices-and-legacy"


@pytest.fixture
def broker(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mosquitto]:
    """One of its own: its topics are those of a house."""
    made = Mosquitto(tmp_path_factory.mktemp("house"))
    made.start()
    monkeypatch.setenv("MSGFLO_BROKER", made.url)
    yield made
    made.kill()


def test_with_a_broker(broker: Mosquitto) -> None:
    with device(broker) as fan:
        fan.hear("home/fan/set")
        shown = executed(read(NAME))
        assert [fan.next().payload for _ in range(2)] == [b"ON", b"OFF"]
    assert one(shown, "25.5 °C").endswith("['ON']")
    assert "`kitchen.temp`: `hot` is no number" in one(shown, "hot °C")
    assert one(shown, '"bath", 71.5').endswith("[{'kitchen': 45}, {'bath': 71.5}, {'cellar': 80}]")
    assert one(shown, "import time") == "[('plug', 'homeassistant/switch', True)]"
    assert one(shown, '"offline"') == "[('plug', False)]"
    assert "role: door" in one(shown, "%msgflo scan")
    assert one(shown, "subprocess.Popen") == "counter(Counter) running\n[1]"
    assert one(shown, "%%fbpspec").startswith("2 passed")
    table = one(shown, "lab.metrics.summary()")
    assert table.startswith("link up")
    assert "counter" in table
    assert every(shown, "%msgflo stop") == ["lab: stopped"]
