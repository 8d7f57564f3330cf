"""How far a participant's handler is fed ahead: bounded, and with a gate to be shut.

A handler that always has a next message at hand need not wait for the lab's loop. What is ahead has
been taken from the broker but is not settled, so a broker that counts (a prefetch) counts it.
"""

from __future__ import annotations

import asyncio

from .crossing import finish
from .jobs import Job
from .limits import AHEAD, AHEAD_BYTES


class Ahead:
    """The jobs that a handler has been given and that have not come back. On the lab's loop."""

    def __init__(self) -> None:
        self._jobs: set[Job] = set()
        self._size = 0
        self._full = False
        self._held = False
        self._abandoned = False
        self._changed: asyncio.Future[None] | None = None

    def add(self, job: Job) -> None:
        """Count a job that the handler is given now."""
        self._jobs.add(job)
        self._size += job.size
        if len(self._jobs) >= AHEAD or self._size >= AHEAD_BYTES:
            self._full = True

    def remove(self, job: Job) -> None:
        """It has come back. Nothing happens if it was not counted."""
        if job not in self._jobs:
            return
        self._jobs.remove(job)
        self._size -= job.size
        if self._full and len(self._jobs) <= AHEAD // 2 and self._size <= AHEAD_BYTES // 2:
            self._full = False
            self._change()
        elif not self._jobs:
            self._change()

    def hold(self) -> None:
        """Shut the gate: nobody has room until `let_go`."""
        self._held = True

    def let_go(self) -> None:
        """Open the gate again."""
        self._held = False
        self._change()

    def abandon(self) -> None:
        """What is still ahead will not come back: let nobody wait for it."""
        self._abandoned = True
        self._change()

    async def room(self) -> None:
        """Wait until the handler may be given one more."""
        while self._full or self._held:
            await self._next_change()

    async def none_left(self) -> None:
        """Wait until everything has come back, or has been abandoned."""
        while self._jobs and not self._abandoned:
            await self._next_change()

    async def _next_change(self) -> None:
        if self._changed is None:
            self._changed = asyncio.get_running_loop().create_future()
        # Several may wait for the same change, and one that is cancelled takes it from nobody.
        await asyncio.shield(self._changed)

    def _change(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None:
            finish(changed)
