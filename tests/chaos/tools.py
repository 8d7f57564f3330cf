"""What the tests of losses have in common: workers that can be killed, a front, and the count."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.discovery import encode as encode_announcement
from msgflo_lab.errors import TransportError
from msgflo_lab.message import encode
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role
from msgflo_lab.network import EdgeState
from msgflo_lab.runtime.observer import News
from msgflo_lab.transport import BrokerUrl, Client, transport_for
from tests.brokers import RabbitMQ

ROOT = Path(__file__).parent.parent.parent
SCALE = float(os.environ.get("CHAOS", "1"))
"""For a longer run: so many times the jobs, and the harm done to them."""
SEED = int(os.environ.get("CHAOS_SEED", "1"))
DEADLINE = 60.0
"""Seconds without any progress, after which a test gives up."""
WINDOW = 500
"""Messages that the front sends without an answer."""


@dataclass
class Count:
    """What became of numbered jobs."""

    sent: set[int] = field(default_factory=set)
    done: Counter[int] = field(default_factory=Counter)
    dead: Counter[int] = field(default_factory=Counter)

    @property
    def lost(self) -> set[int]:
        """Those that the broker had confirmed, and that are nowhere."""
        return self.sent - self.done.keys() - self.dead.keys()

    def __str__(self) -> str:
        twice = sum(number > 1 for number in self.done.values())
        return (
            f"sent {len(self.sent)}, done {len(self.done)}, done more than once {twice}, "
            f"in the dead letters {len(self.dead)}, lost {len(self.lost)}"
        )


def say(capsys: pytest.CaptureFixture[str], *lines: object) -> None:
    """Print it also where pytest shows nothing of tests that pass."""
    with capsys.disabled():
        print("", *lines, sep="\n")


def address(broker: RabbitMQ, port: int) -> str:
    """Where a broker is reached by way of a port; options may be added to it."""
    return f"amqp://127.0.0.1:{port}?management=http://127.0.0.1:{broker.management}"


class Workers:
    """Processes that share one role, one for each address; each killed one is replaced."""

    def __init__(self, urls: Sequence[str], folder: Path) -> None:
        self._urls = urls
        self._log = folder / "workers.log"
        self._processes = [self._start(url) for url in urls]

    def wait(self) -> None:
        """Wait until all of them are up."""
        for process in self._processes:
            assert process.stdout is not None
            assert process.stdout.readline(), f"a worker did not start:\n{self.log()}"

    def replace(self, number: int) -> None:
        """Kill one of them (SIGKILL), and start another in its place."""
        self._kill(self._processes[number])
        self._processes[number] = self._start(self._urls[number])

    def close(self) -> None:
        """Kill all."""
        for process in self._processes:
            self._kill(process)

    def log(self) -> str:
        """The end of what they have said."""
        return self._log.read_text(errors="replace")[-4000:]

    def _start(self, url: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.worker", url],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@asynccontextmanager
async def workers(urls: Sequence[str], folder: Path) -> AsyncIterator[Workers]:
    """Worker processes, up, for as long as the block runs."""
    found = Workers(urls, folder)
    try:
        await asyncio.to_thread(found.wait)
        yield found
    finally:
        found.close()


class Front:
    """A participant that sends numbered jobs, and counts those that the broker has confirmed."""

    def __init__(self, client: Client, count: Count) -> None:
        self.count = count
        self._client = client
        self._queue = QueueName("front.OUT")

    @classmethod
    async def open(cls, url: str, count: Count) -> Front:
        """Connect and announce it."""
        address = BrokerUrl.parse(url)
        front = cls(await transport_for(address).client(address, name="front"), count)
        await front._client.declare(front._queue, Side.OUT)
        port = Port(id=PortName("out"), type="object", queue=front._queue)
        definition = ParticipantDefinition(
            id=ParticipantId("front-1"),
            role=Role("front"),
            component=ComponentName("Front"),
            inports=(),
            outports=(port,),
        )
        await front._client.announce(encode_announcement(definition))
        return front

    async def send(self, numbers: Collection[int], ahead: Callable[[], bool]) -> None:
        """Send each until it is confirmed; pause while `ahead` says that it is far ahead."""
        window = asyncio.Semaphore(WINDOW)
        async with asyncio.TaskGroup() as group:
            for number in numbers:
                while ahead():  # noqa: ASYNC110 - there is no event for it
                    await asyncio.sleep(0.005)
                await window.acquire()
                group.create_task(self._send(number, window))

    async def _send(self, number: int, window: asyncio.Semaphore) -> None:
        while number not in self.count.sent:
            try:
                await self._client.publish(self._queue, encode({"n": number}))
            except TransportError:
                await asyncio.sleep(0.1)
            else:
                self.count.sent.add(number)
        window.release()

    async def close(self) -> None:
        """Leave."""
        await self._client.close()


def wait_until_bound(lab: Lab, timeout: float = 30) -> None:
    """Until every edge of the lab is carried out."""
    reached = threading.Event()

    def look(news: News) -> None:
        edges = news.view.edges if news.view is not None else ()
        if edges and all(edge.state is EdgeState.BOUND for edge in edges):
            reached.set()

    lab.watch(look)
    try:
        assert reached.wait(timeout), (lab.network(), lab.status())
    finally:
        lab.unwatch(look)


async def progress(measure: Callable[[], int], goal: int, deadline: float = DEADLINE) -> None:
    """Wait until a measure has reached a goal; not when it has stood still for too long."""
    loop = asyncio.get_running_loop()
    best, since = measure(), loop.time()
    while best < goal and loop.time() - since < deadline:
        await asyncio.sleep(0.001)
        if (now := measure()) > best:
            best, since = now, loop.time()
