"""Dead letters as a place to work in: the part of the lab that deals with what was rejected."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, cast

from ..definition import Side
from ..errors import InvalidName, UnknownName
from ..message import encode
from ..names import QueueName
from ..runtime.session import Session, running
from ..transport import DeadLetter

Do = Callable[[Callable[[Session | None], Any]], Any]
"""Does something with the session, where its loop is, and waits for the end."""


class DeadLetterDesk:
    """`lab.dead`. Like the lab's own methods, these may be called from any thread.

    A `port` is an inport, `role.port`; or the name of a queue that nobody announces any more.
    """

    def __init__(self, do: Do) -> None:
        self._do = do

    def counts(self) -> dict[str, int]:
        """How many dead letters there are, by inport (or by queue, if it is nobody's)."""

        async def count(session: Session) -> dict[str, int]:
            queues = await session.dead_letters.queues(session.inqueues())
            return {session.inport_of(queue): number for queue, number in queues.items()}

        return cast(dict[str, int], self._do(lambda session: count(running(session))))

    def letters(self, port: str | None = None, n: int = 100) -> list[DeadLetter]:
        """The oldest `n` of an inport, or of each that has any. They stay where they are."""

        async def look(session: Session) -> list[DeadLetter]:
            box = session.dead_letters
            queues = (
                [_queue(session, port)]
                if port is not None
                else await box.queues(session.inqueues())
            )
            return [letter for queue in queues for letter in await box.look(queue, n)]

        return cast(list[DeadLetter], self._do(lambda session: look(running(session))))

    def requeue(
        self,
        port: str,
        ids: Collection[str] | None = None,
        edited: Mapping[str, Any] | None = None,
    ) -> int:
        """Put them back into their queue; some (`ids`) or all. Returns how many.

        Each is in its queue before it leaves the dead letters: what breaks in between is there
        twice, and never lost.

        Args:
            edited: Other values for some of them, by id.

        Raises:
            InvalidMessage: An edited value has no JSON form.
            TransportError: The queue is not there, or takes no more; what it did not take stays.
        """
        payloads = {name: encode(value) for name, value in (edited or {}).items()}

        def requeue(session: Session | None) -> Awaitable[int]:
            session = running(session)
            return session.dead_letters.requeue(_queue(session, port), ids, payloads)

        return cast(int, self._do(requeue))

    def drop(self, port: str, ids: Collection[str] | None = None) -> int:
        """Forget them, some or all. Returns how many."""

        def drop(session: Session | None) -> Awaitable[int]:
            session = running(session)
            return session.dead_letters.drop(_queue(session, port), ids)

        return cast(int, self._do(drop))


def _queue(session: Session, port: str) -> QueueName:
    try:
        queue = session.look_up(port, Side.IN).queue
    except (UnknownName, InvalidName):
        queue = None
    return queue if queue is not None else QueueName(port)
