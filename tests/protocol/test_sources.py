"""The source of components, got and set by clients: code that may do anything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from msgflo_lab import Lab
from msgflo_lab.runtime import host
from tests.protocol.client import MAIN, Client, Refusal, connected

pytestmark = pytest.mark.anyio

CLASS = """
from msgflo_lab import Participant

class Greeter(Participant):
    inports = ["name"]
    outports = ["text"]

    def process(self, port, value):
        self.send("text", f"hello {value}")
"""


@pytest.fixture
def link(lab: Lab) -> str:
    """For a secret that may set sources."""
    return lab.serve(port=0, grants={"s3cret": "source"})


async def set_source(client: Client, name: str, code: str, library: str = "my") -> dict[str, Any]:
    """Set it; the answer."""
    return await client.ask(
        "component", "source", name=name, library=library, language="python", code=code
    )


@pytest.mark.parametrize(
    "code",
    ["import sys; sys.exit(3)", "raise KeyboardInterrupt", "raise SystemExit", "1 / 0", "def ("],
)
async def test_what_fails_is_an_error_to_the_sender_only(link: str, code: str) -> None:
    async with connected(link) as one, connected(link) as other:
        with pytest.raises(Refusal, match="the source of `my/Bad` fails"):
            await set_source(one, "Bad", code)
        before = len(other.heard)
        await other.settle()
        assert all(heard["command"] != "error" for heard in other.heard[before:])
        await set_source(one, "Good", "def Good(in_):\n    return in_\n")


async def test_source_that_does_not_end_holds_up_nobody(
    link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "SOURCE_SECONDS", 1.0)
    async with connected(link) as one, connected(link) as other:
        waiting = asyncio.create_task(
            set_source(one, "Slow", "import threading\nthreading.Event().wait(60)\n")
        )
        for _ in range(20):
            await other.settle()
        assert not waiting.done()
        with pytest.raises(Refusal, match="runs for longer than 1 s"):
            await waiting


async def test_a_class_is_a_component(link: str) -> None:
    async with connected(link) as client:
        await set_source(client, "Greeter", CLASS)
        await client.ask("graph", "addnode", graph=MAIN, id="g", component="my/Greeter")
        said = next(
            each for each in client.all("component", "component") if each["name"] == "my/Greeter"
        )
        assert [port["id"] for port in said["inPorts"]] == ["name"]


@pytest.mark.parametrize(
    "name", ["Drop", "Function", "Kick", "Delay", "Repeat", "Split", "Throttle"]
)
async def test_what_was_got_can_be_set(link: str, name: str) -> None:
    async with connected(link) as client:
        await client.ask("graph", "addnode", graph=MAIN, id="n", component=f"core/{name}")
        got = await client.ask("component", "getsource", name=f"core/{name}")
        code = got["payload"]["code"]
        await set_source(client, name, code + "\n# mine\n", library="core")
        again = await client.ask("component", "getsource", name=f"core/{name}")
        assert again["payload"]["code"].rstrip().startswith(code.rstrip()[:40])
