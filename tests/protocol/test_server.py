"""Labs that stop, move and serve again while clients are connected; and very many clients."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import MsgFloLabError
from tests.brokers import Mosquitto, free_port

from .client import MAIN, Client, address_of, connected
from .test_session import all_the_same

pytestmark = pytest.mark.anyio


async def ended(client: Client) -> None:
    """Wait until the connection has ended."""
    with pytest.raises(ConnectionError):
        await client.wait(lambda _: False)


async def test_the_lab_stops_with_clients_connected(lab: Lab, link: str) -> None:
    async with connected(link) as one, connected(link, None) as other:
        await one.settle()
        before = time.monotonic()
        await asyncio.to_thread(lab.stop)
        assert time.monotonic() - before < 5
        await ended(one)
        await ended(other)
    await asyncio.to_thread(lab.start)
    assert not lab._host.servers
    async with connected(await asyncio.to_thread(lab.serve, port=0)) as again:
        await again.open()


async def test_the_lab_moves_to_another_broker(lab: Lab, link: str, mosquitto: Mosquitto) -> None:
    async with connected(link) as one, connected(link) as other:
        await one.open()
        await other.open()
        for command in ("core/Repeat", "core/Drop"):
            await one.ask("graph", "addnode", graph=MAIN, id=command[5:], component=command)
        await one.ask("network", "start", graph=MAIN)
        edge = {"src": {"node": "Repeat", "port": "out"}, "tgt": {"node": "Drop", "port": "in"}}
        for url in (mosquitto.url, "direct://"):
            since = len(one.heard)
            await asyncio.to_thread(lab.start, url)
            await one.settle()
            kinds = [m["command"] for m in one.heard[since:]]
            assert kinds.index("stopped") < kinds.index("started")
            await one.ask("graph", "addedge", graph=MAIN, **edge)
            # What flows on the new broker is seen.
            number = await other.send(
                "graph",
                "addinitial",
                graph=MAIN,
                src={"data": url},
                tgt={"node": "Repeat", "port": "in"},
            )
            await one.wait(lambda m, u=url: m["command"] == "data" and m["payload"]["data"] == u)  # type: ignore[misc]
            await other.wait(lambda m, n=number: m.get("responseTo") == n)  # type: ignore[misc]
            await all_the_same(lab, one, other)
            await one.ask("graph", "removeedge", graph=MAIN, **edge)


async def test_a_stopped_network_stays_stopped_on_another_broker(lab: Lab, link: str) -> None:
    async with connected(link) as client:
        await client.ask("network", "stop", graph=MAIN)
        await asyncio.to_thread(lab.start, "direct://")
        status = (await client.ask("network", "getstatus", graph=MAIN))["payload"]
        assert (status["started"], status["running"]) == (False, False)


async def test_a_port_that_is_in_use_is_one_line(lab: Lab) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MsgFloLabError) as found:
            await asyncio.to_thread(lab.serve, port=port)
        assert f"127.0.0.1:{port}" in str(found.value)
        assert "another port" in str(found.value)
        assert "\n" not in str(found.value)
    assert not lab._host.servers
    link = await asyncio.to_thread(lab.serve, port=port)
    assert f":{port}" in link


async def test_sixty_clients_see_the_same(lab: Lab, link: str) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(link)) for _ in range(60)]
        await asyncio.gather(*(client.open() for client in clients))
        started = time.monotonic()
        await asyncio.gather(
            *(
                client.ask("graph", "addnode", graph=MAIN, id=f"n{n}", component="nobody/Knows")
                for n, client in enumerate(clients)
            )
        )
        await all_the_same(lab, *clients)
        assert len(lab.graph.nodes) == 60
        assert time.monotonic() - started < 10


async def test_one_client_too_many_is_refused(
    lab: Lab, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgflo_lab.protocol.server.PEERS", 2)
    async with connected(link) as one, connected(link):
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as found:
                await session.ws_connect(address_of(link))
            assert found.value.status == 503
        await one.settle()


async def test_nothing_is_left_when_it_is_served_again(lab: Lab, link: str) -> None:
    host = lab._host
    signals = (host.workspace.edited, host.workspace.entered, host.moved, host.library.changed)

    def connections() -> list[int]:
        return [len(signal._told) for signal in signals]

    once = connections()
    for _ in range(3):
        again = await asyncio.to_thread(lab.serve, port=0)
        async with connected(again) as client:
            await client.open()
    assert connections() == once
    lab.unserve()
    lab.unserve()
    assert sum(connections()) < sum(once)


def started(port: int, record: Path) -> Any:
    """The runtime as a program."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.protocol.program", str(port), str(record)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "FBP_PROTOCOL_SECRET": "s3cret"},
        stdout=subprocess.PIPE,
    )


async def test_a_killed_runtime_is_there_again(tmp_path: Path) -> None:
    """A client that connects again finds the runtime at the same place."""
    port, record = free_port(), tmp_path / "messages"
    link = f"http://127.0.0.1:{port}/?secret=s3cret"
    for _ in range(2):
        with started(port, record) as program:
            try:
                assert await asyncio.to_thread(program.stdout.readline) == b"serving\n"
                async with connected(link) as client:
                    await client.send("network", "start", graph=MAIN)
                    program.send_signal(signal.SIGKILL)
                    await ended(client)
            finally:
                program.kill()
