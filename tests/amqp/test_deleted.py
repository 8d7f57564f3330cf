"""What somebody deletes under clients that run is declared and bound again before they go on."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, Link, Subscription
from msgflo_lab_transports.amqp import (
    Amqp,
    AmqpBinder,
    AmqpClient,
    Fate,
    binders,
    unrouted,
)
from msgflo_lab_transports.amqp.binders import Leads
from msgflo_lab_transports.amqp.consumer import Received
from msgflo_lab_transports.amqp.declarer import Declarer
from msgflo_lab_transports.amqp.objects import Declared, turns_of
from tests.amqp.tools import DEADLINE, until
from tests.amqp.tools import Side as Connections
from tests.amqp.trouble import SOURCE, TARGET, Bare, Trouble, deleting, listening
from tests.brokers import RabbitMQ

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


@pytest.mark.parametrize("kind", [Kind.PUBSUB, Kind.ROUND_ROBIN])
async def test_nothing_is_lost_with_an_exchange(
    rabbitmq: RabbitMQ, patient: None, kind: Kind
) -> None:
    """What the broker has confirmed arrives, however often the exchange goes in between.

    The one that is published to, and the one that is between it and those who take turns.
    """
    async with deleting(rabbitmq) as where, Bare.open(where.url, kind=kind) as bare:
        ending = asyncio.Event()

        async def publish() -> None:
            while not ending.is_set():
                await bare.send(20)
                await asyncio.sleep(0)

        publishing = asyncio.create_task(publish())
        for turn in range(1, 6):
            await until(lambda turn=turn: len(bare.sent) > turn * 100)  # type: ignore[misc]
            if kind is Kind.ROUND_ROBIN and turn % 2:
                await where.delete("exchanges", turns_of(SOURCE))
            else:
                await where.delete_exchange()
            await bare.mended()
        ending.set()
        await publishing
        await bare.all_there()


async def test_no_result_is_lost_with_an_exchange(rabbitmq: RabbitMQ, patient: None) -> None:
    """Of workers who share it: each may find that another one has made it again, unbound."""
    result, into = QueueName("result.OUT"), QueueName("result.IN")
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare, AsyncExitStack() as stack:
        transport, address = Amqp(), BrokerUrl.parse(where.url)
        done = set[int]()

        async def open_client() -> AmqpClient:
            client = await transport.client(address, name="worker")
            stack.push_async_callback(client.close)
            return client

        async def work(client: AmqpClient, inbox: Subscription) -> None:
            async for delivery in inbox:
                await client.post(result, delivery.payload, cause=delivery)
                delivery.ack()

        async def collect(inbox: Subscription) -> None:
            async for delivery in inbox:
                done.add(int(delivery.payload))
                delivery.ack()

        ends = await open_client()
        await ends.declare(into, Side.IN)
        workers = [await open_client() for _ in range(3)]
        for worker in workers:
            await worker.declare(result, Side.OUT)
        await bare.binder.bind(Binding(result, into))
        await bare.hand_over()
        async with asyncio.TaskGroup() as group:
            group.create_task(collect(await ends.subscribe(into)))
            for worker in workers:
                group.create_task(work(worker, await worker.subscribe(TARGET)))
            for turn in range(1, 6):
                await bare.send(500)
                await until(lambda turn=turn: len(done) > turn * 450)  # type: ignore[misc]
                await where.delete("exchanges", result)
            await bare.send(500)
            await until(lambda: bare.sent <= done)
            await stack.aclose()


async def test_what_gets_lost_on_its_way_is_not_acknowledged(rabbitmq: RabbitMQ) -> None:
    """The channel of a result goes before that of its cause, with an exchange that is gone."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.hand_over()
        worker, other = [
            await Amqp().client(BrokerUrl.parse(where.url), name=name) for name in ("one", "other")
        ]
        inbox = await worker.subscribe(TARGET)
        await bare.send(1)
        delivery = await inbox.get()
        assert isinstance(delivery, Received)
        delivery.sends()
        delivery.ack()
        delivery.sent(Fate.LOST)
        await worker.close()
        async with asyncio.timeout(DEADLINE):
            again = await (await other.subscribe(TARGET)).get()
        assert again.payload == delivery.payload
        await other.close()


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


async def test_an_ordinary_loss_asks_nobody(
    rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever binds has lost his link too, and binds when that is back."""
    asked = listening(monkeypatch)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await where.break_the_network(attempts=3)
        await until(lambda: bare.of("publisher")[-1:] == bare.of("consumer")[-1:] == [Link.UP])
        assert not asked
        await where.delete_queue()
        await until(lambda: asked)
        assert asked == [{TARGET}]


async def test_an_outport_that_is_not_connected(
    rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent there is gone, and those who bind are asked now and then only."""
    asked = listening(monkeypatch)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.binder.unbind(Binding(SOURCE, TARGET))
        for _ in range(3):
            await bare.send(100)
        assert asked == [{SOURCE}]
        assert not bare.arrived
        # Who connects it later gets what is sent then.
        await bare.binder.bind(Binding(SOURCE, TARGET))
        bare.sent.clear()
        await bare.send(100)
        await bare.all_there()


async def test_nobody_binds(rabbitmq: RabbitMQ, patient: None) -> None:
    """A worker goes on, without a lab as before."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.binder.close()
        await where.delete_exchange()
        async with asyncio.timeout(DEADLINE):
            await bare.send(100)
        assert not bare.arrived


async def test_nobody_waits_for_ever(
    rabbitmq: RabbitMQ, side: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of those who bind does not answer."""
    monkeypatch.setattr(binders, "AMQP_RENEWED_SECONDS", 0.2)
    monkeypatch.setattr(unrouted, "AMQP_AWAY_SECONDS", 0.2)
    asked = listening(monkeypatch)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        stuck = await side.channel(url=where.url)
        await stuck.consume(binders.ROLL, lambda _: None)
        await bare.binder.unbind(Binding(SOURCE, TARGET))
        async with asyncio.timeout(DEADLINE):
            await bare.send(1)
        monkeypatch.setattr(unrouted, "AMQP_UNCONNECTED_SECONDS", 0.0)
        before = len(asked)
        for _ in range(3):
            await bare.send(1)
        assert len(asked) == before  # nor is anybody asked again, for a while


async def test_who_has_gone_for_good_is_forgotten(
    rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a word: he is waited for once, and not by those who come later."""
    monkeypatch.setattr(unrouted, "AMQP_AWAY_SECONDS", 0.5)
    asked = listening(monkeypatch)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        address = BrokerUrl.parse(by_itself(rabbitmq, where))
        where._way.broken = True
        where._way.cut()
        await until(lambda: bare.of("binder")[-1:] == [Link.DOWN])
        await where.delete_exchange()
        for is_first in (True, False):
            here = await Amqp().client(address, name="here")
            await here.declare(SOURCE, Side.OUT)
            asked.clear()
            async with asyncio.timeout(DEADLINE):
                await here.publish(SOURCE, b"1")
            assert (len(asked) > 1) is is_first
            await here.close()
        where._way.broken = False


async def test_who_may_not_ask_goes_on(rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = listening(monkeypatch)
    monkeypatch.setattr(binders, "AMQP_RENEWED_SECONDS", 3_600.0)
    monkeypatch.setattr(unrouted, "AMQP_UNCONNECTED_SECONDS", 0.0)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.binder.unbind(Binding(SOURCE, TARGET))
        vhost = where.url.rpartition("/")[2]
        permissions = {"configure": ".*", "write": "ask.*", "read": ".*"}
        await asyncio.to_thread(rabbitmq.api, "PUT", f"/permissions/{vhost}/guest", permissions)
        for _ in range(3):
            async with asyncio.timeout(DEADLINE):
                await bare.send(10)
        assert len(asked) == 1


async def test_who_binds_is_away_for_a_while(rabbitmq: RabbitMQ, patient: None) -> None:
    """What leads nowhere meanwhile waits for him."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        here = await Amqp().client(BrokerUrl.parse(by_itself(rabbitmq, where)), name="here")
        await here.declare(SOURCE, Side.OUT)
        where._way.broken = True
        where._way.cut()
        await until(lambda: bare.of("binder")[-1:] == [Link.DOWN])
        await where.delete_exchange()
        sending = [asyncio.create_task(here.publish(SOURCE, b"%d" % n)) for n in range(100)]
        await until(lambda: SOURCE in here._unrouted)
        assert not any(each.done() for each in sending)
        where._way.broken = False
        await asyncio.gather(*sending)
        await until(lambda: len(bare.arrived) == 100)
        await here.close()


async def test_an_end_is_missing(rabbitmq: RabbitMQ) -> None:
    """Nobody is connected, then."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.consumer.close()
        await where.delete_queue()
        await where.delete_exchange()
        async with asyncio.timeout(DEADLINE):
            await bare.send(100)


async def test_it_is_bound_and_leads_nowhere(
    rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those say who bind: then it is said that a message could not be sent."""
    monkeypatch.setattr(unrouted, "AMQP_UNROUTED_SECONDS", 0.0)
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.binder.unbind(Binding(SOURCE, TARGET))

        async def bound(_queue: QueueName) -> Leads:
            return Leads.SOMEWHERE

        bare.publisher._unrouted._ask_binders = bound
        with pytest.raises(TransportError, match="did not take a message"):
            await bare.send(1)


def by_itself(rabbitmq: RabbitMQ, where: Trouble) -> str:
    """The address of the same virtual host, past the proxy."""
    return f"{rabbitmq.url}/{where.url.rpartition('/')[2]}"


async def test_an_exchange_is_another_one_when_a_binder_comes_back(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent before it is bound again counts as sent to nobody: nobody looks on yet."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.binder.tap(SOURCE, Side.OUT)
        bind, sending = AmqpBinder._attach, list[asyncio.Task[None]]()

        async def send_before(self: AmqpBinder, declarer: Declarer, binding: Binding) -> None:
            if not sending:
                sending.append(asyncio.create_task(bare.send(10)))
                await asyncio.sleep(0.2)
            await bind(self, declarer, binding)

        monkeypatch.setattr(AmqpBinder, "_attach", send_before)
        await where.delete_exchange()
        await bare.publisher.declare(SOURCE, Side.OUT)
        bare.binder._link.renew("as if it were lost")
        await until(lambda: sending)
        await sending[0]
        await bare.all_there()


async def test_the_exchange_of_those_who_take_turns_is_another_one(
    rabbitmq: RabbitMQ, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lab looks on behind it: what is sent before the workers are bound waits for them."""
    binding = Binding(SOURCE, TARGET, Kind.ROUND_ROBIN)
    async with (
        deleting(rabbitmq) as where,
        Bare.open(where.url, kind=Kind.ROUND_ROBIN) as bare,
    ):
        join, sending = AmqpBinder._join, list[asyncio.Task[None]]()

        async def send_before(self: AmqpBinder, *args: Any) -> None:
            if not sending:
                sending.append(asyncio.create_task(bare.send(10)))
                await asyncio.sleep(0.2)
            await join(self, *args)

        await where.delete_exchange()
        await where.delete("exchanges", turns_of(SOURCE))
        await bare.publisher.declare(SOURCE, Side.OUT)
        await bare.binder._declaring.exchange(turns_of(SOURCE), Declared(), "direct")
        await bare.binder._counting.again(binding)
        monkeypatch.setattr(AmqpBinder, "_join", send_before)
        await bare.binder.reassert({SOURCE: None})
        await sending[0]
        await bare.all_there()
