"""`msgflo-lab serve`, tried as a user would."""

from __future__ import annotations

import json
import os
import signal
import socket
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.brokers import Mosquitto
from tests.cli.program import environment, run, running, serving
from tests.protocol.client import MAIN, Refusal, connected

pytestmark = pytest.mark.anyio

SHOWN = {"node": "shown", "port": "in"}
GRAPH = "tick(core/Repeat) OUT -> IN shown(core/Output)\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_it_says_where_it_is_and_ends_when_it_is_told_to(number: int) -> None:
    with serving() as program:
        assert program.told[0] == "msgflo-lab on direct://"
        assert program.link.startswith("http://127.0.0.1:")
        async with connected(program.link) as client:
            await client.ask("runtime", "getruntime")
        assert program.end(number) == (0, "", "")


async def test_a_file_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text(GRAPH)
    with serving("--graph", str(file), "--auto-save") as program:
        async with connected(program.link) as client:
            mirror = await client.open()
            assert set(mirror.nodes) == {"tick", "shown"}
            await client.ask("graph", "addnode", graph=MAIN, id="more", component="core/Drop")
        assert program.end(signal.SIGTERM)[0] == 0
    assert "more(core/Drop)" in file.read_text()
    assert os.listdir(tmp_path) == [file.name]  # nothing half written lies beside it


async def test_the_file_is_of_its_graph_whatever_is_the_main_one(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text(GRAPH)
    with serving("--graph", str(file), "--auto-save") as program:
        async with connected(program.link) as client:
            await client.ask("graph", "clear", id="sandbox/play", name="play", main=True)
            await client.ask(
                "graph", "addnode", graph="sandbox/play", id="toy", component="core/Drop"
            )
            await client.ask("graph", "addnode", graph=MAIN, id="more", component="core/Drop")
        assert program.end(signal.SIGTERM)[0] == 0
    assert "toy" not in file.read_text()
    assert "tick(core/Repeat)" in file.read_text()
    assert "more(core/Drop)" in file.read_text()


async def test_what_a_participant_prints_is_heard_by_clients(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text("'hello' -> IN shown(core/Output)\n")
    with serving("--graph", str(file)) as program:
        async with connected(program.link) as client:
            await client.ask("graph", "addinitial", graph=MAIN, src={"data": "you"}, tgt=SHOWN)
            heard = await client.wait(lambda m: m["command"] == "output")
            assert "you" in heard["payload"]["message"]
        assert program.end(signal.SIGTERM) == (0, "", "")


async def test_a_file_that_nobody_edits_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text(f"# by hand\n\n{GRAPH}")
    with serving("--graph", str(file), "--auto-save") as program:
        assert program.end(signal.SIGTERM)[0] == 0
    assert file.read_text() == f"# by hand\n\n{GRAPH}"


async def test_what_was_saved_outlives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    with serving("--graph", str(file), "--auto-save") as program:
        async with connected(program.link) as client:
            await client.ask("graph", "addnode", graph=MAIN, id="more", component="core/Drop")
            while not file.exists() or "more" not in file.read_text():
                await client.settle()
        program.end(signal.SIGKILL)
    with serving("--graph", str(file)) as program:
        async with connected(program.link) as client:
            assert set((await client.open()).nodes) == {"more"}


async def test_a_broker_and_a_folder_of_components(mosquitto: Mosquitto, tmp_path: Path) -> None:
    folder = tmp_path / "components"
    folder.mkdir()
    (folder / "Double.py").write_text("def double(in_):\n    return in_ * 2\n")
    # The address may be in the environment, as hosts of programs have it.
    where = environment(MSGFLO_BROKER=mosquitto.url)
    with serving("--componentdir", str(folder), "--name", "attic", env=where) as program:
        assert program.told[0] == f"attic on {mosquitto.url}"
        async with connected(program.link) as client:
            number = await client.send("component", "list")
            await client.wait(lambda m: m.get("responseTo") == number)
            await client.wait(lambda m: m["command"] == "componentsready")
            names = {each["name"] for each in client.all("component", "component")}
            assert any(name.endswith("Double") for name in names)
            assert "core/Repeat" in names
        assert program.end(signal.SIGTERM) == (0, "", "")


async def test_secrets_have_levels() -> None:
    with serving("--secret", "look:read", "--secret", "s3cret") as program:
        assert "s3cret" in program.link
        async with connected(program.link) as client:
            await client.ask("graph", "addnode", graph=MAIN, id="a", component="core/Drop")
        async with connected(program.link, "look") as client:
            with pytest.raises(Refusal):
                await client.ask("graph", "addnode", graph=MAIN, id="b", component="core/Drop")


def test_for_programs_it_says_all_on_one_line() -> None:
    with running("serve", "--port", "0", "--json") as program:
        said = json.loads(program.line())
        assert program.end(signal.SIGTERM)[0] == 0
    assert (said["name"], said["broker"]) == ("msgflo-lab", "direct://")
    assert said["link"].startswith("http://127.0.0.1:")


def test_a_port_that_is_in_use() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = run("serve", "--port", str(port))
    assert said.returncode == 1
    assert said.stderr.startswith("msgflo-lab: ")
    assert str(port) in said.stderr
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--secret", "s3cret:king"], "king"),
        (["--open", "king"], "king"),
        (["--graph", "/nowhere/net.fbp"], "/nowhere/net.fbp"),
        (["--graph", "net.txt"], "net.txt"),
        (["--auto-save"], "needs `--graph FILE`"),
        (["--auto-save", "--graph", "/nowhere/net.fbp"], "/nowhere"),
        (["--secret", "look:raed"], "raed"),
        (["--library", "/nowhere/package.json"], "/nowhere/package.json"),
        (["--componentdir", "/nowhere/components"], "/nowhere/components"),
        (["--broker", "carrier-pigeon://loft"], "carrier-pigeon"),
        (["--broker", "mqtt://127.0.0.1:1"], "127.0.0.1:1"),
        (["--host", "256.0.0.1"], "256.0.0.1"),
    ],
)
def test_what_cannot_be_is_one_line(arguments: list[str], text: str) -> None:
    said = run("serve", "--port", "0", *arguments)
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr.startswith("msgflo-lab: ")
    assert text in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_graph_that_is_none_is_pointed_at(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text("a(core/Repeat) OUT ->\n")
    said = run("serve", "--port", "0", "--graph", str(file))
    assert said.returncode == 1
    assert "net.fbp:1:" in said.stderr
    assert "a(core/Repeat) OUT ->\n" in said.stderr
    assert "^" in said.stderr


def test_wrong_options_and_help() -> None:
    assert run("serve", "--speed").returncode == 2
    assert run("no-such-command").returncode == 2
    assert run("--version").stdout == f"msgflo-lab {version('msgflo-lab')}\n"
    said = run("serve", "--help")
    assert said.returncode == 0
    assert "msgflo-lab serve --graph net.fbp --auto-save" in said.stdout
