"""What a broker or a file refuses: one line, and the exit status 1, whatever the command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import Mosquitto, RabbitMQ
from tests.cli.program import environment, run

GRAPH = "a(core/Repeat) OUT -> IN b(core/Drop)\n"
ON_A_BROKER = {
    "participants": ["participants"],
    "send": ["send", "--queue", "q", "1"],
    "dump": ["dump", "--queue", "q"],
    "graph": ["graph"],
    "setup": ["setup", "net.fbp"],
    "run": ["run", "net.fbp"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.fbp").write_text(GRAPH)
    return tmp_path


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A Mosquitto that lets nobody in without a password, and knows of none."""
    folder = tmp_path_factory.mktemp("locked")
    broker = Mosquitto(folder, anonymous=False)
    broker.start()
    yield broker
    broker.kill()


def refused(folder: Path, *command: str, text: str, **more: str) -> None:
    """Run it there; it says one line with this text, and nothing else."""
    said = run(*command, cwd=folder, env=environment(**more))
    assert (said.returncode, said.stdout) == (1, ""), said.stderr
    assert said.stderr.startswith("msgflo-lab: ")
    assert text in said.stderr
    assert "s3cret" not in said.stderr
    assert said.stderr.count("\n") == 1
    assert sorted(os.listdir(folder)) == ["net.fbp"]


@pytest.mark.parametrize("name", ["dump", "graph", "run", "setup"])
def test_nobody_is_there(folder: Path, name: str) -> None:
    where = "mqtt://127.0.0.1:1" if name < "q" else "amqp://127.0.0.1:1"
    refused(folder, *ON_A_BROKER[name], text="127.0.0.1:1", MSGFLO_BROKER=where)


@pytest.mark.parametrize(
    ("where", "name", "text"),
    [
        ("carrier-pigeon://loft", "setup", "unsupported scheme `carrier-pigeon`"),
        ("localhost:1883", "send", "not a broker's address"),
        ("mqtt://127.0.0.1?speed=9", "participants", "speed"),
        ("direct://", "setup", "a process's own"),
    ],
)
def test_an_address_that_is_none(folder: Path, where: str, name: str, text: str) -> None:
    refused(folder, *ON_A_BROKER[name], "--broker", where, text=text)


@pytest.mark.parametrize("name", ["setup", "run"])
def test_a_broker_that_does_not_let_us_in(
    folder: Path, name: str, locked: Mosquitto, rabbitmq: RabbitMQ
) -> None:
    for url in (locked.url, rabbitmq.url):
        where = url.replace("://", "://joe:s3cret@")
        refused(folder, *ON_A_BROKER[name], text="joe:***@", CLOUDAMQP_URL=where)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["graph", "net.fbp", "-o", "nowhere/net.svg"], "`nowhere/net.svg` cannot be written"),
        (["fbp", "convert", "net.fbp", "nowhere/net.json"], "cannot be written"),
        (["procfile", "net.fbp", "-o", "/proc/Procfile", "--ignore", "a,b"], "cannot be written"),
        (["graph", "/"], "ends in .fbp or .json"),
        (["run", "/proc/self/mem.fbp"], "cannot be read"),
        (["run", f"{'x' * 300}.fbp"], "cannot be read"),
    ],
)
def test_files(folder: Path, command: list[str], text: str) -> None:
    refused(folder, *command, text=text)


@pytest.mark.parametrize(
    ("file", "content", "text"),
    [
        ("net.fbp", b"\xff\xfe", "cannot be read"),
        ("net.json", b'{"processes": ', "is not JSON"),
        ("net.fbp", b"a(core/Repeat) OUT ->\n", "net.fbp:1:"),
    ],
)
def test_what_is_no_graph(tmp_path: Path, file: str, content: bytes, text: str) -> None:
    (tmp_path / file).write_bytes(content)
    said = run("setup", file, "--broker", "mqtt://127.0.0.1:1", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (1, "")
    assert text in said.stderr
    assert "Traceback" not in said.stderr


def test_one_bad_file_and_none_is_changed(tmp_path: Path) -> None:
    (tmp_path / "good.fbp").write_text("a(core/Repeat)  OUT->IN b(core/Drop)")
    said = run("fbp", "format", "good.fbp", "nowhere.fbp", cwd=tmp_path)
    assert (said.returncode, said.stdout) == (1, "")
    assert "nowhere.fbp" in said.stderr
    assert (tmp_path / "good.fbp").read_text() == "a(core/Repeat)  OUT->IN b(core/Drop)"


def test_names_that_are_no_text(folder: Path, mosquitto: Mosquitto) -> None:
    bad = os.fsdecode(b"q\xff")
    refused(folder, "send", "--queue", bad, "1", "--broker", mosquitto.url, text="q")
