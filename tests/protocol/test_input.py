"""Whatever a client sends: it is told what was wrong, nothing changes, and nobody else suffers."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from msgflo_lab import Lab
from msgflo_lab.graph import Graph, graph_of
from msgflo_lab.protocol.limits import DEPTH, FRAME_BYTES, MESSAGE_BYTES

from .client import MAIN, Client, Refusal, address_of, connected, resident
from .schemas import validate
from .test_secrets import NEEDS

pytestmark = pytest.mark.anyio

PATIENCE = 3.0
"""Seconds within which others are answered, on a busy machine."""


@asynccontextmanager
async def raw(link: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A connection on which anything can be sent."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address_of(link), max_msg_size=0) as socket,
    ):
        yield socket


@asynccontextmanager
async def bystander(link: str) -> AsyncIterator[Client]:
    """Another client, that goes on asking; it must always be answered in good time."""
    slowest = 0.0

    async def ask_on() -> None:
        nonlocal slowest
        while True:
            asked = time.monotonic()
            await client.ask("network", "getstatus", graph=MAIN)
            slowest = max(slowest, time.monotonic() - asked)
            await asyncio.sleep(0.01)

    async with connected(link) as client:
        await client.settle()
        asking = asyncio.create_task(ask_on())
        yield client
        assert not asking.done(), asking.exception()
        asking.cancel()
        assert slowest < PATIENCE
        told = {m["command"] for m in client.heard} - {"runtime", "ports", "status"}
        assert not told, f"somebody else's mistakes are told to all: {told}"


def valid(chance: random.Random, secret: str) -> dict[str, Any]:
    """Some message that could be right, of a node that is there."""
    names = [name for name in NEEDS if not name.startswith("runtime:get")]
    name = chance.choice(names)
    protocol, _, command = name.partition(":")
    payload = {k.rstrip("_"): v for k, v in copy.deepcopy(NEEDS[name][1]).items()}
    frame = {"protocol": protocol, "command": command, "payload": {"graph": MAIN, **payload}}
    return {**frame, "secret": secret, "requestId": "r"}


WRONG: list[Any] = [None, True, -1, 1e308, 10**40, "", "\x00", [], {}, [[]], {"a": {}}, "x" * 3000]


def broken(chance: random.Random, secret: str) -> str | bytes:
    """A message that must be refused."""
    frame = valid(chance, secret)
    payload = frame["payload"]
    match chance.randrange(9):
        case 0:  # truncated
            text = json.dumps(frame)
            return text[: chance.randrange(len(text) - 1)]
        case 1:  # something of another type
            frame[chance.choice(["protocol", "command"])] = chance.choice(WRONG)
        case 2:
            payload[chance.choice(["graph"])] = chance.choice([None, 1, [], {}, 1.5, True])
            if frame["protocol"] in ("component",) or "id" in payload:
                frame["payload"] = chance.choice([1, "text", [], True, 2.5])
            if (frame["protocol"], frame["command"]) == ("network", "persist"):
                frame["command"] = "no such"
        case 3:  # nobody's graph
            frame["payload"] = {
                **payload,
                "graph": chance.choice(["", "none", "default/ma", "é" * 99]),
            }
            if frame["protocol"] == "component" or frame["command"] in ("persist", "clear"):
                frame["secret"] = "wrong"
        case 4:
            frame["secret"] = chance.choice(["", "wrong", secret + " ", secret[:-1], "\x00"])
        case 5:
            return json.dumps(frame).replace("{", chance.choice(["NaN", "{{", "[", "{,"]), 1)
        case 6:  # nested
            deep = chance.choice([DEPTH + 1, 900, 20_000])
            value = "[" * deep + "]" * deep
            frame["payload"] = {
                "graph": MAIN,
                "tgt": {"node": "a", "port": "in"},
                "src": {"data": 0},
            }
            frame.update(protocol="graph", command="addinitial")
            return json.dumps(frame).replace('"data": 0', f'"data": {value}')
        case 7:  # what is no text
            text = json.dumps(frame)
            return (
                text.replace(
                    MAIN, chance.choice(["\\ud800", "\\udfff\\ud800", "\\x", "\n"])
                ).encode()
                if MAIN in text
                else b"\xff\xfe" + text.encode()
            )
        case _:  # numbers that are none
            return json.dumps(frame).replace(
                '"r"', chance.choice(["NaN", "1e999", "-", "1" * 5000])
            )
    return json.dumps(frame)


async def test_ten_thousand_broken_messages(lab: Lab, link: str) -> None:
    secret = link.partition("secret=")[2]
    chance = random.Random(17)
    lab.connect("a.out", "a.in")
    before = lab.graph
    size = resident()
    async with bystander(link), raw(link) as socket:
        for _ in range(100):
            texts = [broken(chance, secret) for _ in range(100)]
            for text in texts:
                if isinstance(text, str):
                    await socket.send_str(text)
                else:
                    await socket.send_bytes(text)
            for text in texts:
                answer = json.loads((await socket.receive(timeout=20)).data)
                validate(answer)
                assert answer["command"] == "error", (text[:400], answer)
                assert len(answer["payload"]["message"]) < 600
        assert lab.graph == before
        assert list(lab._host.workspace.graphs) == [MAIN]
        assert resident() - size < 100_000_000


async def test_a_message_that_is_too_long_is_refused_and_a_huge_one_ends_it(
    lab: Lab, link: str
) -> None:
    async with bystander(link), raw(link) as socket:
        for length in (10_000_000, MESSAGE_BYTES + 1):
            await socket.send_str(" " * length)
            assert "MESSAGE_BYTES" in (await socket.receive(timeout=20)).data
        await socket.send_str("[" * 7_000_000)
        assert "no message" in (await socket.receive(timeout=20)).data
        with contextlib.suppress(ConnectionError):  # it may be cut off before it has said it all
            await socket.send_bytes(b" " * (FRAME_BYTES + 1))
        assert (await socket.receive(timeout=20)).type is not aiohttp.WSMsgType.TEXT
    assert lab.graph == Graph()


async def test_large_messages_that_are_right_are_taken(lab: Lab, link: str) -> None:
    value: dict[str, Any] = {
        "deep": None,
        "text": '"\\[{' * 1_000_000,
        "huge": 10**200,
        "list": [{}] * 1000,
    }
    for _ in range(DEPTH - 10):
        value["deep"] = [value["deep"]]
    async with connected(link) as client:
        await client.open()
        await client.ask("graph", "addnode", graph=MAIN, id="a", component="nobody/Knows")
        tgt = {"node": "a", "port": "in"}
        answer = await client.ask("graph", "addinitial", graph=MAIN, src={"data": value}, tgt=tgt)
        assert answer["payload"]["src"]["data"] == value
        assert (await client.open()).initials


async def test_metadata_that_the_schemas_do_not_allow_is_refused(lab: Lab, link: str) -> None:
    async with connected(link) as client:
        wrong: list[dict[str, Any]] = [{"x": "left"}, {"y": True}, {"x": []}]
        for metadata in wrong:
            with pytest.raises(Refusal, match="metadata"):
                await client.ask(
                    "graph", "addnode", graph=MAIN, id="a", component="c", metadata=metadata
                )
        await client.ask(
            "graph", "addnode", graph=MAIN, id="a", component="c", metadata={"x": 1.5, "z": []}
        )
        ends = {"src": {"node": "a", "port": "o"}, "tgt": {"node": "a", "port": "i"}}
        wrong = [{"route": 1.5}, {"route": True}, {"secure": 1}, {"schema": {}}]
        for metadata in wrong:
            with pytest.raises(Refusal, match="metadata"):
                await client.ask("graph", "addedge", graph=MAIN, **ends, metadata=metadata)
        # The notebook may put in what it likes; clients get what they can take.
        node = {"component": "c", "metadata": {"x": "left", "y": 2, "k": 1}}
        lab.set_graph(graph_of({"processes": {"b": node}}))
        told = await client.wait(lambda m: m["payload"].get("id") == "b")
        assert told["payload"]["metadata"] == {"y": 2, "k": 1}


async def test_thousands_of_small_messages_at_once(lab: Lab, link: str) -> None:
    async with bystander(link), raw(link) as socket:
        for _ in range(5_000):
            await socket.send_str("{}")
        for _ in range(5_000):
            assert '"error"' in (await socket.receive(timeout=20)).data


async def test_one_who_never_reads_costs_nothing_and_disturbs_nobody(lab: Lab, link: str) -> None:
    """His answers wait, so he is asked for no more; and what he is told besides has its bound."""
    secret = link.partition("secret=")[2]
    padding = {"padding": " " * 2_000}  # so that the sockets' buffers are full soon
    frame = {"protocol": "component", "command": "list", "payload": padding, "secret": secret}
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", int(link.split(":")[2].split("/")[0])
    )
    writer.write(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    text = json.dumps(frame).encode()
    masked = bytes([0x81, 0x80 | 126, *len(text).to_bytes(2, "big"), 0, 0, 0, 0]) + text
    size = resident()
    async with bystander(link):
        for _ in range(200):
            writer.write(masked * 100)
            try:
                async with asyncio.timeout(0.5):
                    await writer.drain()
            except TimeoutError:
                break  # the server has stopped to read: that is how he is slowed down
        else:
            pytest.fail("20,000 questions are taken from one who takes no answer")
        server: Any = lab._host.servers[0]
        waiting = max(len(peer._waiting) for peer in server.service.peers)
        assert waiting < 2_000
        assert resident() - size < 50_000_000
    before = time.monotonic()
    await asyncio.to_thread(lab.unserve)  # and he cannot hold it up
    assert time.monotonic() - before < 8
    writer.close()


async def test_a_connection_that_breaks_in_the_middle(lab: Lab, link: str) -> None:
    async with bystander(link) as other:
        for number in range(20):
            async with connected(link) as client:
                await client.send("network", "start", graph=MAIN)
                await client.send("graph", "clear", id="half" * 1000)
                transport = client.socket.get_extra_info("socket")
                assert transport is not None
                client.socket._response.connection.transport.abort()  # type: ignore[union-attr]
                client.heard.clear()
            await other.ask("network", "getstatus", graph=MAIN)
            del number
        server: Any = lab._host.servers[0]
        async with asyncio.timeout(10):
            while len(server.service.peers) > 1:
                await other.settle()
        other.heard[:] = [m for m in other.heard if m["command"] not in ("clear", "started")]
