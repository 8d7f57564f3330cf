"""Dead letters as a place to work in: the part of the lab that deals with what was rejected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

from ..definition import Side
from ..errors import InvalidName, UnknownName
from ..message import encode
from ..names import QueueName
from ..runtime.session import Session, running
from ..transport import DeadLetter

LOOKED_AT = 10_000
"""Dead letters of a port among which one is found by its id; more, if it has more."""

Do = Callable[[Callable[[Session | None], Any]], Any]
"""Does something with the session, where its loop is, and waits for the end."""


class DeadLetterDesk:
    """`lab.dead`. Like the lab's own methods, these may be called from any thread.

    A `port` is an inport, `role.port`; or the name of a queue that nobody announces any more, but
    that has dead letters. `ids` are some of them; one may be given as it is.

    Raises:
        UnknownName: There is no such port.
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
                [await _queue(session, port)]
                if port is not None
                else await box.queues(session.inqueues())
            )
            most = max(n, 0)
            return [letter for queue in queues for letter in await box.look(queue, most)]

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
            UnknownName: One that is edited is not there, or not among those that go back; all stay.
            InvalidMessage: An edited value has no JSON form.
            TransportError: The queue is not there, or takes no more; what it did not take stays.
        """
        payloads = {name: encode(value) for name, value in (edited or {}).items()}

        async def requeue(session: Session) -> int:
            queue, some = await _queue(session, port), _some(ids)
            if payloads:
                _check_there(port, payloads, await _ids(session, queue), some)
            return await session.dead_letters.requeue(queue, some, payloads)

        return cast(int, self._do(lambda session: requeue(running(session))))

    def drop(self, port: str, ids: Collection[str] | None = None) -> int:
        """Forget them, some or all. Returns how many."""

        async def drop(session: Session) -> int:
            return await session.dead_letters.drop(await _queue(session, port), _some(ids))

        return cast(int, self._do(lambda session: drop(running(session))))


def _some(ids: Collection[str] | None) -> Collection[str] | None:
    # A text is a collection of texts, too: "12" would be 1, 2 and 12.
    return [ids] if isinstance(ids, str) else ids


async def _queue(session: Session, port: str) -> QueueName:
    try:
        queue = session.look_up(port, Side.IN).queue
    except (UnknownName, InvalidName):
        queue = None
    if queue is not None:
        return queue
    name, box = QueueName(port), session.dead_letters
    # Not every broker tells of all its queues: one that is named is looked into.
    counted = await box.queues(session.inqueues())
    if name in counted or await box.look(name, 1):
        return name
    inports = [session.inport_of(each) for each in (*counted, *sorted(session.inqueues()))]
    raise UnknownName("inport or queue with dead letters", port, known=dict.fromkeys(inports))


async def _ids(session: Session, queue: QueueName) -> list[str]:
    counted = await session.dead_letters.queues(session.inqueues())
    number = max(counted.get(queue, 0), LOOKED_AT)
    return [letter.id for letter in await session.dead_letters.look(queue, number)]


def _check_there(
    port: str, edited: Collection[str], here: Collection[str], some: Collection[str] | None
) -> None:
    for each in edited:
        if each not in here:
            raise UnknownName("dead letter", each, where=port, known=here)
        if some is not None and each not in some:
            raise UnknownName("dead letter", each, where=port, known=some)
