"""From any thread onto a loop, which may have ended already."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any


def tell(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: Any) -> None:
    """Call something on the loop, soon. On a loop that has ended nobody waits any more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, *args)


def finish(future: asyncio.Future[None]) -> None:
    """Let those go on who wait for it. On its own loop; idempotent."""
    if not future.done():
        future.set_result(None)


def settle(future: asyncio.Future[None], error: Exception | None) -> None:
    """End it with the error, if there is one. On its own loop; nothing if nobody waits any more."""
    if error is None:
        finish(future)
    elif not future.done():
        future.set_exception(error)
