"""Tells those who have published on a channel with confirms what became of it."""

from __future__ import annotations

import asyncio
import logging

from .confirms import Confirms, Fate, Then
from .limits import AMQP_UNCONFIRMED, AMQP_UNCONFIRMED_BYTES

_log = logging.getLogger(__name__)


class Ledger:
    """`Confirms` with those who wait.

    Attributes:
        confirms: Which messages await their answer.
    """

    def __init__(self) -> None:
        self.confirms = Confirms()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    @property
    def is_full(self) -> bool:
        """Whoever publishes more should wait for answers."""
        confirms = self.confirms
        return len(confirms) >= AMQP_UNCONFIRMED or confirms.kept >= AMQP_UNCONFIRMED_BYTES

    def settle(self, tag: int, multiple: bool, fate: Fate) -> None:
        """The broker has answered."""
        self._tell(self.confirms.settle(tag, multiple, fate))

    def lose(self) -> None:
        """No more answers will come."""
        self._tell(self.confirms.lose())

    async def settled(self) -> None:
        """Wait until all that was published so far is answered for."""
        last = self.confirms.last
        if not self.confirms.done_up_to(last):
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((last, future))
            await future

    def _tell(self, told: list[tuple[Then, Fate]]) -> None:
        before = self.confirms.last
        for then, fate in told:
            try:
                then(fate)
            except Exception:
                # A bug of one caller's; the others are to be told all the same.
                _log.exception("whoever was told that a message is %s raised", fate.value)
        if self.confirms.last > before:
            # Some are sent once more, in place of those that somebody waits for.
            self._waiting = [(self.confirms.last, future) for _, future in self._waiting]
        if self._waiting:
            done = [each for each in self._waiting if self.confirms.done_up_to(each[0])]
            self._waiting = [each for each in self._waiting if each not in done]
            for _, future in done:
                if not future.done():
                    future.set_result(None)
