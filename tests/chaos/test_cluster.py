"""Three nodes of RabbitMQ, of which one is killed and comes back: nothing is lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from msgflo_lab import Lab
from msgflo_lab_transports.amqp.confirms import Fate
from msgflo_lab_transports.amqp.frames import PERSISTENT
from tests.amqp.tools import DEADLINE, Fates, Inbox, Side, until
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


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of which each test leaves all nodes running; it takes twenty seconds to start."""
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        found.start()
        yield found
    finally:
        found.kill()


async def test_what_was_confirmed_survives_a_node(cluster: Cluster) -> None:
    first, second, third = cluster.nodes
    async with Side(first.url) as side:
        channel, fates = await side.channel(confirms=True), Fates()
        quorum = {"x-queue-type": "quorum", "x-quorum-initial-group-size": 3}
        await channel.declare_queue("kept", durable=True, arguments=quorum)
        for number in range(200):
            channel.publish("", "kept", b"%d" % number, PERSISTENT, then=fates.of(number))
        await channel.settled()
        assert {fate for _, fate in fates.all} == {Fate.CONFIRMED}
        await asyncio.to_thread(first.kill)
        await side.lost.wait_for()
        await asyncio.to_thread(cluster.wait_for, second, 2)
        other, inbox = await side.channel(url=second.url, confirms=True), Inbox()
        async with asyncio.timeout(DEADLINE):
            await other.consume("kept", inbox)
            assert await inbox.bodies(200) == [b"%d" % number for number in range(200)]
            other.publish("", "kept", b"meanwhile", PERSISTENT)
            await other.settled()
        await asyncio.to_thread(first.start)
        for node in (first, third):
            await asyncio.to_thread(cluster.wait_for, node, 3)
        again, here = await side.channel(), Inbox()
        await again.consume("kept", here)
        again.publish("", "kept", b"again")
        assert (await inbox.bodies(201))[-1] == b"meanwhile"
        # Either of the two may get it.
        await until(lambda: b"again" in [each.body for each in here.all + inbox.all])


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
