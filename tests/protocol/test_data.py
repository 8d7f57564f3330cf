"""What clients see of what flows: on every transport, of all, and as much as they can take."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.definition import Side
from msgflo_lab.protocol.limits import DATA_BYTES, DATA_MESSAGES, TRACE_BYTES_MOST
from msgflo_lab.runtime import holding, output
from msgflo_lab.runtime.session import Session
from msgflo_lab.transport import Client as BrokerClient
from msgflo_lab.transport import transport_for
from tests.brokers import Mosquitto
from tests.runtime.helpers import Foreign, Sink, definition, eventually

from .client import MAIN, Client, Heard, Refusal, connected, resident

pytestmark = pytest.mark.anyio

EDGE = {"src": {"node": "source", "port": "out"}, "tgt": {"node": "sink", "port": "in"}}
ID = "source() OUT -> IN sink()"


@pytest.fixture(params=["direct", "mosquitto", "rabbitmq"])
def anywhere(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A lab on each kind of broker."""
    url = "direct://"
    if request.param == "mosquitto":
        url = request.getfixturevalue("mosquitto").url
    elif request.param == "rabbitmq":
        url = request.getfixturevalue("vhost")
    with Lab("test") as lab:
        lab.start(url)
        yield lab


class Declared(Foreign):
    """Somebody else, on a broker that wants queues to be declared."""

    async def _connect(self, session: Session) -> BrokerClient:
        client = await transport_for(session.url).client(session.url, name="foreign")
        for side, ports in ((Side.IN, self.said.inports), (Side.OUT, self.said.outports)):
            for port in ports:
                assert port.queue is not None
                await client.declare(port.queue, side)
        await client.close()
        return await super()._connect(session)


async def watch(client: Client, *edges: dict[str, Any]) -> None:
    await client.ask("network", "edges", graph=MAIN, edges=list(edges))


def is_data(value: Any) -> Any:
    """Of messages that show this value."""
    return lambda m: m["command"] == "data" and m["payload"]["data"] == value


async def test_what_flows_between_ours_and_others(anywhere: Lab) -> None:
    lab = anywhere
    link = await asyncio.to_thread(lab.serve, port=0)

    def build() -> tuple[Foreign, Sink]:
        lab.add(lambda in_: in_, "source")
        ours = Sink(lab)
        there = Declared(
            lab, definition("there", {"in": f"{lab.name}-there-in"}, {"out": "there-out"})
        )
        lab.connect("source.out", "sink.in")
        lab.connect("source.out", "there.in")
        lab.connect("there.out", "sink.in")
        return there, ours

    there, sink = await asyncio.to_thread(build)
    out = {"src": EDGE["src"], "tgt": {"node": "there", "port": "in"}}
    back = {"src": {"node": "there", "port": "out"}, "tgt": EDGE["tgt"]}
    async with connected(link) as one, connected(link) as blind:
        await watch(one, EDGE, out, back)
        await blind.settle()
        await asyncio.to_thread(lab.send, "source.in", {"n": 1})
        seen = await one.wait(lambda m: m["command"] == "data" and m["payload"]["id"] == ID)
        assert seen["payload"] == {**EDGE, "id": ID, "graph": MAIN, "data": {"n": 1}}
        await one.wait(lambda m: m["payload"].get("id") == "source() OUT -> IN there()")
        await asyncio.to_thread(eventually, lambda: there.got)
        await asyncio.to_thread(there.send, "there-out", b'"back"', b"\xff\x00 binary", b"[1")
        shown = [one.wait(lambda m, d=d: is_data(d)(m)) for d in ("back", "[1")]  # type: ignore[misc]
        for each in shown:
            assert (await each)["payload"]["id"] == "there() OUT -> IN sink()"
        assert await asyncio.to_thread(sink.wait, 2)
        # An edge that is not watched any more is not shown.
        await watch(one)
        count = len(one.all("network", "data"))
        await asyncio.to_thread(lab.send, "source.in", "unseen")
        await asyncio.to_thread(sink.wait, 3)
        await one.settle()
        assert len(one.all("network", "data")) == count
        assert not blind.all("network", "data")


async def test_what_has_waited_for_a_start_is_seen_when_it_goes_on(anywhere: Lab) -> None:
    lab = anywhere
    link = await asyncio.to_thread(lab.serve, port=0)

    def build() -> tuple[Declared, Sink]:
        there = Declared(lab, definition("source", {}, {"out": f"{lab.name}-waits"}))
        sink = Sink(lab)
        lab.connect("source.out", "sink.in")
        return there, sink

    there, sink = await asyncio.to_thread(build)
    async with connected(link) as client:
        await watch(client, EDGE)
        await client.ask("network", "stop", graph=MAIN)
        await client.settle()  # all that it was told at once has been carried out
        waiting = [b"%d" % number for number in range(50)]
        await asyncio.to_thread(there.send, f"{lab.name}-waits", *waiting)
        await client.settle()
        assert not client.all("network", "data")  # nothing has passed yet
        await client.ask("network", "start", graph=MAIN)
        await client.wait(is_data(49))
        await asyncio.to_thread(sink.wait, 50)
        await asyncio.to_thread(there.send, f"{lab.name}-waits", b"50")
        await client.wait(is_data(50))
        assert [each["data"] for each in client.all("network", "data")] == list(range(51))
        assert {each["id"] for each in client.all("network", "data")} == {ID}


async def test_what_comes_while_the_queue_for_it_is_left_is_seen(
    lab: Lab, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = await asyncio.to_thread(Declared, lab, definition("source", {}, {"out": "waits"}))
    sink = await asyncio.to_thread(Sink, lab)
    await asyncio.to_thread(lab.connect, "source.out", "sink.in")
    leave = holding._end

    async def leave_late(held: Any) -> None:
        await asyncio.to_thread(there.send, "waits", b"1")
        await asyncio.to_thread(sink.wait, 1)
        await leave(held)

    monkeypatch.setattr(holding, "_end", leave_late)
    async with connected(link) as client:
        await watch(client, EDGE)
        await client.ask("network", "stop", graph=MAIN)
        await client.ask("network", "start", graph=MAIN)
        await client.wait(is_data(1))


async def test_the_binary_and_the_big_is_shown_as_text(lab: Lab, link: str) -> None:
    there = await asyncio.to_thread(Foreign, lab, definition("source", {}, {"out": "q"}))
    sink = await asyncio.to_thread(Sink, lab)
    await asyncio.to_thread(lab.connect, "source.out", "sink.in")
    big = json.dumps("x" * DATA_BYTES).encode()
    async with connected(link) as client:
        await watch(client, EDGE)
        await asyncio.to_thread(there.send, "q", b"\xff\xfe", big, b"null")
        await client.wait(is_data(None))
        data = [each["data"] for each in client.all("network", "data")]
        assert isinstance(data[0], str)
        assert data[1] == f"({len(big):,} bytes)"
        del sink


async def test_initial_packets_are_seen_by_who_looks(lab: Lab, link: str) -> None:
    async with connected(link) as starter, connected(link) as watcher, connected(link) as blind:
        for node in ("a", "b"):
            await starter.ask("graph", "addnode", graph=MAIN, id=node, component="core/Repeat")
        edge = {"src": {"node": "b", "port": "out"}, "tgt": {"node": "a", "port": "in"}}
        await starter.ask("graph", "addedge", graph=MAIN, **edge)
        await starter.ask("network", "start", graph=MAIN)
        await watch(watcher, edge)
        tgt = {"node": "a", "port": "in"}
        await starter.ask("graph", "addinitial", graph=MAIN, src={"data": 7}, tgt=tgt)
        for client in (starter, watcher):
            seen = (await client.wait(is_data(7)))["payload"]
            assert seen == {"id": "DATA -> IN a()", "tgt": tgt, "graph": MAIN, "data": 7}
        await blind.settle()
        assert not blind.all("network", "data")


@contextmanager
def printing() -> Iterator[None]:
    """What participants print goes to their logs, as in a notebook. (pytest swaps the streams.)"""
    output.install()
    try:
        yield
    finally:
        output.uninstall()


async def test_prints_errors_and_icons(lab: Lab, link: str) -> None:
    def speak(in_: Any) -> None:
        print("I say", in_)
        if in_ == "bad":
            raise ValueError("no good")

    with printing():
        await look_at_prints(lab, link, speak)


async def look_at_prints(lab: Lab, link: str, speak: Any) -> None:
    async with connected(link) as client:
        await client.settle()
        await asyncio.to_thread(lab.add, speak, "speaker", icon="bell")
        await asyncio.to_thread(lab.send, "speaker.in", "good")
        await asyncio.to_thread(lab.send, "speaker.in", "bad")
        said = await client.wait(lambda m: m["command"] == "output" and "bad" in str(m))
        assert said["payload"] == {"message": "speaker: I say bad", "type": "message"}
        assert "speaker: I say good" in [e["message"] for e in client.all("network", "output")]
        # Its node has to be in a graph for that to be told of one.
        await client.ask("graph", "addnode", graph=MAIN, id="speaker", component="")
        await asyncio.to_thread(lab.send, "speaker.in", "bad")
        failed = (await client.wait(lambda m: m["command"] == "processerror"))["payload"]
        assert (failed["id"], failed["graph"]) == ("speaker", MAIN)
        assert "no good" in failed["error"]
        await asyncio.to_thread(lab.add, speak, "speaker", icon="bolt")
        changed = (await client.wait(lambda m: m["command"] == "icon"))["payload"]
        assert changed == {"id": "speaker", "icon": "bolt", "graph": MAIN}


async def test_packets_through_exported_ports(lab: Lab, link: str) -> None:
    async with connected(link) as client, connected(link) as other:
        await other.settle()
        await client.ask("graph", "addnode", graph=MAIN, id="r", component="core/Repeat")
        for side, port in (("inport", "in"), ("outport", "out")):
            await client.ask(
                "graph", f"add{side}", graph=MAIN, public=f"my{port}", node="r", port=port
            )
        await client.ask("network", "start", graph=MAIN)
        ports = await other.wait(lambda m: m["command"] == "ports" and m["payload"]["outPorts"])
        assert [p["id"] for p in ports["payload"]["outPorts"]] == ["myout"]
        packet = {"graph": MAIN, "port": "myin", "payload": {"n": 1}, "type": "object"}
        for event in ("connect", "data", "disconnect"):
            sent = await client.ask("runtime", "packet", **packet, event=event)
            assert sent["command"] == "packetsent"
            assert sent["payload"] == {**packet, "event": event}
        nothing = {"graph": MAIN, "port": "myin", "event": "data", "payload": None}
        assert (await client.ask("runtime", "packet", **nothing))["payload"] == nothing
        for each in (client, other):
            found = (await each.wait(lambda m: m["command"] == "packet"))["payload"]
            assert found == {"port": "myout", "event": "data", "graph": MAIN, "payload": {"n": 1}}
        for port, why in (("none", "exports no inport"), ("myout", "exports no inport")):
            with pytest.raises(Refusal, match=why):
                await client.ask(
                    "runtime", "packet", graph=MAIN, port=port, event="data", payload=1
                )
        # That there is nothing in it makes it no less a packet.
        await client.wait(lambda m: m["command"] == "packet" and m["payload"]["payload"] is None)


async def test_status_is_true(lab: Lab, link: str) -> None:
    is_in, may_go = threading.Event(), threading.Event()

    def work(in_: Any) -> None:
        is_in.set()
        may_go.wait(20)

    async with connected(link) as client:

        async def status() -> tuple[bool, bool]:
            said = (await client.ask("network", "getstatus", graph=MAIN))["payload"]
            return said["started"], said["running"]

        await client.ask("graph", "addnode", graph=MAIN, id="worker", component="")
        await asyncio.to_thread(lab.add, work, "worker")
        assert await status() == (True, False)
        await asyncio.to_thread(lab.send, "worker.in", 1)
        await asyncio.to_thread(is_in.wait, 20)
        assert await status() == (True, True)
        may_go.set()
        async with asyncio.timeout(20):
            while await status() != (True, False):
                pass
        started = time.monotonic()
        stopped = (await client.ask("network", "stop", graph=MAIN))["payload"]
        assert stopped["uptime"] > 0
        assert await status() == (False, False)
        # Once more is no news, but the asker is told how it is.
        assert (await client.ask("network", "stop", graph=MAIN))["command"] == "stopped"
        again = await client.ask("network", "start", graph=MAIN)
        assert (again["payload"]["started"], again["payload"]["running"]) == (True, True)
        assert await status() == (True, False)
        short = (await client.ask("network", "stop", graph=MAIN))["payload"]["uptime"]
        assert 0 <= short <= time.monotonic() - started
        debug = (await client.ask("network", "debug", graph=MAIN, enable=True))["payload"]
        assert debug == {"graph": MAIN, "started": False, "running": False, "debug": True}


async def test_a_trace_from_start_to_dump(lab: Lab, link: str) -> None:
    lab.add(lambda in_: in_, "source")
    sink = Sink(lab)
    lab.connect("source.out", "sink.in")
    async with connected(link) as client:

        async def trace(command: str, **more: Any) -> Heard:
            return await client.ask("trace", command, graph=MAIN, **more)

        with pytest.raises(Refusal, match="not traced"):
            await trace("dump", type="flowtrace.json")
        for size in (0, -1, TRACE_BYTES_MOST + 1):
            with pytest.raises(Refusal, match="buffersize"):
                await trace("start", buffersize=size)
        await trace("start", buffersize=2_000)
        for number in range(30):
            await asyncio.to_thread(lab.send, "source.in", number)
        await asyncio.to_thread(sink.wait, 30)
        await client.settle()
        dumped = (await trace("dump", type="flowtrace.json"))["payload"]
        flowtrace = json.loads(dumped["flowtrace"])
        check_flowtrace(flowtrace)
        data = [event["payload"]["data"] for event in flowtrace["events"]]
        assert data == list(range(30 - len(data), 30))
        assert 2 < len(data) < 12, "the latest, as far as they fit"
        await trace("stop")
        await asyncio.to_thread(lab.send, "source.in", "later")
        await asyncio.to_thread(sink.wait, 31)
        await trace("clear")
        assert not json.loads((await trace("dump", type="flowtrace.json"))["payload"]["flowtrace"])[
            "events"
        ]
        assert not client.all("network", "data"), "who traces does not watch"


def check_flowtrace(flowtrace: Any) -> None:
    """Such as npm's `flowtrace` writes and reads: it has types, and no schema."""
    header = flowtrace["header"]
    assert header["main"] == MAIN
    assert header["metadata"].keys() >= {"label", "type", "start", "end"}
    assert header["graphs"][MAIN]["connections"]
    for event in flowtrace["events"]:
        assert event.keys() == {"protocol", "command", "payload", "graph", "time"}
        assert (event["protocol"], event["command"]) == ("network", "data")
        assert event["payload"].keys() >= {"id", "src", "tgt", "data"}


async def test_many_messages_slow_nobody_down_and_are_bounded(lab: Lab, link: str) -> None:
    count = 20_000

    def pour(in_: Any) -> Iterator[Any]:
        yield from range(in_)

    lab.add(pour, "source", outports=["out"])
    sink = Sink(lab)
    lab.connect("source.out", "sink.in")

    async def seconds() -> float:
        done, started = len(sink.got), time.monotonic()
        await asyncio.to_thread(lab.send, "source.in", count)
        await asyncio.to_thread(sink.wait, done + count)
        return time.monotonic() - started

    alone = await seconds()
    async with connected(link) as client:
        await watch(client, EDGE)
        size = resident()
        watched = await seconds()
        server: Any = lab._host.servers[0]
        (peer,) = server.service.peers
        assert len(peer._waiting) <= DATA_MESSAGES + 100
        assert resident() - size < 100_000_000
        # Whatever was left out is counted, and said.
        async with asyncio.timeout(20):
            while peer._waiting or peer._untold:
                await client.settle()
        await client.settle()
        shown = len(client.all("network", "data"))
        assert shown + peer.skipped == count
        notes = [
            e["message"] for e in client.all("network", "output") if "not shown" in e["message"]
        ]
        told = sum(int(note.split()[0].replace(",", "")) for note in notes)
        assert told == peer.skipped
    # Shown to a client in the same process, which also checks each against its schema.
    assert watched < alone * 6 + 4, (alone, watched)


async def test_a_mosquitto_of_many_edges(mosquitto: Mosquitto) -> None:
    """Edges that share an outport are each shown, with one tap."""
    with Lab("many") as lab:
        await asyncio.to_thread(lab.start, mosquitto.url)
        await asyncio.to_thread(lab.add, lambda in_: in_, "source")
        for number in range(5):
            await asyncio.to_thread(lab.connect, "source.out", f"n{number}.in")
            await asyncio.to_thread(lab.add, lambda in_: in_, f"n{number}")
        async with connected(await asyncio.to_thread(lab.serve, port=0)) as client:
            await client.ask("network", "start", graph=MAIN)
            await asyncio.to_thread(lab.send, "source.in", 1)
            for number in range(5):
                await client.wait(
                    lambda m, n=number: m["payload"].get("id") == f"source() OUT -> IN n{n}()"  # type: ignore[misc]
                )
