"""Being told to end: SIGINT (Ctrl-C), SIGTERM and SIGHUP, at any moment.

The first signal is raised as `Told` where the program is, so that all that it has begun is ended
in order on the way out. A second one ends the process at once; what it has started ends with it.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Coroutine
from types import FrameType
from typing import Any, NoReturn, Self

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_come: list[int] = []
"""The signal that has come, once one has."""


class Told(BaseException):
    """Somebody has told us to end. No Exception: nobody is to take it for a failure.

    Attributes:
        number: Of the signal.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)

    @property
    def status(self) -> int:
        """The exit status of a program that was ended before it was done, as shells have it."""
        return 128 + self.number


def listen() -> None:
    """From now on, signals are raised as `Told`; in the main thread."""
    for each in _heard():
        signal.signal(each, _raise)


class Ending:
    """A block that goes on until somebody ends it: to be told so is its end, and no failure."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        return isinstance(error, Told)

    def wait(self) -> NoReturn:
        """Wait until we are told to end."""
        while True:
            self.pause(3600)

    def pause(self, seconds: float) -> None:
        """Wait for so long, if nobody tells us to end, or has told us before.

        What a signal raises is lost where it comes in the middle of what Python does by itself: a
        callback of a weak reference, say. Then it is raised here.
        """
        check()
        time.sleep(seconds)


def check() -> None:
    """Raise `Told` if a signal has come, and what it raised was lost."""
    if _come:
        raise Told(_come[0])


def until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run this on a loop of its own, until its end or ours: to be told to end is no failure."""
    with Ending():
        finish(work)


def finish(work: Coroutine[Any, Any, None]) -> None:
    """Run this on a loop of its own, to its end.

    Raises:
        Told: It was ended before.
    """
    check()
    told: list[int] = []

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()

        def tell(number: int) -> None:
            told.append(number)
            for each in SIGNALS:
                loop.remove_signal_handler(each)
            leave()
            task.cancel()

        for each in _heard():
            loop.add_signal_handler(each, tell, each)
        await work

    try:
        asyncio.run(main())
    except BaseException:
        if told:
            raise Told(told[0]) from None
        raise
    finally:
        if not told:
            listen()


def _heard() -> list[signal.Signals]:
    """Those that we go by: not SIGHUP where somebody (nohup) wants it to be ignored."""
    is_kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [each for each in SIGNALS if not (is_kept and each is signal.SIGHUP)]


def leave() -> None:
    """From now on, a signal ends the process at once."""
    for each in SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)


def _raise(number: int, _frame: FrameType | None) -> None:
    _come.append(number)
    leave()
    raise Told(number)
