"""The window of things under way: full, and with room again."""

from __future__ import annotations

import asyncio

import pytest

from msgflo_lab.runtime.window import Window

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("number", "size", "each"), [(10, 0, 0), (10, 0, 7), (100, 70, 7)])
async def test_it_has_room_again_when_it_is_half_empty(number: int, size: int, each: int) -> None:
    window: Window[int] = Window(number, size)
    for thing in range(10):
        async with asyncio.timeout(1):
            await window.room()
        window.add(thing, each)
    waiting = asyncio.create_task(window.room())
    for thing in range(5):
        await asyncio.sleep(0)
        assert not waiting.done()
        window.remove(thing)
    async with asyncio.timeout(1):
        await waiting
