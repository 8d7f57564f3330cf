"""Threads that are used again: to begin one takes longer than what most greenlets do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context
from queue import SimpleQueue

from .limits import IDLE_WORKERS

Work = Callable[[], object]

_lock = threading.Lock()
_idle: list[SimpleQueue[Work]] = []


def work(function: Work) -> None:
    """Call this in a thread, with a context of its own. From any thread; it must not raise."""
    with _lock:
        worker = _idle.pop() if _idle else None
    if worker is None:
        threading.Thread(target=_live, args=[function], name="greenlet", daemon=True).start()
    else:
        worker.put(function)


def _live(function: Work) -> None:
    mine: SimpleQueue[Work] = SimpleQueue()
    while True:
        Context().run(function)
        with _lock:
            if len(_idle) >= IDLE_WORKERS:
                return
            _idle.append(mine)
        function = mine.get()
