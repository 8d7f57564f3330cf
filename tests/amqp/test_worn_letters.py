"""Dead letters in hand: how often they are given back, in which order, and how much at once."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import pytest

from msgflo_lab.definition import Side
from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, DeadLetter
from msgflo_lab_transports.amqp import Amqp, AmqpBinder, dead_letters, holding, renewal
from msgflo_lab_transports.amqp.frames import Encoded, Properties, encode_properties
from msgflo_lab_transports.amqp.management import limit_of
from msgflo_lab_transports.amqp.renewal import UNLIMITED, worn_at
from tests.amqp.tools import Side as Raw
from tests.amqp.tools import until
from tests.brokers import RabbitMQ

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

QUEUE, DEAD = QueueName("work.IN"), "dead-work.IN"
QUORUM = {"x-queue-type": "quorum"}
LIMIT = 5


@pytest.fixture
def rabbitmq(mended: RabbitMQ) -> RabbitMQ:
    """One whose management interface knows of limits soon."""
    return mended


@asynccontextmanager
async def binding(
    rabbitmq: RabbitMQ, vhost: str, notes: list[str] | None = None, *, tells: bool = True
) -> AsyncIterator[AmqpBinder]:
    port = rabbitmq.management if tells else 1
    address = BrokerUrl.parse(f"{vhost}?management=http://127.0.0.1:{port}&quorum=yes")
    said = notes if notes is not None else []
    binder = await Amqp().binder(address, name="lab", on_note=said.append)
    try:
        await binder.declare(QUEUE, Side.IN)
        yield binder
    finally:
        await binder.close()


def limited(rabbitmq: RabbitMQ, vhost: str, limit: int) -> None:
    policy = {"pattern": ".*", "definition": {"delivery-limit": limit}}
    where = vhost.rpartition("/")[2]
    rabbitmq.api("PUT", f"/policies/{where}/limit", {**policy, "apply-to": "queues"})


async def knows_limit(binder: AmqpBinder) -> None:
    """The management interface does, which takes it a moment."""
    async with asyncio.timeout(30):
        while await binder._management.limit(DEAD) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def lay(vhost: str, bodies: list[bytes]) -> None:
    async with Raw(vhost) as side:
        channel = await side.channel(confirms=True)
        said = encode_properties(
            Properties(headers={"key": "kept", "CC": ["elsewhere"]}, delivery_mode=2)
        )
        for body in bodies:
            channel.publish("", DEAD, body, said)
        await channel.settled()


@pytest.mark.parametrize("tells", [True, False])
async def test_looks_use_no_letter_up(rabbitmq: RabbitMQ, vhost: str, tells: bool) -> None:
    """Ten times as many looks as it may have deliveries; told of the limit, or not."""
    limited(rabbitmq, vhost, LIMIT)
    bodies = [b"%d" % number for number in range(20)]
    async with binding(rabbitmq, vhost, tells=tells) as one:
        await lay(vhost, bodies)
        if tells:
            await knows_limit(one)
        seen: list[DeadLetter] = []
        for _ in range(50):
            before, seen = seen, await one.dead_letters.look(QUEUE)
            assert [letter.payload for letter in seen] == bodies
            assert not before or before == seen
        for turn in range(30):  # those that are passed over on the way to another
            assert await one.dead_letters.drop(QUEUE, [f"nobody-{turn}"]) == 0
        assert await one.dead_letters.requeue(QUEUE) == len(bodies)
        inbox = await one.subscribe(QUEUE)
        for body in bodies:
            delivery = await inbox.get()
            assert delivery.payload == body
            delivery.ack()


async def test_a_part_of_them_at_a_time(rabbitmq: RabbitMQ, vhost: str) -> None:
    limited(rabbitmq, vhost, LIMIT)
    bodies = {b"%d" % number for number in range(20)}
    async with binding(rabbitmq, vhost) as one:
        await lay(vhost, sorted(bodies))
        for _ in range(50):
            assert len(await one.dead_letters.look(QUEUE, 7)) == 7
        assert {letter.payload for letter in await one.dead_letters.look(QUEUE)} == bodies


async def test_no_room_for_fresh_copies(
    rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then they are not looked at any more, before the queue drops one."""
    limited(rabbitmq, vhost, LIMIT)
    too_long = Encoded(bytes(10_000_000))
    monkeypatch.setattr(renewal, "renewed", lambda _: too_long)
    async with binding(rabbitmq, vhost) as one:
        await lay(vhost, [b"%d" % number for number in range(10)])
        for _ in range(3):
            assert len(await one.dead_letters.look(QUEUE)) == 10
        for _ in range(10):
            with pytest.raises(TransportError, match="not touched any more: each look counts"):
                await one.dead_letters.look(QUEUE)
            with pytest.raises(TransportError, match="not touched any more"):
                await one.dead_letters.drop(QUEUE, "some")
        assert await one.dead_letters.queues() == {QUEUE: 10}
        assert await one.dead_letters.drop(QUEUE) == 10
        assert await one.dead_letters.look(QUEUE) == []


@pytest.mark.parametrize("kind", [QUORUM, {}])
async def test_slices_go_back_in_order(
    rabbitmq: RabbitMQ, vhost: str, kind: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "AMQP_LETTERS_AT_ONCE", 15)
    monkeypatch.setattr(holding, "AMQP_LETTERS_AT_ONCE", 15)
    monkeypatch.setattr(holding, "AMQP_LETTERS_FIRST", 3)
    monkeypatch.setattr(renewal, "AMQP_LOOKS_UNKNOWN", 100)  # fresh copies go to the end
    bodies = [b"%d" % number for number in range(400)]
    async with Raw(vhost) as side:
        await (await side.channel()).declare_queue(DEAD, durable=True, arguments=kind)
        async with binding(rabbitmq, vhost) as one:
            await lay(vhost, bodies)
            for _ in range(2):
                seen = await one.dead_letters.look(QUEUE, 500)
                assert [letter.payload for letter in seen] == bodies
            assert await one.dead_letters.drop(QUEUE, [seen[at].id for at in (0, 200, 399)]) == 3
            rest = [letter.payload for letter in await one.dead_letters.look(QUEUE, 500)]
            assert rest == [*bodies[1:200], *bodies[201:399]]


async def test_memory_has_a_bound(
    rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (holding, renewal):
        monkeypatch.setattr(module, "AMQP_LETTERS_IN_HAND", 2_000_000)
    size, count = 200_000, 150
    async with binding(rabbitmq, vhost) as one:
        await lay(vhost, [b"%d " % number + bytes(size) for number in range(count)])
        names = [letter.id for letter in await one.dead_letters.look(QUEUE, count)]
        tracemalloc.start()
        try:
            assert await one.dead_letters.drop(QUEUE, "nobody") == 0
            assert await one.dead_letters.requeue(QUEUE, names[count // 2 :]) == count // 2
            assert await one.dead_letters.requeue(QUEUE) == count - count // 2
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < size * count / 3


async def test_an_inport_that_is_called_so(rabbitmq: RabbitMQ, vhost: str) -> None:
    """Nobody's jobs are taken for dead letters, whether he is known here, elsewhere or away."""
    role, alone = QueueName("dead-letters.IN"), QueueName("dead-end.IN")
    async with binding(rabbitmq, vhost) as one, binding(rabbitmq, vhost) as two:
        await two.declare(role, Side.IN)
        async with Raw(vhost) as side:
            await (await side.channel()).declare_queue(alone, durable=True)
        for queue in (role, alone):
            for number in range(3):
                await two.publish(queue, b"%d" % number, Side.IN)
        await lay(vhost, [b"1", b"2"])
        # Somebody's queue of that name may be there too.
        await one.declare(QueueName("end.IN"), Side.OUT)
        for binder in (one, two):
            dead = binder.dead_letters
            assert await dead.queues() == {QUEUE: 2}
            for name in ("letters.IN", "end.IN"):
                assert await dead.look(QueueName(name)) == []
                assert await dead.drop(QueueName(name)) == 0
                assert await dead.requeue(QueueName(name)) == 0
        assert (await one.state_of(role)).messages == 3
        assert (await one.state_of(alone)).messages == 3


async def test_letters_of_a_queue_that_is_gone(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with binding(rabbitmq, vhost):
        await lay(vhost, [b"1"])
    async with Raw(vhost) as side:
        await (await side.channel()).delete_queue(QUEUE)
    address = BrokerUrl.parse(f"{vhost}?management=http://127.0.0.1:{rabbitmq.management}")
    two = await Amqp().binder(address, name="lab")
    assert await two.dead_letters.queues() == {QUEUE: 1}
    assert await two.dead_letters.drop(QUEUE) == 1
    await two.close()


async def test_the_limit_of_a_queue(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with binding(rabbitmq, vhost) as one:
        assert await one._management.limit(f"{quote('no such')}") is None
        await knows_limit(one)
        assert await one._management.limit(DEAD) == UNLIMITED
        limited(rabbitmq, vhost, 7)
        known: list[int | None] = []

        async def ask() -> None:
            while known[-1:] != [7]:
                known.append(await one._management.limit(DEAD))
                await asyncio.sleep(0.05)

        asking = asyncio.create_task(ask())
        await until(asking.done)
    quorum = {"type": "quorum", "arguments": {"x-delivery-limit": 9}}
    assert limit_of(quorum, "3.10.8") is None
    assert limit_of({**quorum, "effective_policy_definition": {}}, "3.10.8") == 9
    said = {**quorum, "effective_policy_definition": {"delivery-limit": 3}}
    assert limit_of(said, "3.10.8") == 3
    silent = {"type": "quorum", "effective_policy_definition": {}}
    assert limit_of(silent, "3.10.8") == UNLIMITED
    assert limit_of(silent, "4.1.0") == 20
    assert limit_of({**silent, "arguments": {"x-delivery-limit": -1}}, "4.1.0") == UNLIMITED
    assert limit_of({"type": "classic"}, "4.1.0") == UNLIMITED
    assert [worn_at(limit) for limit in (1, 5, 20)] == [0, 2, 10]
