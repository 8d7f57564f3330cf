"""A thread with an event loop, for the synchronous facade; it comes and goes with the session.

State that belongs to the loop is touched there while the thread is open, and else under a lock in
whichever thread asks. The lock is held for moments only: nobody waits for the loop with it, because
a handler that runs in a thread of its own may call the facade as well.
"""

from __future__ import annotations

import contextlib
import inspect
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal

from .errors import MsgFloLabError, NotRunning

_CAN_WAIT = hasattr(signal, "pthread_sigmask")
"""Not on Windows."""
_SIGNALS = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if _CAN_WAIT}


class LoopThread:
    """May be opened and closed again and again, by one thread at a time; `do` is for everybody."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._portal: BlockingPortal | None = None
        self._manager: AbstractContextManager[BlockingPortal] | None = None
        self._ident: int | None = None

    @property
    def is_open(self) -> bool:
        """True between `open` and `close`."""
        return self._portal is not None

    def open(self) -> None:
        """Start the thread, unless it is there."""
        if self._portal is None:
            _close_at_exit(self)
            # An exception that a signal raises in here would leave a thread that nobody ends.
            with _undisturbed() as before:
                manager = start_blocking_portal(name=self._name)
                portal = manager.__enter__()
                self._ident = portal.call(threading.get_ident)
                with self._lock:
                    self._manager, self._portal = manager, portal
                # Its programs would inherit that, and could not be told to end.
                portal.call(_let_come, before)

    def close(self) -> None:
        """Cancel what still runs there, and end the thread. Idempotent."""
        with self._lock:
            manager, self._manager, self._portal = self._manager, None, None
        self._ident = None
        if manager is not None:
            # Left by an exception, the portal cancels what still runs instead of waiting for it.
            with contextlib.suppress(_Ended):
                manager.__exit__(_Ended, _Ended(), None)

    def do(self, work: Callable[[], Any]) -> Any:
        """Do something on the loop, or here if there is none, and wait for the end.

        Args:
            work: A plain function. What it returns is awaited if it can be; without a loop, that
                must have nothing to wait for.

        Raises:
            NotRunning: The thread was closed meanwhile.
            MsgFloLabError: This is the loop's own thread, which cannot wait for itself.
        """
        self.refuse_itself()
        with self._lock:
            if self._portal is None:
                return _at_once(work())
            done = self._portal.start_task_soon(_awaited, work)
        try:
            return done.result()
        except CancelledError:
            raise NotRunning("this was given up: the lab has been stopped meanwhile") from None
        except BaseException:  # also where the waiting itself is interrupted
            done.cancel()
            raise

    def refuse_itself(self) -> None:
        """Raise if this is the loop's own thread."""
        if self._ident == threading.get_ident():
            raise MsgFloLabError(
                "what runs in the lab's own thread (a watcher does) cannot call the lab: it would "
                "wait for itself"
            )


_open: weakref.WeakSet[LoopThread] = weakref.WeakSet()


def _close_at_exit(thread: LoopThread) -> None:
    """A program that ends without having closed it (an error, perhaps) is to end all the same.

    The interpreter waits for threads before it calls what `atexit` knows; so this asks to be called
    before the waiting, as `concurrent.futures` does.
    """
    if not _open:
        with contextlib.suppress(AttributeError, RuntimeError):
            threading._register_atexit(_close_all)  # type: ignore[attr-defined]
    _open.add(thread)


def _close_all() -> None:
    for thread in list(_open):
        thread.close()


class _Ended(Exception):
    pass


def _at_once(result: Any) -> Any:
    if not inspect.iscoroutine(result):
        return result
    try:
        result.send(None)
    except StopIteration as end:
        return end.value
    result.close()
    raise RuntimeError("without a loop, this has nothing to wait for")


async def _awaited(work: Callable[[], Any]) -> Any:
    result = work()
    return await result if inspect.isawaitable(result) else result


@contextlib.contextmanager
def _undisturbed() -> Iterator[set[Any]]:
    """Signals that come to this thread wait until the block is over. Gives those that did before.

    Threads that begin meanwhile are as deaf; see `_let_come`.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS) if _CAN_WAIT else set()
    try:
        yield before
    finally:
        _let_come(before)


def _let_come(before: set[Any]) -> None:
    if _CAN_WAIT:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
