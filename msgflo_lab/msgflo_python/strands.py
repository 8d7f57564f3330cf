"""Threads of which one runs at a time, until it sleeps or waits: what greenlets are to a program.

A program that is written for gevent relies on that: it has no locks. So a strand, a thread of ours,
works only while it has *the turn*, and gives it away in `pause` alone. Turns are taken in the order
in which strands became ready. The thread that imports this first has the turn then.

Any other thread is a guest: it may use everything here, and never has or needs the turn. So is
everybody after `let_all_run`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol


class Deadline(Protocol):
    """Something that ends a strand's pause from a certain time on."""

    at: float
    """When, by the clock of `time.monotonic`."""

    def expire(self) -> None:
        """Called once that is past, by the strand; raises."""


class Strand:
    """One line of work.

    Attributes:
        is_guest: It runs without a turn.
        deadlines: Of this strand, the earliest ends its pause.
        owner: Whoever runs in it, for `greenlets`.
    """

    def __init__(self, *, is_guest: bool) -> None:
        self.is_guest = is_guest
        self.deadlines: list[Deadline] = []
        self.owner: object = None
        self._go = threading.Semaphore(0)
        self._thrown: BaseException | None = None
        self._is_paused = False
        self._is_nudged = False

    def begin(self) -> None:
        """For a new thread, first of all: wait for the first turn.

        Raises:
            BaseException: What was thrown meanwhile.
        """
        _own.strand = self
        self._go.acquire()
        self._raise()

    def end(self) -> None:
        """For its thread, last of all."""
        with _turns.lock:
            _turns.leave(self)

    def get_ready(self) -> None:
        """A new strand wants its first turn."""
        with _turns.lock:
            _turns.enter(self)

    def wake(self) -> None:
        """End its pause, or its next one. From any thread."""
        with _turns.lock:
            if self._is_paused:
                self._is_paused = False
                _turns.enter(self)
            else:
                self._is_nudged = True

    def throw(self, error: BaseException) -> None:
        """Have its pause, or its next one, raise this. From any thread."""
        self._thrown = error
        self.wake()

    def pause(self, seconds: float | None) -> None:
        """Give the turn away until it is woken, at most so long. May end early.

        Raises:
            BaseException: What was thrown at it, or what a deadline raises.
        """
        self._expire()
        with _turns.lock:
            if self._is_nudged:
                self._is_nudged = False
                seconds = 0
            self._is_paused = seconds is None or seconds > 0
            if not self._is_paused:  # only let others go first
                _turns.enter(self)
            _turns.leave(self)
        try:
            self._wait(self._sooner(seconds))
        except BaseException:  # a signal's handler has raised: it goes on without a turn
            with _turns.lock:
                self._is_paused, self.is_guest = False, True
                _turns.forget(self)
            raise
        self._raise()
        self._expire()

    def _wait(self, seconds: float | None) -> None:
        if self._go.acquire(timeout=seconds):
            return
        with _turns.lock:
            if self._is_paused:
                self._is_paused = False
                _turns.enter(self)
        self._go.acquire()

    def _sooner(self, seconds: float | None) -> float | None:
        if not self.deadlines:
            return seconds
        left = max(0.0, min(each.at for each in self.deadlines) - time.monotonic())
        return left if seconds is None else min(left, seconds)

    def _raise(self) -> None:
        error, self._thrown = self._thrown, None
        if error is not None:
            raise error

    def _expire(self) -> None:
        now = time.monotonic()
        for each in list(self.deadlines):
            if each.at <= now:
                each.expire()


class _Turns:
    """Who has the turn, and who comes next. Hold `lock` for everything."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_free = False
        self._having: Strand | None = None
        self._ready: deque[Strand] = deque()

    def enter(self, strand: Strand) -> None:
        """Let it go on, as soon as it is its turn."""
        if self.is_free or strand.is_guest:
            strand._go.release()
            return
        self._ready.append(strand)
        self._next()

    def leave(self, strand: Strand) -> None:
        """It gives its turn away, if it has it."""
        if self._having is strand:
            self._having = None
            self._next()

    def forget(self, strand: Strand) -> None:
        """It goes on whether it is its turn or not."""
        if strand in self._ready:
            self._ready.remove(strand)
        self.leave(strand)

    def take(self, strand: Strand) -> None:
        """The very first turn."""
        self._having = strand

    def free(self) -> None:
        """No more turns."""
        self.is_free, self._having = True, None
        while self._ready:
            self._ready.popleft()._go.release()

    def _next(self) -> None:
        if self._having is None and self._ready:
            self._having = self._ready.popleft()
            self._having._go.release()


def current() -> Strand:
    """The strand of this thread."""
    found: Strand | None = getattr(_own, "strand", None)
    if found is None:
        found = _own.strand = Strand(is_guest=True)
    return found


def sleep(seconds: float = 0) -> None:
    """Let others work for so long; 0 lets those who are ready go first."""
    strand = current()
    until = time.monotonic() + seconds
    strand.pause(seconds)
    while (left := until - time.monotonic()) > 0:
        strand.pause(left)


def let_all_run() -> None:
    """From now on every strand works whenever it can. Idempotent."""
    with _turns.lock:
        _turns.free()


def is_free() -> bool:
    """True after `let_all_run`."""
    return _turns.is_free


class Waiters:
    """Strands that wait for one thing."""

    def __init__(self) -> None:
        self._strands: list[Strand] = []

    def add(self, strand: Strand) -> None:
        """It is woken from now on."""
        self._strands.append(strand)

    def remove(self, strand: Strand) -> None:
        """It is not any more."""
        self._strands.remove(strand)

    def wake(self) -> None:
        """Wake all of them, in the order in which they came. From any thread."""
        for each in list(self._strands):
            each.wake()


def wait(until: Callable[[], bool], *waiters: Waiters, timeout: float | None = None) -> bool:
    """Wait until something is so; looked at whenever one of these wakes. False if it took longer.

    Args:
        timeout: Seconds.
    """
    if until():
        return True
    strand = current()
    end = None if timeout is None else time.monotonic() + timeout
    for each in waiters:
        each.add(strand)
    try:
        while not until():
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return False
            strand.pause(left)
        return True
    finally:
        for each in waiters:
            each.remove(strand)


_own = threading.local()
_turns = _Turns()
FIRST = _own.strand = Strand(is_guest=False)
"""That of the thread which imports this first: the program's main thread."""
_turns.take(FIRST)
