"""Which inboxes of a handle a message is for, and by which subscription it came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..inbox import Inbox
from ..sharing import Share


class Readers:
    """The inboxes of one handle.

    Attributes:
        alone: By topic, those that get a copy each.
        shares: By topic, those that share; mostly none.
    """

    def __init__(self) -> None:
        self.alone: dict[bytes, list[Inbox]] = {}
        self._sharing: dict[bytes, list[Inbox]] = {}
        self.shares: dict[bytes, Share] = {}

    def __iter__(self) -> Iterator[Inbox]:
        for table in (self.alone, self._sharing):
            for inboxes in table.values():
                yield from inboxes

    def add(self, topic: bytes, inbox: Inbox, *, share: bool) -> None:
        """One more."""
        if not share:
            self.alone.setdefault(topic, []).append(inbox)
            return
        inboxes = self._sharing.setdefault(topic, [])
        inboxes.append(inbox)
        self.shares[topic] = Share(inboxes)

    def remove(self, topic: bytes, inbox: Inbox) -> bool:
        """One less. False if it is not there."""
        for table in (self.alone, self._sharing):
            inboxes = table.get(topic, [])
            if inbox not in inboxes:
                continue
            inboxes.remove(inbox)
            if not inboxes:
                del table[topic]
            if table is self._sharing:
                self.shares.pop(topic)
                if inboxes:
                    self.shares[topic] = Share(inboxes)
            return True
        return False

    def clear(self) -> None:
        """None is left."""
        self.alone.clear()
        self._sharing.clear()
        self.shares.clear()

    def of(self, topic: bytes, shared: bool, told_apart: bool) -> Sequence[Inbox]:
        """Those that a message is for. If none share, they are the ones in `alone`.

        Args:
            shared: It came by a shared subscription.
            told_apart: Else it came by a plain one, so that it is not for those who share.
        """
        alone = self.alone.get(topic, ())
        share = None if told_apart and not shared else self.shares.get(topic)
        inbox = share.pick() if share is not None else None
        if inbox is None:
            return () if shared else alone
        return (inbox,) if shared else (*alone, inbox)
