"""What a deleted queue is given back, with a broker that does what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from msgflo_lab.names import QueueName
from msgflo_lab_transports.amqp import refill
from msgflo_lab_transports.amqp.channel import Channel
from msgflo_lab_transports.amqp.confirms import Fate
from msgflo_lab_transports.amqp.frames import (
    NO_PROPERTIES,
    Encoded,
    Properties,
    encode_properties,
)
from msgflo_lab_transports.amqp.recent import Recent, name_of
from msgflo_lab_transports.amqp.refill import Deleted, Refill

pytestmark = pytest.mark.anyio

QUEUE = QueueName("sink.IN")


class Slow:
    """A channel that takes one message at a time, and what happens before each."""

    def __init__(self, before: Callable[[int], object]) -> None:
        self.sent: list[tuple[Encoded, bytes]] = []
        self.crowded = True
        self.most_properties = 1_000
        self._before = before

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body in self.sent]

    async def room(self) -> None:
        await asyncio.sleep(0.01)
        self._before(len(self.sent))

    def publish(
        self, exchange: str, key: str, body: bytes, properties: Encoded, **options: Any
    ) -> None:
        self.sent.append((properties, body))
        options["then"](Fate.CONFIRMED)

    async def settled(self) -> None:
        pass

    def abandon(self) -> None:
        pass


class Deleting:
    """One queue, which is deleted now and then.

    Attributes:
        meanwhile: What passes before so many messages were sent again.
    """

    def __init__(self) -> None:
        self.meanwhile: dict[int, list[bytes]] = {}
        self._recent = Recent()
        self._channels: list[Slow] = []
        self._refill = Refill(
            self._recent, caught_up=self._caught_up, channel=self._open, note=lambda _: None
        )

    def passes(self, *bodies: bytes) -> None:
        for body in bodies:
            self._recent.add("source.OUT", NO_PROPERTIES, body)

    async def delete(self, last: str = "nobody knows") -> Slow:
        """What is sent there then."""
        now = asyncio.get_running_loop().time()
        await self._refill.send(QUEUE, ["source.OUT"], Deleted(seconds=0.0, last=last), now)
        return self._channels[-1]

    async def tell(self, *told: Deleted) -> list[list[bytes]]:
        """What is sent there when these tell of one deletion, one after the other."""
        now = asyncio.get_running_loop().time()
        for each in told:
            await self._refill.send(QUEUE, ["source.OUT"], each, now)
        return [each.bodies for each in self._channels]

    async def _open(self) -> Channel:
        self._channels.append(Slow(lambda sent: self.passes(*self.meanwhile.pop(sent, []))))
        return cast(Channel, self._channels[-1])

    async def _caught_up(self) -> bool:
        return True


@pytest.fixture
async def deleting(monkeypatch: pytest.MonkeyPatch) -> Deleting:
    monkeypatch.setattr(refill, "AMQP_ON_ITS_WAY_SECONDS", 0.0)
    return Deleting()


async def test_what_passes_while_a_queue_is_filled_lies_between(deleting: Deleting) -> None:
    """Deleted again then, it gets that too: its reader has only got what was sent before."""
    deleting.passes(b"0", b"1", b"2")
    deleting.meanwhile[1] = [b"passed meanwhile"]
    filled = await deleting.delete()
    assert filled.bodies == [b"0", b"1", b"2"]
    again = await deleting.delete(name_of(*filled.sent[0]))
    assert again.bodies == [b"0", b"passed meanwhile", b"1", b"2"]
    once_more = await deleting.delete(name_of(*again.sent[2]))
    assert once_more.bodies == [b"1", b"2"]


async def test_equal_messages_are_told_apart(deleting: Deleting) -> None:
    """Whether its reader has got the first, what was sent again, or another one."""
    deleting.passes(b"same", b"other")
    deleting.meanwhile[0] = [b"same", b"between"]
    filled = await deleting.delete()
    assert filled.bodies == [b"same", b"other"]
    again = await deleting.delete(name_of(NO_PROPERTIES, b"same"))
    assert set(again.bodies) == {b"same", b"other", b"between"}
    assert len(set(map(name_of, *zip(*again.sent, strict=True)))) == len(again.sent)


async def test_what_has_no_room_for_a_mark_goes_without(deleting: Deleting) -> None:
    properties = encode_properties(Properties(headers={"long": "x" * 990}))
    deleting._recent.add("source.OUT", properties, b"1")
    assert (await deleting.delete()).sent == [(properties, b"1")]


@pytest.mark.parametrize("is_for_all", [True, False])
async def test_who_has_got_nothing_may_know_that_nothing_lay_there(
    deleting: Deleting, monkeypatch: pytest.MonkeyPatch, is_for_all: bool
) -> None:
    """Not if another one gets everything, who has not yet told."""
    monkeypatch.setattr(refill, "AMQP_NOTICED_SECONDS", 0.0)
    deleting.passes(b"0")
    now = asyncio.get_running_loop().time()
    told = Deleted(seconds=0.0, is_for_all=is_for_all)
    await deleting._refill.send(QUEUE, ["source.OUT"], told, now)
    assert [each.bodies for each in deleting._channels] == ([] if is_for_all else [[b"0"]])


async def test_what_was_on_its_way_to_who_was_cut_off_is_not_read(deleting: Deleting) -> None:
    """Though others have got what came after it; also if he tells of it when they have told."""
    for body in b"0", b"1", b"2", b"3":
        deleting.passes(body)
        await asyncio.sleep(0.01)
    reader = Deleted(seconds=0.1, last=name_of(NO_PROPERTIES, b"3"))
    cut = Deleted(seconds=0.1, last=name_of(NO_PROPERTIES, b"1"), is_cut=True)
    assert await deleting.tell(reader, cut, cut) == [[b"3"], [b"1", b"2", b"3"]]
