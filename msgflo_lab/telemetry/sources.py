"""All figures of a lab, or of a program of participants. On their loop."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

from ..metrics import Family, JobStatistics, Metric, statistics_of
from ..metrics.catalogue import INFO, LINK
from ..names import Role
from ..runtime.host import Host
from ..runtime.measured import OF_PROCESS, Jobs
from ..runtime.participant import LocalParticipant
from ..transport import Link
from .asked import Asked
from .collect import (
    left_out,
    of_dead_letters,
    of_inboxes,
    of_network,
    of_participants,
    of_queues,
)
from .limits import COLLECTING
from .process import of_process


class Source(ABC):
    """Where exporters get figures.

    Attributes:
        jobs: Whether jobs are timed, and who hears of them.
        also: What else there is to be told.
    """

    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.also: Callable[[], list[Family]] = list
        self._collecting = asyncio.Lock()
        self._collected: list[Family] = []
        self._due = 0.0

    async def collect(self, *, sparing: bool = False) -> list[Family]:
        """All figures as they are now; this begins the timing of jobs.

        Args:
            sparing: The last ones will do, if they are so fresh that collecting all the time would
                take more than `COLLECTING` of it.
        """
        self.jobs.measure()
        async with self._collecting:
            if not sparing or perf_counter() >= self._due:
                known = await self._known()
                begin = perf_counter()
                families = [*self._families(), *known, *self.also(), *of_process()]
                self._collected = [*families, left_out(families)]
                end = perf_counter()
                self._due = end + (end - begin) / COLLECTING
            return self._collected

    def statistics(self) -> dict[str, JobStatistics]:
        """How long the latest jobs took, by role; only of those that had any."""
        recent: defaultdict[Role, list[float]] = defaultdict(list)
        for each in self.participants():
            recent[each.role] += each.measured.recent()
        found = ((role, statistics_of(seconds)) for role, seconds in recent.items())
        return {role: each for role, each in found if each is not None}

    @abstractmethod
    def participants(self) -> Iterable[LocalParticipant]:
        """Those of this process."""

    @abstractmethod
    def _families(self) -> list[Family]:
        """All figures that are at hand, but those of the process."""

    async def _known(self) -> list[Family]:
        """Those that have to be asked for."""
        return []

    async def close(self) -> None:  # noqa: B027 - not everybody has something to close
        """Collect no more. Idempotent."""


class LabSource(Source):
    """The figures of a lab, over all its sessions."""

    def __init__(self, host: Host) -> None:
        super().__init__(host.workspace.jobs)
        self._host = host
        self._dead = Asked("dead letters", lambda of: of.dead_letters.queues(of.inqueues()))
        self._waiting = Asked("waiting messages", lambda of: of.binder.waiting(of.inqueues()))

    def participants(self) -> Iterable[LocalParticipant]:
        """Those that run in the lab."""
        return list(self._host.session.local.values()) if self._host.session is not None else []

    def _families(self) -> list[Family]:
        session = self._host.session
        if session is None:
            return [_info(self._host.name), _single(LINK, 0)]
        return [
            _info(self._host.name),
            _single(LINK, session.link is Link.UP),
            *of_participants(self.participants()),
            *of_network(session),
        ]

    async def _known(self) -> list[Family]:
        session = self._host.session
        if session is None:
            return []
        dead, waiting = await asyncio.gather(self._dead.of(session), self._waiting.of(session))
        known = [] if dead is None else [of_dead_letters(dead)]
        if not session.binder.traits.keeps:
            return [*known, of_inboxes(self.participants())]
        return known if waiting is None else [*known, of_queues(session, waiting)]

    async def close(self) -> None:
        """Ask the broker nothing more."""
        await self._dead.close()
        await self._waiting.close()


class ProgramSource(Source):
    """The figures of participants that are a program of their own."""

    def __init__(self, participants: Sequence[LocalParticipant]) -> None:
        super().__init__(OF_PROCESS)
        self._participants = participants

    def participants(self) -> Iterable[LocalParticipant]:
        """All of them."""
        return self._participants

    def _families(self) -> list[Family]:
        is_up = all(each.link is Link.UP for each in self._participants)
        return [
            _info(", ".join(each.role for each in self._participants)),
            _single(LINK, is_up),
            *of_participants(self._participants),
            of_inboxes(self._participants),
        ]


def _info(name: str) -> Family:
    from importlib.metadata import version

    family = Family(INFO)
    family.add(1, version("msgflo-lab"), name)
    return family


def _single(metric: Metric, value: float) -> Family:
    family = Family(metric)
    family.add(int(value))
    return family
