"""Who may do what, and that nobody else learns how."""

from __future__ import annotations

import contextlib
import json
import logging
from typing import Any

import aiohttp
import pytest

from msgflo_lab import Lab
from msgflo_lab.core import code
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.graph import Graph, graph_of
from msgflo_lab.protocol import capabilities
from msgflo_lab.protocol.capabilities import Level
from msgflo_lab.protocol.messages import PAYLOADS
from msgflo_lab.protocol.reading import read

from .client import MAIN, Client, Refusal, connected

pytestmark = pytest.mark.anyio

GRANTS = {level.value[:1] + "-secret": level for level in Level}
LEVELS = {None: 0, "r-secret": 1, "c-secret": 2, "e-secret": 3, "s-secret": 4}

NODE, PORT = {"id": "a"}, {"node": "a", "port": "in"}
EDGE = {"src": {"node": "a", "port": "out"}, "tgt": PORT}
NEEDS: dict[str, tuple[int, dict[str, Any]]] = {
    "runtime:getruntime": (0, {}),
    "runtime:packet": (2, {"port": "p", "event": "connect"}),
    "component:list": (1, {}),
    "component:getsource": (1, {"name": MAIN}),
    "component:source": (4, {"name": "x", "language": "python", "code": "def x(in_): return 1"}),
    "network:start": (2, {}),
    "network:stop": (2, {}),
    "network:getstatus": (1, {}),
    "network:debug": (2, {"enable": True}),
    "network:edges": (1, {"edges": []}),
    "network:persist": (3, {}),
    "trace:start": (2, {}),
    "trace:stop": (2, {}),
    "trace:clear": (2, {}),
    "trace:dump": (2, {"type": "flowtrace.json"}),
    "graph:clear": (3, {"id": "other"}),
    "graph:addnode": (3, {"id": "b", "component": "core/Repeat"}),
    "graph:removenode": (3, NODE),
    "graph:renamenode": (3, {"from_": "a", "to": "b"}),
    "graph:changenode": (3, {**NODE, "metadata": {}}),
    "graph:addedge": (3, EDGE),
    "graph:removeedge": (3, EDGE),
    "graph:changeedge": (3, EDGE),
    "graph:addinitial": (3, {"src": {"data": 1}, "tgt": PORT}),
    "graph:removeinitial": (3, {"tgt": PORT}),
    "graph:addinport": (3, {"public": "p", **PORT}),
    "graph:addoutport": (3, {"public": "p", **PORT}),
    "graph:removeinport": (3, {"public": "p"}),
    "graph:removeoutport": (3, {"public": "p"}),
    "graph:renameinport": (3, {"from_": "p", "to": "q"}),
    "graph:renameoutport": (3, {"from_": "p", "to": "q"}),
    "graph:addgroup": (3, {"name": "g", "nodes": []}),
    "graph:removegroup": (3, {"name": "g"}),
    "graph:renamegroup": (3, {"from_": "g", "to": "h"}),
    "graph:changegroup": (3, {"name": "g", "metadata": {}}),
}
"""Which level each message needs, at least; written down once more, for it to be compared."""


def test_no_message_is_forgotten() -> None:
    assert NEEDS.keys() == PAYLOADS.keys()


@pytest.mark.parametrize("secret", list(LEVELS))
async def test_each_level_may_what_it_may_and_no_more(lab: Lab, secret: str | None) -> None:
    link = lab.serve(port=0, grants=GRANTS)
    async with connected(link, "s-secret") as owner, connected(link, secret) as client:
        for name, (level, payload) in NEEDS.items():
            await rebuild(owner)
            before = lab.graph
            asked = {"graph": MAIN, **payload}
            number = await client.send(*name.split(":"), **asked)
            answer = await client.wait(lambda m, n=number: m.get("responseTo") == n)  # type: ignore[misc]
            text = str(answer["payload"])
            is_refused = answer["command"] == "error" and ("grant" in text or "secret" in text)
            assert is_refused == (LEVELS[secret] < level), (name, answer)
            if is_refused:
                assert lab.graph == before
        about = (await client.ask("runtime", "getruntime"))["payload"]
        level_of = GRANTS[secret] if secret else None
        assert about["capabilities"] == list(capabilities.capabilities(level_of))


async def rebuild(owner: Client) -> None:
    """A graph of which there is something for every message."""
    await owner.ask("graph", "clear", id=MAIN)
    for name in ("addnode", "addedge", "addinitial", "addinport", "addoutport", "addgroup"):
        payload = {"graph": MAIN, **NEEDS[f"graph:{name}"][1]}
        payload.update({"id": "a"} if name == "addnode" else {})
        await owner.ask("graph", name, **payload)


async def test_who_has_no_secret_is_told_nothing(lab: Lab) -> None:
    link = lab.serve(port=0, grants=GRANTS)
    async with (
        connected(link, None) as stranger,
        connected(link, "wrong") as wrong,
        connected(link, "s-secret") as owner,
    ):
        await rebuild(owner)
        await owner.ask("network", "stop", graph=MAIN)
        for client in (stranger, wrong):
            await client.settle()
            assert {m["command"] for m in client.heard} == {"runtime"}


async def test_a_connection_may_change_its_secret(lab: Lab) -> None:
    link = lab.serve(port=0, grants=GRANTS)
    async with connected(link, "wrong") as client:
        with pytest.raises(Refusal, match="does not grant network:status"):
            await client.ask("network", "getstatus", graph=MAIN)
        client.secret = "r-secret"
        await client.ask("network", "getstatus", graph=MAIN)
        # What a secret grants is said of that which is given, not of an earlier one.
        about = (await client.ask("runtime", "getruntime"))["payload"]
        assert "network:status" in about["capabilities"]
        client.secret = "wrong"
        about = (await client.ask("runtime", "getruntime"))["payload"]
        assert about["capabilities"] == []
        client.secret = None
        with pytest.raises(Refusal, match="needs a secret"):
            await client.ask("network", "getstatus", graph=MAIN)


async def test_the_secret_may_be_in_the_payload(lab: Lab) -> None:
    link = lab.serve(port=0, grants=GRANTS)
    async with connected(link, None) as client:
        await client.ask("network", "getstatus", graph=MAIN, secret="r-secret")
        with pytest.raises(Refusal, match="protocol:graph"):
            await client.ask(
                "graph", "addnode", graph=MAIN, id="a", component="c", secret="r-secret"
            )
        answer = await client.ask(
            "graph", "addnode", graph=MAIN, id="a", component="c", secret="e-secret"
        )
        assert "secret" not in json.dumps(answer)


async def test_without_a_secret_clients_may_what_they_are_granted(lab: Lab) -> None:
    link = lab.serve(port=0, grants={"": "read", "e-secret": "edit"})
    async with connected(link, None) as anybody, connected(link, "e-secret") as editor:
        await editor.ask("graph", "addnode", graph=MAIN, id="a", component="core/Repeat")
        await anybody.wait(lambda m: m["command"] == "addnode")  # told, though it never asked
        with pytest.raises(Refusal):
            await anybody.ask("graph", "removenode", graph=MAIN, id="a")


# -- code ------------------------------------------------------------------------------------------

EVIL = "__import__('os').getpid()"


class Attack:
    """What an editor tries. Nothing of it may ever be evaluated."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def edit(self, command: str, graph: str = MAIN, **payload: Any) -> None:
        """Refused or not."""
        with contextlib.suppress(Refusal):
            await self._client.ask("graph", command, graph=graph, **payload)

    async def node(self, name: str, component: str, graph: str = MAIN) -> None:
        """Add a node, or give it another component."""
        await self.edit("addnode", graph, id=name, component=component)

    async def packet(self, name: str, port: str = "expression", graph: str = MAIN) -> None:
        """Set its expression."""
        await self.edit("addinitial", graph, src={"data": EVIL}, tgt={"node": name, "port": port})


async def by_packet(attack: Attack) -> None:
    for component in ("core/Function", "Function", "core/Filter", "elsewhere/Function"):
        await attack.node(component, component)
        for port in ("expression", "EXPRESSION", "Expression"):
            await attack.packet(component, port)


async def by_changing_the_component(attack: Attack) -> None:
    for component in ("core/Repeat", "nobody/Knows"):
        await attack.node(component, component)
        await attack.packet(component)
        await attack.node(component, "core/Function")


async def by_another_graph(attack: Attack) -> None:
    await attack.edit("clear", id="second")
    await attack.node("f", "core/Repeat")
    await attack.node("f", "core/Function", "second")
    await attack.packet("f", graph="second")
    await attack.packet("f")
    await attack.edit("removenode", id="f")
    await attack.edit("clear", id=MAIN)


async def by_renaming(attack: Attack) -> None:
    await attack.edit("clear", id="second")
    await attack.node("x", "nobody/Knows", "second")
    await attack.packet("x", graph="second")
    await attack.node("f", "core/Function")
    await attack.edit("renamenode", "second", from_="x", to="f")


async def by_an_exported_port(attack: Attack) -> None:
    await attack.node("f", "core/Function")
    await attack.edit("addinport", public="p", node="f", port="expression")
    with pytest.raises(Refusal):
        await attack._client.ask(
            "runtime", "packet", graph=MAIN, port="p", event="data", payload=EVIL
        )


async def by_an_edge(attack: Attack) -> None:
    await attack.node("r", "core/Repeat")
    await attack.node("f", "core/Function")
    tgt = {"node": "f", "port": "expression"}
    await attack.edit("addedge", src={"node": "r", "port": "out"}, tgt=tgt)
    await attack.edit("addinitial", src={"data": EVIL}, tgt={"node": "r", "port": "in"})


async def by_source(attack: Attack) -> None:
    for name in ("core/Repeat", "fresh"):
        with pytest.raises(Refusal, match="component:setsource"):
            await attack._client.ask(
                "component", "source", name=name, language="python", code=f"{EVIL}"
            )
    await attack.node("f", "fresh")


@pytest.mark.parametrize(
    "way",
    [
        by_packet,
        by_changing_the_component,
        by_another_graph,
        by_renaming,
        by_an_exported_port,
        by_an_edge,
        by_source,
    ],
)
async def test_who_may_edit_brings_no_code_in(
    lab: Lab, way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []
    kept, made = "x", code._Expression

    def watch(expression: Any) -> Any:
        compiled.append(expression)
        return made(kept)

    monkeypatch.setattr("msgflo_lab.core.code._Expression", watch)
    lab.set_graph(graph_of({"processes": {"good": {"component": "core/Function"}}}))
    link = lab.serve(port=0, grants=GRANTS)
    async with connected(link, "e-secret") as client:
        await way(Attack(client))
        await client.ask("network", "start", graph=MAIN)
        await Attack(client).edit("clear", id="settle")
        await client.ask("network", "start", graph="settle")  # waits until all nodes run
    assert EVIL not in compiled
    assert set(compiled) <= {"x"}
    # It is not that it never could.
    async with connected(link, "s-secret") as owner:
        await Attack(owner).node("mine", "core/Function")
        await owner.ask(
            "graph",
            "addinitial",
            graph=MAIN,
            src={"data": EVIL},
            tgt={"node": "mine", "port": "expression"},
        )
        await owner.ask("graph", "clear", id="again")
        await owner.ask("network", "start", graph="again")
    assert EVIL in compiled


async def test_an_editor_may_edit_around_code_that_is_there(lab: Lab) -> None:
    connections = [{"data": "x + 1", "tgt": {"process": "f", "port": "expression"}}]
    nodes = {"f": {"component": "core/Function"}}
    lab.set_graph(graph_of({"processes": nodes, "connections": connections}))
    link = lab.serve(port=0, grants=GRANTS)
    async with connected(link, "e-secret") as client:
        await client.ask("graph", "changenode", graph=MAIN, id="f", metadata={"x": 1})
        await client.ask("graph", "renamenode", graph=MAIN, from_="f", to="g")
        await client.ask("graph", "removenode", graph=MAIN, id="g")
    assert lab.graph == Graph()


# -- pages and names -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 101),
        ("http://localhost:8888", 101),
        ("http://127.0.0.1", 101),
        ("http://[::1]:80", 101),
        ("https://app.flowhub.io", 101),
        ("https://noflojs.org", 101),
        ("https://mine.example", 101),
        ("https://evil.example", 403),
        ("http://app.flowhub.io", 403),
        ("https://app.flowhub.io.evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://127.0.0.1.evil.example", 403),
        ("null", 403),
        ("", 403),
        ("http://[", 403),
    ],
)
async def test_pages_of_other_origins_may_not_connect(
    lab: Lab, origin: str | None, status: int
) -> None:
    link = lab.serve(port=0, grants={"": "edit"}, origins=["https://mine.example/editor"])
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **({} if origin is None else {"Origin": origin}),
    }
    async with aiohttp.ClientSession() as session, session.get(link, headers=headers) as answer:
        assert answer.status == status


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [("localhost:1", True), ("127.0.0.1", True), ("evil.example", False), ("[", False)],
)
async def test_a_name_that_is_bent_to_this_address_gets_nothing(
    lab: Lab, host: str, is_ours: bool
) -> None:
    link = lab.serve(port=0)
    async with (
        aiohttp.ClientSession() as session,
        session.get(link, headers={"Host": host}) as answer,
    ):
        assert answer.status == (200 if is_ours else 421)
        assert ("Flowhub" in await answer.text()) == is_ours


async def test_the_page_shows_a_secret_to_those_only_who_give_it(lab: Lab) -> None:
    link = lab.serve(port=0, grants={"r-s3cret": "read", "s-s3cret": "source"})
    base = link.partition("?")[0]
    assert "s-s3cret" in link
    async with aiohttp.ClientSession() as session:
        for query, shown in (
            ("", ""),
            ("?secret=wrong", ""),
            ("?secret=%ED%A0%80", ""),
            ("?secret=r-s3cret", "r-s3cret"),
            ("?secret=s-s3cret", "s-s3cret"),
        ):
            async with session.get(base + query) as answer:
                text = await answer.text()
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert "no-store" in answer.headers["Cache-Control"]
            for secret in ("r-s3cret", "s-s3cret"):
                assert (secret in text) == (secret == shown)


async def test_the_page_of_an_odd_name_is_no_other_page() -> None:
    with Lab("<script>alert(1)</script>") as lab:
        lab.start()
        link = lab.serve(port=0)
        async with aiohttp.ClientSession() as session, session.get(link) as answer:
            assert "<script" not in await answer.text()


# -- nobody learns the secret ----------------------------------------------------------------------


async def test_secrets_are_in_no_log_no_repr_and_no_error(
    lab: Lab, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "v3ry-s3cret"
    caplog.set_level(logging.DEBUG)
    link = lab.serve(port=0, grants={secret: "edit"})
    base = link.partition("?")[0]

    def bug(*_: object) -> None:
        raise RuntimeError("a bug")

    # Of the message's own code, so that it fails with all it knows at hand.
    monkeypatch.setattr("msgflo_lab.protocol.graphs.graph_named", bug)
    async with connected(link, secret) as client, aiohttp.ClientSession() as session:
        with pytest.raises(Refusal, match="has a bug"):
            await client.ask("graph", "addnode", graph=MAIN, id="a", component="c")
        with pytest.raises(Refusal):
            await client.ask("graph", "addnode", graph=MAIN, id=3, component="c", secret=secret)
        for wrong in (f'{{"secret": "{secret}"', f'{{"secret": "{secret}", "protocol": 3}}'):
            await client.socket.send_str(wrong)
        async with session.get(f"{base}?secret={secret}", headers={"Host": "["}):
            pass
        await client.settle()
        assert secret not in str(client.heard)
        host = lab._host
        server: Any = host.servers[0]
        things = [lab, host, server, server.service, *server.service.peers]
        assert secret not in repr(things)
    with Lab("second") as second:
        second.start()
        with pytest.raises(MsgFloLabError, match="in use") as found:
            second.serve(port=server._port, grants={secret: "edit"})
    assert secret not in str(found.value)
    assert "\n" not in str(found.value)
    assert "RuntimeError: a bug" in caplog.text
    assert secret not in caplog.text
    request = read(json.dumps({"protocol": "graph", "command": "clear", "secret": secret}))
    assert request.secret == secret
    assert secret not in repr(request)


async def test_secrets_are_compared_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that are known are compared, each in a time that does not depend on where it differs."""
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("msgflo_lab.protocol.capabilities.hmac.compare_digest", compare)
    grants = {"a": Level.READ, "b": Level.EDIT, "c": Level.SOURCE}
    for given, level in (("b", Level.EDIT), ("z", None), (None, None), ("\ud800", None)):
        compared.clear()
        assert capabilities.level_of(grants, given) is level
        assert len(compared) == 3


def test_a_made_up_secret_may_edit_and_is_long(lab: Lab) -> None:
    secrets = {lab.serve(port=0).partition("secret=")[2] for _ in range(3)}
    assert len(secrets) == 3
    assert min(map(len, secrets)) >= 20
