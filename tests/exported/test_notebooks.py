"""What leaves our notebooks is the same network: run elsewhere, it makes the same of the same."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto, RabbitMQ
from tests.cli.program import started
from tests.exported.conftest import ROOT, Clean
from tests.exported.feeding import Inputs, Outputs, fed
from tests.exported.notebook import notebook
from tests.interop.notebooks import executed, read


@dataclass(frozen=True)
class Case:
    """A notebook of ours.

    Attributes:
        name: Of its file.
        before: What the cell has in it before which its network is exported.
        inputs: What it is fed with, there and elsewhere.
        outputs: What has to come out.
        embed: Names of data that go along.
        says: What it prints by itself where there is no broker.
        left: What does not go along.
        topics: Inputs that need a broker with topics, and what comes out then.
    """

    name: str
    before: str
    inputs: Inputs
    outputs: Outputs
    embed: tuple[str, ...] = ()
    says: str = ""
    left: str = ""
    topics: tuple[Inputs, Outputs] = field(default=((), {}))

    def feed(self, lab: Lab, *, is_mqtt: bool) -> dict[str, list[Any]]:
        inputs, outputs = self.topics if is_mqtt else ((), {})
        return fed(lab, [*self.inputs, *inputs], {**self.outputs, **outputs})


CASES = [
    Case(
        "00-thermometer",
        "import os",
        [("guard.temperature", 7.5), ("format.celsius", 19.5)],
        {
            "guard.out": [True, False],
            "format.out": ["Inside 22.2 C Outside: -5.5 C", "Inside 19.5 C Outside: -5.5 C"],
        },
        says="display | Inside 22.2 C Outside: -5.5 C",
    ),
    Case(
        "02-workers-and-dead-letters",
        "for process in workers",
        [("front.request", {"order": number, "net": number / 4}) for number in (101, 102)],
        {
            "front.reply": [{"status": 202, "order": 101}, {"status": 202, "order": 102}],
            "worker.out": [
                {"order": 101, "gross": 30.3, "by": "this notebook"},
                {"order": 102, "gross": 30.6, "by": "this notebook"},
            ],
        },
    ),
    Case(
        "03-graphs",
        "import pathlib",
        [("sensor.in", 10), ("sensor.in", 31.5)],
        {"fahrenheit.out": [50.0, 88.7], "hot.out": [88.7]},
    ),
    Case(
        "04-devices-and-legacy",
        "if broker:\n    counter.term",
        [("control.celsius", 30), ("control.celsius", 3)],
        {"control.out": [True, False]},
        left="not in it, since nothing here runs it: plug",
        topics=(
            [("home/kitchen/temp", "35.5 °C"), ("home/attic/humidity", "33")],
            {"ear.heard": ["ON"], "table.out": [{"attic": 33}]},
        ),
    ),
    Case(
        "05-to-production",
        "%msgflo stop",
        [("report.celsius", 5), ("report.celsius", 35)],
        {"report.out": ["5 °C: cold", "35 °C: hot", "22.5 °C: warm"], "smooth.out": [22.5]},
        embed=("limits",),
        says="report | 22.5 °C: warm",
    ),
]


@dataclass(frozen=True)
class Exported:
    """A project, and what its notebook has said.

    Attributes:
        told: What the export has said.
        gave: The different values that have come out, by port.
    """

    case: Case
    folder: Path
    told: str
    gave: dict[str, list[Any]]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.name)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    case: Case = request.param
    folder = tmp_path_factory.mktemp("project") / "house"
    options = " ".join(f"--embed {name}" for name in case.embed)
    cells = [
        f"import json as _json, sys as _sys; _sys.path.append({str(ROOT)!r})\n"
        "from tests.exported.test_notebooks import CASES as _CASES\n"
        f"_case = next(each for each in _CASES if each.name == {case.name!r})\n"
        "print(_json.dumps(_case.feed(lab, is_mqtt=True)))",
        f"%msgflo export project {folder} {options}",
    ]
    notebook = read(case.name)
    at = next(at for at, cell in enumerate(notebook.cells) if case.before in cell.source)
    notebook.cells[at:at] = [nbformat.v4.new_code_cell(cell) for cell in cells]  # type: ignore[no-untyped-call]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MSGFLO_BROKER", raising=False)
        shown = executed(notebook)
    gave, told = (output for source, output in shown if source in cells)
    return Exported(case, folder, told, json.loads(gave))


@pytest.fixture(params=["mosquitto", "rabbitmq"])
def there(request: pytest.FixtureRequest) -> str:
    """The address of a broker on which nobody else is."""
    if request.param == "mosquitto":
        house: Mosquitto = request.getfixturevalue("house")
        return house.url
    rabbitmq: RabbitMQ = request.getfixturevalue("rabbitmq")
    url: str = request.getfixturevalue("vhost")
    return f"{url}?management=http://127.0.0.1:{rabbitmq.management}"


def test_the_export_says_what_it_leaves(exported: Exported) -> None:
    first, *more = exported.told.splitlines()
    assert "for Mosquitto (as nothing says for which broker" in first
    assert "how to run it is in README.md" in first
    assert "\n".join(more) == exported.case.left


def test_on_a_broker_it_gives_what_the_notebook_gave(
    exported: Exported, clean: Clean, there: str
) -> None:
    case, is_mqtt = exported.case, there.startswith("mqtt")
    command = (clean.program("msgflo-lab"), "run", exported.folder, "--broker", there)
    with Lab("elsewhere") as lab:
        lab.start(there)  # before the others announce themselves
        with started(*command, env=clean.variables(), cwd=exported.folder.parent) as program:
            assert " on " in program.line()
            found = case.feed(lab, is_mqtt=is_mqtt)
            status, _, errors = program.end(signal.SIGTERM)
    outputs = {**case.outputs, **(case.topics[1] if is_mqtt else {})}
    for port, values in outputs.items():
        for value in values:
            assert value in exported.gave[port]
            assert value in found[port], errors
        assert all(value in exported.gave[port] for value in found[port])
    assert status == 0
    assert "Traceback" not in errors


def test_its_own_tests_pass(exported: Exported, clean: Clean) -> None:
    if (exported.folder / "spec").exists():
        told = clean.run(
            "msgflo-lab", "spec", "spec", "--componentdir", "components", cwd=exported.folder
        )
        assert "failed" not in told
        assert " passed" in told


def test_without_a_broker_it_is_one_process(exported: Exported, clean: Clean) -> None:
    command = (clean.program("msgflo-lab"), "run", exported.folder)
    with started(*command, env=clean.variables(), cwd=exported.folder.parent) as program:
        assert program.line().endswith("main.fbp on direct://")
        if exported.case.says:
            program.until(exported.case.says)
        while exported.case.topics[0]:  # devices, which are elsewhere
            complaint = program.complaint()
            assert complaint
            if "programs cannot reach direct://" in complaint:
                break
        status, _, errors = program.end(signal.SIGTERM)
    assert status == 0
    assert errors == "" or exported.case.topics[0]


def test_opened_and_exported_again_it_is_the_same(exported: Exported, tmp_path: Path) -> None:
    with notebook(tmp_path) as shell:
        shell.run(f"%msgflo import {exported.folder}")
        shell.run("%msgflo export project house")
    _same(exported.folder, tmp_path / "house")


def test_so_it_is_on_a_broker(exported: Exported, house: Mosquitto, tmp_path: Path) -> None:
    with notebook(tmp_path) as shell:
        shell.run(f"lab.start({house.url!r})")
        shell.run(f"%msgflo import {exported.folder}")
        shell.run("%msgflo export project house")
    _same(exported.folder, tmp_path / "house")


def _same(one: Path, other: Path) -> None:
    """Two folders have the same files, with the same in them."""
    there, again = (
        {
            file.relative_to(folder).as_posix(): file.read_text()
            for folder, file in ((each, file) for file in each.rglob("*") if file.is_file())
            if file.parent.name != "__pycache__"
        }
        for each in (one, other)
    )
    assert again.keys() == there.keys()
    for name, text in there.items():
        assert again[name] == text, name
