"""What a broker may say that a real one cannot be made to say."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pamqp.frame
import pytest
from pamqp import commands
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from msgflo_lab.errors import ConnectionFailed
from msgflo_lab_transports.amqp.channel import Channel
from msgflo_lab_transports.amqp.confirms import Fate
from msgflo_lab_transports.amqp.delivery import Delivery
from msgflo_lab_transports.amqp.errors import ConnectionLost
from msgflo_lab_transports.amqp.limits import (
    AMQP_MAX_RECEIVED,
    AMQP_UNCONFIRMED,
    AMQP_UNCONFIRMED_BYTES,
)
from tests.amqp.fake import Fake, Peer, fake_broker
from tests.amqp.tools import DEADLINE, Closed, Fates, Inbox, News, Side, until

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(confirms: bool = False) -> AsyncIterator[tuple[Fake, Peer, Channel, Side]]:
    """A channel to a fake broker."""
    async with fake_broker() as fake, Side(fake.url) as side:
        channel = await side.channel(confirms=confirms)
        yield fake, fake.peers[0], channel, side


def deliver(channel: Channel, tag: str, number: int, *bodies: bytes, size: int = -1) -> bytes:
    """The frames of one delivery."""
    whole = sum(map(len, bodies)) if size < 0 else size
    frames: list[pamqp.frame.FrameTypes] = [
        commands.Basic.Deliver(tag, number, False, "exchange", "key"),
        ContentHeader(0, whole),
        *(ContentBody(body) for body in bodies),
    ]
    return b"".join(pamqp.frame.marshal(frame, channel.number) for frame in frames)


async def test_a_broker_that_asks_to_pause_is_answered_and_obeyed() -> None:
    async with opened() as (fake, peer, channel, _):
        peer.send(channel.number, commands.Channel.Flow(active=False))
        (answer,) = await fake.wait_for(commands.Channel.FlowOk)
        assert isinstance(answer, commands.Channel.FlowOk)
        assert answer.active is False
        assert channel.crowded
        waiting = asyncio.create_task(channel.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        peer.send(channel.number, commands.Channel.Flow(active=True))
        async with asyncio.timeout(DEADLINE):
            await waiting
        await fake.wait_for(commands.Channel.FlowOk, 2)


async def test_blocked_and_unblocked_are_told() -> None:
    async with opened() as (_, peer, channel, side):
        peer.send(0, commands.Connection.Blocked("low on memory"))
        await side.blocked.wait_for(1)
        assert channel.crowded
        peer.send(0, commands.Connection.Unblocked())
        assert await side.blocked.wait_for(2) == ["low on memory", None]
        assert not channel.crowded


async def test_confirms_one_by_one_together_and_in_any_order() -> None:
    async with opened(confirms=True) as (_, peer, channel, _):
        fates = Fates()
        for number in range(1, 11):
            channel.publish("", "queue", b"", then=fates.of(number))
        peer.send(channel.number, commands.Basic.Ack(4), commands.Basic.Ack(3, multiple=True))
        peer.send(channel.number, commands.Basic.Nack(6), commands.Basic.Ack(0, multiple=True))
        await channel.settled()
        assert fates.all == [
            (number, Fate.REFUSED if number == 6 else Fate.CONFIRMED)
            for number in (4, 1, 2, 3, 6, 5, 7, 8, 9, 10)
        ]


async def test_one_who_raises_does_not_keep_the_news_from_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened(confirms=True) as (_, peer, channel, side):

        def broken(_fate: Fate) -> None:
            raise RuntimeError("a bug")

        fates = Fates()
        for then in (broken, fates.of("fine")):
            channel.publish("", "queue", b"", then=then)
        peer.transport.abort()
        await side.lost.wait_for()
        assert fates.all == [("fine", Fate.LOST)]
        assert "a bug" in caplog.text


async def test_too_many_unconfirmed_messages_have_to_wait() -> None:
    async with opened(confirms=True) as (_, peer, channel, _):
        for _number in range(AMQP_UNCONFIRMED):
            assert not channel.crowded
            channel.publish("", "queue", b"")
        waiting = asyncio.create_task(channel.room())
        await asyncio.sleep(0)
        assert channel.crowded
        assert not waiting.done()
        peer.send(channel.number, commands.Basic.Ack(1))
        async with asyncio.timeout(DEADLINE):
            await waiting


async def test_what_may_come_back_is_kept_up_to_a_size() -> None:
    async with opened(confirms=True) as (_, peer, channel, _):
        body, sent = bytes(AMQP_UNCONFIRMED_BYTES // 4), 0
        while not channel.crowded:
            channel.publish("outport", "", body, mandatory=True)
            sent += 1
            await until(lambda: not channel._connection.crowded)  # that is what is unsent
        assert sent == 4
        peer.send(channel.number, commands.Basic.Ack(1))
        async with asyncio.timeout(DEADLINE):
            await channel.room()
        peer.send(channel.number, commands.Basic.Ack(4, multiple=True))
        await until(lambda: not channel.unconfirmed)
        assert channel._ledger is not None
        assert channel._ledger.confirms.kept == 0


async def test_a_broker_that_does_not_read_makes_publishers_wait() -> None:
    async with opened() as (fake, peer, channel, _):
        peer.transport.pause_reading()
        body, sent = bytes(1_000_000), 0
        while not channel.crowded:
            assert sent < 1_000, "never crowded"
            channel.publish("", "queue", body)
            sent += 1
        waiting = asyncio.create_task(channel.room())
        given_up = asyncio.create_task(channel.room())
        await asyncio.sleep(0)
        given_up.cancel()
        assert not waiting.done()
        peer.transport.resume_reading()
        async with asyncio.timeout(DEADLINE):
            await waiting
        await fake.wait_for(commands.Basic.Publish, sent)


async def test_a_link_that_breaks_ends_the_wait_for_room() -> None:
    async with opened() as (_, peer, channel, side):
        peer.send(channel.number, commands.Channel.Flow(active=False))
        async with asyncio.timeout(DEADLINE):
            while not channel.crowded:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(0.005)
        waiting = asyncio.create_task(channel.room())
        await asyncio.sleep(0)
        peer.transport.abort()
        with pytest.raises(ConnectionLost):
            await waiting
        await side.lost.wait_for()


async def test_a_body_in_many_frames_between_those_of_another_channel() -> None:
    async with fake_broker() as fake, Side(fake.url) as side:
        connection = await side.connect()
        channels = [await connection.channel() for _ in range(2)]
        inboxes = [Inbox(), Inbox()]
        tags = [
            await channel.consume("queue", inbox)
            for channel, inbox in zip(channels, inboxes, strict=True)
        ]
        first = deliver(channels[0], tags[0], 1, b"a", b"b", b"c")
        second = deliver(channels[1], tags[1], 1, b"1", b"2", b"3")
        mixed = [
            piece for pair in zip(_frames(first), _frames(second), strict=True) for piece in pair
        ]
        for piece in mixed:
            for byte in struct.iter_unpack("c", piece):
                fake.peers[0].raw(byte[0])
            await asyncio.sleep(0)
        assert await inboxes[0].bodies(1) == [b"abc"]
        assert await inboxes[1].bodies(1) == [b"123"]


def _frames(data: bytes) -> list[bytes]:
    found = []
    while data:
        (size,) = struct.unpack(">I", data[3:7])
        found.append(data[: size + 8])
        data = data[size + 8 :]
    return found


async def test_a_message_that_is_too_large_is_rejected(caplog: pytest.LogCaptureFixture) -> None:
    async with opened() as (fake, peer, channel, side):
        inbox = Inbox()
        tag = await channel.consume("queue", inbox)
        piece = bytes(131_064)
        rest = AMQP_MAX_RECEIVED + 1
        head = _frames(deliver(channel, tag, 1, size=rest))
        peer.raw(b"".join(head))
        body = pamqp.frame.marshal(ContentBody(piece), channel.number)
        with caplog.at_level(logging.WARNING):
            while rest >= len(piece):
                peer.raw(body)
                rest -= len(piece)
                await asyncio.sleep(0)
            peer.raw(pamqp.frame.marshal(ContentBody(bytes(rest)), channel.number))
            peer.raw(deliver(channel, tag, 2, b"small"))
            assert await inbox.bodies(1) == [b"small"]
        (rejected,) = await fake.wait_for(commands.Basic.Reject)
        assert isinstance(rejected, commands.Basic.Reject)
        assert (rejected.delivery_tag, rejected.requeue) == (1, False)
        assert "AMQP_MAX_RECEIVED" in caplog.text
        assert not side.lost.all


async def test_a_message_for_nobody_is_put_back() -> None:
    async with opened() as (fake, peer, channel, _):
        peer.raw(deliver(channel, "nobody", 7, b"hello"))
        (rejected,) = await fake.wait_for(commands.Basic.Reject)
        assert isinstance(rejected, commands.Basic.Reject)
        assert (rejected.delivery_tag, rejected.requeue) == (7, True)


async def test_content_while_a_consumer_is_being_cancelled_is_delivered() -> None:
    def late(peer: Peer, number: int, method: object) -> bool:
        if isinstance(method, commands.Basic.Cancel):
            peer.raw(deliver(channel, tag, 1, b"late"))
        return False

    async with fake_broker(late) as fake, Side(fake.url) as side:
        channel, inbox = await side.channel(), Inbox()
        tag = await channel.consume("queue", inbox)
        await channel.cancel(tag)
        assert [delivery.body for delivery in inbox.all] == [b"late"]
        await fake.wait_for(commands.Basic.Ack)


@pytest.mark.parametrize("nowait", [True, False])
async def test_a_broker_that_cancels_is_answered_if_it_wants(nowait: bool) -> None:
    async with opened() as (fake, peer, channel, _):
        cancelled = asyncio.Event()
        tag = await channel.consume("queue", Inbox(), on_cancelled=cancelled.set)
        peer.send(channel.number, commands.Basic.Cancel(tag, nowait=nowait))
        async with asyncio.timeout(DEADLINE):
            await cancelled.wait()
        await channel.close()
        answers = [
            method for _, method in fake.methods if isinstance(method, commands.Basic.CancelOk)
        ]
        assert len(answers) == (0 if nowait else 1)


async def test_closes_that_cross() -> None:
    def cross(peer: Peer, number: int, method: object) -> bool:
        if isinstance(method, commands.Channel.Close):
            peer.send(number, commands.Channel.Close(406, "PRECONDITION_FAILED", 0, 0))
            peer.send(number, commands.Channel.CloseOk())
            return True
        return False

    async with fake_broker(cross) as fake, Side(fake.url) as side:
        connection, closed = await side.connect(), Closed()
        channel = await connection.channel(on_closed=closed)
        await channel.close()
        await connection.channel()
        assert not closed.all
        assert not side.lost.all


async def test_a_forced_end_says_why() -> None:
    async with opened(confirms=True) as (_, peer, channel, side):
        fates, closed = Fates(), Closed()
        channel.publish("", "queue", b"", then=fates.of("it"))
        asking = asyncio.create_task(channel.declare_queue("queue"))
        settling = asyncio.create_task(channel.settled())
        await asyncio.sleep(0)
        peer.send(0, commands.Connection.Close(320, "CONNECTION_FORCED - shutdown", 0, 0))
        (lost,) = await side.lost.wait_for()
        assert lost.code == 320
        assert str(lost) == (f"lost the connection to {side.url}: 320 CONNECTION_FORCED - shutdown")
        await settling
        assert fates.all == [("it", Fate.LOST)]
        for task in (asking, asyncio.create_task(channel.room())):
            with pytest.raises(ConnectionLost, match="CONNECTION_FORCED"):
                await task
        with pytest.raises(ConnectionLost, match="CONNECTION_FORCED"):
            channel.publish("", "queue", b"")
        channel.ack(1)
        await channel.close()
        assert not closed.all


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x01\x00\x01\x00\x00\x00\x02\x00\x3c\xce",
        b"\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x3c\xce",
        b"\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x50\xce",
        b"\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x15\xce",
        b"\x01\x00\x01\x00\x00\x00\x04\x7f\x3c\x00\x15\xce",
        b"\x02\x00\x01\x00\x00\x00\x0e" + bytes(14) + b"\xce",
        b"\x03\x00\x01\x00\x00\x00\x01x\xce",
        b"\x09\x00\x01\x00\x00\x00\x01x\xce",
        b"\x01\x00\x00\x00\x00\x00\x02\x00\x0a\xce",
        b"\x01\x00\x01\x00\x02\x00\x00",
        b"\x01\x00\x01\x00\x00\x00\x00\x00",
    ],
)
async def test_rubbish_drops_the_connection(rubbish: bytes) -> None:
    async with opened() as (_, peer, channel, side):
        await channel.consume("queue", Inbox())
        peer.raw(rubbish)
        if len(rubbish) == 7:
            peer.raw(b"x")
        (lost,) = await side.lost.wait_for()
        assert "lost the connection to amqp://127.0.0.1" in str(lost)


async def test_frames_of_channels_that_are_not_there_are_ignored() -> None:
    async with opened() as (_, peer, channel, side):
        peer.send(9, commands.Channel.CloseOk())
        inbox = Inbox()
        tag = await channel.consume("queue", inbox)
        peer.raw(deliver(channel, tag, 1, b"fine"))
        assert await inbox.bodies(1) == [b"fine"]
        assert not side.lost.all


async def test_channels_run_out() -> None:
    async with opened() as (_, _, channel, _):
        connection = channel._connection
        for _number in range(9):
            await connection.channel()
        with pytest.raises(ConnectionFailed, match="all 10 channels"):
            await connection.channel()


async def test_writes_of_one_turn_leave_together() -> None:
    async with opened() as (fake, _, channel, _):
        writes = channel._connection.wire.writes
        for number in range(100):
            channel.publish("", "queue", b"%d" % number)
            channel.reject(number + 1, requeue=True)
        await fake.wait_for(commands.Basic.Reject, 100)
        assert channel._connection.wire.writes == writes + 1


async def test_acknowledgements_leave_together_and_for_what_is_settled_only() -> None:
    async with opened() as (fake, _, channel, _):
        for tag in (1, 2, 3, 5, 6):
            channel.ack(tag)
        acks = await fake.wait_for(commands.Basic.Ack, 3)
        found = [
            (ack.delivery_tag, ack.multiple) for ack in acks if isinstance(ack, commands.Basic.Ack)
        ]
        assert found == [(3, True), (5, False), (6, False)]


async def test_answers_to_deliveries_leave_in_few_writes() -> None:
    async with opened() as (fake, peer, channel, _):

        def relay(delivery: Delivery) -> None:
            channel.publish("target", "", delivery.body)
            delivery.ack()

        tag = await channel.consume("queue", relay)
        writes = channel._connection.wire.writes
        peer.raw(b"".join(deliver(channel, tag, number, b"x") for number in range(1, 51)))
        await fake.wait_for(commands.Basic.Publish, 50)
        await fake.wait_for(commands.Basic.Ack, 1)
        # The kernel may have cut what came in two.
        assert channel._connection.wire.writes - writes <= 3


async def test_a_silent_link_is_found_out_and_a_quiet_one_kept() -> None:
    async with fake_broker(heartbeat=1) as fake, Side(fake.url) as side:
        quiet = await side.connect()
        assert quiet.heartbeat == 1

        async def beat() -> None:
            while True:
                fake.peers[0].raw(b"\x08\x00\x00\x00\x00\x00\x00\xce")
                await asyncio.sleep(0.4)

        silent_lost: News[ConnectionLost] = News()
        beating = asyncio.create_task(beat())
        silent = await side.connect(on_lost=silent_lost)
        (lost,) = await silent_lost.wait_for()
        assert "no sign of life for 2 s" in str(lost)
        assert lost.code is None
        await fake.wait_until(lambda: fake.heartbeats >= 6)
        assert quiet.lost is None
        assert silent.lost is lost
        beating.cancel()


async def test_heartbeats_can_be_off() -> None:
    async with fake_broker(heartbeat=1) as fake, Side(fake.url) as side:
        connection = await side.connect(heartbeat=0)
        assert connection.heartbeat == 0
        assert connection._timer is None
