"""`msgflo-lab graph`: text, SVG, Mermaid, DOT, AsyncAPI."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.program import run

TEXT = """'5' -> IN turns(msgflo/RoundRobin) OUT -> IN work(my/Work)
turns DEADLETTER -> IN grave(core/Drop)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "net.fbp"
    found.write_text(TEXT)
    return found


def test_as_text(file: Path) -> None:
    said = run("graph", str(file))
    assert said.stdout == "5 -> turns.in\nturns.out -> work.in\nturns.deadletter -> grave.in\n"


def test_as_a_picture(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "net.svg"
    assert run("graph", str(file), "-o", str(output)).returncode == 0
    root = ET.parse(output).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    said = "".join(root.itertext())
    assert all(word in said for word in ("turns", "work", "grave", "my/Work", "dead letter"))
    assert "pending" not in said
    assert "not here" not in said


def test_as_mermaid(file: Path) -> None:
    said = run("graph", str(file), "--to", "mermaid")
    assert said.stdout.splitlines()[0] == "flowchart LR"
    assert 'n1 -->|"out → in"| n2' in said.stdout or 'n0 -->|"out → in"| n1' in said.stdout


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (["--to", "dot"], "digraph "),
        (["--to", "asyncapi"], "# What participants send"),
        (["--to", "fbp"], "# @runtime msgflo"),
        (["--to", "mmd"], "flowchart LR"),
        (["--to", ".gv"], "digraph "),
        (["-o", "{}/net.gv"], "digraph "),
        (["-o", "{}/net.asyncapi.json"], '{\n  "asyncapi"'),
        (["-o", "{}/net.json", "--to", "asyncapi"], '{\n  "asyncapi"'),
    ],
)
def test_as_a_document(file: Path, tmp_path: Path, arguments: list[str], begins: str) -> None:
    given = [each.format(tmp_path) for each in arguments]
    said = run("graph", str(file), *given)
    assert said.returncode == 0, said.stderr
    written = Path(given[1]).read_text() if given[0] == "-o" else said.stdout
    assert written.startswith(begins)


def test_of_a_folder(file: Path, tmp_path: Path) -> None:
    assert run("graph", str(tmp_path)).stdout == run("graph", str(file)).stdout
    (tmp_path / "other.fbp").touch()
    assert "net.fbp, other.fbp beside: name one" in run("graph", str(tmp_path)).stderr


def test_of_stdin(file: Path) -> None:
    as_text = run("graph", str(file)).stdout
    as_json = run("graph", str(file), "--json").stdout
    assert run("graph", "-", stdin=TEXT).stdout == as_text
    assert run("graph", "-", "--json", stdin=as_json).stdout == as_json
    said = run("graph", "-", stdin="a OUT ->")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("msgflo-lab: <stdin>:1:")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [(["nowhere.fbp"], "nowhere.fbp"), (["{}", "-o", "net.png"], "--to")],
)
def test_what_cannot_be_is_one_line(file: Path, arguments: list[str], text: str) -> None:
    said = run("graph", *(each.format(file) for each in arguments))
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("msgflo-lab: ")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1
