"""Several clients and the notebook edit one graph at once, and end with the same graph."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.graph import Graph, graph_of, json_of

from .client import MAIN, Client, Refusal, connected
from .mirror import seen

pytestmark = pytest.mark.anyio

COMPONENTS = ("core/Repeat", "core/Drop", "core/Output", "core/Merge")
NAMES = [f"n{number}" for number in range(8)]


async def all_the_same(lab: Lab, *clients: Client) -> None:
    """All have heard everything, and have the graph of the lab."""
    for client in clients:
        await client.settle()
    wanted = seen(lab.graph)
    for client in clients:
        assert client.mirrors[MAIN].plain() == wanted


async def test_a_whole_session(lab: Lab, link: str) -> None:
    async with connected(link) as one, connected(link) as other:
        about = (await one.ask("runtime", "getruntime"))["payload"]
        assert (about["type"], about["graph"], about["version"]) == ("msgflo", MAIN, "0.8")
        assert set(about["capabilities"]) < set(about["allCapabilities"])
        await other.ask("runtime", "getruntime")
        assert one.all("runtime", "ports") == [{"graph": MAIN, "inPorts": [], "outPorts": []}]
        await one.open()
        await other.open()
        await one.ask("component", "list")
        ready = await one.wait(lambda m: m["command"] == "componentsready")
        names = [each["name"] for each in one.all("component", "component")]
        assert ready["payload"] == len(names)
        assert {"core/Repeat", "core/Drop"} <= set(names)

        await edit_everything(one)
        await all_the_same(lab, one, other)
        assert {n: node.component for n, node in lab.graph.nodes.items()} == {
            "a": "core/Repeat",
            "z": "core/Output",
        }
        # Who did not ask is told the same, and nothing of whose request it was.
        told = [m for m in one.heard if m["protocol"] == "graph"]
        assert [{**m, "responseTo": None} for m in told] == [
            {**m, "responseTo": None} for m in other.heard if m["protocol"] == "graph"
        ]
        assert not any("responseTo" in m for m in other.heard if m["protocol"] == "graph")

        await one.ask("network", "stop", graph=MAIN)
        stopped = (await other.wait(lambda m: m["command"] == "stopped"))["payload"]
        assert (stopped["started"], stopped["running"]) == (False, False)
        await one.ask("network", "start", graph=MAIN)
        started = (await other.wait(lambda m: m["command"] == "started"))["payload"]
        assert (started["started"], started["running"]) == (True, True)


async def edit_everything(client: Client) -> None:
    """All kinds of edits, one after the other."""

    async def edit(command: str, **payload: Any) -> None:
        await client.ask("graph", command, graph=MAIN, **payload)

    src, tgt = {"node": "a", "port": "out"}, {"node": "b", "port": "in"}
    await edit("addnode", id="a", component="core/Repeat", metadata={"x": 12, "label": "A"})
    await edit("addnode", id="b", component="core/Output")
    await edit("addedge", src=src, tgt=tgt, metadata={"route": 3})
    await client.ask("network", "edges", graph=MAIN, edges=[{"src": src, "tgt": tgt}])
    await edit("changeedge", src=src, tgt=tgt, metadata={"route": None, "schema": "http://s"})
    await edit("changenode", id="a", metadata={"x": 99, "label": None})
    await edit("addinitial", src={"data": {"deep": [1]}}, tgt={"node": "a", "port": "in"})
    await edit("addgroup", name="g", nodes=["a", "b"], metadata={"description": "both"})
    await edit("changegroup", name="g", metadata={"description": "two"})
    await edit("renamegroup", from_="g", to="pair")
    await edit("addinport", public="into", node="a", port="in")
    await edit("addoutport", public="out", node="b", port="out")
    await edit("renameinport", from_="into", to="entry")
    await edit("renameoutport", from_="out", to="exit")
    await edit("renamenode", from_="b", to="z")
    # Another component: clients see the node go and come again, with all that it has.
    await edit("addnode", id="z", component="core/Merge")
    await edit("addnode", id="z", component="core/Output")
    await edit("removeoutport", public="exit")
    await edit("removeinitial", tgt={"node": "a", "port": "in"})
    await edit("addnode", id="c", component="core/Drop")
    await edit("addedge", src=src, tgt={"node": "c", "port": "in", "index": 1})
    await edit("addedge", src=src, tgt={"node": "c", "port": "in", "index": 2})
    await edit("removeedge", src=src, tgt={"node": "c", "port": "in", "index": 1})
    await edit("addgroup", name="more", nodes=["c", "a"])
    await edit("removenode", id="c")
    await edit("removegroup", name="more")


@pytest.mark.parametrize("seed", range(6))
async def test_two_clients_and_the_notebook_at_once(lab: Lab, link: str, seed: int) -> None:
    chance = random.Random(seed)
    seeds = [random.Random(chance.random()) for _ in range(3)]
    async with connected(link) as one, connected(link) as other:
        await one.open()
        await other.open()
        refused = await asyncio.gather(
            edits(one, seeds[0], 60),
            edits(other, seeds[1], 60),
            asyncio.to_thread(notebook, lab, seeds[2], 25),
        )
        await all_the_same(lab, one, other)
        assert sum(refused) < 110, "too little was edited to prove anything"
        # Another one that comes now sees the same.
        async with connected(link) as late:
            await late.open()
            await all_the_same(lab, one, other, late)
            await edits(late, chance, 10)
            await all_the_same(lab, one, other, late)


async def edits(client: Client, chance: random.Random, count: int) -> int:
    """Random edits; returns how many were refused (what they were of was gone, say)."""
    refused = 0
    for _ in range(count):
        command, payload = random_edit(chance)
        try:
            await client.ask("graph", command, graph=MAIN, **payload)
        except Refusal:
            refused += 1
    return refused


def random_edit(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """A command of the protocol and what it carries."""
    name, second = chance.choice(NAMES), chance.choice(NAMES)
    out, into = {"node": name, "port": "out"}, {"node": second, "port": "in"}
    if chance.random() < 0.3:
        into["index"] = chance.randrange(2)  # type: ignore[assignment]
    ends = {"src": out, "tgt": into}
    metadata = {"x": chance.randrange(100), "color": chance.choice([None, "red"])}
    port, group = chance.choice("pq"), chance.choice("gh")
    choices: list[tuple[int, str, dict[str, Any]]] = [
        (9, "addnode", {"id": name, "component": chance.choice(COMPONENTS)}),
        (3, "removenode", {"id": name}),
        (4, "renamenode", {"from_": name, "to": second}),
        (4, "changenode", {"id": name, "metadata": metadata}),
        (9, "addedge", {**ends, "metadata": {"route": chance.randrange(3)}}),
        (3, "removeedge", ends),
        (3, "changeedge", {**ends, "metadata": {"route": chance.randrange(3)}}),
        (4, "addinitial", {"src": {"data": chance.random()}, "tgt": into}),
        (2, "removeinitial", {"tgt": into}),
        (3, "addinport", {"public": port, "node": name, "port": "in", "metadata": {"x": 1}}),
        (3, "addoutport", {"public": port, "node": name, "port": "out"}),
        (1, "removeinport", {"public": port}),
        (1, "removeoutport", {"public": port}),
        (1, "renameinport", {"from_": port, "to": chance.choice("pq")}),
        (3, "addgroup", {"name": group, "nodes": [name, second]}),
        (1, "removegroup", {"name": group}),
        (1, "renamegroup", {"from_": group, "to": chance.choice("gh")}),
        (1, "changegroup", {"name": group, "metadata": {"description": name}}),
    ]
    _, command, payload = chance.choices(choices, [weight for weight, _, _ in choices])[0]
    return command, payload


def notebook(lab: Lab, chance: random.Random, count: int) -> int:
    """The same from another thread, by the lab's own methods; returns how many were refused."""
    refused = 0
    for _ in range(count):
        name, second = chance.choice(NAMES), chance.choice(NAMES)
        x, y = chance.randrange(500), chance.randrange(500)
        choices: list[Callable[[], object]] = [
            lambda n=name, s=second: lab.connect(f"{n}.out", f"{s}.in"),  # type: ignore[misc]
            lambda n=name, s=second: lab.disconnect(f"{n}.out", f"{s}.in"),  # type: ignore[misc]
            lambda n=name, x=x, y=y: lab.move({n: (x, y)}),  # type: ignore[misc]
            lambda n=name, x=x: lab.send(f"{n}.in", x, initial=True),  # type: ignore[misc]
            lambda n=name: lab.remove(n, edges=True),  # type: ignore[misc]
            lambda n=name: lab.add(lambda in_: in_, n),  # type: ignore[misc]
            lambda n=name, s=second: lab.rename(n, s),  # type: ignore[misc]
            lambda n=name, s=second: lab.balance(f"{n}.out", f"{s}.in"),  # type: ignore[misc]
            lab.unpin,
            lambda n=name: lab.set_graph(different(lab.graph, n)),  # type: ignore[misc]
        ]
        try:
            chance.choice(choices)()
        except MsgFloLabError:
            refused += 1
    return refused


def different(graph: Graph, name: str) -> Graph:
    """The graph with many differences at once, in nodes, edges, packets, ports and groups."""
    data = json.loads(json.dumps(json_of(graph)))
    data["connections"] = data["connections"][1:]
    data["processes"][name] = {"component": "core/Merge", "metadata": {"x": 7}}
    data["processes"]["fresh"] = {"component": "core/Drop"}
    ends = {"src": {"process": name, "port": "out"}, "tgt": {"process": "fresh", "port": "in"}}
    data["connections"].append(ends)
    data["groups"] = [*data["groups"][:1], {"name": "of text", "nodes": [name, "fresh"]}]
    return graph_of(data)


async def test_who_comes_late_learns_the_graph_and_follows(lab: Lab, link: str) -> None:
    """As noflo-ui does: the main graph's name from `runtime`, and its source by that name."""
    lab.set_graph(different(Graph(), "old"))
    lab.send("old.in", [1, {"two": None}], initial=True)
    async with connected(link) as late:
        name = (await late.ask("runtime", "getruntime"))["payload"]["graph"]
        source = (await late.ask("component", "getsource", name=name))["payload"]
        assert (source["library"], source["name"]) == ("default", "main")
        assert source["language"] == "json"
        assert json.loads(source["code"]) == json.loads(json.dumps(json_of(lab.graph)))
        await asyncio.to_thread(lab.connect, "old.out", "new.in")
        await all_the_same(lab, late)
        status = (await late.ask("network", "getstatus", graph=name))["payload"]
        assert status == {"graph": name, "started": True, "running": False}


async def test_answers_come_in_the_order_of_the_questions(lab: Lab, link: str) -> None:
    async with connected(link) as client, connected(link) as other:
        asked = []
        for number in range(40):
            graph = MAIN if number % 3 else "nowhere"
            choices: list[tuple[tuple[str, str], dict[str, Any]]] = [
                (("graph", "addnode"), {"id": f"n{number}", "component": "core/Repeat"}),
                (("network", "getstatus"), {}),
                (("network", "stop"), {}),
                (("network", "start"), {}),
                (("network", "debug"), {"enable": True}),
            ]
            command, more = random.Random(number).choice(choices)
            asked.append(await client.send(*command, graph=graph, **more))
            await other.send("network", "getstatus", graph=MAIN)
        await client.wait(lambda m: m.get("responseTo") == asked[-1])
        answered = [m["responseTo"] for m in client.heard if "responseTo" in m]
        assert answered == asked
        for answer in client.heard:
            if "responseTo" in answer:
                is_lost = asked.index(answer["responseTo"]) % 3 == 0
                assert (answer["command"] == "error") == is_lost


async def test_two_slow_requests_of_two_clients_are_each_answered(lab: Lab, link: str) -> None:
    """What is asked at the same time is not answered to somebody else."""
    async with connected(link) as one, connected(link) as other:

        async def often(client: Client, name: str) -> None:
            for number in range(15):
                await client.ask("graph", "clear", id=name, name=f"{number}")
                await client.ask("graph", "addnode", graph=name, id=name, component="core/Repeat")
                await client.ask("network", "start", graph=name)
                renamed = await client.ask(
                    "graph", "renamenode", graph=name, from_=name, to="x" + name
                )
                assert renamed["payload"]["graph"] == name
                await client.ask("network", "stop", graph=name)

        await asyncio.gather(often(one, "first"), often(other, "second"))
        for client in (one, other):
            answers = [m["responseTo"] for m in client.heard if "responseTo" in m]
            assert len(answers) == len(set(answers)) == 75


@pytest.mark.parametrize(
    ("command", "payload", "answer"),
    [
        ("addnode", {"id": "a", "component": "core/Repeat"}, "addnode"),
        ("changenode", {"id": "a", "metadata": {}}, "changenode"),
        ("renamenode", {"from_": "a", "to": "a"}, "renamenode"),
        ("addgroup", {"name": "g", "nodes": ["a"]}, "addgroup"),
        ("changegroup", {"name": "g", "metadata": {}}, "changegroup"),
        ("addinport", {"public": "p", "node": "a", "port": "in"}, "addinport"),
        ("renameinport", {"from_": "p", "to": "p"}, "renameinport"),
    ],
)
async def test_what_changes_nothing_is_answered_and_told_to_nobody(
    lab: Lab, link: str, command: str, payload: dict[str, Any], answer: str
) -> None:
    async with connected(link) as one, connected(link) as other:
        await one.ask("graph", "addnode", graph=MAIN, id="a", component="core/Repeat")
        await one.ask("graph", "addgroup", graph=MAIN, name="g", nodes=["a"])
        await one.ask("graph", "addinport", graph=MAIN, public="p", node="a", port="in")
        await other.settle()
        count, before = len(other.heard), lab.graph
        assert (await one.ask("graph", command, graph=MAIN, **payload))["command"] == answer
        assert lab.graph == before
        await other.settle()
        told = [m for m in other.heard[count:] if m["protocol"] == "graph"]
        assert told == []
