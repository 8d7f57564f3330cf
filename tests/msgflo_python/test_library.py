"""Programs for msgflo-python as components of a project, that a lab runs by itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.brokers import RabbitMQ
from tests.interop.amqp import lab_on
from tests.interop.watching import all_bound, is_running, role_of, wait_for
from tests.runtime.helpers import Sink
from tests.runtime.projects import is_alive, node, pid

from .conftest import PROGRAMS


def test_a_lab_runs_them_on_amqp(rabbitmq: RabbitMQ, vhost: str, tmp_path: Path) -> None:
    (tmp_path / "participants").mkdir()
    (tmp_path / "package.json").write_text(json.dumps({"name": "house", "msgflo": {}}))
    for name in ("power", "validator"):
        shutil.copy(PROGRAMS / f"{name}.py", tmp_path / "participants")
    with lab_on(rabbitmq, vhost) as lab:
        assert lab.library.load(tmp_path) == ["house/power", "house/validator"]
        node(lab, "checks", "validator")
        node(lab, "watts", "house/power")
        sink = Sink(lab)
        lab.connect("checks.good", "watts.in")
        lab.connect("watts.out", sink.port)
        wait_for(lab, is_running("watts"))
        wait_for(lab, all_bound)
        for number in (2, 9001, 10_000):
            lab.send("checks.in", number)
        assert sink.wait(1) == ["Power consumption over 9000: 10000"]
        found = role_of(lab.network(), "checks")
        assert found is not None
        assert found.component == "house/validator"
        assert [port.queue for port in found.inports] == ["checks/in"]
        assert len(lab.dead.letters("checks.in")) == 1
        group = pid(lab, "watts")
        lab.stop()
        assert not is_alive(group)
