"""What lay in a queue that somebody deletes, or was on its way there, is there again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from contextlib import AsyncExitStack

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Link, Subscription
from msgflo_lab_transports.amqp import Amqp, Connection, client, consumer, pace, refill
from msgflo_lab_transports.amqp.binders import Leads, Touched, ask_binders
from msgflo_lab_transports.amqp.connect import _CAPABILITIES
from tests.amqp.tools import DEADLINE, until
from tests.amqp.trouble import SOURCE, TARGET, Bare, deleting, listening
from tests.brokers import RabbitMQ

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


@pytest.mark.parametrize("kind", [Kind.PUBSUB, Kind.ROUND_ROBIN])
async def test_nothing_is_lost_that_is_sent_while_a_queue_is_gone(
    rabbitmq: RabbitMQ, patient: None, kind: Kind
) -> None:
    """Also where somebody else gets it, and the broker so has a place for it."""
    async with deleting(rabbitmq) as where, Bare.open(where.url, kind=kind) as bare:
        other = QueueName("other.NUMBER")
        await bare.consumer.declare(other, Side.IN)
        await bare.binder.bind(Binding(SOURCE, other, kind))
        ending = asyncio.Event()

        async def publish() -> None:
            while not ending.is_set():
                await bare.send(20)
                await until(lambda: len(bare.sent - bare.arrived) < 200)

        publishing = asyncio.create_task(publish())
        for turn in range(1, 6):
            await until(lambda turn=turn: len(bare.arrived) > turn * 200)  # type: ignore[misc]
            await where.delete_queue()
            await until(lambda turn=turn: bare.of("consumer") == [Link.DOWN, Link.UP] * turn)  # type: ignore[misc]
        ending.set()
        await publishing
        await bare.all_there()


async def test_what_somebody_has_in_hand_does_not_go_with_its_queue(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came before others, and so it is not among what lay there, or passes meanwhile."""
    monkeypatch.setattr(refill, "AMQP_ON_ITS_WAY_SECONDS", 0.0)
    async with deleting(rabbitmq) as where, Bare.open(where.url, "?prefetch=20") as bare:
        await bare.hand_over()
        worker = await Amqp().client(BrokerUrl.parse(where.url + "?prefetch=20"), name="worker")
        await worker.declare(TARGET, Side.IN)
        inbox = await worker.subscribe(TARGET)
        await bare.send(20)
        await until(lambda: len(inbox) == 20)
        done = [await inbox.get() for _ in range(10)]
        for delivery in done[:5]:
            delivery.ack()
        await where.delete_queue()
        again = set[int]()
        async with asyncio.timeout(DEADLINE):
            while len(again) < 15:
                again.add(int((await inbox.get()).payload))
        assert again == set(range(5, 20))
        assert all(each.is_void for each in done[5:])
        await worker.close()


async def test_what_lay_in_a_queue_does_not_go_with_it(rabbitmq: RabbitMQ, patient: None) -> None:
    """More than its reader had in hand, which he has not begun."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.hand_over()
        worker = await Amqp().client(BrokerUrl.parse(where.url + "?prefetch=3"), name="worker")
        await worker.declare(TARGET, Side.IN)
        inbox = await worker.subscribe(TARGET)
        await bare.send(500)
        await until(lambda: len(inbox) == 3)
        await where.delete_queue()
        async with asyncio.timeout(DEADLINE):
            while bare.sent - bare.arrived:
                delivery = await inbox.get()
                bare.arrived.add(int(delivery.payload))
                delivery.ack()
        await worker.close()


async def test_a_queue_is_deleted_again_before_its_reader_is_back(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He reads it already, and waits for those who bind."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        asked = 0

        async def ask(connection: Connection, queues: Touched) -> Leads:
            nonlocal asked
            asked += 1
            if asked == 1:
                await where.delete_queue()
                await until(lambda: connection.lost is not None)
            return await ask_binders(connection, queues)

        monkeypatch.setattr(client, "ask_binders", ask)
        await where.delete_queue()
        await until(lambda: asked > 1)
        await bare.send(10)
        await bare.all_there()


async def test_several_queues_of_one_reader_go_at_once(rabbitmq: RabbitMQ, patient: None) -> None:
    """The broker tells of each for itself."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        worker = await Amqp().client(BrokerUrl.parse(where.url + "?prefetch=3"), name="worker")
        targets = [QueueName(f"target{number}") for number in range(3)]
        inboxes = []
        for target in targets:
            await worker.declare(target, Side.IN)
            await bare.binder.bind(Binding(SOURCE, target))
            inboxes.append(await worker.subscribe(target))
        await bare.send(100)
        await until(lambda: all(len(inbox) == 3 for inbox in inboxes))
        await asyncio.gather(*(where.delete("queues", target) for target in targets))
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*(read_all(inbox, bare.sent) for inbox in inboxes))
        await worker.close()


async def test_a_queue_goes_while_its_reader_is_away(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody tells him; he finds out. What he had in hand went with it."""
    monkeypatch.setattr(refill, "AMQP_ON_ITS_WAY_SECONDS", 0.0)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.consumer.close()
        address = BrokerUrl.parse(where.url + "?prefetch=3")
        worker = await Amqp().client(address, name="worker")
        await worker.declare(TARGET, Side.IN)
        inbox = await worker.subscribe(TARGET)
        await bare.send(100)
        await until(lambda: len(inbox) == 3)
        where._way.broken = True
        where._way.cut()
        await where.delete_queue()
        where._way.broken = False
        async with asyncio.timeout(DEADLINE):
            await read_all(inbox, set(range(100)))
        await worker.close()


async def test_a_queue_goes_when_its_reader_asks_for_more(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the broker closes the channel, in place of telling him."""
    monkeypatch.setattr(refill, "AMQP_ON_ITS_WAY_SECONDS", 0.0)
    monkeypatch.setattr(pace, "AMQP_PREFETCH_SECONDS", 60.0)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.hand_over()
        with monkeypatch.context() as once:
            once.setitem(_CAPABILITIES, "consumer_cancel_notify", False)
            worker = await Amqp().client(BrokerUrl.parse(where.url), name="worker")
        await worker.declare(TARGET, Side.IN)
        inbox = await worker.subscribe(TARGET)
        await bare.send(10)
        first, second = await inbox.get(), await inbox.get()
        first.retry()
        assert (await inbox.get()).payload == b"2"  # so the copy lies in the queue
        await where.delete_queue()
        second.ack()
        missing = {b"%d" % number: 1 for number in range(2, 10)} | {b"0": 2}
        async with asyncio.timeout(DEADLINE):
            while missing:
                delivery = await inbox.get()
                if missing.get(delivery.payload) == delivery.attempt:
                    del missing[delivery.payload]
                delivery.ack()
        await worker.close()


async def test_nothing_comes_twice_that_was_read_long_ago(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reader could have had more: so nothing lay there."""
    monkeypatch.setattr(consumer, "AMQP_STARVING_SECONDS", 0.2)
    monkeypatch.setattr(refill, "AMQP_NOTICED_SECONDS", 0.1)
    asked = listening(monkeypatch)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.send(50)
        await bare.all_there()
        reader = bare.consumer._consumers.all[0]
        await until(lambda: reader.is_starving)
        bare.arrived.clear()
        for turn in range(1, 3):
            await where.delete_queue()
            await until(lambda turn=turn: bare.of("consumer") == [Link.DOWN, Link.UP] * turn)  # type: ignore[misc]
            await until(lambda: reader.is_starving)
        assert len(asked) == 2
        assert not bare.arrived
        assert not any("lost" in text or "sent once more" in text for text in bare.notes)


async def test_several_who_read_a_queue_tell_of_one_deletion(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it may have missed is sent there once more, not by each of them."""
    monkeypatch.setattr(refill, "AMQP_NOTICED_SECONDS", 5.0)
    asked = listening(monkeypatch)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare, AsyncExitStack() as stack:
        came = Counter[int]()
        await bare.hand_over()

        async def read(inbox: Subscription) -> None:
            async for delivery in inbox:
                came[int(delivery.payload)] += 1
                delivery.ack()

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                worker = await Amqp().client(BrokerUrl.parse(where.url), name="worker")
                stack.push_async_callback(worker.close)
                await worker.declare(TARGET, Side.IN)
                group.create_task(read(await worker.subscribe(TARGET)))
            await bare.send(50)
            await until(lambda: came.total() == 50)
            await where.delete_queue()
            await until(lambda: len(asked) >= 4 and came.total() >= 100)
            await bare.send(1)
            await until(lambda: bare.sent <= set(came))
            assert came.total() == 101
            await stack.aclose()


async def read_all(inbox: Subscription, numbers: Collection[int]) -> None:
    """Read until all of these have come."""
    missing = set(numbers)
    while missing:
        delivery = await inbox.get()
        missing.discard(int(delivery.payload))
        delivery.ack()
