"""`gevent.lock`, on strands. For any thread."""

from __future__ import annotations

import threading
from typing import Self

from . import strands


class Semaphore:
    """So many may go on; the others wait."""

    def __init__(self, value: int = 1) -> None:
        self.counter = value
        self._changed = strands.Waiters()
        self._lock = threading.Lock()

    def locked(self) -> bool:
        """True if nobody may go on now."""
        return self.counter <= 0

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Go on, as soon as one may; False if that takes longer."""
        left = timeout if blocking else 0
        return strands.wait(self._has_taken, self._changed, timeout=left)

    def release(self) -> int:
        """Let another one go on."""
        with self._lock:
            self.counter += 1
        self._changed.wake()
        return self.counter

    def _has_taken(self) -> bool:
        with self._lock:
            if self.counter <= 0:
                return False
            self.counter -= 1
        return True

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class BoundedSemaphore(Semaphore):
    """One that is not released more often than acquired."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self._most = value

    def release(self) -> int:
        """Let another one go on. Raises ValueError if nobody has acquired."""
        if self.counter >= self._most:
            raise ValueError("Semaphore released too many times")
        return super().release()


class RLock:
    """One strand at a time, and that as often as it likes."""

    def __init__(self) -> None:
        self._lock = Semaphore()
        self._owner: strands.Strand | None = None
        self._count = 0

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Have it; False if that takes longer."""
        if self._owner is not strands.current():
            if not self._lock.acquire(blocking, timeout):
                return False
            self._owner = strands.current()
        self._count += 1
        return True

    def release(self) -> None:
        """Give it back. Raises RuntimeError if it is somebody else's."""
        if self._owner is not strands.current():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = None
            self._lock.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
