"""What `run` does with initial packets, and says of nodes that nothing can run."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from msgflo_lab import Lab
from tests.brokers import Mosquitto
from tests.cli.program import DEADLINE, run, running


@pytest.mark.parametrize("broker", ["direct", "mqtt"])
def test_a_packet_gets_to_the_end(mosquitto: Mosquitto, tmp_path: Path, broker: str) -> None:
    """It waits until all is bound, and is there for whoever saves the graph."""
    file = tmp_path / "net.fbp"
    roles = [f"{broker}{number}" for number in range(4)]
    a, b, c, d = roles
    file.write_text(
        f"'start' -> IN {a}(core/Repeat) OUT -> IN {b}(core/Repeat)\n"
        f"{b} OUT -> IN {c}(core/Repeat) OUT -> IN {d}(core/Output)\n"
    )
    where = ["--broker", mosquitto.url] if broker == "mqtt" else []
    with running("run", str(file), "--auto-save", *where) as program:
        assert program.line().startswith(str(file))
        assert program.line() == f"{d} | start"
        status, _, err = program.end(signal.SIGTERM)
        assert (status, err) == (0, "")
    assert "'start' -> IN" in file.read_text()


def test_a_component_that_nobody_knows_is_said(tmp_path: Path) -> None:
    file = tmp_path / "net.fbp"
    file.write_text("'1' -> IN q(demo/Wbe)\n")
    with running("run", str(file)) as program:
        assert program.complaint() == (
            "msgflo-lab: `q` waits for somebody who plays it: nothing here can run `demo/Wbe`"
        )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["send", "--queue", "q", "--json", "NaN"], "Invalid JSON: NaN is no JSON"),
        (["send", "a.b", "hello", "--json", "3"], "Give one of the two"),
        (["graph", "net.fbp", "--json", "--to", "svg"], "Give one of the two"),
    ],
)
def test_what_contradicts_itself(arguments: list[str], says: str) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_file_is_named_whose_syntax_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "wrong.fbp"
    file.write_text("a(b) OUT -> -> IN c\n")
    done = run("fbp", "format", str(file))
    assert done.returncode == 1
    assert f"{file}:1:" in done.stderr


def test_nothing_is_a_message_too() -> None:
    with Lab() as lab:
        lab.start()
        lab.fbp("a(core/Repeat) OUT -> IN b(core/Merge) OUT -> IN c(core/Split)\n")
        lab.send("a.in", None)
        assert [each.value for each in lab.inspect("c.out", 1, wait=DEADLINE)] == [None]
