"""A participant's handle on an AMQP broker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from msgflo_lab.definition import Side
from msgflo_lab.errors import ConnectionFailed, PayloadTooLarge, TransportError
from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import Delivery, OnLink, OnNote, Subscription, Traits

from ..inbox import Inbox
from ..limits import CLOSE_SECONDS, DISCOVERY, PATIENCE_SECONDS
from .channel import Channel
from .connection import Connection
from .consumer import Consumer, Received
from .declarer import Declarer
from .errors import ChannelClosed, ConnectionLost
from .frames import NO_PROPERTIES, PERSISTENT, Properties, encode_properties
from .limits import AMQP_ANNOUNCEMENT_SECONDS, AMQP_MAX_PAYLOAD, AMQP_PREFETCH_QUORUM
from .link import Lasting
from .objects import Declared, check_name, declared
from .outbox import Outbox, Outgoing
from .settings import Confirms, Settings
from .unprocessed import Unprocessed

T = TypeVar("T")

_log = logging.getLogger(__name__)


class AmqpClient:
    """A `Client` over one connection with a few channels.

    *Working* carries the deliveries, what is sent on their account, and their acknowledgements, in
    this order: a broker that has an acknowledgement has what was sent before it. *Sure* carries
    everything else, with confirms: what the broker has not confirmed when the link breaks is sent
    again. *Declaring* has channels of its own, which may die of what is asked (see `Declarer`).

    So a message that was handed over gets to its queues at least once, whatever happens to the
    link, and (with the option `confirms=all`) even if the broker crashes.
    """

    def __init__(self, settings: Settings, name: str, on_link: OnLink, on_note: OnNote) -> None:
        self._settings = settings
        self._on_note = on_note
        self._noted: set[str] = set()
        self._ports: dict[tuple[QueueName, Side], Mapping[str, Any]] = {}
        self._known: set[tuple[QueueName, Side]] = set()
        self._consumers: list[Consumer] = []
        self._outbox = Outbox()
        self._properties = PERSISTENT if settings.persistent else NO_PROPERTIES
        self._working: Channel | None = None
        self._sure: Channel | None = None
        self._declarer: Declarer | None = None
        self._unprocessed = Unprocessed(self._how, self._parks, self._declare_waiting)
        self._patience: asyncio.TimerHandle | None = None
        self._link = Lasting(
            settings,
            name,
            restore=self._restore,
            lost=self._lost,
            on_link=on_link,
            on_note=on_note,
        )

    @property
    def traits(self) -> Traits:
        """Workers share a queue; queues and bindings stay."""
        return Traits(shares=True, keeps=True)

    async def start(self) -> None:
        """Connect. Raises ConnectionFailed."""
        await self._link.start()

    async def declare(
        self, queue: QueueName, side: Side, options: Mapping[str, Any] | None = None
    ) -> None:
        """Make a port's queue exist. One that somebody has declared otherwise is used as it is.

        Raises:
            InvalidName: AMQP cannot have a queue of that name.
            TransportError: Somebody has it for himself, or we may not declare it.
            ConnectionFailed: No link, and none came back within the transport's patience.
        """
        declared(queue, side, options or {})
        await self._steadily(lambda: self._declare(queue, side, options or {}))
        self._ports[queue, side] = options or {}

    async def publish(self, queue: QueueName, payload: bytes, side: Side = Side.OUT) -> None:
        """Send one message, and wait until the broker has it. See `Client.publish`.

        Raises:
            TransportError: There is no such queue or exchange, or it is full and refuses more.
        """
        confirmed = await self.post(queue, payload, side)
        if confirmed is not None:
            await confirmed

    async def post(
        self,
        queue: QueueName,
        payload: bytes,
        side: Side = Side.OUT,
        *,
        cause: Delivery | None = None,
    ) -> asyncio.Future[None] | None:
        """Send one message. See `Client.post`; with `cause`, the broker's answer is not awaited."""
        if len(payload) > AMQP_MAX_PAYLOAD:
            raise PayloadTooLarge(len(payload), AMQP_MAX_PAYLOAD, "AMQP_MAX_PAYLOAD")
        if (queue, side) not in self._known:
            await self._steadily(lambda: self._look_for(queue, side))
        if isinstance(cause, Received) and self._settings.confirms is not Confirms.ALL:
            channel = cause.delivery.channel
            if channel.is_open:  # else the delivery comes again, and this with it
                self._publish(channel, queue, payload, side)
                if channel.crowded:
                    await _room(channel)
            return None
        if self._sure is None or self._sure.crowded:
            await self._way()
        if self._settings.confirms is Confirms.NONE:
            assert self._sure is not None
            self._publish(self._sure, queue, payload, side)
            return None
        message = Outgoing(queue, side, payload, self._properties)
        self._outbox.send(message)
        return message.confirmed

    async def subscribe(self, queue: QueueName) -> Subscription:
        """Receive the messages of a queue, which others may share.

        Raises:
            TransportError: There is no such queue, or somebody has it for himself.
            ConnectionFailed: No link, and none came back within the transport's patience.
        """
        check_name(queue)
        consumer = Consumer(
            queue,
            prefetch=self._prefetch(queue),
            retry=self._unprocessed.retry,
            bury=self._unprocessed.bury,
            on_close=self._unsubscribe,
        )

        async def begin() -> None:
            await self._look_for(queue, Side.IN)
            if self._working is None:
                raise ConnectionLost("lost again at once")
            await self._consume(consumer, self._working)
            self._consumers.append(consumer)

        await self._steadily(begin)
        return consumer.inbox

    async def announce(self, announcement: bytes) -> None:
        """Send a discovery message to whoever listens.

        To the queue `fbp`, as MsgFlo has it. There it waits for a coordinator, but for
        `AMQP_ANNOUNCEMENT_SECONDS` only.
        """
        if (DISCOVERY, Side.IN) not in self._known:
            await self._steadily(self._declare_discovery)
        await self._way()
        message = Outgoing(DISCOVERY, Side.IN, announcement, _ANNOUNCEMENT)
        self._outbox.send(message)
        await message.confirmed

    async def close(self) -> None:
        """Leave in order. What was delivered and is not settled goes back to its queue."""
        if self._link.is_closed:
            return
        if self._sure is not None:
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._sure.settled()
            except (TimeoutError, TransportError):
                _log.info("%s: left with messages that are not confirmed", self._settings.url)
        self._unprocessed.close()
        for consumer in self._consumers:
            consumer.inbox.end()
        self._consumers.clear()
        await self._link.close()
        if self._patience is not None:
            self._patience.cancel()
        self._outbox.give_up(ConnectionFailed(f"the handle on {self._settings.url} is closed"))

    def note(self, text: str) -> None:
        """Tell people something, once."""
        if text not in self._noted:
            self._noted.add(text)
            self._on_note(text)

    # what a connection is made into

    async def _restore(self, connection: Connection) -> None:
        self._declarer = Declarer(connection, self.note)
        self._known.clear()
        closed = partial(self._channel_closed, connection)
        working = await connection.channel(
            confirms=self._settings.confirms is Confirms.ALL, on_closed=closed
        )
        sure = await connection.channel(
            confirms=self._settings.confirms is not Confirms.NONE, on_closed=closed
        )
        for (queue, side), options in self._ports.items():
            await self._declare(queue, side, options)
        for queue, side in self._outbox.queues:
            try:
                await self._look_for(queue, side)
            except TransportError as error:
                if connection.lost is not None:
                    raise
                self._outbox.refuse(queue, side, error)
        for consumer in self._consumers:
            await self._consume(consumer, working)
        self._working, self._sure = working, sure
        self._outbox.linked(sure)
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lost(self) -> None:
        self._working = self._sure = self._declarer = None
        self._outbox.unlinked()
        for consumer in self._consumers:
            consumer.lost()
        if self._patience is None and not self._link.is_closed:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(PATIENCE_SECONDS, self._out_of_patience)

    def _out_of_patience(self) -> None:
        self._patience = None
        self._outbox.give_up(self._link.impatient())

    def _channel_closed(self, connection: Connection, error: ChannelClosed) -> None:
        self.note(f"the broker closed a channel, and everything was restored: {error.text}")
        self._noted.clear()
        connection.wire.fail(ConnectionLost(str(error)))

    async def _steadily(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something on the connection, and again on the next if it breaks meanwhile.

        Raises:
            ConnectionFailed: No link, and none came back within the transport's patience.
        """
        while True:
            await self._link.ready()
            try:
                return await work()
            except ConnectionLost:
                continue

    async def _declare(self, queue: QueueName, side: Side, options: Mapping[str, Any]) -> None:
        assert self._declarer is not None
        how = declared(queue, side, options, quorum=self._settings.quorum)
        await self._declarer.declare(queue, side, how)
        self._known.add((queue, side))

    def _how(self, queue: QueueName) -> Declared:
        """How we would declare the queue of an inport."""
        options = self._ports.get((queue, Side.IN), {})
        return declared(queue, Side.IN, options, quorum=self._settings.quorum)

    def _parks(self, queue: QueueName) -> bool:
        """Whether we have seen to it that what is rejected lies somewhere."""
        return (queue, Side.IN) in self._ports and self._how(queue).parks

    def _prefetch(self, queue: QueueName) -> int:
        # To change it is to change consumers, and then a quorum queue does not keep the order.
        usual = AMQP_PREFETCH_QUORUM if self._how(queue).is_quorum else 0
        return self._settings.prefetch or usual

    async def _declare_discovery(self) -> None:
        assert self._declarer is not None
        await self._declarer.queue(DISCOVERY, Declared())
        self._known.add((DISCOVERY, Side.IN))

    async def _declare_waiting(self, name: str, how: Declared) -> None:
        """Make a queue exist in which messages wait for another attempt."""

        async def declare() -> None:
            assert self._declarer is not None
            await self._declarer.queue(name, how)

        await self._steadily(declare)

    async def _look_for(self, queue: QueueName, side: Side) -> None:
        """See that a queue is there: to publish to an exchange that is not would end a channel."""
        check_name(queue)
        assert self._declarer is not None
        if side is Side.IN:
            found = await self._declarer.exists(queue)
        else:
            found = await self._declarer.has_exchange(queue)
        if not found:
            what = "queue" if side is Side.IN else "exchange"
            raise TransportError(f"there is no {what} `{shown(queue)}` on {self._settings.url}")
        self._known.add((queue, side))

    # messages

    def _publish(self, channel: Channel, queue: QueueName, payload: bytes, side: Side) -> None:
        if side is Side.IN:
            channel.publish("", queue, payload, self._properties)
        else:
            channel.publish(queue, "", payload, self._properties)

    async def _way(self) -> None:
        """Wait for a link, and for room on it."""
        while True:
            await self._link.ready()
            if self._sure is not None and not self._sure.crowded:
                return
            if self._sure is not None:
                await _room(self._sure)

    async def _consume(self, consumer: Consumer, channel: Channel) -> None:
        queue = consumer.inbox.queue

        def cancelled() -> None:
            self._noted.clear()
            self.note(f"the queue `{shown(queue)}` was deleted, and has been declared again")
            self._link.renew(f"the queue `{shown(queue)}` was deleted")

        try:
            await consumer.begin(channel, cancelled)
        except ChannelClosed as error:
            raise TransportError(f"`{shown(queue)}` cannot be read: {error.text}") from error

    async def _unsubscribe(self, inbox: Inbox) -> None:
        for consumer in [each for each in self._consumers if each.inbox is inbox]:
            self._consumers.remove(consumer)
            await consumer.end()


async def _room(channel: Channel) -> None:
    """Wait while it is crowded; one that is gone has room for whoever then looks for another."""
    try:
        await channel.room()
    except TransportError:
        return


_ANNOUNCEMENT = encode_properties(
    Properties(
        content_type="application/json",
        expiration=str(AMQP_ANNOUNCEMENT_SECONDS * 1000),
    )
)
