"""What only the broker knows: asked now and then, and never waited for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter

from ..errors import MsgFloLabError
from ..names import QueueName
from ..runtime.session import Session
from ..transport import Link
from .limits import ASK_PATIENCE, COLLECTING

log = logging.getLogger(__name__)


Ask = Callable[[Session], Awaitable[Mapping[QueueName, int]]]


class Asked:
    """The last known numbers of something, by queue. On one loop."""

    def __init__(self, what: str, ask: Ask) -> None:
        """`what` they are the numbers of, in a word or two; `ask` may raise MsgFloLabError."""
        self._what = what
        self._how = ask
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
            self._asking = asyncio.create_task(self._ask(session), name=f"{self._what} counted")
        if self._asking is not None:
            await asyncio.wait([self._asking], timeout=ASK_PATIENCE)
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
            known = await self._how(session)
        except MsgFloLabError as error:
            log.info("%s could not be counted: %s", self._what, error)
        finally:
            if self._session is session:
                self._known = known
                self._due = perf_counter() + (perf_counter() - begin) / COLLECTING
                self._asking = None
