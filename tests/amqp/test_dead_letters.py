"""Dead letters on a broker: many of them, several who look at once, a broker that says little."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp import Amqp, AmqpBinder, Delivery, dead_letters, holding, link
from tests.amqp.tools import DEADLINE, until
from tests.amqp.tools import Side as Raw
from tests.brokers import RabbitMQ, free_port
from tests.proxies import proxy

pytestmark = pytest.mark.anyio

QUEUE = QueueName("work.IN")


@asynccontextmanager
async def binding(
    url: str, notes: list[str] | None = None, **options: object
) -> AsyncIterator[AmqpBinder]:
    """A binder that has the queue."""
    said = notes if notes is not None else []
    address = BrokerUrl.parse(url, **options)
    binder = await Amqp().binder(address, name="lab", on_note=said.append)
    try:
        await binder.declare(QUEUE, Side.IN)
        yield binder
    finally:
        await binder.close()


KINDS = ["classic", "quorum"]


def address_of(broker: RabbitMQ, vhost: str, kind: str) -> str:
    """A virtual host whose broker tells of its queues, which are of this kind."""
    return (
        f"{vhost}?management=http://127.0.0.1:{broker.management}"
        f"&quorum={'yes' if kind == 'quorum' else 'no'}"
    )


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, rabbitmq: RabbitMQ, vhost: str) -> str:
    """One for the test alone."""
    return address_of(rabbitmq, vhost, request.param)


async def lay(binder: AmqpBinder, count: int, size: int = 10) -> None:
    """So many letters, which can be told apart."""
    inbox = await binder.subscribe(QUEUE)
    for number in range(count):
        await binder.publish(QUEUE, b"%d " % number + b"x" * size, Side.IN)
    for _ in range(count):
        (await inbox.get()).nack("broken")
    await inbox.close()
    async with asyncio.timeout(60):
        while (await binder.dead_letters.queues()).get(QUEUE) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_many_look_and_each_sees_all(url: str) -> None:
    async with binding(url) as one, binding(url) as two:
        await lay(one, 100, 5_000)
        ending = asyncio.Event()
        counted: set[int | None] = set()

        async def look(binder: AmqpBinder) -> None:
            for _ in range(8):
                assert len(await binder.dead_letters.look(QUEUE, 500)) == 100

        async def count() -> None:
            while not ending.is_set():
                counted.add((await two.dead_letters.queues()).get(QUEUE))

        counting = asyncio.create_task(count())
        await asyncio.gather(*map(look, (one, one, two)))
        ending.set()
        await counting
        assert counted == {100}


async def test_others_wait_for_one_that_works(url: str) -> None:
    async with binding(url) as one, binding(url) as two:
        await lay(one, 60)
        names = [each.id for each in await one.dead_letters.look(QUEUE)]
        results = await asyncio.gather(
            one.dead_letters.drop(QUEUE, names[:20]),
            two.dead_letters.drop(QUEUE, names[20:40]),
            one.dead_letters.look(QUEUE),
            two.dead_letters.drop(QUEUE, names[40:]),
        )
        assert [results[at] for at in (0, 1, 3)] == [20, 20, 20]
        assert await one.dead_letters.queues() == {}


async def test_one_that_dies_with_them_in_hand_loses_none(url: str, rabbitmq: RabbitMQ) -> None:
    async with proxy(rabbitmq.port) as way, binding(url) as other:
        there = url.replace(f":{rabbitmq.port}/", f":{way.port}/")
        await lay(other, 20)
        async with binding(there) as one, holding.holding(one, f"dead-{QUEUE}") as held:
            assert held is not None
            await held.begin(20, first=20)
            for _ in range(20):
                assert await held.next() is not None
            looking = asyncio.create_task(other.dead_letters.look(QUEUE))
            await asyncio.sleep(0.1)
            assert not looking.done()
            way.cut()
            assert len(await looking) == 20
        assert await other.dead_letters.queues() == {QUEUE: 20}


async def test_one_that_does_not_give_them_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "AMQP_TURN_SECONDS", 0.3)
    async with binding(url) as one, binding(url) as two:
        await lay(one, 3)
        async with holding.holding(one, f"dead-{QUEUE}"):
            with pytest.raises(TransportError, match=r"another lab has the letters.*in hand"):
                await two.dead_letters.look(QUEUE)
        assert len(await two.dead_letters.look(QUEUE)) == 3


@pytest.mark.parametrize("kind", KINDS)
async def test_a_program_that_reads_for_good(
    mended: RabbitMQ, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """What it has in hand is counted; it cannot be had, and that is said."""
    monkeypatch.setattr(dead_letters, "AMQP_LOOKS_SECONDS", 0.1)
    monkeypatch.setattr(holding, "AMQP_LETTER_SECONDS", 0.3)
    with mended.vhost() as vhost:
        url = address_of(mended, vhost, kind)
        async with Raw(vhost) as side, binding(url) as one:
            await lay(one, 10)
            names = [each.id for each in await one.dead_letters.look(QUEUE)]
            channel, got = await side.channel(), list[Delivery]()
            await channel.consume(f"dead-{QUEUE}", got.append, prefetch=4)
            await until(lambda: len(got) == 4)
            async with asyncio.timeout(20):
                # The interface counts every now and then.
                while (await one.dead_letters.queues())[QUEUE] != 10:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            with pytest.raises(TransportError, match=r"4 of the dead letters .* \(1 requeued\)"):
                await one.dead_letters.requeue(QUEUE, names[:5])
            with pytest.raises(TransportError, match=r"1 of the dead letters .* \(1 dropped\)"):
                await one.dead_letters.drop(QUEUE, [names[0], names[9]])
            await channel.close()
            assert await one.dead_letters.drop(QUEUE) == 8


async def test_more_than_are_in_hand_at_once(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "AMQP_LETTERS_AT_ONCE", 7)
    async with binding(url) as one:
        await lay(one, 50)
        last = (await one.dead_letters.look(QUEUE))[-1]
        assert await one.dead_letters.drop(QUEUE, last.id) == 1
        assert await one.dead_letters.requeue(QUEUE) == 49
        inbox = await one.subscribe(QUEUE)
        async with asyncio.timeout(20):
            for number in range(49):
                delivery = await inbox.get()
                assert delivery.payload.startswith(b"%d " % number)
                delivery.nack("again")
        await inbox.close()
        await until_counted(one, 49)
        assert await one.dead_letters.drop(QUEUE) == 49
        assert await one.dead_letters.queues() == {}


async def test_what_its_queue_does_not_take_stays(url: str, vhost: str) -> None:
    async with Raw(vhost) as side, binding(url) as one:
        await lay(one, 5)
        channel = await side.channel()
        await channel.delete_queue(QUEUE)
        with pytest.raises(
            TransportError, match=r"could not go back .* \(there is no queue .*\) and stay"
        ):
            await one.dead_letters.requeue(QUEUE)
        assert len(await one.dead_letters.look(QUEUE)) == 5
        full = {"x-max-length": 2, "x-overflow": "reject-publish"}
        await channel.declare_queue(QUEUE, durable=True, arguments=full)
        with pytest.raises(
            TransportError, match=r"could not go back .* \(the queue is full, .*\) and stay"
        ):
            await one.dead_letters.requeue(QUEUE)
        assert len(await one.dead_letters.look(QUEUE)) == 3


async def until_counted(binder: AmqpBinder, count: int) -> None:
    async with asyncio.timeout(20):
        while (await binder.dead_letters.queues()).get(QUEUE) != count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_look_has_a_bound(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "AMQP_LETTERS_BYTES", 3_500)
    async with binding(url) as one:
        await lay(one, 10, 1_000)
        assert len(await one.dead_letters.look(QUEUE)) == 4
        assert len(await one.dead_letters.look(QUEUE, 2)) == 2
        assert await one.dead_letters.look(QUEUE, -1) == []
        assert await one.dead_letters.queues() == {QUEUE: 10}


async def test_without_the_management_interface_something_is_said(vhost: str) -> None:
    notes: list[str] = []
    port = free_port()
    there = f"http://someone:secret@127.0.0.1:{port}"
    async with binding(vhost, notes, management=there) as one:
        for _ in range(3):
            assert await one.dead_letters.queues() == {}
    (said,) = notes
    assert f"interface does not answer at http://127.0.0.1:{port} (" in said
    assert "roles that are gone are not seen" in said
    assert "secret" not in said
    assert "\n" not in said


async def test_a_link_that_is_down_is_said_soon(
    rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "AMQP_SOON_SECONDS", 0.3)
    where = vhost.rpartition("/")[2]
    async with (
        proxy(rabbitmq.port) as way,
        binding(f"amqp://127.0.0.1:{way.port}/{where}") as one,
    ):
        way.broken = True
        way.cut()
        await until(lambda: one._link.connection is None)
        dead = one.dead_letters
        for work in (dead.look, dead.requeue, dead.drop, lambda queue: dead.queues([queue])):
            start = time.monotonic()
            with pytest.raises(ConnectionFailed, match="there is no link at present: ") as error:
                await work(QUEUE)
            assert time.monotonic() - start < 5
            assert "\n" not in str(error.value)
        way.broken = False
        # One that is lost for a moment is awaited.
        monkeypatch.setattr(link, "AMQP_SOON_SECONDS", DEADLINE)
        await until(lambda: one._link.connection is not None)
        way.cut()
        assert await one.dead_letters.look(QUEUE) == []


async def test_what_differs_is_said_in_few_words(vhost: str) -> None:
    notes: list[str] = []
    long = QueueName("work-" + "x" * 100)
    async with binding(vhost) as one:
        await one.declare(long, Side.IN, {"x-max-length": 5})
        two = await Amqp().client(BrokerUrl.parse(vhost), name="b", on_note=notes.append)
        await two.declare(long, Side.IN, {"x-max-length": 7})
        await two.close()
    (said,) = notes
    assert said.endswith("its `x-max-length` is '5', where '7' was asked for")
    assert len(said) < 200
