"""The directory of a project is watched while the lab runs; and what the library says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import InvalidConfig, InvalidName, UnknownName
from msgflo_lab.network import RoleState
from tests.brokers import Mosquitto
from tests.runtime.helpers import Foreign, definition, eventually, on_loop, role
from tests.runtime.projects import DOUBLE, is_alive, node, pid, project


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgflo_lab.runtime.limits.LOOK_INTERVAL", 0.05)


def names(lab: Lab) -> list[str]:
    return [each.name for each in lab.library.components() if not each.name.startswith("core/")]


def test_files_that_come_change_and_go(lab: Lab, tmp_path: Path) -> None:
    assert lab.library.load(project(tmp_path)) == []
    file = tmp_path / "components" / "A.py"
    file.write_text("def a(x): ...")
    eventually(lambda: names(lab) == ["demo/A"])
    assert lab.library.source("A").code == "def a(x): ..."
    file.write_text("def a(x, y): ...")
    eventually(lambda: "y" in lab.library.source("A").code)
    (tmp_path / "components" / "A.js").write_text("")
    eventually(lambda: any("A.py" in each for each in lab.status().problems))
    file.unlink()
    eventually(lambda: lab.library.source("A").language == "javascript")
    (tmp_path / "components" / "A.js").unlink()
    eventually(lambda: names(lab) == [])


@pytest.fixture
def busy(mosquitto: Mosquitto) -> Iterator[Lab]:
    with Lab() as lab:
        lab.start(mosquitto.url)
        yield lab


def test_who_runs_a_file_begins_anew_when_it_changes_and_ends_with_it(
    busy: Lab, tmp_path: Path
) -> None:
    busy.library.load(project(tmp_path, Double=DOUBLE))
    node(busy, "a", "Double")
    eventually(lambda: role(busy, "a").state is RoleState.RUNNING)
    first, file = pid(busy, "a"), tmp_path / "components" / "Double.py"
    file.write_text(DOUBLE.replace("Doubles", "Does something else"))
    eventually(lambda: pid(busy, "a") not in (0, first))
    eventually(lambda: busy.library.find("Double").description == "Does something else")
    second = pid(busy, "a")
    file.unlink()
    eventually(lambda: not is_alive(second) and pid(busy, "a") == 0)


def test_without_a_broker_the_library_is_there_too(tmp_path: Path) -> None:
    with Lab() as lab:
        assert lab.library.load(project(tmp_path, Double=DOUBLE)) == ["demo/Double"]
        (tmp_path / "components" / "B.py").write_text("def b(x): ...")
        lab.library.refresh()
        assert names(lab) == ["demo/B", "demo/Double"]
        assert lab.library.add("C", "python", "def c(x): ...") == "demo/C"
        assert lab.library.find("core/Repeat") is lab.library.find("Repeat")
        with pytest.raises(UnknownName, match="did you mean `demo/Double`"):
            lab.library.find("demo/Doubel")
        with pytest.raises(InvalidName):
            lab.library.add("../C", "python", "")


def test_a_wrong_configuration_changes_nothing(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, {"A": "a"}, Double=DOUBLE))
    (tmp_path / "package.json").write_text('{"name": "x", "components": {"B": "b", "C": 1}}')
    with pytest.raises(InvalidConfig, match=r"package.json: `components.C` is to be text, not 1"):
        lab.library.load(tmp_path)
    assert names(lab) == ["A", "demo/Double"]


def test_what_is_announced_is_in_the_library(lab: Lab) -> None:
    lamp = Foreign(lab, definition("lamp", {"on": "lamp/on"}))
    found = lab.library.find("Foreign")
    assert found.how is None
    assert [port.id for port in found.inports] == ["on"]
    assert lab.library.source("Foreign").language == "discovery"
    lamp.announce(definition("lamp", {"on": "lamp/on", "off": "lamp/off"}))
    eventually(lambda: len(lab.library.find("Foreign").inports) == 2)


def test_a_client_sets_the_source_of_a_file(lab: Lab, tmp_path: Path) -> None:
    lab.library.load(project(tmp_path, Double=DOUBLE))
    on_loop(lab, lambda _: lab._host.set_source("demo/Double", "python", "def x(y): ..."))
    on_loop(lab, lambda _: lab._host.set_source("demo/New", "javascript", "1"))
    files = tmp_path / "components"
    assert (files / "Double.py").read_text() == "def x(y): ..."
    assert (files / "New.js").read_text() == "1"
