"""Three nodes of RabbitMQ on this machine, of which one is killed and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from msgflo_lab_transports.amqp.confirms import Fate
from msgflo_lab_transports.amqp.frames import PERSISTENT
from tests.amqp.tools import DEADLINE, Fates, Inbox, Side, until
from tests.brokers import Cluster

pytestmark = pytest.mark.anyio


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of the test's own; it takes twenty seconds to start."""
    found = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        found.start()
        yield found
    finally:
        found.kill()


@pytest.mark.timeout(240)
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
