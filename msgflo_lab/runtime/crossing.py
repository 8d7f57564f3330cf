"""From any thread onto a loop, which may have ended already."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

T = TypeVar("T")


def tell(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: Any) -> None:
    """Call something on the loop, soon. On a loop that has ended nobody waits any more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, *args)


async def beside(work: Callable[[], T]) -> T:
    """Do something that may block, in a thread of its own, and wait for it.

    Whoever stops waiting leaves the thread to itself; it keeps nobody from ending the process.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def end(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(cast(T, result))

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            tell(loop, end, None, error)
        else:
            tell(loop, end, result, None)

    threading.Thread(target=run, name="beside", daemon=True).start()
    return await done


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
