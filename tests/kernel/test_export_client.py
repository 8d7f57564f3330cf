"""`%msgflo export client`: a program for a device that is registered here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kernel.conftest import Shell

CELL = """%%foreign
component: home/Thermometer
role: bitraf/kitchen
outports: {temp: {queue: "#ROLE/temp", type: number, encoding: number}}
inports: {led: {queue: "#ROLE/led", type: boolean, encoding: "boolean:ON/OFF"}}
"""


@pytest.fixture
def on(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    shell.run(CELL)
    return shell


def test_it_is_written(on: Shell, tmp_path: Path) -> None:
    told = on.run("%msgflo export client bitraf/kitchen --to python")
    assert told.startswith("bitraf_kitchen.py: ")
    text = (tmp_path / "bitraf_kitchen.py").read_text()
    assert "def on_led(value):" in text
    assert "def send_temp(value):" in text
    subprocess.run([sys.executable, "-m", "py_compile", "bitraf_kitchen.py"], check=True)
    on.run("%msgflo export client bitraf/kitchen --to arduino -o there.ino")
    assert "bool send_temp(double value)" in (tmp_path / "there.ino").read_text()


def test_it_is_somebodys_own_then(on: Shell, tmp_path: Path) -> None:
    on.run("%msgflo export client bitraf/kitchen --to node -o k.js")
    (tmp_path / "k.js").write_text("// mine")
    assert "--replace writes over it" in on.fail(
        "%msgflo export client bitraf/kitchen --to node -o k.js"
    )
    assert (tmp_path / "k.js").read_text() == "// mine"
    on.run("%msgflo export client bitraf/kitchen --to node -o k.js --replace")
    assert "function on_led" in (tmp_path / "k.js").read_text()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("client bitraf/kitchen", "one needs the other"),
        ("client --to node", "ROLE is missing"),
        ("net.fbp --to node", "one needs the other"),
        ("client bitraf/kitchen --to cobol", "cobol"),
        ("client bitraf/kitchen --to node --embed x", "no --embed"),
        ("client kitchen --to node", "no foreign participant `kitchen`"),
        ("client bitraf/kitchen --to node -o no/k.js", "cannot be written"),
    ],
)
def test_what_is_typed_wrong(on: Shell, tmp_path: Path, typed: str, told: str) -> None:
    assert told in on.fail(f"%msgflo export {typed}")
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_of_what_cannot_be_expressed(on: Shell, tmp_path: Path) -> None:
    on.run(CELL.replace("encoding: number", 'encoding: "path:$.t"'))
    said = on.fail("%msgflo export client bitraf/kitchen --to python")
    assert "outport `temp` of `bitraf/kitchen`" in said
    assert not list(tmp_path.iterdir())


def test_the_tab_key(on: Shell) -> None:
    assert "client" in on.complete("%msgflo export cl")
    assert on.complete("%msgflo export client b") == ["bitraf/kitchen"]
    assert on.complete("%msgflo export client bitraf/kitchen --to m") == ["micropython"]
