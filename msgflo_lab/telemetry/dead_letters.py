"""How many dead letters there are: asked of the broker now and then, and never waited for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from time import perf_counter

from ..errors import MsgFloLabError
from ..names import QueueName
from ..runtime.session import Session
from ..transport import Link
from .limits import COLLECTING, DEAD_PATIENCE

log = logging.getLogger(__name__)


class DeadLetterCounts:
    """The last known numbers, by queue. On one loop."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._known: Mapping[QueueName, int] | None = None
        self._due = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def of(self, session: Session) -> Mapping[QueueName, int] | None:
        """The numbers of a session's broker; None as long as it has told none."""
        if session is not self._session:
            await self.close()
            self._session = session
        if session.link is Link.DOWN:
            return self._known
        if self._asking is None and perf_counter() >= self._due:
            self._asking = asyncio.create_task(self._ask(session), name="dead letters counted")
        if self._asking is not None:
            await asyncio.wait([self._asking], timeout=DEAD_PATIENCE)
        return self._known

    async def close(self) -> None:
        """Ask no more, and forget. Idempotent."""
        asking, self._asking = self._asking, None
        self._session = self._known = None
        if asking is not None:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self, session: Session) -> None:
        begin = perf_counter()
        known: Mapping[QueueName, int] | None = None
        try:
            known = await session.dead_letters.queues(session.inqueues())
        except MsgFloLabError as error:
            log.info("dead letters could not be counted: %s", error)
        finally:
            if self._session is session:
                self._known = known
                self._due = perf_counter() + (perf_counter() - begin) / COLLECTING
                self._asking = None
