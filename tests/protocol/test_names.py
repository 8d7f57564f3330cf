"""What may be the name of a port, its index, a component and a graph; and which wire is meant."""

from __future__ import annotations

from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.graph import Graph

from .client import MAIN, Refusal, connected
from .test_session import all_the_same

pytestmark = pytest.mark.anyio


def ends(**more: Any) -> dict[str, Any]:
    """An edge; `more` is said of its source."""
    return {"src": {"node": "a", "port": "out", **more}, "tgt": {"node": "a", "port": "in"}}


@pytest.mark.parametrize(
    ("command", "payload", "why"),
    [
        ("addedge", ends(port=""), "a port needs a name"),
        ("addedge", {**ends(), "tgt": {"node": "a", "port": ""}}, "a port needs a name"),
        ("addinitial", {"src": {"data": 1}, "tgt": {"node": "a", "port": ""}}, "needs a name"),
        ("addinport", {"public": "p", "node": "a", "port": ""}, "a port needs a name"),
        *(
            ("addedge", ends(index=index), "is no index of a port")
            for index in (-1, 10**9, 10**30, "-1", "1 ", "\u0661", "\u00b2", "", "9" * 5000)
        ),
    ],
)
async def test_ports_and_indexes_that_are_none_are_refused(
    lab: Lab, link: str, command: str, payload: dict[str, Any], why: str
) -> None:
    async with connected(link) as client:
        await client.ask("graph", "addnode", graph=MAIN, id="a", component="nobody/Knows")
        before = lab.graph
        with pytest.raises(Refusal, match=why) as found:
            await client.ask("graph", command, graph=MAIN, **payload)
        assert len(str(found.value)) < 200
        assert lab.graph == before


async def test_an_edge_without_an_index_is_the_wire_that_has_none(lab: Lab, link: str) -> None:
    async with connected(link) as client, connected(link) as other:
        await client.open()
        await other.open()
        await client.ask("graph", "addnode", graph=MAIN, id="a", component="nobody/Knows")
        for more in ({}, {"index": 0}, {"index": "999999999"}):
            await client.ask("graph", "addedge", graph=MAIN, **ends(**more))
        await client.ask("graph", "removeedge", graph=MAIN, **ends())
        (wires,) = lab.graph.edges.values()
        assert [wire.out_index for wire in wires] == [0, 999_999_999]
        await all_the_same(lab, client, other)
        # There is none any more: now it is all that are left.
        await client.ask("graph", "removeedge", graph=MAIN, **ends())
        assert not lab.graph.edges
        await all_the_same(lab, client, other)


async def test_a_component_and_a_graph_have_different_names(lab: Lab) -> None:
    link = lab.serve(port=0, grants={"s-secret": "source"})
    async with connected(link) as client:
        library, _, name = MAIN.partition("/")
        for payload, why in (
            ({"library": library, "name": name}, f"`{MAIN}` is a graph"),
            ({"name": ""}, "a component needs a name"),
            ({"library": "core", "name": ""}, "a component needs a name"),
        ):
            with pytest.raises(Refusal, match=why):
                await client.ask(
                    "component", "source", language="python", code="def f(in_): ...", **payload
                )
        with pytest.raises(Refusal, match="`core/Repeat` is a component"):
            await client.ask("graph", "clear", id="core/Repeat")
        source = await client.ask("component", "getsource", name=MAIN)
        assert source["payload"]["language"] == "json"
        assert lab.graph == Graph()


async def test_a_place_far_away_is_that_place(lab: Lab, link: str) -> None:
    async with connected(link) as client:
        answer = await client.ask(
            "graph", "addnode", graph=MAIN, id="a", component="c", metadata={"x": 1e300, "y": -0.6}
        )
        assert answer["payload"]["metadata"] == {"x": 1e300, "y": -1}
        assert lab.graph.nodes
