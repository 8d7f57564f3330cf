"""Inports that are read as one."""

from __future__ import annotations

import asyncio

import pytest

from msgflo_lab.msgflo_python.arrivals import Arrivals
from msgflo_lab.names import PortName, QueueName
from msgflo_lab_transports.inbox import Inbox, Received

pytestmark = pytest.mark.anyio


class Two:
    """Two inports, and who reads them; the first has a message already."""

    def __init__(self) -> None:
        self.inboxes = {port: Inbox(QueueName(port)) for port in "ab"}
        self.arrivals = Arrivals()
        self.put("a1")
        for port, inbox in self.inboxes.items():
            self.arrivals.add(PortName(port), inbox)

    def put(self, *names: str) -> None:
        for name in names:
            self.inboxes[name[0]].put(Received(QueueName(name[0]), name.encode()))

    async def got(self, count: int) -> list[str]:
        found = [await asyncio.wait_for(self.arrivals.get(), 10) for _ in range(count)]
        assert all(delivery.payload[:1] == port.encode() for port, delivery in found)
        return [delivery.payload.decode() for _, delivery in found]


async def test_the_order_is_that_of_their_coming() -> None:
    two = Two()
    two.put("b1", "a2", "a3", "b2", "a4")
    assert await two.got(6) == ["a1", "b1", "a2", "a3", "b2", "a4"]


async def test_what_is_taken_back_is_not_had() -> None:
    two = Two()
    two.put("b1", "a2", "b2")
    two.inboxes["a"].forget()
    two.put("a3", "b3")
    assert await two.got(4) == ["b1", "b2", "a3", "b3"]


async def test_a_reader_that_waits_and_is_cancelled_loses_nothing() -> None:
    two = Two()
    assert await two.got(1) == ["a1"]
    reading = asyncio.create_task(two.arrivals.get())
    await asyncio.sleep(0)
    two.put("b1", "a2")
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await two.got(2) == ["b1", "a2"]


async def test_of_what_is_closed_the_rest_can_be_had() -> None:
    two = Two()
    two.put("b1", "a2")
    await two.inboxes["a"].close()
    assert await two.got(3) == ["a1", "b1", "a2"]
