"""The message that a handler is working on, to be settled by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from ..errors import NotRunning
from ..transport import Delivery
from .jobs import Job, Outlet, Verdict


class CurrentMessage:
    """What a handler can do with its message, other than return or raise.

    Every method may be called by any thread, also after the handler has returned; the first
    decision counts. What was sent before it is on its way before it is carried out.
    """

    def __init__(self, job: Job, delivery: Delivery, outlet: Outlet) -> None:
        self._job = job
        self._delivery = delivery
        self._outlet = outlet

    @property
    def inport(self) -> str:
        """The port that it came to."""
        return self._job.port

    @property
    def payload(self) -> bytes:
        """What came over the wire, before it was decoded."""
        return self._delivery.payload

    @property
    def attempt(self) -> int:
        """1, and one more for each time that it was delayed or has failed before."""
        return self._delivery.attempt

    def keep(self) -> None:
        """Leave it open when the handler returns, until one of the others is called.

        A message that nobody settles comes again when the participant has ended, where the broker
        keeps messages; and while many are open, no more come.
        """
        self._job.is_kept = True

    def ack(self) -> None:
        """It is processed: do not give it to anybody again."""
        self._decide(self._delivery.ack)

    def nack(self, reason: str = "") -> None:
        """It cannot be processed: put it to the dead letters."""
        self._decide(lambda: self._delivery.nack(reason))

    def delay(self, seconds: float) -> None:
        """Not now: let it come again in so many seconds, here or to another worker."""
        self._decide(lambda: self._delivery.retry(seconds))

    def _decide(self, settle: Callable[[], object]) -> None:
        self._job.is_kept = True
        self._outlet.put(Verdict(self._job, settle))


here: ContextVar[CurrentMessage | None] = ContextVar("msgflo_lab_message", default=None)


def current_message() -> CurrentMessage:
    """The message that the code which calls this is working on.

    Raises:
        NotRunning: It is working on none: it runs by a timer, or outside of a participant.
    """
    found = here.get()
    if found is None:
        raise NotRunning("there is no current message: only a handler at work on one has it")
    return found
