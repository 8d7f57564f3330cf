"""What blocks in Python's own modules, after `patch_all`: others have their turn meanwhile.

A `gevent.Timeout` strikes in it, where that can be had; and in `time.sleep` one can be killed.
"""

from __future__ import annotations

import functools
import queue
import select
import selectors
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from . import strands

MODULES = frozenset(
    {"queue", "select", "selectors", "socket", "ssl", "subprocess", "threading", "time"}
)
"""Where something is patched."""

_sleep = time.sleep
_new_lock = threading.Lock
_new_poll = select.poll


class Lock:
    """`threading.Lock`. All that Python's threads wait for is made of it."""

    def __init__(self) -> None:
        self._lock = _new_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As Python's."""
        if not blocking:
            return self._lock.acquire(False, timeout)
        if self._lock.acquire(False):
            return True
        return strands.block(self._acquire, None if timeout == -1 else timeout)

    def release(self) -> None:
        """As Python's."""
        self._lock.release()

    def locked(self) -> bool:
        """As Python's."""
        return self._lock.locked()

    def _acquire(self, seconds: float | None) -> bool:
        return self._lock.acquire(True, -1 if seconds is None else seconds)

    def _at_fork_reinit(self) -> None:
        self._lock = _new_lock()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@functools.cache
def patch() -> None:
    """Let others have their turn while something blocks. Idempotent."""
    for name in ("Lock", "_allocate_lock"):
        setattr(threading, name, Lock)
    # Those of Python, which are made of locks, for those of C.
    for module, name, slow in (
        (threading, "RLock", "_PyRLock"),
        (queue, "SimpleQueue", "_PySimpleQueue"),
    ):
        setattr(module, name, getattr(module, slow, getattr(module, name)))
    setattr(time, "sleep", sleep)  # noqa: B010 - checkers take it for the function that it replaces
    for name in ("recv", "recv_into", "recvfrom", "recvfrom_into", "accept"):
        _replace(socket.socket, name, _when_readable)
    _replace(ssl.SSLSocket, "read", _when_readable)
    for owner, names in (
        (socket.socket, ("connect",)),
        (ssl.SSLSocket, ("do_handshake",)),
        (socket, ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")),
        (subprocess.Popen, ("wait", "communicate")),
        (threading.Thread, ("join",)),
        (select, ("select",)),
        (selectors.DefaultSelector, ("select",)),
    ):
        for name in names:
            _replace(owner, name, _aside)


def sleep(seconds: float, /) -> None:
    """`time.sleep`."""
    if strands.mine() is None:
        _sleep(seconds)
    else:
        strands.sleep(seconds)


def _replace(owner: Any, name: str, around: Callable[[Callable[..., Any]], Any]) -> None:
    setattr(owner, name, around(getattr(owner, name)))


def _aside(function: Callable[..., Any]) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with strands.aside():
            return function(*args, **kwargs)

    return call


def _when_readable(function: Callable[..., Any]) -> Any:
    @functools.wraps(function)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        seconds = self.gettimeout()
        # One that is closed has something to say at once.
        if strands.mine() is None or seconds == 0 or self.fileno() < 0 or _has_more(self):
            return function(self, *args, **kwargs)
        if not strands.block(functools.partial(_readable, self), seconds):
            raise TimeoutError("timed out")
        return function(self, *args, **kwargs)

    return call


def _has_more(of: socket.socket) -> bool:
    return isinstance(of, ssl.SSLSocket) and of.pending() > 0


def _readable(of: socket.socket, seconds: float | None) -> bool:
    poll = _new_poll()
    poll.register(of, select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))
