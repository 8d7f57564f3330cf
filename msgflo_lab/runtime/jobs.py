"""What goes between a participant on the lab's loop and its handler in a thread of its own.

A `Job` goes in: a message to process, or something else to do. Through the `Outlet` come back, in
the order in which they happened, what the handler sends (`Sending`) and the jobs that are done.
Both ways many items cross with one wake-up, so that a thread of one's own costs little.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

from ..errors import NotRunning
from ..names import PortName
from ..transport import Delivery
from .crossing import finish, tell
from .limits import GATHER, OUTLET


class Job:
    """One thing for a handler to do. Created on the loop, done in the handler's thread.

    Attributes:
        port: The inport whose message it is, or "".
        delivery: The message; None where `act` says what to do.
        number: Which message of its inport it is, from 1; 0 for none, or where nobody counts.
        act: Called without arguments; what it returns is sent like the result of a message.
        beside: It runs for long; messages are processed beside it.
        error: What the handler has raised, once it is done.
        unsent: What went wrong with something that it has sent.
        done: Ends, with the error if there is one, once all that the job has sent is published; for
            somebody who waits. Without it, an error is the participant's failure.
        unconfirmed: Messages that it has sent and that the broker has not confirmed.
        verdict: What the handler has decided by hand, to be carried out when it is confirmed.
        is_kept: The handler settles its delivery by hand, now or later.
        is_decided: The handler has said by hand what becomes of its delivery; that counts once.
        is_back: It has come back: what it was to do is done.
        is_settled: It has come back, and everything that it sent is confirmed.
        took: Seconds that the handler took for its message, if somebody wants to hear of the job.
        outport: Where it has sent something first, if so.
    """

    # What most jobs never have is not written for each: there is one for every message.
    error: Exception | None = None
    unsent: Exception | None = None
    unconfirmed: int = 0
    is_kept: bool = False
    verdict: Callable[[], object] | None = None
    is_back: bool = False
    is_decided: bool = False
    is_settled: bool = False
    took: float = 0.0
    outport: str = ""

    def __init__(
        self,
        port: PortName,
        delivery: Delivery | None = None,
        *,
        number: int = 0,
        act: Callable[[], Any] | None = None,
        beside: bool = False,
        done: asyncio.Future[None] | None = None,
    ) -> None:
        self.port = port
        self.delivery = delivery
        self.number = number
        self.act = act
        self.beside = beside
        self.done = done

    @property
    def is_open(self) -> bool:
        """True until its delivery is settled; what is sent is sent on account of it.

        What the handler sends after it has decided by hand is sent on its own account.
        """
        return not self.is_decided and (not self.is_settled or self.is_kept)

    @property
    def failure(self) -> Exception | None:
        """Why it is not done as it should be, if so."""
        return self.error or self.unsent

    @property
    def size(self) -> int:
        """Bytes of payload."""
        return len(self.delivery.payload) if self.delivery is not None else 0


class Sending(NamedTuple):
    """A message that a handler sends, during a job or (`job` is None) on its own account."""

    job: Job | None
    port: PortName
    payload: bytes


class Verdict(NamedTuple):
    """What a handler has decided of a message by hand: `settle` is called on the loop."""

    job: Job
    settle: Callable[[], object]


current_job: ContextVar[Job | None] = ContextVar("msgflo_lab_job", default=None)
"""The job that the code running here belongs to, in the handler's thread."""


Item = Sending | Verdict | Job


class Outlet:
    """The way back. `put` and `when_room` may be called by any thread, the rest on the loop.

    `put` always takes; a sender that wants to be fair waits for room before (`wait`) or after
    (`Room`). There is room below `OUTLET` items.
    """

    def __init__(self, has_more: Callable[[], bool] = lambda: False) -> None:
        """`has_more`: whether the handler has jobs at hand that it has not begun."""
        self._loop = asyncio.get_running_loop()
        self._has_more = has_more
        self._items: deque[Item] = deque()
        self._is_waking = False
        self._gathering: asyncio.TimerHandle | None = None
        self._reader: asyncio.Future[None] | None = None
        self._waiting: deque[Callable[[], object]] = deque()
        self._closed = False

    def put(self, item: Item) -> None:
        """Hand over.

        Raises:
            NotRunning: It has been closed; only a `Sending` is told.
        """
        if self._closed and type(item) is Sending:
            raise NotRunning("this participant has been stopped")
        self._items.append(item)
        # The reader resets the flag before it looks, so an item is either seen or announced.
        if self._is_waking:
            return
        if self._gathering is not None and (type(item) is Sending or self._has_more()):
            return
        self._is_waking = True
        tell(self._loop, self._wake)

    def when_room(self, callback: Callable[[], object]) -> None:
        """Call back once, from the loop or from here, as soon as there is room."""
        # First queued, then looked: the reader takes items first and then looks who waits.
        self._waiting.append(callback)
        if self.has_room():
            self._tell_waiting()

    def wait(self) -> None:
        """Block this thread until there is room."""
        if not self.has_room():
            room = threading.Event()
            self.when_room(room.set)
            room.wait()

    def get(self) -> Item | None:
        """The next item, if there is one. For one reader."""
        if not self._items:
            return None
        item = self._items.popleft()
        if self._waiting and self.has_room():
            self._tell_waiting()
        return item

    async def more(self) -> None:
        """Wait until there are items."""
        while not self._items:
            self._reader = self._loop.create_future()
            await self._reader

    def close(self) -> None:
        """Let nobody wait any longer. Idempotent."""
        self._closed = True
        self._tell_waiting()

    def has_room(self) -> bool:
        """False if senders had better wait."""
        return self._closed or len(self._items) < OUTLET

    def _tell_waiting(self) -> None:
        while self._waiting:
            with contextlib.suppress(IndexError):  # another thread has told the last one
                self._waiting.popleft()()

    def _wake(self) -> None:
        self._is_waking = False
        if self._gathering is None and self._has_more():
            self._gathering = self._loop.call_later(GATHER, self._gathered)
        else:
            self._gathered()

    def _gathered(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        if self._reader is not None:
            finish(self._reader)


class Room:
    """Awaited on any loop, it is over when the outlet has room. Need not be awaited."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def __await__(self) -> Generator[Any, None, None]:
        if not self._outlet.has_room():
            loop = asyncio.get_running_loop()
            room = loop.create_future()
            self._outlet.when_room(partial(tell, loop, finish, room))
            yield from room
