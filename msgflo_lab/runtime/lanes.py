"""Where a handler's code runs: a thread of its own, so that it can block nobody else.

A lane does its jobs one after another, in the order in which they were put. `ThreadLane` is for
plain code, `LoopLane` for `async` code, which gets an event loop of its own in its thread: even
there a `time.sleep` holds up nobody but the participant. Threads start with the first job and are
daemons: Python can end even if a handler never returns.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from .crossing import finish, tell
from .fairness import TimeSlice
from .jobs import Job

Within = Callable[[], contextlib.AbstractContextManager[None]]


class Lane(ABC):
    """Owned by the lab's loop: all methods are called there.

    Attributes:
        job: What it is doing now.
    """

    def __init__(self, name: str, within: Within) -> None:
        """`within` is entered first in the new thread, and left last (to set context variables)."""
        self._name = name
        self._within = within
        self._owner = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._thread: threading.Thread | None = None
        self.job: Job | None = None

    @abstractmethod
    def put(self, job: Job) -> None:
        """Do this after all that was put before."""

    @property
    @abstractmethod
    def has_more(self) -> bool:
        """Whether there are jobs that have not been begun. In any thread."""

    @abstractmethod
    def take_back(self) -> list[Job]:
        """The jobs that have not been begun, in order; they will not be done here."""

    @abstractmethod
    def stop(self) -> None:
        """Begin nothing more. Idempotent."""

    async def join(self, patience: float) -> bool:
        """Wait at most `patience` seconds for the thread to end. True if it has."""
        thread = self._thread
        if thread is None:
            return True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._ended.wait()
                thread.join(0.1)  # it has nothing left to do
        return not thread.is_alive()

    @property
    def is_alive(self) -> bool:
        """True if its thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._live, name=self._name, daemon=True)
        self._thread.start()

    def _live(self) -> None:
        try:
            with self._within():
                self._serve()
        finally:
            tell(self._owner, self._ended.set)

    @abstractmethod
    def _serve(self) -> None:
        """Do jobs until stopped."""


class ThreadLane(Lane):
    """Calls `work` for each job. A call cannot be interrupted: `stop` takes effect after it."""

    def __init__(
        self, name: str, work: Callable[[Job], None], within: Within = contextlib.nullcontext
    ) -> None:
        """`work` must not raise."""
        super().__init__(name, within)
        self._work = work
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()

    def put(self, job: Job) -> None:
        """Do this after all that was put before."""
        self._jobs.put(job)
        if self._thread is None:
            self._start()

    @property
    def has_more(self) -> bool:
        """Whether there are jobs that have not been begun. In any thread."""
        return not self._jobs.empty()

    def take_back(self) -> list[Job]:
        """Those that have not been begun."""
        taken: list[Job | None] = []
        with contextlib.suppress(queue.Empty):
            while True:
                taken.append(self._jobs.get_nowait())
        if None in taken:
            self._jobs.put(None)  # it has not ended yet
        return [job for job in taken if job is not None]

    def stop(self) -> None:
        """End after the call that it is in."""
        self._jobs.put(None)

    def _serve(self) -> None:
        get, work = self._jobs.get, self._work
        while (job := get()) is not None:
            self.job = job
            work(job)
            self.job = None


class LoopLane(Lane):
    """Awaits `work` for each job on a loop of its own. `stop` cancels what is being awaited."""

    def __init__(
        self,
        name: str,
        work: Callable[[Job], Coroutine[Any, Any, None]],
        within: Within = contextlib.nullcontext,
    ) -> None:
        """`work` must not raise, unless it is cancelled."""
        super().__init__(name, within)
        self._work = work
        self._jobs: deque[Job] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._beside: set[asyncio.Task[None]] = set()
        self._stopped = False

    def put(self, job: Job) -> None:
        """Do this after all that was put before."""
        self._jobs.append(job)
        if self._thread is None:
            self._start()
        # The lane says that it waits, and then looks again: a job is either seen or announced.
        elif (waiting := self._waiting) is not None and self._loop is not None:
            self._waiting = None
            tell(self._loop, finish, waiting)

    @property
    def has_more(self) -> bool:
        """Whether there are jobs that have not been begun. In any thread."""
        return bool(self._jobs)

    def take_back(self) -> list[Job]:
        """Those that have not been begun."""
        taken: list[Job] = []
        with contextlib.suppress(IndexError):
            while True:
                taken.append(self._jobs.popleft())
        return taken

    def stop(self) -> None:
        """End now, unless the code keeps its loop from hearing of it."""
        self._stopped = True
        if self._loop is not None and self._main is not None:
            tell(self._loop, self._main.cancel)

    def _serve(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._take_turns())

    async def _take_turns(self) -> None:
        self._main, self._loop = asyncio.current_task(), asyncio.get_running_loop()
        fairly = TimeSlice()
        while not self._stopped:
            try:
                job = self._jobs.popleft()
            except IndexError:
                await self._more()
                continue
            if job.beside:
                task = asyncio.create_task(self._work(job))
                self._beside.add(task)  # a loop forgets a task that nobody refers to
                task.add_done_callback(self._beside.discard)
            else:
                self.job = job
                await self._work(job)
                self.job = None
            await fairly.give_way()

    async def _more(self) -> None:
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        if not self._jobs and not self._stopped:
            await waiting
        self._waiting = None
