"""The message that a handler is working on, to be settled by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from numbers import Real

from ..errors import InvalidMessage, NotRunning
from ..names import Role
from ..transport import Delivery
from .failure import failure_of
from .jobs import Job, Outlet, Verdict
from .limits import LONGEST_RETRY


class CurrentMessage:
    """What a handler can do with its message, other than return or raise.

    Every method may be called by any thread, also after the handler has returned; the first
    decision counts, whatever the handler raises after it. What was sent before it is on its way
    before it is carried out.
    """

    __slots__ = ("_delivery", "_job", "_outlet")

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

    @property
    def metadata(self) -> Mapping[str, str]:
        """What its sender says about it beside the payload; mostly nothing.

        Of a device that stands for many topics (`sensors/+/temperature`): the `topic`, and the
        `level` that `+` stands for (`level2` and so on, if there are more).
        """
        return self._delivery.metadata

    @property
    def is_void(self) -> bool:
        """It comes again, whatever is decided of it: the link that it came by was lost."""
        return self._delivery.is_void

    def keep(self) -> None:
        """Leave it open when the handler returns, until one of the others is called.

        A message that nobody settles comes again when the participant has ended, where the broker
        keeps messages; and while many are open, no more come.
        """
        self._job.is_kept = True

    def ack(self) -> None:
        """It is processed: do not give it to anybody again."""
        self._decide(self._delivery.ack)

    def nack(self, reason: object = "") -> None:
        """It cannot be processed: put it to the dead letters.

        Args:
            reason: For whoever looks at them: a text, an error, or anything that can be one.
        """
        text = _text_of(reason)
        self._decide(lambda: self._delivery.nack(text))

    def delay(self, seconds: float) -> None:
        """Not now: let it come again in so many seconds, here or to another worker.

        Raises:
            InvalidMessage: It is no number from 0 to a day (86,400); nothing is decided then.
        """
        after = _seconds(seconds)
        self._decide(lambda: self._delivery.retry(after))

    def _decide(self, settle: Callable[[], object]) -> None:
        self._job.is_kept = True
        self._outlet.put(Verdict(self._job, settle))


def _text_of(reason: object) -> str:
    """A reason in words, whatever was given: nothing of it may go wrong on the lab's loop."""
    if isinstance(reason, BaseException):
        return failure_of(Role(""), reason, "").summary
    try:
        text = "" if reason is None else str(reason)
    except Exception:
        text = f"<{type(reason).__name__}>"
    return text.encode(errors="backslashreplace").decode()


def _seconds(seconds: float) -> float:
    is_number = isinstance(seconds, Real) and not isinstance(seconds, bool)
    if not is_number or not 0 <= seconds <= LONGEST_RETRY:  # NaN is not in between, either
        raise InvalidMessage(
            f"a message is delayed by a number of seconds from 0 to {LONGEST_RETRY:,}, "
            f"not by {seconds!r}"
        )
    return float(seconds)


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
