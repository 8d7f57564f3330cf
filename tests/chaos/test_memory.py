"""A broker that takes no messages, or is away: publishers wait, in bounded memory."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.errors import Timeout
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Subscription
from msgflo_lab_transports.amqp import Amqp, AmqpBinder
from tests.brokers import RabbitMQ
from tests.chaos.flooder import MESSAGES, QUEUE, SIZE
from tests.chaos.tools import ROOT, Count, address, progress, say

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

TARGET = QueueName("sea.IN")
BOUND = 150 * 1024 * 1024
"""Bytes of memory that a flooder may have; it has 50 MB of its own and more than 180 to send."""


@pytest.mark.parametrize("how", ["client", "source"])
async def test_a_flood_waits_for_its_broker(
    broker: RabbitMQ, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """The source's broker is killed besides, and comes back."""
    url, count, arrived = address(broker, broker.port), Count(), set[int]()
    process: subprocess.Popen[bytes] | None = None
    peaks, log = list[int](), tmp_path / "flooder.log"
    binder = await Amqp().binder(BrokerUrl.parse(url), name="sea")
    try:
        await binder.declare(QUEUE, Side.OUT)
        await binder.declare(TARGET, Side.IN)
        await binder.bind(Binding(QUEUE, TARGET))
        reading = asyncio.create_task(read(await binder.subscribe(TARGET), arrived))
        with blocked(broker):
            process = await asyncio.to_thread(start, url, how, log)
            # The first message makes the broker say so.
            await progress(lambda: "takes no messages" in log.read_text(), 1)
            await watch(process, seconds=3, peaks=peaks)
            held = len(arrived)
        await progress(lambda: len(arrived), MESSAGES // 4)
        assert len(arrived) > held
        if how == "source":
            await asyncio.to_thread(broker.kill)
            await watch(process, seconds=2, peaks=peaks)
            assert len(arrived) < MESSAGES, "it was over before the broker was killed"
            await asyncio.to_thread(broker.start)
        await progress(lambda: len(arrived), MESSAGES)
        reading.cancel()
    finally:
        await binder.close()
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)
    told = log.read_text().split()
    # A source waits for its confirmations by itself.
    confirmed = {int(word) for word in told if word.isdigit()}
    count.sent = confirmed if how == "client" else set(range(MESSAGES))
    count.done.update(arrived)
    say(
        capsys,
        f"{how}: {held} of {MESSAGES} arrived while the broker was blocked; at most "
        f"{max(peaks) >> 20} MB of memory with {MESSAGES * SIZE >> 20} MB to send",
        count,
    )
    assert held < MESSAGES // 10
    assert max(peaks) < BOUND
    assert not count.lost
    assert len(arrived) == MESSAGES


async def test_work_with_dead_letters_does_not_wait_for_room(broker: RabbitMQ) -> None:
    """It fails, and says why; nothing that it had in hand is lost."""
    url = address(broker, broker.port)
    binder = await Amqp().binder(BrokerUrl.parse(url), name="sea")
    try:
        await binder.declare(TARGET, Side.IN)
        inbox = await binder.subscribe(TARGET)
        for number in range(20):
            await binder.publish(TARGET, b"%d:" % number, Side.IN)
            (await inbox.get()).nack("salt")
        await inbox.close()
        dead = binder.dead_letters
        await progress_of_letters(binder, 20)
        with blocked(broker):
            for work in (dead.requeue, dead.look, dead.drop):
                async with asyncio.timeout(20):
                    with pytest.raises(Timeout, match=r"takes no messages at present.*memory"):
                        await work(TARGET)
        async with asyncio.timeout(20):
            letters = {each.payload for each in await dead.look(TARGET)}
        back = await binder.subscribe(TARGET)
        async with asyncio.timeout(20):
            while len(letters) < 20:
                delivery = await back.get()
                letters.add(delivery.payload)
                delivery.ack()
    finally:
        await binder.close()


async def test_who_starts_anew_meanwhile_is_told_why_he_cannot(broker: RabbitMQ) -> None:
    """The broker does not notice that the one before has left, who had sent something."""
    url = BrokerUrl.parse(address(broker, broker.port))
    one = await Amqp().binder(url, name="ashore")
    await one.declare(TARGET, Side.IN)
    with blocked(broker):
        await one.post(TARGET, b"salt", Side.IN)
        await one.close()
        async with asyncio.timeout(20):
            with pytest.raises(Timeout, match=r"takes no messages at present.*memory"):
                await Amqp().binder(url, name="ashore")
        assert not [task for task in asyncio.all_tasks() if "amqp" in task.get_name()]
    async with asyncio.timeout(20):
        await (await Amqp().binder(url, name="ashore")).close()


async def progress_of_letters(binder: AmqpBinder, count: int) -> None:
    """Wait until so many letters lie there."""
    async with asyncio.timeout(20):
        while (await binder.dead_letters.queues()).get(TARGET) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@contextmanager
def blocked(broker: RabbitMQ) -> Iterator[None]:
    """A broker that thinks that it has no memory left."""
    broker.control("set_vm_memory_high_watermark", "0.00001")
    try:
        yield
    finally:
        broker.control("set_vm_memory_high_watermark", "0.4")


def start(url: str, how: str, log: Path) -> subprocess.Popen[bytes]:
    """Start a flooder."""
    with log.open("w") as out:
        command = [sys.executable, "-m", "tests.chaos.flooder", url, how]
        return subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)


async def watch(process: subprocess.Popen[bytes], *, seconds: float, peaks: list[int]) -> None:
    """Note how much memory it has, in bytes."""
    assert process.poll() is None, "it has ended"
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while loop.time() < end:
        peaks.append(memory(process.pid))
        await asyncio.sleep(0.05)


def memory(pid: int) -> int:
    """Bytes of memory that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def read(inbox: Subscription, arrived: set[int]) -> None:
    """Note the numbers of what comes."""
    async for delivery in inbox:
        arrived.add(int(delivery.payload.partition(b":")[0]))
        delivery.ack()
