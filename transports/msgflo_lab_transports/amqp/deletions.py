"""What a client does about queues that it reads and that somebody has deleted.

What lay in one comes from whoever binds, who remembers what has passed (see `refill`); he is told
as soon as the queue is there again. What the client had in hand, and what it had sent straight
back, nobody else knows of: it sends that itself. So it does with what it had in hand when its link
was lost: the broker has put that back, where it may be deleted before anybody gets it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from functools import partial

from msgflo_lab.definition import Side
from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import OnNote

from .binders import Leads
from .consumer import Consumer
from .deaths import once_more
from .errors import ChannelClosed
from .frames import Encoded
from .limits import (
    AMQP_RECENT_SECONDS,
    AMQP_SOON_SECONDS,
    AMQP_TOGETHER_SECONDS,
    AMQP_UNROUTED_SECONDS,
)
from .outbox import Outbox, Outgoing
from .recent import name_of
from .refill import Deleted
from .returned import Returned

Tell = Callable[[Mapping[QueueName, Deleted]], Awaitable[Leads]]
"""Has everything bound that is ours, and these filled again; where it leads. See `ask_binders`."""


class Deletions:
    """Of one client. Truthy while there are queues of which nobody has been told.

    Args:
        outbox: Takes what is sent back.
        returned: What was sent straight back, or put there by the broker.
        is_ordered: Whether a queue gives out first what came first.
        is_for_all: Whether each of those who read a queue gets something, as long as there is
            something in it.
        renew: Makes the link anew, for this reason.
        note: Tells people something, once.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        returned: Returned,
        is_ordered: Callable[[QueueName], bool],
        is_for_all: Callable[[QueueName], bool],
        renew: Callable[[str], None],
        note: OnNote,
    ) -> None:
        self._outbox, self._returned = outbox, returned
        self._is_ordered = is_ordered
        self._is_for_all = is_for_all
        self._renew = renew
        self._note = note
        # With the time, on the loop's clock, in place of the seconds since then.
        self._gone: dict[QueueName, Deleted] = {}
        self._in_hand: dict[Consumer, list[tuple[Encoded, bytes]]] = {}
        self._renewing: asyncio.TimerHandle | None = None
        self._telling: asyncio.Task[None] | None = None

    def __bool__(self) -> bool:
        return bool(self._gone)

    def __contains__(self, queue: QueueName) -> bool:
        return queue in self._gone

    def told(self, consumer: Consumer, is_cut: bool) -> None:
        """The broker says that the queue of a consumer is gone.

        Args:
            is_cut: In place of what was on its way to him: his channel is gone as well.
        """
        queue = consumer.inbox.queue
        was_empty = consumer.is_starving and self._is_for_all(queue) and not is_cut
        self._add(consumer, was_empty=was_empty, is_cut=is_cut)
        if consumer not in self._in_hand:
            # Whoever has them in hand leaves them, like all whose link is gone.
            self._in_hand[consumer] = [(d.encoded_properties, d.body) for d in consumer.in_hand]
        self._in_hand[consumer] += [(s.properties, s.body) for s in self._returned.take(queue)]
        if self._renewing is None:
            # Several may go at once, and of each the broker tells for itself.
            self._renewing = asyncio.get_running_loop().call_later(
                AMQP_TOGETHER_SECONDS, self._begin_anew, f"the queue `{shown(queue)}` was deleted"
            )

    def found(self, consumer: Consumer) -> None:
        """On a new link, the queue of a consumer is not there."""
        self._add(consumer, was_empty=False, is_cut=True)
        queue = consumer.inbox.queue
        for sent in self._returned.take(queue):
            self._send_back(queue, sent.properties, sent.body)

    async def tell(self, tell: Tell, missing: Collection[QueueName]) -> None:
        """Have everything bound, and filled what is there again; later what is not yet.

        Args:
            tell: Does it.
            missing: Queues that are not there again. A view: it is looked at again.

        Raises:
            ConnectionLost: The connection is gone.
            ConnectionFailed: There are as many channels as there may be.
        """
        with suppress(ChannelClosed):
            await self._tell(tell, missing)
        if self._gone:
            self._telling = asyncio.create_task(
                self._keep_telling(tell, missing), name="amqp deleted queues"
            )

    def lost(self, consumers: Collection[Consumer]) -> None:
        """The link is gone: what was in hand of deleted queues goes into the outbox.

        Args:
            consumers: All there are, with what they have in hand.
        """
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        for consumer in consumers:
            if consumer not in self._in_hand:
                for delivery in consumer.in_hand:
                    properties, body = delivery.encoded_properties, delivery.body
                    self._returned.add(consumer.inbox.queue, properties, body)
        in_hand, self._in_hand = self._in_hand, {}
        for consumer, messages in in_hand.items():
            for properties, body in messages:
                self._send_back(consumer.inbox.queue, properties, body)

    def _add(self, consumer: Consumer, *, was_empty: bool, is_cut: bool) -> None:
        queue = consumer.inbox.queue
        got = consumer.last
        last = name_of(got.encoded_properties, got.body) if got is not None else ""
        before = self._gone.get(queue)
        self._gone[queue] = Deleted(
            asyncio.get_running_loop().time(),
            last=before.last if before is not None else last,  # if it went before that was told
            is_empty=before is None and was_empty,
            is_ordered=self._is_ordered(queue),
            is_for_all=self._is_for_all(queue),
            is_cut=is_cut or (before is not None and before.is_cut),
        )

    def _begin_anew(self, why: str) -> None:
        self._renewing = None
        self._renew(why)

    async def _tell(self, tell: Tell, missing: Collection[QueueName]) -> None:
        now = asyncio.get_running_loop().time()
        gone = {queue: each for queue, each in self._gone.items() if queue not in missing}
        leads = await tell({queue: each.after(now) for queue, each in gone.items()})
        if leads not in (Leads.AWAY, Leads.SILENT):
            for queue, each in gone.items():
                if self._gone.get(queue) is each:  # else it is gone again
                    del self._gone[queue]

    async def _keep_telling(self, tell: Tell, missing: Collection[QueueName]) -> None:
        """Whoever binds may be away, or a queue not back; but he remembers for a while only."""
        loop = asyncio.get_running_loop()
        pause = AMQP_UNROUTED_SECONDS
        with suppress(TransportError):
            while self._gone:
                await asyncio.sleep(pause)
                pause = min(2 * pause, AMQP_SOON_SECONDS)
                late = loop.time() - AMQP_RECENT_SECONDS
                self._gone = {q: each for q, each in self._gone.items() if each.seconds > late}
                await self._tell(tell, missing)

    def _send_back(self, queue: QueueName, properties: Encoded, body: bytes) -> None:
        try:
            self._outbox.check(queue, Side.IN, len(body))
        except TransportError as error:
            self._not_sent(queue, error)
        else:
            message = Outgoing(queue, Side.IN, body, once_more(properties))
            message.confirmed.add_done_callback(partial(self._sent_back, queue))
            self._returned.add(queue, message.properties, body)
            self._outbox.send(message)

    def _sent_back(self, queue: QueueName, confirmed: asyncio.Future[None]) -> None:
        if not confirmed.cancelled() and (error := confirmed.exception()) is not None:
            self._not_sent(queue, error)

    def _not_sent(self, queue: QueueName, error: BaseException) -> None:
        self._note(f"a message of `{shown(queue)}` went with the queue: {error}")
