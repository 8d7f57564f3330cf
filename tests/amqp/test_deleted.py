"""What somebody deletes under clients that run is declared and bound again before they go on."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Link
from msgflo_lab_transports.amqp import binder, binders
from msgflo_lab_transports.amqp.binders import Binders
from tests.amqp.tools import DEADLINE, until
from tests.amqp.trouble import SOURCE, TARGET, Bare, deleting
from tests.brokers import RabbitMQ

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Binders do not look after their bindings by themselves."""
    monkeypatch.setattr(binder, "AMQP_REASSERT_SECONDS", 3_600.0)


async def test_nothing_is_lost_with_an_exchange(rabbitmq: RabbitMQ, patient: None) -> None:
    """What the broker has confirmed arrives, however often the exchange goes in between."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        ending = asyncio.Event()

        async def publish() -> None:
            while not ending.is_set():
                await bare.send(20)
                await asyncio.sleep(0)

        publishing = asyncio.create_task(publish())
        for turn in range(1, 4):
            await until(lambda turn=turn: len(bare.sent) > turn * 100)  # type: ignore[misc]
            await where.delete_exchange()
            await until(lambda turn=turn: bare.of("publisher").count(Link.UP) >= turn)  # type: ignore[misc]
        ending.set()
        await publishing
        await bare.all_there()


async def test_the_bindings_of_a_queue_are_back_with_it(rabbitmq: RabbitMQ, patient: None) -> None:
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.send(100)
        await bare.all_there()
        await where.delete_queue()
        await until(lambda: bare.of("consumer") == [Link.DOWN, Link.UP])
        bare.sent.clear()
        await bare.send(100)
        await bare.all_there()


async def test_onlookers_see_on(rabbitmq: RabbitMQ, patient: None) -> None:
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        tap = await bare.binder.tap(SOURCE, Side.OUT)
        await where.delete_exchange()
        await bare.mended()
        async with asyncio.timeout(DEADLINE):
            await tap.get()


async def test_an_ordinary_loss_asks_nobody(rabbitmq: RabbitMQ) -> None:
    """Whoever binds has lost his link too, and binds when that is back."""
    asked: list[Collection[QueueName]] = []

    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:

        async def renewed(queues: Collection[QueueName]) -> None:
            asked.append(queues)

        bare.publisher._renewed = renewed
        bare.consumer._renewed = renewed
        await where.break_the_network(attempts=3)
        await until(lambda: bare.of("publisher")[-1:] == bare.of("consumer")[-1:] == [Link.UP])
        assert not asked
        await where.delete_queue()
        await until(lambda: asked)
        assert asked == [{TARGET}]


class Busy:
    """A binder that never comes to it, or does."""

    def __init__(self, *, ever: bool) -> None:
        self.loop = asyncio.get_running_loop()
        self.asked: list[Collection[QueueName]] = []
        self._ever = ever

    async def reassert(self, queues: Collection[QueueName]) -> None:
        self.asked.append(queues)
        if not self._ever:
            await asyncio.Event().wait()


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binders, "AMQP_RENEWED_SECONDS", 0.2)
    here, there = BrokerUrl.parse("amqp://broker/a"), BrokerUrl.parse("amqp://broker/b")
    known, stuck, other, gone = Binders(), *(Busy(ever=ever) for ever in (False, True, True))
    known.add(stuck, here)
    known.add(other, there)
    known.add(gone, here)
    known.remove(gone)
    known.remove(gone)
    start = time.monotonic()
    await known.renewed(here)({SOURCE})
    assert 0.1 < time.monotonic() - start < DEADLINE
    assert (stuck.asked, other.asked, gone.asked) == ([{SOURCE}], [], [])


async def test_binders_on_other_loops_are_asked() -> None:
    """Two labs of one process."""
    url, known = BrokerUrl.parse("amqp://broker"), Binders()
    ready, ending = threading.Event(), threading.Event()
    found: list[Busy] = []

    async def live() -> None:
        found.append(Busy(ever=True))
        known.add(found[0], url)
        ready.set()
        await asyncio.to_thread(ending.wait)

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    try:
        await asyncio.to_thread(ready.wait)
        await known.renewed(url)({SOURCE})
        assert found[0].asked == [{SOURCE}]
    finally:
        ending.set()
        thread.join()
    # One that has ended without a word is not waited for.
    await known.renewed(url)({SOURCE})


async def test_a_binder_without_a_link_is_not_waited_for(rabbitmq: RabbitMQ) -> None:
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        where._way.broken = True
        where._way.cut()
        await until(lambda: bare.of("binder") == [Link.DOWN])
        async with asyncio.timeout(1):
            await bare.binder.reassert({SOURCE})
        where._way.broken = False
        await until(lambda: bare.of("binder")[-1:] == [Link.UP])
        assert Binding(SOURCE, TARGET) in bare.binder._bound
