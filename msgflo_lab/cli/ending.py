"""Being a program that runs until it is told to end."""

from __future__ import annotations

import signal
import threading
from types import FrameType


class Ending:
    """Takes SIGTERM, SIGINT and SIGHUP; in the main thread. A second one ends at once."""

    def __init__(self) -> None:
        self._told = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, self._tell)

    def wait(self) -> None:
        """Wait until we are told to end."""
        while not self._told.wait(3600):
            pass

    def _tell(self, number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, signal.SIG_DFL)
        del number
        self._told.set()
