"""Gives a queue that somebody has deleted what went with it.

What lay in it is gone; and until it is declared and bound again, the broker has nowhere to put what
is for it. It tells nobody, if there is another queue at the same exchange; and one there is, since
we count what passes. So whoever counts remembers for a while what has passed. Those who read the
queue say which message they got last: those that passed later are sent to the queue when it is
back. Among several readers others may have got some of them, so those come twice.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable
from math import inf

import msgspec

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import OnNote

from .channel import Channel
from .confirms import Fate
from .deaths import once_more
from .limits import AMQP_NOTICED_SECONDS, AMQP_ON_ITS_WAY_SECONDS, AMQP_RECENT_SECONDS
from .recent import Passed, Recent


class Deleted(msgspec.Struct, frozen=True):
    """What somebody says who has read a queue that was deleted.

    Attributes:
        seconds: How long ago he heard of it.
        last: Which message he got last (see `name_of`); empty if none.
        is_empty: Nothing lay in it: he could have taken more, and nothing came.
        is_ordered: It gives out first what came first.
        is_for_all: Who has got nothing knows that nothing lay in it: nobody else gets everything.
        is_cut: His channel went before he was told: more may have been on its way to him.
    """

    seconds: float
    last: str = ""
    is_empty: bool = False
    is_ordered: bool = True
    is_for_all: bool = True
    is_cut: bool = False

    def after(self, now: float) -> Deleted:
        """With `seconds` up to now, if it was a time."""
        return msgspec.structs.replace(self, seconds=now - self.seconds)


class Refill:
    """Of one binder.

    Args:
        recent: What has passed.
        caught_up: Waits until that is complete up to now; whether it is.
        channel: Opens a channel with confirms.
        note: Tells people something.
    """

    def __init__(
        self,
        recent: Recent,
        *,
        caught_up: Callable[[], Awaitable[bool]],
        channel: Callable[[], Awaitable[Channel]],
        note: OnNote,
    ) -> None:
        self._recent = recent
        self._caught_up = caught_up
        self._channel = channel
        self._note = note
        # When it was bound, and from when on it was filled.
        self._filled: dict[QueueName, tuple[float, float]] = {}
        self._told: dict[QueueName, list[Deleted]] = {}
        self._turns = asyncio.Lock()
        self._name = secrets.token_hex(8)
        self._marks = itertools.count(1)

    async def send(
        self, queue: QueueName, exchanges: Collection[str], deleted: Deleted, bound_at: float
    ) -> None:
        """Send what went with this queue, and what has passed these exchanges since; only there.

        Several may tell of the same deletion, all who have read the queue: it is done once.

        Args:
            deleted: What one of them says.
            bound_at: When its bindings were about to be made again, on the loop's clock.

        Raises:
            TransportError: The link is lost, or the broker takes no messages.
        """
        self._told.setdefault(queue, []).append(deleted)
        ways = {*exchanges, queue}
        async with self._turns:
            before, since = self._filled.get(queue, (0.0, 0.0))
            is_known = bound_at - deleted.seconds < before
            if is_known and since <= self._unread_since(deleted, ways):
                self._told.pop(queue, None)
                return
            is_whole = await self._caught_up()
            # The broker may have looked for queues before, and put it into them after. And the
            # other readers are heard.
            await asyncio.sleep(AMQP_ON_ITS_WAY_SECONDS)
            since = self._since(ways, self._told.pop(queue, [deleted]), bound_at)
            missed = self._recent.since(since, ways)
            is_whole = is_whole and self._recent.whole_since <= since
            fates = await self._publish(queue, missed) if missed else Counter[Fate]()
            late = bound_at - AMQP_RECENT_SECONDS
            self._filled = {each: at for each, at in self._filled.items() if at[0] > late}
            if not fates[Fate.RETURNED] and not fates[Fate.LOST]:
                # Else it was gone again, and who says so may have heard of that before.
                self._filled[queue] = bound_at, since
        sent = fates[Fate.CONFIRMED]
        if sent:
            self._note(
                f"`{shown(queue)}` was deleted: what was in it, or on its way there, was sent once "
                "more, and some of it may come twice"
            )
        if sent < len(missed):
            self._note(
                f"`{shown(queue)}` was deleted, and has not got back all that was in it, or on "
                "its way there: it is full, or gone again"
            )
        if not is_whole:
            self._note(
                f"`{shown(queue)}` was deleted, and some of what was in it, or on its way there, "
                "may be lost: we do not remember so much, or did not look"
            )

    def _since(self, ways: Collection[str], told: Collection[Deleted], now: float) -> float:
        """From when on something may have been in the queue, or on its way, and read by nobody."""
        passed = [self._unread_since(each, ways) for each in told]
        return min([self._in_it_since(ways, told, now), *passed])

    def _unread_since(self, told: Deleted, ways: Collection[str]) -> float:
        """From when on something may have been on its way to this one, and to nobody else."""
        return self._after({told.last}, ways) if told.is_cut and told.last else inf

    def _in_it_since(self, ways: Collection[str], told: Collection[Deleted], now: float) -> float:
        """From when on something may have been in the queue.

        A queue gives out what came first. So whatever one reader got, nothing before it lay there;
        with several senders, the broker may see another order in another queue.
        """
        lasts = {each.last for each in told if each.last}
        has_got_nothing = not lasts and all(each.is_for_all for each in told)
        if has_got_nothing or any(each.is_empty for each in told):
            return now - max(each.seconds for each in told) - AMQP_NOTICED_SECONDS
        if not lasts or not all(each.is_ordered for each in told):
            return 0.0
        return self._after(lasts, ways)

    def _after(self, lasts: Collection[str], ways: Collection[str]) -> float:
        last = self._recent.last_of(lasts, ways)
        # It may have passed so long ago that it is forgotten: then all that is known passed later.
        return 0.0 if last is None else last - AMQP_ON_ITS_WAY_SECONDS

    async def _publish(self, queue: QueueName, missed: Iterable[Passed]) -> Counter[Fate]:
        fates = Counter[Fate]()

        def told(fate: Fate) -> None:
            fates[fate] += 1

        channel = await self._channel()
        try:
            for each in missed:
                if channel.crowded:
                    await channel.room()
                again = self._marked(each, channel.most_properties)
                # At its own time: others pass meanwhile, and lie between these.
                self._recent.sent_again(again, queue)
                try:
                    channel.publish(
                        "", queue, again.body, again.properties, mandatory=True, then=told
                    )
                except MsgFloLabError:
                    if not channel.is_open:
                        raise
                    fates[Fate.REFUSED] += 1  # longer than what we send
            await channel.settled()
        finally:
            channel.abandon()
        return fates

    def _marked(self, passed: Passed, most: int) -> Passed:
        """So that it is known which one somebody has read: equal ones may lie everywhere."""
        marked = once_more(passed.properties, f"{self._name}-{next(self._marks)}")
        fits = len(marked) <= most
        return passed._replace(properties=marked if fits else once_more(passed.properties))
