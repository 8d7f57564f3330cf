"""Being told to end: SIGINT (Ctrl-C), SIGTERM and SIGHUP, at any moment.

The first signal is raised as `Told` where the program is, so that all that it has begun is ended
in order on the way out. A second one ends the process at once; what it has started ends with it.
The same one again within half a second is no second one: `timeout`, say, signals its program, and
then the group that the program is in.

Python itself must not be where it is raised: in the midst of an import it would leave a lock behind
that all imports need, and out of a callback of a weak reference, say, it leads nowhere. There it is
raised a little later.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Coroutine
from types import FrameType
from typing import Any, NoReturn, Self

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_SAME = 0.5
"""Seconds within which the same signal again is the same telling."""
_LATER = 0.01
"""Seconds until it is raised, where that cannot be now."""
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


def told_in(error: BaseException | None) -> Told | None:
    """What has led to an error, if that is a signal.

    Python turns some of what it meets into something else: what is raised while a class is made,
    into a RuntimeError, for example.
    """
    while error is not None and not isinstance(error, Told):
        error = error.__cause__
    return error


def listen() -> None:
    """From now on, signals are raised as `Told`; in the main thread."""
    signal.signal(signal.SIGALRM, _raise)
    sys.unraisablehook = _lost
    for each in _heard():
        signal.signal(each, _hear)


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
        """Wait for so long, if nobody tells us to end, or has told us before."""
        check()
        time.sleep(seconds)


def check() -> None:
    """Raise `Told` if a signal has come, and has not been raised yet."""
    if _come:
        signal.setitimer(signal.ITIMER_REAL, 0)
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
    try:
        check()
    except Told:
        work.close()
        raise
    told: list[int] = []
    second = _Second()

    async def main() -> None:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()

        def tell(number: int) -> None:
            if told:  # the same one, within the same moment
                return
            told.append(number)
            second.listen(number)
            for each in SIGNALS:
                if each != number:
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
        if told:
            second.listen(told[0])  # the loop has taken it away
        else:
            listen()


def _heard() -> list[signal.Signals]:
    """Those that we go by: not SIGHUP where somebody (nohup) wants it to be ignored."""
    is_kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return [each for each in SIGNALS if not (is_kept and each is signal.SIGHUP)]


def leave() -> None:
    """From now on, a signal ends the process at once: a second one, if there was a first."""
    for each in SIGNALS:
        before = signal.getsignal(each)
        if before is not signal.SIG_IGN and not isinstance(before, _Second):
            signal.signal(each, signal.SIG_DFL)


def _hear(number: int, frame: FrameType | None) -> None:
    _come.append(number)
    _Second().listen(number)
    leave()
    _raise(number, frame)


class _Second:
    """Ends the process at once when a signal comes again, unless it is the same telling."""

    def __init__(self) -> None:
        self._until: float | None = None

    def listen(self, number: int) -> None:
        """From now on; the first time, when the first signal has come."""
        if self._until is None:
            self._until = time.monotonic() + _SAME
        signal.signal(number, self)

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if self._until is None or time.monotonic() >= self._until:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)


def _raise(_number: int, frame: FrameType | None) -> None:
    """Raise it, or see to it that an alarm calls this again."""
    if frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        signal.setitimer(signal.ITIMER_REAL, _LATER)
        return
    raise Told(_come[0])


def _lost(what: sys.UnraisableHookArgs) -> None:
    """Python tells of something that was raised and led nowhere."""
    if isinstance(what.exc_value, Told):
        signal.setitimer(signal.ITIMER_REAL, _LATER)
    else:
        sys.__unraisablehook__(what)
