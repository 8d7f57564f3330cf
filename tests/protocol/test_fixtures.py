"""Clients that run one graph after the other, with the same names of nodes in all: test runners."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.protocol.limits import GRAPHS
from msgflo_lab.runtime.components import component_of

from .client import Client, Heard, Refusal, connected

pytestmark = pytest.mark.anyio

NODE = "testee"


async def put(client: Client, graph: str, component: str, *outports: str) -> None:
    """A graph of one node, started."""
    await client.ask("graph", "clear", id=graph, name=graph, main=False)
    await client.ask("graph", "addnode", graph=graph, id=NODE, component=component)
    await client.ask("graph", "addinport", graph=graph, public="in", node=NODE, port="in")
    for port in outports:
        await client.ask("graph", "addoutport", graph=graph, public=port, node=NODE, port=port)
    await client.ask("network", "start", graph=graph)


async def sent(client: Client, graph: str, value: Any) -> Heard:
    """What comes out of a graph when this is sent in."""
    since = len(client.heard)
    packet = {"port": "in", "event": "data", "payload": value}
    await client.ask("runtime", "packet", graph=graph, **packet)
    answer = await client.wait(
        lambda m: m["command"] == "packet" and m["payload"]["graph"] == graph, since
    )
    payload: Heard = answer["payload"]
    return payload


async def test_each_graph_begins_with_participants_of_its_own(link: str) -> None:
    async with connected(link) as client:
        for name in ("first", "second"):
            await put(client, name, "core/Count", "count")
            assert [(await sent(client, name, "x"))["payload"] for _ in "ab"] == [1, 2]
            await client.ask("network", "stop", graph=name)
        # The same graph goes on where it was.
        await client.ask("network", "start", graph="second")
        assert (await sent(client, "second", "x"))["payload"] == 3
        await client.ask("network", "stop", graph="second")
        # Emptied, it is as good as new.
        await put(client, "second", "core/Count", "count")
        assert (await sent(client, "second", "x"))["payload"] == 1


async def test_a_node_is_what_the_graph_says_that_runs(link: str) -> None:
    async with connected(link) as client:
        await put(client, "first", "core/Count", "count")
        await sent(client, "first", "x")
        await client.ask("network", "stop", graph="first")
        await put(client, "second", "core/Repeat", "out")
        assert (await sent(client, "second", "x"))["payload"] == "x"
        await client.ask("network", "stop", graph="second")
        await client.ask("network", "start", graph="first")
        assert (await sent(client, "first", "x"))["payload"] == 1


async def test_a_failure_is_told_once_and_at_once(lab: Lab, link: str) -> None:
    def broken(in_: Any) -> Any:
        if in_ == "boom":
            print("oh")
            raise ValueError(in_)
        return in_

    lab.library.put(component_of("Broken", broken))
    async with connected(link) as client:
        await put(client, "first", "Broken", "out", "error")
        assert (await sent(client, "first", "boom"))["port"] == "error"
        assert (await sent(client, "first", "fine"))["payload"] == "fine"
        commands = [m["command"] for m in client.heard]
        failed = commands.index("processerror")
        assert failed < commands.index("packetsent", commands.index("packetsent") + 1)
        await client.ask("network", "getstatus", graph="first")
        assert len(client.all("network", "processerror")) == 1


async def test_empty_graphs_that_were_stopped_make_room(link: str) -> None:
    async with connected(link) as client:
        await put(client, "kept", "core/Repeat", "out")
        for number in range(GRAPHS + 5):
            name = f"fixture {number}"
            await client.ask("graph", "clear", id=name, name=name, main=False)
            await client.ask("network", "start", graph=name)
            await client.ask("network", "stop", graph=name)
            if number % 2:
                await client.ask("graph", "clear", id=name, name=name, main=False)
        assert (await sent(client, "kept", "x"))["payload"] == "x"
        with pytest.raises(Refusal, match="not found"):
            await client.ask("network", "start", graph="fixture 0")
        await client.ask("network", "start", graph=f"fixture {GRAPHS + 4}")
