"""`gevent.queue`, on strands. For any thread."""

from __future__ import annotations

import heapq
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from . import strands

Empty = queue.Empty
Full = queue.Full


class Queue:
    """First in, first out.

    Attributes:
        maxsize: With so many items, who puts one in waits; None: never.
    """

    def __init__(self, maxsize: int | None = None, items: Iterable[Any] = ()) -> None:
        self.maxsize = None if maxsize is not None and maxsize < 0 else maxsize
        self._changed = strands.Waiters()
        self._lock = threading.Lock()
        self.queue = self._kept(items)

    def _kept(self, items: Iterable[Any]) -> Any:
        return deque(items)

    def _add(self, item: Any) -> None:
        self.queue.append(item)

    def _take(self) -> Any:
        return self.queue.popleft()

    def qsize(self) -> int:
        """How many items there are."""
        return len(self.queue)

    __len__ = qsize

    def __bool__(self) -> bool:
        return True

    def empty(self) -> bool:
        """True without items."""
        return not self.queue

    def full(self) -> bool:
        """True if there is no room."""
        return self.maxsize is not None and len(self.queue) >= self.maxsize

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put it in, as soon as there is room.

        Raises:
            Full: There is none within so many seconds.
        """

        def is_in() -> bool:
            with self._lock:
                if not self.full():
                    self._add(item)
                    return True
            return False

        if not self._wait(is_in, block, timeout):
            raise Full
        self._changed.wake()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take the next one out, as soon as there is one.

        Raises:
            Empty: There is none within so many seconds.
        """
        taken: list[Any] = []

        def is_out() -> bool:
            with self._lock:
                if self.queue:
                    taken.append(self._take())
            return bool(taken)

        if not self._wait(is_out, block, timeout):
            raise Empty
        self._changed.wake()
        return taken[0]

    def peek(self, block: bool = True, timeout: float | None = None) -> Any:
        """Look at the next one. Raises like `get`."""
        if not self._wait(lambda: not self.empty(), block, timeout):
            raise Empty
        return self.queue[0]

    def put_nowait(self, item: Any) -> None:
        """`put(item, block=False)`."""
        self.put(item, block=False)

    def get_nowait(self) -> Any:
        """`get(block=False)`."""
        return self.get(block=False)

    def __iter__(self) -> Iterator[Any]:
        """Take items out, until one is `StopIteration`."""
        while (item := self.get()) is not StopIteration:
            yield item

    def _wait(self, until: Callable[[], bool], block: bool, timeout: float | None) -> bool:
        return strands.wait(until, self._changed, timeout=timeout if block else 0)


class LifoQueue(Queue):
    """Last in, first out."""

    def _kept(self, items: Iterable[Any]) -> Any:
        return list(items)

    def _take(self) -> Any:
        return self.queue.pop()


class PriorityQueue(Queue):
    """The smallest first."""

    def _kept(self, items: Iterable[Any]) -> Any:
        kept = list(items)
        heapq.heapify(kept)
        return kept

    def _add(self, item: Any) -> None:
        heapq.heappush(self.queue, item)

    def _take(self) -> Any:
        return heapq.heappop(self.queue)


class JoinableQueue(Queue):
    """One whose items are told to be done."""

    def __init__(self, maxsize: int | None = None, items: Iterable[Any] = ()) -> None:
        super().__init__(maxsize, items)
        self.unfinished_tasks = self.qsize()

    def _add(self, item: Any) -> None:
        super()._add(item)
        self.unfinished_tasks += 1

    def task_done(self) -> None:
        """One that was taken out is done."""
        if not self.unfinished_tasks:
            raise ValueError("task_done() called too many times")
        self.unfinished_tasks -= 1
        self._changed.wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until all are done; False if that takes longer."""
        return self._wait(lambda: not self.unfinished_tasks, True, timeout)
