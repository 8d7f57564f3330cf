"""The way from a handler's thread to the loop: nothing stays in it, and few wake-ups are enough."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from msgflo_lab.names import PortName
from msgflo_lab.runtime import jobs
from msgflo_lab.runtime.jobs import Item, Job, Outlet, Sending

pytestmark = pytest.mark.anyio

PORT = PortName("out")


async def take(outlet: Outlet, count: int) -> list[Item]:
    """So many items, in order."""
    found: list[Item] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            item = outlet.get()
            if item is None:
                await outlet.more()
            else:
                found.append(item)
    return found


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Callable[..., object]]:
    """What other threads have this loop do."""
    loop = asyncio.get_running_loop()
    calls: list[Callable[..., object]] = []
    ordinary = loop.call_soon_threadsafe

    def call(callback: Callable[..., object], *args: Any, **options: Any) -> asyncio.Handle:
        calls.append(callback)
        return ordinary(callback, *args, **options)

    monkeypatch.setattr(loop, "call_soon_threadsafe", call)
    return calls


@pytest.mark.parametrize("is_busy", [True, False])
async def test_all_arrive_in_order(*, is_busy: bool) -> None:
    outlet = Outlet(lambda: is_busy)
    sent = [Sending(None, PORT, b"%d" % number) for number in range(5_000)]

    def put() -> None:
        for each in sent:
            outlet.put(each)
            outlet.wait()

    thread = threading.Thread(target=put)
    thread.start()
    assert await take(outlet, 5_000) == sent
    thread.join()


async def test_what_a_busy_handler_has_done_is_told_of_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "GATHER", 0.2)
    outlet, calls = Outlet(lambda: True), counted(monkeypatch)
    reading = asyncio.create_task(take(outlet, 101))
    outlet.put(Job(PORT))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for _ in range(100):
        outlet.put(Job(PORT))
        await asyncio.sleep(0)
    assert len(calls) == 1
    assert len(await reading) == 101


async def test_the_last_one_is_told_of_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    more = [True]
    outlet, calls = Outlet(lambda: more[0]), counted(monkeypatch)
    reading = asyncio.create_task(take(outlet, 2))
    outlet.put(Job(PORT))
    for _ in range(3):
        await asyncio.sleep(0)
    more[0] = False
    outlet.put(Job(PORT))
    assert len(calls) == 2
    for _ in range(3):
        await asyncio.sleep(0)
    assert reading.done()


async def test_a_job_that_does_not_end_holds_up_nothing() -> None:
    outlet = Outlet(lambda: True)  # more jobs wait, for ever
    outlet.put(Sending(None, PORT, b"before it"))
    assert await take(outlet, 1) == [Sending(None, PORT, b"before it")]
