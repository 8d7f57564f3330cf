"""A graph that is kept in a file: whole at every moment, and a moment behind."""

from __future__ import annotations

import json
import logging
import stat
import threading
import time
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import InvalidName, MsgFloLabError
from msgflo_lab.lab import autosave, graph_files

DEADLINE = 20.0


def until(condition: object) -> None:
    """Wait for what a callable says."""
    assert callable(condition)
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_edits_are_written_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, writes = tmp_path / "net.json", []
    ordinary = graph_files.write

    def write(path: Path, graph: object) -> Path:
        writes.append(path)
        return ordinary(path, graph)  # type: ignore[arg-type]

    monkeypatch.setattr(graph_files, "write", write)
    monkeypatch.setattr(autosave, "QUIET", 0.5)
    with Lab("test") as lab:
        lab.start()
        lab.keep(file)
        for number in range(50):
            lab.connect(f"r{number}.out", "sink.in")
        until(file.exists)
        assert len(json.loads(file.read_text())["connections"]) == 50
    assert len(writes) == 1


def test_whoever_reads_finds_a_whole_graph(tmp_path: Path) -> None:
    file, problems = tmp_path / "net.fbp", []
    ending = threading.Event()

    def read() -> None:
        while not ending.is_set():
            try:
                if file.exists() and not graph_files.read(file):
                    problems.append("empty")
            except MsgFloLabError as error:
                problems.append(str(error))

    with Lab("test") as lab:
        lab.start()
        lab.keep(file)
        reader = threading.Thread(target=read)
        reader.start()
        for number in range(30):
            lab.connect(f"r{number}.out", "sink.in")
            lab.export(file)
        ending.set()
        reader.join()
    assert problems == []


def test_what_cannot_be_written_is_said_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    file = folder / "net.fbp"
    with Lab("test") as lab, caplog.at_level(logging.WARNING):
        lab.start()
        lab.keep(file)
        folder.rmdir()
        lab.connect("one.out", "sink.in")
        until(lambda: "is not saved" in caplog.text)
        lab.connect("two.out", "sink.in")
        folder.mkdir()
        lab.connect("three.out", "sink.in")
        until(file.exists)
    text = file.read_text()
    assert all(role in text for role in ("one", "two", "three"))
    assert caplog.text.count("is not saved") == 1


def test_the_rights_of_a_file_stay(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text("")
    file.chmod(0o640)
    with Lab("test") as lab:
        lab.start()
        lab.keep(file)
        lab.connect("one.out", "sink.in")
    assert "one" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_only_graphs_are_kept(tmp_path: Path) -> None:
    with Lab("test") as lab:
        lab.start()
        with pytest.raises(InvalidName):
            lab.keep(tmp_path / "net.txt")


def test_what_is_not_saved_shows_in_the_status_until_it_is(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    with Lab("test") as lab:
        lab.start()
        lab.keep(file)
        lab.send("one.in", b"\xff", initial=True)
        until(lambda: any("the graph is not saved" in each for each in lab.status().problems))
        lab.send("one.in", "text", initial=True)
        until(file.exists)
        until(lambda: not any("is not saved" in each for each in lab.status().problems))


def test_it_goes_on_after_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, ordinary = tmp_path / "net.json", graph_files.write
    broken = threading.Event()

    def write(path: Path, graph: object) -> Path:
        if not broken.is_set():
            broken.set()
            raise UnicodeError("somebody's mistake")
        return ordinary(path, graph)  # type: ignore[arg-type]

    monkeypatch.setattr(graph_files, "write", write)
    with Lab("test") as lab:
        lab.start()
        lab.keep(file)
        lab.connect("one.out", "sink.in")
        until(lambda: any("somebody's mistake" in each for each in lab.status().problems))
        lab.connect("two.out", "sink.in")
        until(file.exists)


def test_half_a_character_is_kept(tmp_path: Path) -> None:
    for name in ("net.json", "net.fbp"):
        with Lab("test") as lab:
            lab.start()
            lab.keep(tmp_path / name)
            lab.fbp('"\\ud800" -> IN o(core/Output)\n')
            until((tmp_path / name).exists)
            before = lab.graph
        with Lab("test") as lab:
            lab.import_(tmp_path / name)
            assert lab.graph == before
            assert [each.value for each in lab.graph.initials.values()] == ["\ud800"]
