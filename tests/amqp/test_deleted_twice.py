"""A queue that somebody deletes while its readers are about to come back, or say that they are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from msgflo_lab.binding import Binding
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Subscription
from msgflo_lab_transports.amqp import (
    Amqp,
    AmqpClient,
    Connection,
    client,
    consumer,
    deletions,
    refill,
)
from msgflo_lab_transports.amqp.binders import Leads, Touched, ask_binders
from msgflo_lab_transports.amqp.declarer import Declarer
from tests.amqp.tools import until
from tests.amqp.trouble import SOURCE, TARGET, Bare, Trouble, deleting
from tests.brokers import RabbitMQ

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

COUNT = 50
SINGLE = {"x-single-active-consumer": True}


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes again by chance."""
    monkeypatch.setattr(refill, "AMQP_ON_ITS_WAY_SECONDS", 0.0)
    monkeypatch.setattr(refill, "AMQP_NOTICED_SECONDS", 0.0)


async def reading(
    where: Trouble, options: Mapping[str, Any] | None = None
) -> tuple[AmqpClient, Subscription]:
    """A worker that has three messages in hand at most."""
    worker = await Amqp().client(BrokerUrl.parse(where.url + "?prefetch=3"), name="worker")
    await worker.declare(TARGET, Side.IN, options)
    return worker, await worker.subscribe(TARGET)


async def read_all(*inboxes: Subscription) -> None:
    """Read until everything has come, here or there."""
    missing = set(range(COUNT))

    async def read(inbox: Subscription) -> None:
        async for delivery in inbox:
            missing.discard(int(delivery.payload))
            delivery.ack()

    reading = [asyncio.create_task(read(inbox)) for inbox in inboxes]
    await until(lambda: not missing)
    for task in reading:
        task.cancel()


async def test_it_goes_again_before_it_is_bound(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing gets there that went with it; but its reader tells once more."""
    monkeypatch.setattr(deletions, "AMQP_TOGETHER_SECONDS", 0.2)
    monkeypatch.setattr(refill, "AMQP_ON_ITS_WAY_SECONDS", 1.0)
    asked = 0

    async def ask(connection: Connection, queues: Touched) -> Leads:
        nonlocal asked
        asked += 1
        if asked == 1:
            await where.delete_queue()
            await until(lambda: worker._deletions._renewing is not None)
        return await ask_binders(connection, queues)

    monkeypatch.setattr(client, "ask_binders", ask)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.hand_over()
        await bare.consumer.close()
        worker, inbox = await reading(where)
        await bare.send(COUNT)
        await until(lambda: len(inbox) == 3)
        await where.delete_queue()
        await until(lambda: asked > 1)
        await read_all(inbox)
        await worker.close()


async def test_it_goes_again_while_its_reader_tells(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What those who bind have heard is the first time only; and another one has declared it."""
    monkeypatch.setattr(deletions, "AMQP_TOGETHER_SECONDS", 0.5)
    asked = 0

    async def ask(connection: Connection, queues: Touched) -> Leads:
        nonlocal asked
        asked += 1
        found = await ask_binders(connection, queues)
        if asked == 1:
            await where.delete_queue()
            await until(lambda: worker._deletions._renewing is not None)
            await bare.publisher.declare(TARGET, Side.IN)
        return found

    monkeypatch.setattr(client, "ask_binders", ask)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.hand_over()
        await bare.consumer.close()
        worker, inbox = await reading(where)
        await bare.send(COUNT)
        await until(lambda: len(inbox) == 3)
        await where.delete_queue()
        await until(lambda: asked > 1)
        await read_all(inbox)
        await worker.close()


@pytest.mark.parametrize("step", ["queue", "declare"])
async def test_it_goes_again_before_it_is_read(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Before it is bound to its own exchange, or after. The broker has nobody to tell then."""
    declare, declared = getattr(Declarer, step), 0

    async def then_delete(self: Declarer, name: str, *rest: Any) -> bool:
        nonlocal declared
        found: bool = await declare(self, name, *rest)
        declared += name == TARGET
        if name == TARGET and declared == 2:
            await where.delete_queue()
        return found

    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.hand_over()
        monkeypatch.setattr(Declarer, step, then_delete)
        worker, inbox = await reading(where)
        await bare.consumer.close()
        await bare.send(COUNT)
        await until(lambda: len(inbox) == 3)
        await where.delete_queue()
        await until(lambda: len(inbox) == 0)
        await read_all(inbox)
        await worker.close()


async def test_a_result_is_not_confirmed_when_the_link_is_lost(
    rabbitmq: RabbitMQ, patient: None
) -> None:
    """The broker has put its cause back, whoever has forgotten that."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.consumer.close()
        worker, inbox = await reading(where)
        await worker.declare(QueueName("answer.OUT"), Side.OUT)
        await bare.send(COUNT)
        await until(lambda: len(inbox) == 3)
        cause = await inbox.get()
        assert cause.payload == b"0"
        await worker.post(QueueName("answer.OUT"), b"the result", cause=cause)
        cause.ack()
        del cause
        where._way.broken = True
        worker._link.renew("as if it were lost")
        await where.delete_queue()
        where._way.broken = False
        await read_all(inbox)
        await worker.close()


async def test_who_gets_nothing_while_another_one_reads_does_not_know_whether_it_is_empty(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "AMQP_STARVING_SECONDS", 0.1)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.consumer.close()
        await where.delete_queue()
        first, inbox = await reading(where, SINGLE)
        second, waiting = await reading(where, SINGLE)
        await bare.binder.bind(Binding(SOURCE, TARGET))
        await bare.send(COUNT)
        await until(lambda: len(inbox) == 3)
        await asyncio.sleep(0.3)
        await where.delete_queue()
        await until(lambda: len(inbox) == 0)
        await read_all(inbox, waiting)
        await first.close()
        await second.close()


async def test_who_has_just_begun_to_read_does_not_know_whether_it_is_empty(
    rabbitmq: RabbitMQ, patient: None
) -> None:
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        assert not bare.consumer._consumers.all[0].is_starving
