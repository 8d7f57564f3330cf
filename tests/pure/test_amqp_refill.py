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
from msgflo_lab_transports.amqp.frames import NO_PROPERTIES
from msgflo_lab_transports.amqp.recent import Recent, message_print
from msgflo_lab_transports.amqp.refill import Deleted, Refill

pytestmark = pytest.mark.anyio

QUEUE = QueueName("sink.IN")


class Slow:
    """A channel that takes one message at a time, and what happens before each."""

    def __init__(self, before: Callable[[], object]) -> None:
        self.bodies: list[bytes] = []
        self.crowded = True
        self._before = before

    async def room(self) -> None:
        await asyncio.sleep(0.01)
        self._before()

    def publish(self, exchange: str, key: str, body: bytes, *_: Any, **options: Any) -> None:
        self.bodies.append(body)
        options["then"](Fate.CONFIRMED)

    async def settled(self) -> None:
        pass

    def abandon(self) -> None:
        pass


async def test_what_passes_while_a_queue_is_filled_lies_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Deleted again then, it gets that too: its reader has only got what was sent before."""
    monkeypatch.setattr(refill, "AMQP_ON_ITS_WAY_SECONDS", 0.0)
    recent, channels = Recent(), list[Slow]()
    time = asyncio.get_running_loop().time
    passing = iter([b"passed meanwhile"])

    def passes() -> None:
        for body in passing if channels[-1].bodies else ():
            recent.add("source.OUT", NO_PROPERTIES, body)

    async def open_channel() -> Channel:
        channels.append(Slow(passes))
        return cast(Channel, channels[-1])

    async def caught_up() -> bool:
        return True

    again = Refill(recent, caught_up=caught_up, channel=open_channel, note=lambda _: None)
    for number in range(5):
        recent.add("source.OUT", NO_PROPERTIES, b"%d" % number)
    await again.send(QUEUE, ["source.OUT"], Deleted(seconds=0.0), time())
    assert channels[0].bodies == [b"0", b"1", b"2", b"3", b"4"]
    last = Deleted(seconds=0.0, last=message_print(NO_PROPERTIES, b"0"))
    await again.send(QUEUE, ["source.OUT"], last, time())
    assert set(channels[1].bodies) == {b"0", b"passed meanwhile", b"1", b"2", b"3", b"4"}
