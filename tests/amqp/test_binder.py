"""What a binder finds on the broker: objects of other kinds, labs of its own name, loops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote, unquote

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidDefinition, TransportError
from msgflo_lab.names import QueueName, is_waiting_room
from msgflo_lab.runtime.holding import held_queue, is_held
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp import Amqp, AmqpBinder, claim
from msgflo_lab_transports.amqp.errors import ChannelClosed
from msgflo_lab_transports.amqp.identity import identity
from tests.amqp.tools import DEADLINE, Inbox, until
from tests.amqp.tools import Side as Raw
from tests.brokers import RabbitMQ

pytestmark = pytest.mark.anyio

SOURCE, TARGET, FIXER = QueueName("front.OUT"), QueueName("work.IN"), QueueName("fixer.IN")


@asynccontextmanager
async def binding(
    rabbitmq: RabbitMQ,
    vhost: str,
    notes: list[str] | None = None,
    user: str = "",
    name: str = "lab",
    **options: object,
) -> AsyncIterator[AmqpBinder]:
    where = vhost.replace("://", f"://{user}")
    management = f"http://127.0.0.1:{rabbitmq.management}"
    address = BrokerUrl.parse(where, **{"management": management, **options})
    said = notes if notes is not None else []
    binder = await Amqp().binder(address, name=name, on_note=said.append)
    try:
        yield binder
    finally:
        await binder.close()


@pytest.mark.parametrize("kind", ["direct", "fanout", "topic"])
async def test_exchanges_that_are_there_already(rabbitmq: RabbitMQ, vhost: str, kind: str) -> None:
    """Those of another kind, and those that do not survive a restart, are used as they are."""
    notes: list[str] = []
    async with Raw(vhost) as side, binding(rabbitmq, vhost, notes) as one:
        channel, got = await side.channel(), Inbox()
        for name in (f"out-{SOURCE}", f"dead-{TARGET}"):
            await channel.declare_exchange(name, kind, durable=False)
        await one.declare(SOURCE, Side.OUT)
        for queue in (TARGET, FIXER):
            await one.declare(queue, Side.IN)
        for each in (
            Binding(SOURCE, TARGET, Kind.ROUND_ROBIN),
            Binding(TARGET, FIXER, Kind.DEAD_LETTER),
        ):
            await one.bind(each)
            await one.bind(each)
        await channel.consume(FIXER, got)
        inbox = await one.subscribe(TARGET)
        for number in range(20):
            await one.publish(SOURCE, b"%d" % number)
            (await inbox.get()).nack("broken")
        assert await got.bodies(20) == [b"%d" % number for number in range(20)]
        for name in (f"out-{SOURCE}", f"dead-{TARGET}"):
            assert sum(f"`{name}`" in note and "as it is" in note for note in notes) == 1


async def test_a_queue_that_cannot_be_a_quorum_queue(rabbitmq: RabbitMQ, vhost: str) -> None:
    notes: list[str] = []
    async with binding(rabbitmq, vhost, notes, quorum=True) as one:
        await one.declare(SOURCE, Side.OUT, {"persistent": False})
        await one.declare(FIXER, Side.IN, {"persistent": False, "quorum": False})
        assert not notes
        await one.declare(TARGET, Side.IN, {"persistent": False})
        assert [note for note in notes if "in spite of `quorum`" in note and TARGET in note]
        with pytest.raises(InvalidDefinition, match="leave one of them out"):
            await one.declare(TARGET, Side.IN, {"persistent": False, "quorum": True})


async def test_what_differs_is_asked_for_once(rabbitmq: RabbitMQ, vhost: str) -> None:
    """Each refusal is an error in the broker's log, and bindings are made again all the time."""
    source = QueueName("asked-for-once.OUT")
    async with Raw(vhost) as side, binding(rabbitmq, vhost) as one:
        channel = await side.channel()
        await channel.declare_exchange(f"out-{source}", "fanout", durable=True)
        await one.declare(source, Side.OUT)
        await one.declare(TARGET, Side.IN)
        for _ in range(5):
            await one.bind(Binding(source, TARGET, Kind.ROUND_ROBIN))
        # What was deleted meanwhile is made as it should be.
        await channel.delete_exchange(f"out-{source}")
        await one.bind(Binding(source, TARGET, Kind.ROUND_ROBIN))
        await channel.declare_exchange(f"out-{source}", "direct", durable=True)
        # The log is written a moment later, in order.
        with pytest.raises(ChannelClosed):
            await channel.declare_exchange("that was all", passive=True)
        await until(lambda: "no exchange 'that was all'" in rabbitmq.log())
    assert rabbitmq.log().count(f"inequivalent arg 'type' for exchange 'out-{source}'") == 1


async def test_who_may_declare_nothing_uses_what_is_there(rabbitmq: RabbitMQ, vhost: str) -> None:
    where = quote(unquote(vhost.rpartition("/")[2]), safe="")
    rabbitmq.api("PUT", "/users/reader", {"password": "secret", "tags": ""})
    allowed = {"configure": "^$", "write": ".*", "read": ".*"}
    rabbitmq.api("PUT", f"/permissions/{where}/reader", allowed)
    notes: list[str] = []
    url = vhost.replace("amqp://", "amqp://reader:secret@")
    async with binding(rabbitmq, vhost) as one:
        client = await Amqp().client(BrokerUrl.parse(url), name="reader", on_note=notes.append)
        try:
            with pytest.raises(TransportError, match="cannot be declared: ACCESS_REFUSED"):
                await client.declare(TARGET, Side.IN)
            await one.declare(TARGET, Side.IN)
            await one.declare(SOURCE, Side.OUT)
            await one.discoveries()
            await client.declare(TARGET, Side.IN)
            await client.declare(SOURCE, Side.OUT)
            await client.announce(b"{}")
            inbox = await client.subscribe(TARGET)
            await client.publish(TARGET, b"job", Side.IN)
            (await inbox.get()).nack("broken")
            async with asyncio.timeout(DEADLINE):
                while not await one.dead_letters.look(TARGET):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
        finally:
            await client.close()
    assert any("is there already, and is used as it is: ACCESS_REFUSED" in n for n in notes)


async def test_a_parking_place_that_goes_with_the_broker(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with Raw(vhost) as side, binding(rabbitmq, vhost) as one:
        channel = await side.channel()
        await channel.declare_queue(f"dead-{TARGET}", durable=False)
        await one.declare(SOURCE, Side.OUT)
        await channel.declare_queue(TARGET, durable=True)
        await one.bind(Binding(SOURCE, TARGET))
        edge = Binding(TARGET, QueueName(TARGET), Kind.DEAD_LETTER)
        await one.unbind(edge)
        assert (await one.state_of(f"dead-{TARGET}")).messages == 0


async def test_messages_that_are_held_need_no_place_for_dead_letters(
    rabbitmq: RabbitMQ, vhost: str
) -> None:
    room = held_queue(Binding(SOURCE, TARGET))
    assert is_waiting_room(room)
    assert is_held(room)
    assert not is_waiting_room(QueueName("held-back.IN"))
    async with binding(rabbitmq, vhost) as one:
        await one.declare(SOURCE, Side.OUT)
        await one.declare(room, Side.IN, {"expires": 60_000})
        await one.bind(Binding(SOURCE, room))
        found = await one._management.queues()
        assert found is not None
        assert room in found
        assert f"dead-{room}" not in found
        assert await one.bindings() == {Binding(SOURCE, room)}  # or it would not be adopted


async def bound(one: AmqpBinder) -> frozenset[Binding]:
    await one.declare(SOURCE, Side.OUT)
    await one.declare(TARGET, Side.IN)
    await one.bind(Binding(SOURCE, TARGET))
    return await one.bindings()


async def test_who_comes_back_finds_his_bindings(
    rabbitmq: RabbitMQ, vhost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if the broker has not noticed yet that he was gone: nobody answers in his place."""
    monkeypatch.setattr(claim, "AMQP_CLAIM_SECONDS", 0.3)
    async with binding(rabbitmq, vhost) as one:
        before = await bound(one)
    async with Raw(vhost) as side:
        connection = await side.connect()
        channel = await connection.channel()
        await channel.declare_queue(f"lab {identity('lab')}", exclusive=True)
        async with binding(rabbitmq, vhost) as two:
            assert await two.bindings() == before == {Binding(SOURCE, TARGET)}


async def test_what_it_has_bound_before_is_told_by_nobody(rabbitmq: RabbitMQ, vhost: str) -> None:
    """The management interface is not there, or is not for this user: said once, with a remedy."""
    where = quote(unquote(vhost.rpartition("/")[2]), safe="")
    rabbitmq.api("PUT", "/users/untagged", {"password": "secret", "tags": ""})
    all_of_it = {"configure": ".*", "write": ".*", "read": ".*"}
    rabbitmq.api("PUT", f"/permissions/{where}/untagged", all_of_it)
    for user, options, remedy in (
        ("", {"management": "http://127.0.0.1:1"}, "enable the broker's plugin"),
        ("untagged:secret@", {}, "give the user the tag `management`"),
    ):
        notes: list[str] = []
        async with binding(rabbitmq, vhost, notes, user, **options) as one:
            for _ in range(2):
                assert not await one.bindings()
        (said,) = notes
        assert "what this lab has bound in an earlier run is not known" in said
        assert remedy in said


async def test_a_second_one_leaves_the_others_alone(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with binding(rabbitmq, vhost) as one:
        before = await bound(one)
        for _ in range(3):
            async with binding(rabbitmq, vhost) as two:
                assert await two.bindings() == frozenset()
        one._link.renew("for a test")  # and afterwards again
        await until(lambda: one._link.connection is None)
        await one._steadily(lambda: asyncio.sleep(0))
        async with binding(rabbitmq, vhost) as two:
            assert await two.bindings() == frozenset()
        assert await one.bindings() == before
    async with binding(rabbitmq, vhost) as three:
        assert await three.bindings() == before


async def test_without_a_name_it_binds_as_msgflo_does(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with binding(rabbitmq, vhost, name="") as one:
        assert await bound(one) == {Binding(SOURCE, TARGET)}
        assert await one.bindings(everybodys=True) == {Binding(SOURCE, TARGET)}
    async with binding(rabbitmq, vhost) as two:
        assert await two.bindings() == frozenset()
        assert await two.bindings(everybodys=True) == {Binding(SOURCE, TARGET)}
        await two.unbind(Binding(SOURCE, TARGET))
        assert await two.bindings(everybodys=True) == frozenset()


async def test_one_who_may_not_say_who_he_is(rabbitmq: RabbitMQ, vhost: str) -> None:
    where = vhost.rpartition("/")[2]
    rabbitmq.api("PUT", "/users/joe", {"password": "x", "tags": "management"})
    rights = {"configure": "^(work|front|dead-|fbp|amq).*", "write": ".*", "read": ".*"}
    rabbitmq.api("PUT", f"/permissions/{where}/joe", rights)
    notes: list[str] = []
    async with binding(rabbitmq, vhost, notes, "joe:x@") as one:
        before = await bound(one)
        assert [note for note in notes if "the two undo each other's bindings" in note]
    async with binding(rabbitmq, vhost, None, "joe:x@") as two:
        assert await two.bindings() == before == {Binding(SOURCE, TARGET)}
    rabbitmq.api("DELETE", "/users/joe")


async def test_announcements_do_not_go_round(rabbitmq: RabbitMQ, vhost: str) -> None:
    async with Raw(vhost) as side, binding(rabbitmq, vhost) as one:
        inbox = await one.discoveries()
        channel = await side.channel(confirms=True)
        await channel.bind_queue("fbp", "fbp")
        for number in range(20):
            channel.publish("", "fbp", b"%d" % number)
        async with asyncio.timeout(20):
            for number in range(20):
                assert (await inbox.get()).payload == b"%d" % number
        await asyncio.sleep(0.5)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await inbox.get()
