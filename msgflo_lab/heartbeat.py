"""A program's health, written while it runs: see `healthy`. On the program's loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from .healthy import BEAT, Heartbeat

log = logging.getLogger(__name__)


@asynccontextmanager
async def beating(trouble: Callable[[], str]) -> AsyncIterator[Callable[[], None]]:
    """Say how the program is, meanwhile, if the environment asks for it.

    Yields what says it at once.

    Args:
        trouble: Asked for what is wrong, "" if nothing is; on the loop.
    """
    heart = Heartbeat.asked()
    if not heart.path:
        yield lambda: None
        return

    def tell() -> None:
        try:
            heart.tell(trouble())
        except OSError as error:
            log.warning("health checks fail: %s", error)

    async def beat() -> None:
        while True:
            tell()
            await asyncio.sleep(BEAT)

    task = asyncio.create_task(beat(), name="heartbeat")
    try:
        yield tell
    finally:
        task.cancel()
        heart.end()
