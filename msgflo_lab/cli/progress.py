"""What a command is waiting for: one line on the terminal, which goes when the waiting is over.

Only where stderr is a terminal: nothing of it is in a log, or in a pipe.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_BEFORE = 0.5
"""Seconds that something takes before anybody wants to know of it."""
_BETWEEN = 0.5
"""Seconds between two looks."""
_CLEAR = "\r\x1b[K"

_lock = threading.Lock()
_shown = ""


@contextmanager
def showing(text: Callable[[], str]) -> Iterator[None]:
    """Show this while the block runs. `text` is called in a thread of its own, often; one line."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    over = threading.Event()

    def show() -> None:
        pause = _BEFORE
        while not over.wait(pause):
            _put(text())
            pause = _BETWEEN

    thread = threading.Thread(target=show, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        clear()


def clear() -> None:
    """Take the line away, before something else is printed. It comes back if it goes on."""
    _put("")


def _put(text: str) -> None:
    global _shown
    width = shutil.get_terminal_size().columns - 1
    with _lock:
        if text or _shown:
            sys.stderr.write(_CLEAR + text[:width])
            sys.stderr.flush()
        _shown = text
