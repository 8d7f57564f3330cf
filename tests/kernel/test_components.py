"""`%msgflo components` and `%msgflo library`, as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.runtime.helpers import eventually
from tests.runtime.projects import DOUBLE, node, project

from .conftest import Shell


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project(tmp_path, {"house/Lamp": "lamp #ROLE"}, Double=DOUBLE)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_project_is_loaded_and_listed(shell: Shell, house: Path) -> None:
    assert shell.run("%msgflo library") == "2 components: demo/Double, house/Lamp"
    table = shell.run("%msgflo components").splitlines()
    assert table[0].split() == ["component", "runs", "inports", "outports", "what", "it", "does"]
    rows = {line.split()[0]: line.split()[1:] for line in table[1:]}
    assert rows["house/Lamp"] == ["program"]
    assert rows["demo/Double"] == ["program", "(Double.py)"]
    assert rows["core/Count"] == ["here", "in,", "reset", "count", "Counts", "what", "comes", "in"]
    assert shell.run("%msgflo components Double") == DOUBLE.rstrip()
    assert shell.run(f"%msgflo library {house}/package.json --directory other").startswith("1 comp")
    assert shell.run("%msgflo library other --directory other").startswith("no components there")


def test_what_is_wrong_is_one_line(shell: Shell, house: Path) -> None:
    from IPython.core.error import UsageError

    (house / "package.json").write_text('{"msgflo": {"handlers": {"py": "x"}}}')
    for line, told in (
        ("library", "package.json: `msgflo.handlers.py` is no extension with its dot, like `.py`"),
        ("library nowhere", "nowhere: is not there"),
        ("components core/Reapet", "no component `core/Reapet`"),
    ):
        with pytest.raises(UsageError) as caught:
            shell.run(f"%msgflo {line}")
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)


def test_completion(shell: Shell, house: Path) -> None:
    assert shell.complete("%msgflo library ")[:3] == ["components/", "other/", "package.json"]
    assert shell.complete("%msgflo library --directory o") == ["other/"]
    assert shell.complete("%msgflo components core/Re") == ["core/Repeat"]


def test_what_a_program_prints_is_in_its_log(
    shell: Shell, house: Path, mosquitto: Mosquitto
) -> None:
    shell.run(f"%msgflo start {mosquitto.url}")
    shell.run("%msgflo library")
    node(shell.lab, "a", "Double")
    eventually(lambda: "a on mqtt" in shell.run("%msgflo log a"))


def test_what_keeps_a_node_is_in_the_status(
    shell: Shell, house: Path, mosquitto: Mosquitto
) -> None:
    project(house, {"Mute": "exec sleep 1000", "Done": "exit 0"})
    shell.run(f"%msgflo start {mosquitto.url}")
    shell.run("%msgflo library")
    for number in range(9):
        node(shell.lab, f"done{number}", "Done")
    eventually(lambda: "`done0`: over (exit 0)" in shell.run("%msgflo status"))
    assert "  and 1 more, see `%msgflo participants`" in shell.run("%msgflo status").splitlines()
    eventually(lambda: shell.run("%msgflo participants").count("over (exit 0)") == 9)


def test_removed_is_not_the_same_as_taken_back(shell: Shell) -> None:
    shell.run("%msgflo start")
    shell.run("%%fbp\n1 -> IN c(core/Repeat) OUT -> IN d(core/Drop)")
    shell.run("%%participant c\ndef c(in_): return -in_")
    assert shell.run("%msgflo remove c") == "c is gone; `core/Repeat` plays its role again"
    again = "it runs again when its graph is put in again"
    assert shell.run("%msgflo remove c") == f"c is gone; {again}"
    assert f"  `c`: removed; {again}" in shell.run("%msgflo status").splitlines()
    shell.run("%%fbp\n1 -> IN c(core/Repeat) OUT -> IN d(core/Drop)")
    assert shell.run("%msgflo status") == "lab: on direct://, 2 participants, 1 edge"
