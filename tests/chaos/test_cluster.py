"""Jobs over three nodes of RabbitMQ, of which one is killed and comes back: none is lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from tests.brokers import Cluster
from tests.chaos.tools import (
    SCALE,
    Count,
    Front,
    address,
    progress,
    say,
    wait_until_bound,
    workers,
)
from tests.chaos.worker import is_poisoned
from tests.proxies import proxy

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(round(240 * max(1, SCALE)))]

JOBS = round(4_000 * SCALE)
GOOD = sum(not is_poisoned(number) for number in range(JOBS))
OPTIONS = "&quorum=1&confirms=all"
"""What a quorum queue has confirmed is on two nodes; what a node had in hand is gone with it."""


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of the test's own; it takes twenty seconds to start."""
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        found.start()
        yield found
    finally:
        found.kill()


async def test_a_node_is_killed_and_comes_back(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of the workers is connected to that node, and finds another one behind its proxy."""
    first, second, third = cluster.nodes
    count = Count()

    def done(job: dict[str, int]) -> None:
        count.done[job["n"]] += 1

    async with proxy(third.port) as way:
        urls = [address(first, port) for port in (way.port, first.port, second.port, first.port)]
        with Lab() as lab:
            async with workers([url + OPTIONS for url in urls], tmp_path):
                await asyncio.to_thread(lab.start, address(second, second.port) + OPTIONS)
                await asyncio.to_thread(lab.add, done)
                front = await Front.open(address(first, first.port) + OPTIONS, count)
                await asyncio.to_thread(lab.balance, "front.out", "work.job")
                await asyncio.to_thread(lab.connect, "work.out", "done.job")
                await asyncio.to_thread(wait_until_bound, lab)
                async with asyncio.TaskGroup() as group:
                    group.create_task(
                        front.send(range(JOBS), lambda: len(count.sent) - len(count.done) > 500)
                    )
                    await progress(lambda: len(count.done), JOBS // 4)
                    way.target = first.port
                    await asyncio.to_thread(third.kill)
                    await progress(lambda: len(count.done), JOBS // 2)
                    await asyncio.to_thread(third.start)
                await progress(lambda: len(count.done), GOOD)
                await asyncio.to_thread(bury, lab, count)
                status = lab.status()
                await front.close()
            await asyncio.to_thread(lab.stop)
    say(capsys, "a node is killed", count)
    assert way.links > 1
    assert not count.lost, status
    assert len(count.sent) == JOBS
    assert len(count.done) == GOOD
    assert all(is_poisoned(number) for number in count.dead)
    assert status.is_up


def bury(lab: Lab, count: Count) -> None:
    """Count the dead letters, as soon as there are all."""
    deadline = time.monotonic() + 20
    while len(count.dead) < JOBS - GOOD and time.monotonic() < deadline:
        count.dead.clear()
        for letter in lab.dead.letters("work.job", 2 * JOBS):
            count.dead[json.loads(letter.payload)["n"]] += 1
        time.sleep(0.2)
