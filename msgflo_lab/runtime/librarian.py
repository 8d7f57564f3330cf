"""Keeps the library up to date: with the files of its projects, and with what is announced."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from ..definition import ParticipantDefinition
from ..library import Component, Library, Look, Project, Shelf
from ..names import ComponentName, ParticipantId, Role
from . import limits
from .session import Session

log = logging.getLogger(__name__)


class Librarian:
    """For one library, over all sessions. On the library's loop, but for `read`.

    Files are looked at each `LOOK_INTERVAL` seconds: no more can be had everywhere (not on network
    file systems, not in containers), and hundreds of them take a few milliseconds, in a thread.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._shelf = Shelf(library)
        self._session: Session | None = None
        self._program: Callable[[Role], Component | None] = lambda _: None
        self._heard: dict[ParticipantId, ParticipantDefinition] = {}
        self._task: asyncio.Task[None] | None = None
        self._edits = 0
        self._reported: tuple[str, ...] = ()

    @property
    def projects(self) -> list[Project]:
        """Those that were loaded."""
        return self._shelf.projects

    def read(self, path: Path, directory: Path | None = None) -> list[tuple[Project, Look]]:
        """What `load` would load; for any thread. See `Shelf.read`."""
        return self._shelf.read(path, directory)

    def load(self, path: Path, found: list[tuple[Project, Look]]) -> list[ComponentName]:
        """Take what was read into the library. Returns the names of the components."""
        self._edits += 1
        names = self._shelf.load(path, found)
        self._report()
        return names

    def add(self, name: str, language: str, code: str) -> ComponentName:
        """Write the source of a component; see `Shelf.add`. Its participants begin again."""
        self._edits += 1
        return self._shelf.add(name, language, code)

    def refresh(self) -> None:
        """Look at the files now."""
        self._edits += 1
        self._shelf.apply(self._shelf.look())
        self._report()

    def begin(self, session: Session, program: Callable[[Role], Component | None]) -> None:
        """Follow what is announced in a session, and the files while it lasts.

        Args:
            program: The component that we let play a role in a process of its own, if it is one.
        """
        self._session, self._program = session, program
        session.roles_changed.connect(self._roles_changed)
        self._task = asyncio.create_task(self._watch(), name="library")

    async def close(self) -> None:
        """The session ends. Idempotent."""
        session, self._session = self._session, None
        task, self._task = self._task, None
        self._heard.clear()
        if session is not None:
            session.roles_changed.disconnect(self._roles_changed)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            if self._shelf.projects:
                try:
                    edits = self._edits
                    looks = await asyncio.to_thread(self._shelf.look)
                    if edits == self._edits:  # else it may be older than what is there now
                        self._shelf.apply(looks)
                        self._report()
                except Exception:
                    log.exception("the library's files could not be looked at")
            await asyncio.sleep(limits.LOOK_INTERVAL)

    def _report(self) -> None:
        if self._session is not None:
            before, self._reported = self._reported, self._shelf.problems
            for problem in before:
                if problem not in self._reported:
                    self._session.coordinator.withdraw(problem)
            for problem in self._reported:
                self._session.coordinator.report(problem)

    def _roles_changed(self, roles: Iterable[Role]) -> None:
        if self._session is None:
            return
        roster = self._session.coordinator.roster
        for role in roles:
            for member in roster.members(role):
                said = member.definition
                if self._heard.get(said.id) is not said:
                    self._heard[said.id] = said
                    program = self._program(role)
                    self._library.learn(said, program.name if program is not None else None)
        if len(self._heard) > 2 * len(roster) + 100:
            self._heard = {w: said for w, said in self._heard.items() if w in roster}
