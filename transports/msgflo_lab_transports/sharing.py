"""Readers that share a queue's messages: each goes to one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from msgflo_lab.names import QueueName

from .inbox import Inbox


class Share:
    """Inboxes of which each message is for one.

    Those that have room come before those that are full, then the one with the fewest messages
    that are not settled, and among equals they take turns.
    """

    __slots__ = ("_inboxes", "_next")

    def __init__(self, inboxes: Iterable[Inbox]) -> None:
        self._inboxes = tuple(inboxes)
        self._next = 0

    @property
    def queue(self) -> QueueName:
        """What they are subscribed to."""
        return self._inboxes[0].queue

    @property
    def full(self) -> bool:
        """All of them are, as far as they are open."""
        there = [inbox.full for inbox in self._inboxes if not inbox.closed]
        return bool(there) and all(there)

    def pick(self) -> Inbox | None:
        """The one that is to get the next message; None if all are closed."""
        inboxes = self._inboxes
        found: Inbox | None = None
        at = self._next
        for turn in range(at, at + len(inboxes)):
            inbox = inboxes[turn % len(inboxes)]
            if inbox.closed:
                continue
            if found is None or (inbox.full, inbox.unsettled) < (found.full, found.unsettled):
                found, at = inbox, turn
        if found is not None:
            self._next = (at + 1) % len(inboxes)
        return found

    async def room(self) -> None:
        """Wait until one of them has room, or all are closed."""
        while self.full:
            waiting = [
                asyncio.ensure_future(inbox.room()) for inbox in self._inboxes if not inbox.closed
            ]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for each in waiting:
                    each.cancel()
                await asyncio.gather(*waiting, return_exceptions=True)
