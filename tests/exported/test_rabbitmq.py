"""A shop on RabbitMQ: workers that a notebook has started, a round robin, dead letters, quorum."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from msgflo_lab import Lab
from tests.brokers import RabbitMQ
from tests.cli.program import started
from tests.exported.conftest import Clean, done
from tests.exported.feeding import fed
from tests.exported.notebook import notebook
from tests.kernel.conftest import Shell

RATES = "RATE = 1.25\n"
WORKER = """\
import os

import shop_rates
from msgflo_lab import run

me = os.environ.get("SHOP_WORKER", "somebody")


def worker(job):
    \"\"\"Writes a bill\"\"\"
    return {"order": job["order"], "gross": float(job["net"]) * shop_rates.RATE}


if __name__ == "__main__":
    run(worker, retries=0)
"""
HIRE = f"""\
import atexit, os, subprocess

workers = []
for name in ("Ada", "Ben"):
    process = subprocess.Popen(
        [{sys.executable!r}, "worker.py"],
        env={{**os.environ, "SHOP_WORKER": name}},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    atexit.register(process.kill)
    workers.append(process)
    print(process.stdout.readline())
"""
CELLS = (
    HIRE,
    "%%participant front --out job,reply\n"
    "def front(request):\n    yield 'job', request\n    yield 'reply', request['order']",
    "%%participant ledger --option bill.quorum=true\ndef ledger(bill):\n    return bill['gross']",
    "%%participant clerk\ndef clerk(failed):\n    return failed['order']",
    "%msgflo balance front.job worker.job --dead-letters clerk.failed",
    "%msgflo connect worker.out ledger.bill",
)
INPUTS = [
    ("front.request", {"order": number, "net": "x" if number == 2 else number})
    for number in (1, 2, 4)
]
OUTPUTS: dict[str, list[Any]] = {
    "front.reply": [1, 2, 4],
    "ledger.out": [1.25, 5.0],
    "clerk.out": [2],
}


@dataclass(frozen=True)
class Shop:
    """It has been exported, and its notebook is closed.

    Attributes:
        folder: The project.
        told: What the export has said.
        gave: What has come out of it in the notebook.
        url: Where it is.
    """

    folder: Path
    told: str
    gave: dict[str, list[Any]]
    url: str


@pytest.fixture(scope="module")
def shop(rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "worker.py").write_text(WORKER)
    (folder / "shop_rates.py").write_text(RATES)
    with rabbitmq.vhost() as vhost, pytest.MonkeyPatch.context() as patch:
        url = f"{vhost}?management=http://127.0.0.1:{rabbitmq.management}"
        patch.setenv("MSGFLO_BROKER", vhost)
        with notebook(folder) as shell:
            shell.run(f"lab.start({url!r})")
            for cell in CELLS:
                shell.run(cell)
            gave = fed(shell.lab, INPUTS, OUTPUTS)
            told = shell.run("%msgflo export project house")
            shell.run("for each in workers:\n    each.terminate()\n    each.wait(10)")
        yield Shop(folder / "house", told, gave, url)


def test_programs_that_the_notebook_has_started_are_in_it(shop: Shop) -> None:
    assert shop.told.splitlines()[1:] == [
        "worker: 2 programs play it here; so many are started of the project, too"
    ]
    worker = shop.folder / "components" / "worker.py"
    assert worker.read_text() == WORKER
    assert (shop.folder / "components" / "shop_rates.py").read_text() == RATES
    assert (
        '"worker" = "python3 components/worker.py"' in (shop.folder / "pyproject.toml").read_text()
    )
    readme = (shop.folder / "README.md").read_text()
    assert "| job → out, error | Writes a bill |" in readme
    assert "Variables of the environment that may be set: `SHOP_WORKER`." in readme
    assert "Of `worker` there are 2 where there is a broker, as its `scale` in" in readme
    assert "`foreman start -m all=1,worker=2`" in readme
    compose = YAML(typ="safe", pure=True).load((shop.folder / "docker-compose.yml").read_text())
    services = compose["services"]
    assert services["broker"]["image"].startswith("rabbitmq:")
    assert services["worker"]["command"] == ["python3", "components/worker.py"]
    assert services["worker"]["deploy"]["replicas"] == 2
    assert services["worker"]["environment"]["SHOP_WORKER"] is None
    assert services["worker"]["healthcheck"]["test"] == services["front"]["healthcheck"]["test"]
    keda = YAML(typ="safe", pure=True).load(
        (shop.folder / "keda" / "scaledobject-worker.yaml").read_text()
    )
    (trigger,) = keda["spec"]["triggers"]
    assert trigger["metadata"]["queueName"] == "worker.JOB"
    assert (keda["spec"]["minReplicaCount"], keda["spec"]["maxReplicaCount"]) == (2, 2)
    assert '{"bill": {"quorum": True}}' in (shop.folder / "components" / "ledger.py").read_text()


def test_it_gives_what_the_notebook_gave(shop: Shop, clean: Clean, tmp_path: Path) -> None:
    command = (clean.program("msgflo-lab"), "run", shop.folder, "--broker", shop.url)
    with Lab("elsewhere") as lab:
        lab.start(shop.url)
        with started(*command, env=clean.variables(), cwd=tmp_path) as program:
            assert " on " in program.line()
            found = fed(lab, INPUTS, OUTPUTS)
            lines = program.until("worker #2 | worker on amqp://")
            status, _, _ = program.end(signal.SIGTERM)
    assert status == 0
    assert any(line.startswith("worker #1 | worker on amqp://") for line in lines)
    assert found == shop.gave == OUTPUTS


def test_a_wheel_that_lies_beside_is_found(shop: Shop, clean: Clean, tmp_path: Path) -> None:
    shutil.copytree(shop.folder, tmp_path / "house")
    shutil.copy(clean.wheel, tmp_path / "house")
    python = tmp_path / "environment" / "bin" / "python"
    done(clean.uv, "venv", "-q", "--python", sys.executable, python.parents[1], cwd=tmp_path)
    install = (clean.uv, "pip", "install", "-q", "--python", python)
    done(*install, "-r", "requirements.txt", cwd=tmp_path / "house")
    assert "0.1.0" in done(python.with_name("msgflo-lab"), "--version", cwd=tmp_path)


def test_it_comes_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with notebook(shop.folder.parent) as shell:
        shell.run(f"lab.start({shop.url!r})")
        told = shell.run("%msgflo import house --cells").splitlines()[-1]
        assert "cells of clerk, front, ledger: run the one below" in told
        assert told.endswith("; programs stay worker")
        for _ in range(3):
            shell.run(_below(shell))
        edges = {str(edge) for edge in shell.lab.graph.edges}
        assert fed(shell.lab, INPUTS, OUTPUTS) == OUTPUTS
        shell.run("%msgflo export project again/house")
        shell.run("%msgflo stop")
    assert len(edges) == 4
    again = shop.folder.parent / "again" / "house"
    for file in sorted(shop.folder.rglob("*")):
        if file.is_file() and file.parent.name != "spec":
            other = again / file.relative_to(shop.folder)
            assert other.read_text() == file.read_text(), file


def _below(shell: Shell) -> str:
    """The cell that has come below."""
    (put,) = shell.ipython.payload_manager.read_payload()
    shell.ipython.payload_manager.clear_payload()  # as a kernel does for each cell
    return str(put["text"])
