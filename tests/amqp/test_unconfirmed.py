"""A lab that has nothing confirmed (`confirms=none`): all arrives as long as nothing breaks."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from msgflo_lab import Lab, current_message
from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp import Amqp
from tests.amqp.tools import DEADLINE
from tests.conformance.places import numbered, publish_all, take


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_lab(vhost: str) -> None:
    attempts: list[int] = []
    with Lab() as lab:
        lab.start(vhost, confirms="none")

        @lab.participant("front")
        def front(x: int) -> int:
            return x + 1

        @lab.participant("work", retries=1, retry_after=0.01)
        def work(x: int) -> int:
            if x == 3:
                attempts.append(current_message().attempt)
                raise ValueError("three")
            return x

        lab.connect("front.out", "work.x")
        for x in range(5):
            lab.send("front.x", x)
        values = [each.value for each in lab.inspect("work.out", 4, wait=DEADLINE)]
        assert sorted(values) == [1, 2, 4, 5]
        eventually(lambda: lab.dead.counts() == {"work.x": 1})
        (letter,) = lab.dead.letters("work.x")
        assert (letter.payload, letter.reason) == (b"3", "ValueError: three")
        assert lab.dead.requeue("work.x", edited={letter.id: 9}, ids=[letter.id]) == 1
        assert [each.value for each in lab.inspect("work.out", 5, wait=DEADLINE)][-1] == 9
        assert attempts == [1, 2]
        assert not [each for each in lab.status().problems if "management" not in each]


@pytest.mark.anyio
async def test_bare_clients(vhost: str) -> None:
    url = BrokerUrl.parse(vhost, confirms="none")
    out, queue = QueueName("out"), QueueName("in")
    binder = await Amqp().binder(url, name="lab")
    client = await Amqp().client(url, name="client")
    await client.declare(out, Side.OUT)
    await client.declare(queue, Side.IN)
    await binder.bind(Binding(out, queue))
    inbox, heard = await client.subscribe(queue), await binder.discoveries()
    await client.announce(b"here I am")
    assert await take(heard, 1) == [b"here I am"]
    await publish_all(client, out, numbered(100))
    assert await take(inbox, 100) == numbered(100)
    await client.publish(queue, b"straight", Side.IN)
    assert await take(inbox, 1) == [b"straight"]
    await client.close()
    await binder.close()
