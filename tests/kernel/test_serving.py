"""`%msgflo serve`, `pause` and `resume`."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any

import aiohttp
import pytest
from IPython.core.error import UsageError

from tests.kernel.conftest import Shell
from tests.protocol.client import MAIN, Refusal, connected


def elsewhere(work: Coroutine[Any, Any, object]) -> None:
    """Run it on a loop of its own, in another thread, as a client elsewhere does."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if problems:
        raise problems[0]


def served(shell: Shell, options: str = "") -> str:
    """The link that is printed."""
    said = shell.run(f"%msgflo serve --port 0 {options}")
    assert said.startswith("open http://127.0.0.1:")
    return said.removeprefix("open ")


@pytest.fixture
def lab_shell(shell: Shell) -> Shell:
    """One whose lab runs."""
    shell.run("%msgflo start")
    return shell


def test_clients_edit_what_the_notebook_shows(lab_shell: Shell) -> None:
    link = served(lab_shell)

    async def edit() -> None:
        async with connected(link) as client:
            await client.ask("graph", "addnode", graph=MAIN, id="sink", component="core/Drop")

    elsewhere(edit())
    assert "sink" in lab_shell.lab.graph.nodes


def test_a_secret_that_only_looks(lab_shell: Shell) -> None:
    link = served(lab_shell, "--secret look:read")
    assert "secret=look" in link

    async def edit() -> None:
        async with connected(link) as client:
            with pytest.raises(Refusal):
                await client.ask("graph", "addnode", graph=MAIN, id="sink", component="core/Drop")

    elsewhere(edit())


def test_it_can_be_ended(lab_shell: Shell) -> None:
    link = served(lab_shell)
    assert lab_shell.run("%msgflo serve --stop") == "no clients are let in any more"

    async def come() -> None:
        with pytest.raises(aiohttp.ClientConnectorError):
            async with connected(link):
                pass

    elsewhere(come())


def test_a_port_that_is_in_use(lab_shell: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)):
            lab_shell.run(f"%msgflo serve --port {port}")


def test_a_network_is_stopped_and_goes_on(lab_shell: Shell) -> None:
    lab_shell.run("%%participant double\ndef double(in_):\n    return in_ * 2")
    lab_shell.run("%%participant last --out out\ndef last(in_):\n    return in_")
    lab_shell.run("%msgflo connect double.out last.in")
    assert lab_shell.run("%msgflo pause").startswith("stopped")
    lab_shell.run("%msgflo send double.in 21")
    assert lab_shell.lab.inspect("double.out", 1, wait=0.2) == []
    assert lab_shell.run("%msgflo resume").startswith("started")
    assert [each.value for each in lab_shell.lab.inspect("last.in", 1, wait=10.0)] == [42]


def test_a_graph_that_is_not_there(lab_shell: Shell) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        lab_shell.run("%msgflo pause nowhere")
