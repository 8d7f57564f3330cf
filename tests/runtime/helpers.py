"""What the tests of the runtime share: waiting, collecting, and participants of somebody else."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgflo_lab import Lab
from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.discovery import encode
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role
from msgflo_lab.network import EdgeState, EdgeView, RoleView
from msgflo_lab.runtime.session import Session
from msgflo_lab.transport import Client, transport_for

DEADLINE = 20.0
"""Seconds. Reached only where something is broken."""


def eventually(
    condition: Callable[[], object], what: str = "", *, within: float = DEADLINE
) -> None:
    """Wait until something is so, and fail if it does not become so within so many seconds."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not happen: {what or condition}")
        pause.wait(0.002)


async def until(condition: Callable[[], object]) -> None:
    """The same on a loop; the caller gives the deadline."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.001)


class Sink:
    """Collects what arrives at `role.in`, in order. Waits on a condition, not on time."""

    def __init__(self, lab: Lab, role: str = "sink") -> None:
        self.got: list[Any] = []
        self.port = f"{role}.in"
        self._news = threading.Condition()

        async def collect(in_: Any) -> None:
            with self._news:
                self.got.append(in_)
                self._news.notify_all()

        lab.add(collect, role)

    def wait(self, number: int) -> list[Any]:
        """The messages, once there are so many (or more)."""
        with self._news:
            enough = self._news.wait_for(lambda: len(self.got) >= number, DEADLINE)
            assert enough, f"{len(self.got)} of {number} messages: {self.got[-5:]}"
            return list(self.got)


def on_loop(lab: Lab, work: Callable[[Session], Any]) -> Any:
    """Run something beside the lab's own work, on its loop."""

    def do(session: Session | None) -> Any:
        assert session is not None
        return work(session)

    return lab._do(do)


def definition(
    role: str,
    inports: dict[str, str | None] | None = None,
    outports: dict[str, str | None] | None = None,
    *,
    who: str | None = None,
) -> ParticipantDefinition:
    """What somebody announces; ports are given with their queues."""

    def ports(given: dict[str, str | None] | None) -> tuple[Port, ...]:
        return tuple(
            Port(PortName(name), None if queue is None else QueueName(queue))
            for name, queue in (given or {}).items()
        )

    return ParticipantDefinition(
        id=ParticipantId(who or f"{role}-1"),
        role=Role(role),
        component=ComponentName("Foreign"),
        inports=ports(inports),
        outports=ports(outports),
    )


class Foreign:
    """A participant on the lab's broker that the lab knows only by what it announces."""

    def __init__(self, lab: Lab, said: ParticipantDefinition) -> None:
        self.lab = lab
        self.said = said
        self.got: list[bytes] = []
        self._client: Client = on_loop(lab, self._connect)
        self.announce(said)

    async def _connect(self, session: Session) -> Client:
        client = await transport_for(session.url).client(session.url, name="foreign")
        for port in self.said.inports:
            if port.queue is not None:
                inbox = await client.subscribe(port.queue)
                inbox.put = lambda delivery: self.got.append(delivery.payload)  # type: ignore[attr-defined]
        return client

    def announce(self, said: ParticipantDefinition) -> None:
        self.announce_raw(encode(said))
        eventually(lambda: on_loop(self.lab, lambda s: said.id in s.coordinator.roster))

    def announce_raw(self, *announcements: bytes) -> None:
        async def announce(_: Session) -> None:
            for each in announcements:
                await self._client.announce(each)

        on_loop(self.lab, announce)

    def send(self, queue: str, *payloads: bytes) -> None:
        async def send(_: Session) -> None:
            for payload in payloads:
                await self._client.publish(QueueName(queue), payload, Side.OUT)

        on_loop(self.lab, send)


def edge(lab: Lab, source: str, target: str) -> EdgeView | None:
    """An edge of the living network, or None."""
    for each in lab.network().edges:
        ends = (f"{each.source}.{each.outport}", f"{each.target}.{each.inport}")
        if ends == (source, target):
            return each
    return None


def state(lab: Lab, source: str, target: str) -> EdgeState | None:
    """How an edge is doing; None if there is none."""
    found = edge(lab, source, target)
    return found.state if found else None


def role(lab: Lab, name: str) -> RoleView:
    """A node of the living network."""
    return next(each for each in lab.network().roles if each.role == name)


@contextmanager
def program(
    folder: Path, text: str, broker: str | None, *arguments: str
) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own that runs this."""
    path = folder / "participants.py"
    path.write_text(text)
    environment = {k: v for k, v in os.environ.items() if k != "MSGFLO_BROKER"}
    if broker is not None:
        environment["MSGFLO_BROKER"] = broker
    process = subprocess.Popen(
        [sys.executable, str(path), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
