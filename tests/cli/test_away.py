"""A broker that goes away for good, from those who only look."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import started

IMPATIENT = (
    "import msgflo_lab.cli.broker as broker; broker.PATIENCE = {}; "
    "from msgflo_lab.__main__ import main; main()"
)


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    found = Mosquitto(tmp_path_factory.mktemp("killed"))
    found.start()
    yield found
    found.kill()


def command(patience: float, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", IMPATIENT.format(patience), *arguments)


@pytest.mark.parametrize(
    "arguments", [["participants", "--watch"], ["dump", "--follow", "--queue", "q"]]
)
def test_who_watches_is_told(arguments: list[str], broker: Mosquitto) -> None:
    with started(*command(0.2, *arguments, "--broker", broker.url)) as program:
        broker.wait_for_log("\tfbp" if "--watch" in arguments else "\tq")
        broker.kill()
        assert program.complaint().startswith("msgflo-lab: link down: ")
        said = f"msgflo-lab: {broker.url} has been away for 0.2 s, so I look no longer"
        assert program.complaint() == said
        assert program.process.wait() == 1


def test_one_that_comes_back_is_waited_for(broker: Mosquitto) -> None:
    with started(*command(60, "participants", "--watch", "--broker", broker.url)) as program:
        broker.wait_for_log("\tfbp")
        broker.restart()
        assert program.complaint().startswith("msgflo-lab: link down: ")
        assert program.complaint().startswith("msgflo-lab: link up")
        assert program.end(signal.SIGTERM) == (0, "", "")


def test_a_list_that_may_not_be_whole(broker: Mosquitto) -> None:
    arguments = ["participants", "--json", "--wait", "2", "--broker", broker.url]
    with started(*command(60, *arguments)) as program:
        broker.wait_for_log("\tfbp")
        broker.kill()
        assert json.loads("".join(program.lines(1))) == []
        assert program.complaint().startswith("msgflo-lab: link down: ")
        assert program.process.wait() == 1
