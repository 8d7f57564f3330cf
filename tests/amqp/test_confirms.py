"""Publisher confirms on a real RabbitMQ: confirmed, refused, returned, lost."""

from __future__ import annotations

import asyncio

import pytest

from msgflo_lab_transports.amqp.confirms import Fate
from msgflo_lab_transports.amqp.errors import ChannelClosed
from msgflo_lab_transports.amqp.frames import PERSISTENT, Properties, encode_properties
from tests.amqp.tools import DEADLINE, Fates, Inbox, Side, queue_of

pytestmark = pytest.mark.anyio


async def test_every_message_is_answered_for(side: Side) -> None:
    channel, fates = await side.channel(confirms=True), Fates()
    queue = await queue_of(channel, durable=True)
    for number in range(2_000):
        channel.publish("", queue, b"%d" % number, PERSISTENT, then=fates.of(number))
        if number % 97 == 0:
            await asyncio.sleep(0)
    await channel.settled()
    assert channel.unconfirmed == 0
    assert [number for number, _ in fates.all] == list(range(2_000))
    assert {fate for _, fate in fates.all} == {Fate.CONFIRMED}
    assert (await channel.declare_queue(queue, durable=True)).messages == 2_000


async def test_waiting_is_for_what_was_published_before(side: Side) -> None:
    channel = await side.channel(confirms=True)
    queue = await queue_of(channel)
    await channel.settled()
    for _ in range(100):
        channel.publish("", queue, b"")
    first = asyncio.create_task(channel.settled())
    second = asyncio.create_task(channel.settled())
    second.cancel()
    async with asyncio.timeout(DEADLINE):
        await first
    assert channel.unconfirmed == 0


async def test_a_full_queue_that_rejects(side: Side) -> None:
    channel, fates = await side.channel(confirms=True), Fates()
    queue = await queue_of(channel, arguments={"x-max-length": 3, "x-overflow": "reject-publish"})
    for number in range(10):
        channel.publish("", queue, b"", then=fates.of(number))
    await channel.settled()
    assert dict(fates.all) == {
        number: Fate.CONFIRMED if number < 3 else Fate.REFUSED for number in range(10)
    }


async def test_mandatory_messages_are_returned_where_no_queue_is(side: Side) -> None:
    channel, fates = await side.channel(confirms=True), Fates()
    queue, inbox = await queue_of(channel), Inbox()
    await channel.consume(queue, inbox)
    named = encode_properties(Properties(message_id="mine", content_type="text/plain"))
    expected = {}
    for number in range(200):
        there, mandatory = number % 3 != 0, number % 2 == 0
        target = queue if there else "nowhere"
        properties = {"properties": named} if number % 5 == 0 else {}
        channel.publish(
            "", target, b"%d" % number, mandatory=mandatory, then=fates.of(number), **properties
        )
        expected[number] = Fate.RETURNED if mandatory and not there else Fate.CONFIRMED
    await channel.settled()
    assert dict(fates.all) == expected
    await inbox.wait_for(sum(number % 3 != 0 for number in range(200)))
    assert {delivery.properties.message_id for delivery in inbox.all} == {"mine", None}


@pytest.mark.parametrize("alike", [False, True])
async def test_several_returned_messages_with_one_id(side: Side, alike: bool) -> None:
    """As many are said to be returned as were; and the right ones, if anybody can tell."""
    channel, fates = await side.channel(confirms=True), Fates()
    named = encode_properties(Properties(message_id="mine", headers={"number": 1.5}))
    for number in range(300):
        body = b"" if alike else b"%d" % number
        channel.publish("", "nowhere", body, named, mandatory=True, then=fates.of(number))
    await channel.settled()
    assert dict(fates.all) == dict.fromkeys(range(300), Fate.RETURNED)


async def test_one_returned_message_with_an_id_of_its_own(side: Side) -> None:
    channel, fates = await side.channel(confirms=True), Fates()
    named = encode_properties(Properties(message_id="mine"))
    channel.publish("", "nowhere", bytes(300_000), named, mandatory=True, then=fates.of("large"))
    channel.publish("", "nowhere", b"", named, then=fates.of("not mandatory"))
    await channel.settled()
    assert fates.all == [("large", Fate.RETURNED), ("not mandatory", Fate.CONFIRMED)]


async def test_a_mandatory_message_without_confirms_is_dropped(side: Side) -> None:
    channel = await side.channel()
    channel.publish("", "nowhere", b"x", mandatory=True)
    assert await queue_of(channel) == "queue"
    with pytest.raises(ValueError, match="confirms"):
        channel.publish("", "queue", b"x", then=print)
    await channel.settled()
    assert channel.unconfirmed == 0


async def test_a_channel_that_closes_tells_what_it_does_not_know(side: Side) -> None:
    channel, fates = await side.channel(confirms=True), Fates()
    channel.publish("nowhere", "", b"", then=fates.of(1))
    channel.publish("nowhere", "", b"", then=fates.of(2))
    await channel.settled()
    assert fates.all == [(1, Fate.LOST), (2, Fate.LOST)]
    with pytest.raises(ChannelClosed, match="404"):
        channel.publish("nowhere", "", b"", then=fates.of(3))
    assert len(fates.all) == 2
    await channel.settled()
