"""A lab that is killed while it puts dead letters back: each is somewhere, once or twice."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Subscription
from msgflo_lab_transports.amqp import Amqp, AmqpBinder
from tests.brokers import RabbitMQ
from tests.chaos.tools import ROOT, SCALE, SEED, Count, address, progress, say

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(round(120 * max(1, SCALE)))]

LETTERS = 1_000
KILLS = round(8 * SCALE)
QUEUE = QueueName("work.JOB")


async def test_a_lab_is_killed_while_it_requeues(
    broker: RabbitMQ, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever gets them rejects them again, so that in the end all are dead letters once more."""
    rand = random.Random(SEED)
    url = address(broker, broker.port)
    binder = await Amqp().binder(BrokerUrl.parse(url), name="test")
    count, back, rounds = Count(sent=set(range(LETTERS))), Counter[int](), list[int]()
    try:
        await binder.declare(QUEUE, Side.IN)
        rejecting = asyncio.create_task(reject(await binder.subscribe(QUEUE), back))
        for number in range(LETTERS):
            await binder.publish(QUEUE, b"%d" % number, Side.IN)
        await bury(binder, count)
        assert not count.lost
        for _ in range(KILLS):
            back.clear()
            goal = rand.randrange(1, LETTERS)
            process = await asyncio.to_thread(start, url)
            await progress(lambda: len(back), goal, 10)
            process.kill()
            await asyncio.to_thread(process.communicate)
            rounds.append(len(back))
            await bury(binder, count)
            assert not count.lost
        count.done = back
        say(capsys, f"seed {SEED}: back when the lab was killed: {rounds}", count)
        assert any(each < LETTERS for each in rounds), "no kill was in the middle of it"
        # And once to its end.
        rejecting.cancel()
        assert await asyncio.to_thread(requeue, url) >= LETTERS
        assert await binder.dead_letters.look(QUEUE) == []
    finally:
        await binder.close()


async def reject(inbox: Subscription, back: Counter[int]) -> None:
    """A worker that fails at everything."""
    async for delivery in inbox:
        back[int(delivery.payload)] += 1
        delivery.nack("fails")


async def bury(binder: AmqpBinder, count: Count) -> None:
    """Count the dead letters, when they are all there again; at most for a while."""
    deadline = time.monotonic() + 10
    while True:
        count.dead.clear()
        count.dead.update(
            int(letter.payload) for letter in await binder.dead_letters.look(QUEUE, 10 * LETTERS)
        )
        if len(count.dead) == LETTERS or time.monotonic() > deadline:
            return
        await asyncio.sleep(0.1)


def start(url: str) -> subprocess.Popen[bytes]:
    """A lab that begins to put them back."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.requeuer", url, QUEUE],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begins\n"
    return process


def requeue(url: str) -> int:
    """Let it finish; how many it has put back."""
    with start(url) as process:
        assert process.stdout is not None
        return int(process.stdout.readline())
