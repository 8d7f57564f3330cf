"""Where cards stand, in a file beside the text of a graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import InvalidName
from msgflo_lab.names import Role

from .test_autosave import until

TEXT = "a(core/Repeat) OUT -> IN b(core/Drop)  # a word on it\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "net.fbp"
    found.write_text(TEXT)
    return found


def layout(file: Path) -> Path:
    return file.with_name("net.layout.json")


def place(lab: Lab, role: str) -> tuple[object, object]:
    metadata = lab.graph.nodes[Role(role)].metadata
    return metadata.get("x"), metadata.get("y")


def test_places_go_beside_the_text_and_come_back(file: Path) -> None:
    with Lab("test") as lab:
        lab.import_(file)
        lab.export(file)
        assert not layout(file).exists(), "nobody has chosen a place"
        plain = file.read_text()
        lab.move({"a": (8, 40.5)})
        before = lab.graph
        lab.export(file)
        assert file.read_text() == plain
        assert json.loads(layout(file).read_text()) == {"nodes": {"a": {"x": 8, "y": 40.5}}}
        lab.fbp("")
        assert lab.import_(file).notices == ()
        assert lab.graph == before


def test_places_of_json_stay_where_all_tools_look_for_them(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    with Lab("test") as lab:
        lab.fbp(TEXT)
        lab.move({"a": (8, 40)})
        lab.export(file)
    assert json.loads(file.read_text())["processes"]["a"]["metadata"] == {"x": 8, "y": 40}
    assert not layout(file).exists()


def test_places_in_an_older_text_are_read_and_move_out(file: Path) -> None:
    file.write_text(TEXT.replace("Repeat", "Repeat:x=1,y=2"))
    layout(file).write_text('{"nodes": {"a": {"x": 5, "y": 6}, "b": {"x": 7, "y": 8}}}')
    with Lab("test") as lab:
        lab.import_(file)
        assert (place(lab, "a"), place(lab, "b")) == ((1, 2), (7, 8))
        lab.export(file)
    assert "x=" not in file.read_text()
    assert json.loads(layout(file).read_text())["nodes"]["a"] == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"{", "is not JSON"),
        (b"[]", "should be one object"),
        (b"\xff", "no text in UTF-8"),
        (b'{"nodes": {"a": 1}}', "`nodes.a` should be as in"),
        (b'{"nodes": {"gone": {"x": 1, "y": 2}}}', "dropped: gone"),
    ],
)
def test_what_cannot_be_used_of_a_layout_is_told(file: Path, text: bytes, problem: str) -> None:
    layout(file).write_bytes(text)
    with Lab("test") as lab:
        (notice,) = lab.import_(file).notices
        assert str(notice).startswith("net.layout.json: ")
        assert problem in str(notice)
        assert set(lab.graph.nodes) == {"a", "b"}
        lab.export(file)
    assert layout(file).read_text() == "{}\n", "it was there, so it is kept up to date"


def test_a_moved_card_leaves_the_text_and_its_comments_alone(file: Path) -> None:
    with Lab("test") as lab:
        lab.start()
        lab.keep(file)
        lab.move({"a": (8, 40)})
        until(layout(file).exists)
        assert file.read_text() == TEXT
        lab.connect("c.out", "b.in")
    assert "c OUT -> IN b" in file.read_text()
    assert "a word on it" not in file.read_text()
    assert json.loads(layout(file).read_text()) == {"nodes": {"a": {"x": 8, "y": 40}}}


def test_a_card_that_an_older_text_places_can_be_moved(file: Path) -> None:
    file.write_text(TEXT.replace("Repeat", "Repeat:x=1,y=2"))
    with Lab("test") as lab:
        lab.start()
        lab.keep(file)
        lab.move({"a": (8, 40)})
    with Lab("test") as lab:
        lab.import_(file)
        assert place(lab, "a") == (8, 40)


@pytest.mark.parametrize("name", ["net.layout.json", "net.svg", "net.asyncapi.json", "net.gv"])
def test_only_graphs_are_imported(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    with Lab("test") as lab:
        lab.fbp(TEXT)
        with pytest.raises(InvalidName, match=r"ends in \.fbp or \.json"):
            lab.import_(tmp_path / name)
        assert lab.graph.nodes


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("net.svg", "<svg "),
        ("net.mmd", "flowchart LR"),
        ("net.dot", "digraph "),
        ("NET.GV", "digraph "),
        ("net.asyncapi.yaml", "# "),
        ("my.net.asyncapi.json", '{\n  "asyncapi": "3.0.0"'),
    ],
)
def test_documents_are_written_by_the_end_of_the_name(
    tmp_path: Path, name: str, begins: str
) -> None:
    with Lab("test") as lab:
        lab.fbp(TEXT)
        text = lab.export(tmp_path / name).read_text()
        assert text.startswith(begins)
        assert lab.export(tmp_path / name).read_text() == text
        with pytest.raises(InvalidName, match=r"one of \.fbp, \.json, \.svg, .*\.asyncapi\.json"):
            lab.export(tmp_path / "net.png")
