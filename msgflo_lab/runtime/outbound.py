"""The way out of a participant: what its handler sends, and when a job is really done.

A job is done when the handler has done it, and everything that it sent is safe with the broker, as
far as the transport confirms that at all. Only then may its delivery be settled.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial

from ..errors import MsgFloLabError
from ..names import QueueName
from ..transport import Client
from .failure import carried
from .fairness import TimeSlice
from .jobs import Job, Outlet, Sending, Verdict
from .limits import UNCONFIRMED, UNCONFIRMED_BYTES
from .window import Window

log = logging.getLogger(__name__)


class Outbound:
    """Reads an outlet and carries out what comes, in order. On one loop.

    Attributes:
        outlet: Where the handler puts what it sends and has done.
    """

    def __init__(
        self,
        *,
        record: Callable[[Sending], QueueName | None],
        done: Callable[[Job], object],
        not_sent: Callable[[BaseException], object],
        has_more: Callable[[], bool],
    ) -> None:
        """Create it.

        Args:
            record: Takes note of a message, and says where it goes; None for a port that is gone.
            done: Told of each job once, as soon as nothing of it is open.
            not_sent: Told why a message could not be sent that no job can fail of any more.
        """
        self.outlet = Outlet(has_more)
        self._record = record
        self._done = done
        self._not_sent = not_sent
        self._confirming: Window[asyncio.Future[None]] = Window(UNCONFIRMED, UNCONFIRMED_BYTES)
        self._is_closed = False
        self._is_held = False
        self._open = asyncio.Event()

    async def run(self, client: Client) -> None:
        """Publish over this client, for ever.

        Nothing that goes wrong with one item ends it: nothing after that would be done or sent.
        """
        fairly = TimeSlice()
        while True:
            item = self.outlet.get()
            if item is None:
                await self.outlet.more()
                continue
            if self._is_held:
                await self._open.wait()
            if type(item) is Sending:
                await self._publish(client, item)
            elif type(item) is Verdict:
                self._carry_out(item)
            elif isinstance(item, Job):
                item.is_back = True
                if not item.unconfirmed:
                    self._finish(item)
            if fairly.is_over:
                await fairly.give_way()

    def hold(self) -> None:
        """Let nothing out until `let_go`; handlers that send much wait then."""
        self._is_held = True
        self._open.clear()

    def let_go(self) -> None:
        """Undo `hold`. Idempotent."""
        self._is_held = False
        self._open.set()

    def close(self) -> None:
        """Let no handler wait any longer, and tell of no job any more."""
        self._is_closed = True
        self.outlet.close()

    async def _publish(self, client: Client, sending: Sending) -> None:
        job = sending.job
        try:
            queue = self._record(sending)
            if queue is None:
                return
            cause = job.delivery if job is not None and job.is_open else None
            confirmed = await client.post(queue, sending.payload, cause=cause)
        except MsgFloLabError as error:
            self._failed(job, error)
            return
        except Exception as error:  # a mistake of ours or of a transport
            log.exception("a message could not be sent")
            self._failed(job, error)
            return
        if confirmed is not None:
            await self._confirming.room()
            self._confirming.add(confirmed, len(sending.payload))
            if job is not None:
                job.unconfirmed += 1
            confirmed.add_done_callback(partial(self._confirmed, job))

    def _confirmed(self, job: Job | None, confirmed: asyncio.Future[None]) -> None:
        self._confirming.remove(confirmed)
        error = None if confirmed.cancelled() else confirmed.exception()
        if error is not None:
            self._failed(job, error)
        if job is not None:
            job.unconfirmed -= 1
            if job.is_back and not job.unconfirmed and not self._is_closed:
                if not job.is_settled:
                    self._finish(job)
                elif job.verdict is not None:
                    self._settle(job, job.verdict)

    def _failed(self, job: Job | None, error: BaseException) -> None:
        if job is None or not (job.is_open or job.verdict is not None):
            self._not_sent(error)
            return
        job.unsent = job.unsent or carried(error)
        if job.is_settled:  # it is kept: nobody else tells of this
            self._not_sent(error)

    def _finish(self, job: Job) -> None:
        job.is_settled = True
        if job.verdict is not None:
            self._settle(job, job.verdict)
        try:
            self._done(job)
        except Exception as error:
            self._went_wrong(job, error)

    def _carry_out(self, verdict: Verdict) -> None:
        """Once what was sent before it is confirmed; now, if nothing waits for that any more."""
        job = verdict.job
        if job.is_decided:
            return
        job.is_decided = True
        if job.unconfirmed:
            job.verdict = verdict.settle
        else:
            self._settle(job, verdict.settle)

    def _settle(self, job: Job, settle: Callable[[], object]) -> None:
        """As it was decided by hand: what was sent before that has come to its end.

        What the handler raises, before or after, changes nothing of its decision.
        """
        job.verdict = None
        try:
            if job.unsent is not None and job.delivery is not None:
                job.delivery.nack(str(job.unsent))
            else:
                settle()
        except Exception as error:
            self._went_wrong(job, error)

    def _went_wrong(self, job: Job, error: Exception) -> None:
        """A message could not be settled as it should be: it becomes a dead letter."""
        log.error("a message could not be settled", exc_info=error)
        self._not_sent(error)
        if job.delivery is not None:
            # One that is settled all the same ignores this.
            with contextlib.suppress(Exception):
                job.delivery.nack(f"{type(error).__name__}: it could not be settled otherwise")
