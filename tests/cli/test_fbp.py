"""`msgflo-lab fbp`: convert, format, lint."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import run

TEXT = "a(core/Repeat) OUT -> IN b(core/Drop)  # to nowhere\n'5' -> IN a\n"


def test_there_and_back(tmp_path: Path) -> None:
    source, target = tmp_path / "net.fbp", tmp_path / "net.json"
    source.write_text(TEXT)
    assert run("fbp", "convert", str(source), str(target)).returncode == 0
    graph = json.loads(target.read_text())
    assert graph["processes"]["a"] == {"component": "core/Repeat"}
    back = run("fbp", "convert", str(target)).stdout
    assert "a OUT -> IN b" in back
    piped = run("fbp", "convert", "-", stdin=back)
    assert json.loads(piped.stdout) == graph


def test_places_go_beside_a_text_and_into_json(tmp_path: Path) -> None:
    source, target = tmp_path / "net.json", tmp_path / "other.fbp"
    placed = {"component": "core/Repeat", "metadata": {"x": -8, "y": 40.5}}
    source.write_text(json.dumps({"processes": {"a": placed}, "connections": []}))
    assert run("fbp", "convert", str(source), str(target)).returncode == 0
    assert target.read_text().splitlines()[-1] == "a(core/Repeat)"
    assert json.loads((tmp_path / "other.layout.json").read_text())["nodes"]["a"]["x"] == -8
    back = run("fbp", "convert", str(target)).stdout
    assert json.loads(back)["processes"] == {"a": placed}
    # There is nothing beside stdout.
    assert '"y": 40.5' in run("fbp", "convert", str(source)).stdout


def test_files_are_put_into_shape_and_keep_their_comments(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text("a(core/Repeat)   OUT->IN b(core/Drop) # to nowhere \n'5'->IN a")
    said = run("fbp", "format", "--check", str(file))
    assert (said.returncode, said.stdout) == (1, f"would change: {file}\n")
    assert run("fbp", "format", str(file)).stdout == f"changed: {file}\n"
    assert file.read_text() == TEXT
    assert run("fbp", "format", "--check", str(file)).returncode == 0


def test_what_would_change_is_not_in_shape(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text("a(core/Repeat)   OUT->IN b(core/Drop)")
    checked = run("fbp", "format", "--check", "--json", str(file))
    assert json.loads(checked.stdout) == {"file": str(file), "formatted": False}
    done = run("fbp", "format", "--json", str(file))
    assert json.loads(done.stdout) == {"file": str(file), "formatted": True}
    assert run("fbp", "format", "--json", str(file)).stdout == ""


def test_graphs_as_msgflo_saves_them(tmp_path: Path) -> None:
    file, target = tmp_path / "net.json", tmp_path / "net.fbp"
    saved = {
        "properties": {"environment": {"type": "msgflo"}},
        "inports": [],
        "outports": [],
        "processes": {"a": {"component": "core/Repeat"}, "b": {"component": "core/Drop"}},
        "connections": [
            {"src": {"process": "a", "port": "out"}, "tgt": {"process": "b", "port": "in"}}
        ],
    }
    file.write_text(json.dumps(saved))
    assert run("fbp", "lint", str(file)).stdout == ""
    assert run("fbp", "convert", str(file), str(target)).stderr == ""
    today = {**saved, "inports": {}, "outports": {}}
    again = json.loads(run("fbp", "convert", str(target)).stdout)
    assert {key: again[key] for key in today} == today
    assert run("fbp", "format", str(file)).returncode == 0
    assert json.loads(file.read_text()) == today


def test_what_is_probably_not_meant(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.fbp", tmp_path / "bad.fbp"
    good.write_text(TEXT)
    bad.write_text("a(core/Repeat) OUTT -> IN b(core/Nix)\nc OUT -> IN b\n")
    assert run("fbp", "lint", str(good)).returncode == 0
    said = run("fbp", "lint", str(good), str(bad))
    assert said.returncode == 1
    assert "good.fbp" not in said.stdout
    assert 'Edge to "b" port "in" is connected to an undefined source node "c"' in said.stdout
    assert "unknown component" in said.stdout
    assert "core/Nix" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["convert", "nowhere.fbp"], "nowhere.fbp"),
        (["convert", "net.txt"], "net.txt"),
        (["format", "nowhere.json"], "nowhere.json"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: list[str], text: str) -> None:
    said = run("fbp", *arguments)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("msgflo-lab: ")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1
