"""A project that is opened and written again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from msgflo_lab.names import Role
from msgflo_lab_kernel.export.back import cell_of
from tests.brokers import Mosquitto
from tests.kernel.conftest import Shell
from tests.runtime.helpers import Foreign, definition

PACKAGE = {
    "name": "house",
    "dependencies": {"msgflo-nodejs": "^0.11"},
    "msgflo": {"namespace": ""},
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _texts(folder: Path) -> dict[str, str]:
    files = (each for each in folder.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each.read_text() for each in files}


def test_what_node_needs_comes_along(shell: Shell, folder: Path) -> None:
    (folder / "old" / "components").mkdir(parents=True)
    (folder / "old" / "components" / "Echo.js").write_text("module.exports = () => null;\n")
    (folder / "old" / "package.json").write_text(json.dumps(PACKAGE))
    (folder / "old" / "package-lock.json").write_text("{}")
    (folder / "old" / "main.fbp").write_text("echo(Echo)\n")
    shell.run("%msgflo import old")
    shell.run("%msgflo export project new")
    assert json.loads((folder / "new" / "package.json").read_text()) == PACKAGE
    assert (folder / "new" / "package-lock.json").read_text() == "{}"
    shell.run("%msgflo import new")
    shell.run("%msgflo export project again/new")
    assert _texts(folder / "again" / "new") == _texts(folder / "new")


def test_a_described_device_has_the_same_ports(shell: Shell, folder: Path) -> None:
    shell.run("%%foreign lamp\ncomponent: a/Lamp\ninports: {on: {queue: lamp/on}}")
    shell.run("%msgflo export project house")
    assert "| on → |" in (folder / "house" / "README.md").read_text()
    shell.run("%msgflo remove lamp\n%msgflo import house")
    shell.run("%msgflo export project again/house")
    assert _texts(folder / "again" / "house") == _texts(folder / "house")


def test_cells_import_what_lay_beside_their_scripts(
    shell: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder / "first")])
    (folder / "first").mkdir()
    (folder / "first" / "house_upper.py").write_text("import house_lower\nN = house_lower.N\n")
    (folder / "first" / "house_lower.py").write_text("N = 1\n")
    shell.run("%%participant p\nimport house_upper\n\ndef p(x):\n    return house_upper.N")
    shell.run("%msgflo export project house")
    shell.run("lab.remove('p')")
    monkeypatch.setattr(sys, "path", sys.path[:-1])
    for name in ("house_upper", "house_lower"):
        sys.modules.pop(name)
    shell.run("%msgflo import house --cells")
    shell.run(cell_of(Role("p"), (folder / "house" / "components" / "p.py").read_text()) or "")
    shell.run("%msgflo export project again/house")
    assert _texts(folder / "again" / "house") == _texts(folder / "house")


def test_what_cells_set_does_not_pile_up_in_their_scripts(shell: Shell, folder: Path) -> None:
    shell.run("import decimal, os\nos.environ['HOUSE_A'] = 'a'\nos.environ['HOUSE_B'] = 'b'")
    shell.run("decimal.getcontext().prec = 6")
    for role in "pq":
        read = "os.environ['HOUSE_A'], decimal.getcontext().prec"
        shell.run(f"%%participant {role}\ndef {role}(x):\n    return {read}")
    shell.run("%msgflo export project house")
    for trip in ("second", "third"):
        shell.run("lab.remove('p')\nlab.remove('q')")
        shell.run("%msgflo import house --cells")
        for role in "pq":
            script = (folder / "house" / "components" / f"{role}.py").read_text()
            shell.run(cell_of(Role(role), script) or "")
        shell.run(f"%msgflo export project {trip}/house")
        assert _texts(folder / trip / "house") == _texts(folder / "house")


def test_it_stays_with_the_kind_of_its_broker(shell: Shell, folder: Path) -> None:
    shell.run("%%participant p\ndef p(x):\n    return x")
    told = shell.run("%msgflo export project house --broker amqp")
    assert ", for RabbitMQ; how" in told
    assert "rabbitmq" in (folder / "house" / "docker-compose.yml").read_text()
    shell.run("lab.remove('p')")
    shell.run("%msgflo import house")
    assert ", for RabbitMQ; how" in shell.run("%msgflo export project again/house")
    assert _texts(folder / "again" / "house") == _texts(folder / "house")
    told = shell.run("%msgflo export project third --broker mqtt")
    assert ", for Mosquitto; how" in told


def test_the_last_broker_counts(shell: Shell, vhost: str) -> None:
    shell.run("%%participant p\ndef p(x):\n    return x")
    assert "for Mosquitto (as nothing says for which broker" in shell.run(
        "%msgflo export project house"
    )
    shell.run(f"lab.start({vhost!r})")
    shell.run("%msgflo stop")
    assert ", for RabbitMQ; how" in shell.run("%msgflo export project house --replace")


def test_only_a_project_is_for_a_broker(shell: Shell) -> None:
    assert "--broker is for `export project DIR`" in shell.fail(
        "%msgflo export net.fbp --broker amqp"
    )


def test_it_knows_what_the_queues_of_others_are_called(
    shell: Shell, mosquitto: Mosquitto, folder: Path
) -> None:
    """So that they are bound before they announce themselves, where a broker keeps nothing."""
    shell.run(f"lab.start({mosquitto.url!r})")
    shell.run("%%participant valve\ndef valve(bar):\n    return bar > 3")
    Foreign(shell.lab, definition("pump", {"on": "pump.ON"}, {"bar": "pump/bar"}))
    shell.run("%msgflo connect pump.bar valve.bar\n%msgflo connect valve.out pump.on")
    shell.run("%msgflo export project house")
    assert "--ignore valve,pump" in (folder / "house" / "Procfile").read_text()
    graph = (folder / "house" / "main.fbp").read_text()
    assert '"queues": {"outports": {"bar": "pump/bar"}}' in graph
    assert graph.count('"queues"') == 1
