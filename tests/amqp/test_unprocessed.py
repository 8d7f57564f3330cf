"""Deliveries that are not processed: where a retry is in trouble, and when the link is lost."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

import pytest

from msgflo_lab import Lab
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Subscription
from msgflo_lab_transports.amqp import Amqp, AmqpClient, unprocessed
from msgflo_lab_transports.amqp.consumer import Received
from tests.amqp.tools import DEADLINE, until
from tests.brokers import RabbitMQ
from tests.proxies import proxy

pytestmark = pytest.mark.anyio

QUEUE = QueueName("work.IN")


@asynccontextmanager
async def reading(url: str, **options: Any) -> AsyncIterator[tuple[AmqpClient, Subscription]]:
    """A client that reads the queue, which has these options."""
    client = await Amqp().client(BrokerUrl.parse(url), name="test")
    try:
        await client.declare(QUEUE, Side.IN, options)
        yield client, await client.subscribe(QUEUE)
    finally:
        await client.close()


async def next_of(inbox: Subscription) -> Received:
    async with asyncio.timeout(DEADLINE):
        delivery = await inbox.get()
    assert isinstance(delivery, Received)
    return delivery


@pytest.mark.parametrize("confirms", ["own", "all"])
async def test_a_delay_that_the_broker_refuses(
    rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch, confirms: str
) -> None:
    """It is shorter, and the attempts are counted all the same."""
    monkeypatch.setattr(unprocessed, "AMQP_HELD_SECONDS", 0.1)
    where = quote(unquote(vhost.rpartition("/")[2]), safe="")
    rabbitmq.api("PUT", "/users/modest", {"password": "secret", "tags": ""})
    allowed = {"configure": "^(?!retry-)", "write": ".*", "read": ".*"}
    rabbitmq.api("PUT", f"/permissions/{where}/modest", allowed)
    url = vhost.replace("amqp://", "amqp://modest:secret@") + f"?confirms={confirms}"
    async with reading(url) as (client, inbox):
        await client.publish(QUEUE, b"stubborn", Side.IN)
        for attempt in range(1, 4):
            delivery = await next_of(inbox)
            assert (delivery.payload, delivery.attempt) == (b"stubborn", attempt)
            start = time.monotonic()
            delivery.retry(60)
        (delivery, waited) = await next_of(inbox), time.monotonic() - start
        assert 0.1 <= waited < DEADLINE
        delivery.ack()


async def test_a_copy_that_the_broker_refuses(vhost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The original comes again to the same reader, counted, and not as fast as he can reject it."""
    monkeypatch.setattr(unprocessed, "AMQP_REQUEUE_SECONDS", 0.3)
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    async with reading(f"{vhost}?confirms=all&prefetch=1", arguments=full) as (client, inbox):
        await client.publish(QUEUE, b"first", Side.IN)
        first = await next_of(inbox)
        await client.publish(QUEUE, b"second", Side.IN)
        start = time.monotonic()
        first.retry()
        again = await next_of(inbox)
        assert (again.payload, again.attempt) == (b"first", 2)
        assert time.monotonic() - start >= 0.3
        again.ack()
        second = await next_of(inbox)
        assert second.payload == b"second"
        # There is room now.
        second.retry()
        assert (await next_of(inbox)).attempt == 2


@pytest.mark.parametrize("pause", [0.0, 0.002, 0.004, 0.008])
@pytest.mark.parametrize("verdict", ["retry", "wait", "give_back", "nack"])
async def test_who_leaves_at_once_leaves_nothing_twice(
    vhost: str, verdict: str, pause: float
) -> None:
    """Neither a message whose copy is under way, nor one that waits in hand."""
    settle: dict[str, Callable[[Received], None]] = {
        "retry": Received.retry,
        "wait": partial(Received.retry, after=0.5),
        "give_back": Received.give_back,
        "nack": Received.nack,
    }
    jobs = Counter(b"%d" % number for number in range(50))
    async with reading(f"{vhost}?prefetch=100") as (client, inbox):
        for job in jobs:
            await client.publish(QUEUE, job, Side.IN)
        for received in [await next_of(inbox) for _ in jobs]:
            settle[verdict](received)
        await asyncio.sleep(pause)
    binder = await Amqp().binder(BrokerUrl.parse(vhost), name="looking")
    found: Counter[bytes] = Counter()
    try:
        if verdict == "nack":
            found.update(each.payload for each in await binder.dead_letters.look(QUEUE))
        inbox = await binder.subscribe(QUEUE)
        await binder.publish(QUEUE, b"last", Side.IN)
        while not found[b"last"]:
            delivery = await next_of(inbox)
            found[delivery.payload] += 1
            delivery.ack()
    finally:
        await binder.close()
    assert found == jobs + Counter([b"last"])


async def test_what_a_lost_link_leaves_in_our_hands_is_void(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with proxy(rabbitmq.port) as way:
        url = f"amqp://127.0.0.1:{way.port}/{vhost.rpartition('/')[2]}?prefetch=2"
        async with reading(url) as (client, inbox):
            for body in (b"done", b"open"):
                await client.publish(QUEUE, body, Side.IN)
            done, held = await next_of(inbox), await next_of(inbox)
            done.ack()
            assert not held.is_void
            way.cut()
            await until(lambda: held.is_void)
            # It was let go of before.
            assert not done.is_void
            again = await next_of(inbox)
            while again.payload != b"open":  # whether the acknowledgement left is not certain
                again.ack()
                again = await next_of(inbox)
            assert not again.is_void
            again.ack()


async def test_what_a_lost_link_leaves_in_our_hands_is_no_dead_letter(
    rabbitmq: RabbitMQ, vhost: str
) -> None:
    """It comes again, and whoever has it then says what becomes of it."""
    async with proxy(rabbitmq.port) as way:
        url = f"amqp://127.0.0.1:{way.port}/{vhost.rpartition('/')[2]}?prefetch=2"
        async with reading(url) as (client, inbox):
            await client.publish(QUEUE, b"job", Side.IN)
            held = await next_of(inbox)
            way.cut()
            again = await next_of(inbox)
            await client.publish(QUEUE, b"other", Side.IN)
            other = await next_of(inbox)
            # From now on there is a channel for dead letters on the new link.
            other.nack("broken")
            await until(lambda: other.delivery.settled)
            held.nack("too late")
            again.ack()
        found: Counter[bytes] = Counter()
        binder = await Amqp().binder(BrokerUrl.parse(vhost), name="lab")
        try:
            await binder.declare(QUEUE, Side.IN)
            found.update(each.payload for each in await binder.dead_letters.look(QUEUE))
        finally:
            await binder.close()
        assert found == Counter([b"other"])


async def test_what_is_ahead_of_a_slow_handler_when_the_link_is_lost_is_done_once(
    rabbitmq: RabbitMQ, vhost: str
) -> None:
    runs: Counter[int] = Counter()
    begun, may_go_on = threading.Event(), threading.Event()

    def slow(job: int) -> None:
        runs[job] += 1
        begun.set()
        may_go_on.wait(DEADLINE)

    async with proxy(rabbitmq.port) as way:
        url = f"amqp://127.0.0.1:{way.port}/{vhost.rpartition('/')[2]}?prefetch=100"
        with Lab() as lab:
            lab.add(slow)
            await asyncio.to_thread(lab.start, url)
            for job in range(100):
                await asyncio.to_thread(lab.send, "slow.job", job)
            await asyncio.to_thread(begun.wait, DEADLINE)
            # They are in its lane, and none is with the broker.
            await until(lambda: len(lab.inspect("slow.job", 100)) == 100)
            way.broken = True
            way.cut()
            await until(lambda: any("`slow`: link down" in each for each in lab.status().problems))
            may_go_on.set()
            way.broken = False
            # The last one comes behind all that came again.
            await asyncio.to_thread(lab.send, "slow.job", 100)
            await until(lambda: runs[100])
            assert {job: count for job, count in runs.items() if count > 1}.keys() <= {0}
            await asyncio.to_thread(lab.stop)


async def test_what_is_delayed_outlasts_a_queue_that_takes_nothing(
    rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RabbitMQ deletes an unused queue with what is in it: nobody mends a full one in a minute."""
    monkeypatch.setattr(unprocessed, "AMQP_FRESH_SECONDS", 0.0)
    where = quote(unquote(vhost.rpartition("/")[2]), safe="")
    async with reading(vhost) as (client, inbox):
        await client.publish(QUEUE, b"1", Side.IN)
        (await next_of(inbox)).retry(600)
        path = f"/queues/{where}/retry-600000-{QUEUE}"
        await until(lambda: path.rpartition("/")[2] in str(rabbitmq.api("GET", f"/queues/{where}")))
        told: Any = rabbitmq.api("GET", path)
        assert told["arguments"]["x-expires"] >= 1000 * (600 + 7 * 86_400)
