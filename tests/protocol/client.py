"""A client of the protocol that keeps all it hears, and checks each of it."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from .mirror import Mirror
from .schemas import validate

DEADLINE = 20.0
"""Seconds. Reached only where something is broken."""
MAIN = "default/main"

Heard = dict[str, Any]


class Refusal(Exception):
    """The runtime has answered with an error."""


class Client:
    """Make it with `connected`.

    Attributes:
        heard: All messages, in order.
        mirrors: The graphs, as it has been told of them.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, secret: str | None) -> None:
        self.socket = socket
        self.secret = secret
        self.heard: list[Heard] = []
        self.mirrors: dict[str, Mirror] = {}
        self.problem: BaseException | None = None
        self._numbers = itertools.count(1)
        self._news = asyncio.Condition()

    async def send(self, protocol: str, command: str, **payload: Any) -> str:
        """Ask for something; returns the request's id. `from_` stands for `from`."""
        payload = {name.rstrip("_"): value for name, value in payload.items()}
        number = f"r{next(self._numbers)}"
        frame = {"protocol": protocol, "command": command, "payload": payload, "requestId": number}
        if self.secret is not None:
            frame["secret"] = self.secret
        await self.socket.send_str(json.dumps(frame))
        return number

    async def ask(self, protocol: str, command: str, **payload: Any) -> Heard:
        """Ask for something, and wait for its answer (the first, if there are several).

        Raises:
            Refusal: It is an error.
        """
        number = await self.send(protocol, command, **payload)
        answer = await self.wait(lambda m: m.get("responseTo") == number)
        if answer["command"] == "error":
            raise Refusal(answer["payload"]["message"])
        return answer

    async def wait(self, wanted: Callable[[Heard], object], since: int = 0) -> Heard:
        """The first message that is wanted, once it is there."""
        found: list[Heard] = []
        place = since

        def is_there() -> bool:
            nonlocal place
            while place < len(self.heard) and not found:
                if wanted(self.heard[place]):
                    found.append(self.heard[place])
                place += 1
            return bool(found) or self.problem is not None

        async with self._news, asyncio.timeout(DEADLINE):
            await self._news.wait_for(is_there)
        if not found:
            raise ConnectionError(f"nothing more is heard: {self.problem!r}") from self.problem
        return found[0]

    def all(self, protocol: str, command: str) -> list[Any]:
        """The payloads of all messages of a kind so far."""
        kind = (protocol, command)
        return [m["payload"] for m in self.heard if (m["protocol"], m["command"]) == kind]

    async def settle(self) -> None:
        """Wait until all that was told up to now has been heard."""
        await self.ask("runtime", "getruntime")

    async def open(self, graph: str = MAIN) -> Mirror:
        """Learn a graph that is there, as an editor does, and follow it from then on."""
        number = await self.send("component", "getsource", name=graph)
        await self.wait(lambda m: m.get("responseTo") == number)
        return self.mirrors[graph]

    async def listen(self) -> None:
        """Hear messages, until the connection ends."""
        try:
            async for frame in self.socket:
                message = json.loads(frame.data)
                validate(message)
                self._follow(message)
                async with self._news:
                    self.heard.append(message)
                    self._news.notify_all()
            self.problem = EOFError("the connection has ended")
        except BaseException as error:
            self.problem = error
            raise
        finally:
            async with self._news:
                self._news.notify_all()

    def _follow(self, message: Heard) -> None:
        protocol, command, said = message["protocol"], message["command"], message["payload"]
        if (protocol, command) == ("component", "source") and said["language"] == "json":
            name = f"{said['library']}/{said['name']}" if "library" in said else said["name"]
            self.mirrors[name] = Mirror(json.loads(said["code"]))
        elif (protocol, command) == ("graph", "clear"):
            self.mirrors[said["id"]] = Mirror()
        elif protocol == "graph" and command != "error" and said["graph"] in self.mirrors:
            try:
                self.mirrors[said["graph"]].hear(command, said)
            except (AssertionError, KeyError) as error:
                raise AssertionError(f"{command} {said} cannot be: {error!r}") from error


@asynccontextmanager
async def connected(
    link: str, secret: str | None = "", *, headers: dict[str, str] | None = None
) -> AsyncIterator[Client]:
    """A client of the runtime whose page is at `link`; with the secret in that, unless given."""
    if secret == "":
        secret = parse_qs(urlsplit(link).query).get("secret", [None])[0]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            address_of(link), protocols=("noflo",), headers=headers, max_msg_size=0
        ) as socket,
    ):
        client = Client(socket, secret)
        listening = asyncio.create_task(client.listen())
        try:
            yield client
        finally:
            await socket.close()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    if isinstance(client.problem, AssertionError | KeyError):
        raise client.problem


def resident() -> int:
    """The bytes of memory that this process uses."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def address_of(link: str) -> str:
    """Where clients connect."""
    return f"ws://{urlsplit(link).netloc}/"
