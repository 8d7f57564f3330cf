"""A thread of one's own for a participant whose handler is synchronous.

So a handler that blocks, blocks only its own participant: neither the loop nor a pooled thread that
others wait for. The thread starts with the first call and is a daemon: Python can end even if a
handler never returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from .failure import carried


class Worker:
    """Runs one callable at a time, in the order they were given. Owned by one event loop."""

    def __init__(self, name: str, enter: Callable[[], None] = lambda: None) -> None:
        """`enter` runs first in the new thread (to set context variables)."""
        self._name = name
        self._enter = enter
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()

    async def run(self, function: Callable[[], Any]) -> Any:
        """The function's result, or its exception.

        Cancelled, the caller leaves at once; the function itself runs on to its end, unheard.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        done = self._loop.create_future()
        self._calls.put(_Call(function, self._loop, done))
        return await done

    def stop(self) -> None:
        """End the thread after the call it is in."""
        self._calls.put(None)

    async def join(self, patience: float) -> bool:
        """Wait at most `patience` seconds for the thread to end. True if it has."""
        thread = self._thread
        if thread is None:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._ended.wait()
                thread.join(0.1)  # it has nothing left to do
        return not thread.is_alive()

    def _work(self) -> None:
        self._enter()
        while (call := self._calls.get()) is not None:
            call.carry_out()
        _tell(self._loop, self._ended.set)


def _tell(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: Any) -> None:
    # Once the loop is closed, nobody waits any more.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback, *args)


class _Call:
    __slots__ = ("_done", "_function", "_loop")

    def __init__(
        self,
        function: Callable[[], Any],
        loop: asyncio.AbstractEventLoop,
        done: asyncio.Future[Any],
    ) -> None:
        self._function = function
        self._loop = loop
        self._done = done

    def carry_out(self) -> None:
        try:
            result, error = self._function(), None
        # A handler may also raise SystemExit (`exit()`): it is the handler's failure, not ours.
        except BaseException as raised:
            result, error = None, raised
        _tell(self._loop, self._settle, result, error)

    def _settle(self, result: Any, error: BaseException | None) -> None:
        if self._done.cancelled():
            return
        if error is None:
            self._done.set_result(result)
        else:
            self._done.set_exception(carried(error))
