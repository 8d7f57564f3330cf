"""Threads of which one runs at a time, until it sleeps or waits: what greenlets are to a program.

A program that is written for gevent relies on that: it has no locks. So a strand, a thread of ours,
works only while it has *the turn*, and gives it away in `pause` alone. Turns are taken in the order
in which strands became ready.

As gevent has a hub for each thread, each thread of the program has turns of its own here, and the
first of them: the strands that it makes take turns with it and each other, and with nobody else.
When it has ended, they go on without it. After `let_all_run` nobody needs a turn.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
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
        turns: Those that it takes part in.
        is_guest: It runs without a turn.
        deadlines: Of this strand, the earliest ends its pause.
        owner: Whoever runs in it, for `greenlets`.
    """

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.is_guest = False
        self.deadlines: list[Deadline] = []
        self.owner: object = None
        self._go = _Go()
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
        with _lock:
            self.turns.leave(self)

    def get_ready(self) -> None:
        """A new strand wants its first turn."""
        with _lock:
            self.turns.enter(self)

    def wake(self) -> None:
        """End its pause, or its next one. From any thread."""
        with _lock:
            if self._is_paused:
                self._is_paused = False
                self.turns.enter(self)
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
        self.expire()
        with _lock:
            if self._is_nudged:
                self._is_nudged = False
                seconds = 0
            self._is_paused = seconds is None or seconds > 0
            if not self._is_paused:  # only let others go first
                self.turns.enter(self)
            self.turns.leave(self)
        try:
            self._wait(self.sooner(seconds))
        except BaseException:  # a signal's handler has raised: it goes on without a turn
            with _lock:
                self._is_paused, self.is_guest = False, True
                self.turns.forget(self)
            raise
        self._raise()
        self.expire()

    def _wait(self, seconds: float | None) -> None:
        if self._go.acquire(timeout=seconds):
            return
        with _lock:
            if self._is_paused:
                self._is_paused = False
                self.turns.enter(self)
        self._go.acquire()

    def sooner(self, seconds: float | None) -> float | None:
        """So many seconds, or until its earliest deadline."""
        if not self.deadlines:
            return seconds
        left = max(0.0, min(each.at for each in self.deadlines) - time.monotonic())
        return left if seconds is None else min(left, seconds)

    def _raise(self) -> None:
        error, self._thrown = self._thrown, None
        if error is not None:
            raise error

    def expire(self) -> None:
        """See whether a deadline is past; it raises then."""
        now = time.monotonic()
        for each in list(self.deadlines):
            if each.at <= now:
                each.expire()


class _Go:
    """A semaphore that waits by no lock of `threading`, as `blocking` may have replaced those."""

    def __init__(self) -> None:
        self._times: SimpleQueue[None] = SimpleQueue()

    def release(self) -> None:
        self._times.put(None)

    def acquire(self, timeout: float | None = None) -> bool:
        try:
            self._times.get(timeout=timeout)
        except Empty:
            return False
        return True


class Turns:
    """Who of some strands has the turn, and who comes next. Hold the lock for everything.

    Attributes:
        root: The thread whose turns these are.
        is_free: Nobody needs a turn.
    """

    def __init__(self, root: Strand | None = None) -> None:
        self.root = root
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

    def begin(self, root: Strand) -> None:
        """The very first turn, of a thread's own."""
        self.root = self._having = root

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
    found = mine()
    if found is None:
        found = _own.strand = _root()
    return found


def turns_of_new() -> Turns:
    """Those that a strand takes part in which is made here."""
    return _free if is_free() else current().turns


def _root() -> Strand:
    strand = Strand(Turns())
    with _lock:
        strand.turns.begin(strand)
        strand.turns.is_free = _free.is_free
        _of_threads.add(strand.turns)
    _own.life = life = _Life()
    # At the thread's end its turn is free again; not at the program's, when all is over.
    weakref.finalize(life, strand.end).atexit = False
    return strand


class _Life:
    """Kept by a thread until it ends."""


def sleep(seconds: float = 0) -> None:
    """Let others work for so long; 0 lets those who are ready go first."""
    strand = current()
    until = time.monotonic() + seconds
    strand.pause(seconds)
    while (left := until - time.monotonic()) > 0:
        strand.pause(left)


def mine() -> Strand | None:
    """The strand of this thread, if it has one."""
    found: Strand | None = getattr(_own, "strand", None)
    return found


@contextmanager
def aside() -> Iterator[None]:
    """Let others have their turn while something blocks that knows nothing of turns."""
    strand = mine()
    if strand is None or strand.is_guest or strand.turns.is_free:
        yield
        return
    with _lock:
        strand.is_guest = True
        strand.turns.leave(strand)
    try:
        yield
    finally:
        with _lock:
            strand.is_guest = False
            strand.turns.enter(strand)
        strand._go.acquire()


def block(attempt: Callable[[float | None], bool], timeout: float | None) -> bool:
    """The same, for something that can end early: a deadline of the strand ends it, too.

    Args:
        attempt: Blocks for at most so many seconds. False: it has taken longer.

    Raises:
        BaseException: What a deadline raises.
    """
    strand = mine()
    if strand is None:
        return attempt(timeout)
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        left = None if end is None else max(0.0, end - time.monotonic())
        with aside():
            if attempt(strand.sooner(left)):
                return True
        strand.expire()
        if end is not None and time.monotonic() >= end:
            return False


def let_all_run() -> None:
    """From now on every strand works whenever it can, in all threads. Idempotent."""
    own = current()
    with _lock:
        _free.root = _free.root or own
        for each in (_free, *_of_threads):
            each.free()


def is_free() -> bool:
    """True after `let_all_run`."""
    return _free.is_free


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
_lock = threading.Lock()
_of_threads: weakref.WeakSet[Turns] = weakref.WeakSet()
_free = Turns()
"""Nobody's before `let_all_run`, and everybody's from then on."""
