"""Being a program that runs until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Coroutine
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Ending:
    """Takes SIGTERM, SIGINT and SIGHUP; in the main thread. A second one ends at once."""

    def __init__(self) -> None:
        self._told = threading.Event()
        for each in SIGNALS:
            signal.signal(each, self._tell)

    def wait(self) -> None:
        """Wait until we are told to end."""
        while not self._told.wait(3600):
            pass

    def is_told(self, seconds: float) -> bool:
        """Wait for at most so many seconds; whether we are told to end."""
        return self._told.wait(seconds)

    def _tell(self, number: int, _frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        del number
        self._told.set()


def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run this on a loop of its own. SIGTERM, SIGINT and SIGHUP end it, in order."""

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        for each in SIGNALS:
            loop.add_signal_handler(each, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await work

    asyncio.run(main())
