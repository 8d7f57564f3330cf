"""How long jobs take, once somebody wants to know: until then a message pays for one look.

A handler's thread takes the time around its call, and puts it down there (see `Handler`). Whoever
wants to hear of each job is told on the loop, when it is done.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Set
from typing import Protocol

from ..metrics import FAILED, Buckets, JobCompleted, JobTimes
from ..names import PortName, Role
from .behaviour import Behaviour
from .jobs import Job
from .limits import JOBS_AT_ONCE

log = logging.getLogger(__name__)

OnJob = Callable[[JobCompleted], object]
"""Called on the loop with each job that is done. Must be quick; who raises is called no more."""


class Jobs:
    """Whether jobs are timed, and who hears of each: of all participants of a lab or program.

    Changed on one loop; any thread may read.

    Attributes:
        since: When the timing began, in seconds since the epoch; 0 while nothing is timed.
        told: Who is told of each job.
    """

    def __init__(self) -> None:
        self.since = 0.0
        self.told: tuple[OnJob, ...] = ()

    def measure(self) -> None:
        """Take the times from now on. Idempotent; there is no end, as counters only grow."""
        self.since = self.since or time.time()

    def subscribe(self, told: OnJob) -> None:
        """Tell it of each job from now on; this begins the timing."""
        self.measure()
        if told not in self.told:
            self.told = (*self.told, told)

    def unsubscribe(self, told: OnJob) -> None:
        """Tell it nothing more. Idempotent."""
        self.told = tuple(each for each in self.told if each != told)

    def tell(self, job: JobCompleted) -> None:
        """Tell all who listen."""
        for told in self.told:
            try:
                told(job)
            except Exception:
                log.exception("%r failed at a job that it was told of, and is told no more", told)
                self.unsubscribe(told)


OF_PROCESS = Jobs()
"""Those of participants that belong to no lab, but are a program of their own."""


class Worker(Protocol):
    """Whose jobs they are; a participant is one."""

    role: Role
    behaviour: Behaviour


class Measured:
    """The jobs of one participant: its handler's thread puts times down, any thread may look."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self._times: dict[PortName, JobTimes] = {}
        self._fresh: dict[PortName, list[float]] = {}
        self._counting = threading.Lock()

    def expect(self, inports: Iterable[PortName]) -> None:
        """Jobs of these inports will come."""
        with self._counting:
            for inport in inports:
                self._times.setdefault(inport, JobTimes())
                self._fresh.setdefault(inport, [])

    def forget(self, inports: Set[PortName]) -> None:
        """No jobs of any other inports will come any more, but for those under way."""
        with self._counting:
            for gone in self._times.keys() - inports:
                del self._times[gone], self._fresh[gone]

    def took(self, job: Job, seconds: float) -> None:
        """A handler is done with a message. In its thread; must cost next to nothing."""
        fresh = self._fresh.get(job.port)
        if fresh is None:  # the port is no more
            return
        if job.failure is not None:
            self._failed(job.port, seconds)
        else:
            fresh.append(seconds)
            if len(fresh) >= JOBS_AT_ONCE:
                self._count()
        if self.jobs.told:
            job.took = seconds

    def tell(self, job: Job, of: Worker) -> None:
        """A job is done, and what it sent is safe with the broker: tell those who listen."""
        outport = job.outport if job.failure is None else FAILED
        milliseconds = round(job.took * 1e3, 3)
        self.jobs.tell(
            JobCompleted(of.role, of.behaviour.component, job.port, outport, milliseconds)
        )

    def buckets(self) -> dict[PortName, Buckets]:
        """All that have been timed, by inport."""
        self._count()
        with self._counting:
            return {inport: times.buckets for inport, times in self._times.items()}

    def recent(self) -> list[float]:
        """How long the latest jobs took, in seconds."""
        self._count()
        with self._counting:
            return [each for times in self._times.values() for each in times.recent]

    def _failed(self, inport: PortName, seconds: float) -> None:
        with self._counting:
            if inport in self._times:
                self._times[inport].add_failed(seconds)

    def _count(self) -> None:
        with self._counting:
            for inport, fresh in self._fresh.items():
                # What is put down meanwhile stays, behind these.
                if some := fresh[:]:
                    del fresh[: len(some)]
                    self._times[inport].add(some)
