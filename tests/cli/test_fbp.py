"""`msgflo-lab fbp`: convert, format, lint."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, DEADLINE, environment, run

TEXT = "a(core/Repeat) OUT -> IN b(core/Drop)  # to nowhere\n'5' -> IN a\n"


def test_there_and_back(tmp_path: Path) -> None:
    source, target = tmp_path / "net.fbp", tmp_path / "net.json"
    source.write_text(TEXT)
    assert run("fbp", "convert", str(source), str(target)).returncode == 0
    graph = json.loads(target.read_text())
    assert graph["processes"]["a"] == {"component": "core/Repeat"}
    back = run("fbp", "convert", str(target)).stdout
    assert "a OUT -> IN b" in back
    piped = subprocess.run(
        [COMMAND, "fbp", "convert", "-"],
        input=back,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=True,
    )
    assert json.loads(piped.stdout) == graph


def test_files_are_put_into_shape_and_keep_their_comments(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text("a(core/Repeat)   OUT->IN b(core/Drop) # to nowhere \n'5'->IN a")
    said = run("fbp", "format", "--check", str(file))
    assert (said.returncode, said.stdout) == (1, f"would change: {file}\n")
    assert run("fbp", "format", str(file)).stdout == f"changed: {file}\n"
    assert file.read_text() == TEXT
    assert run("fbp", "format", "--check", str(file)).returncode == 0


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
