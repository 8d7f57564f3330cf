"""A participant's handle on an AMQP broker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from msgflo_lab.definition import Side
from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.names import QueueName, shown
from msgflo_lab.transport import Delivery, OnLink, OnNote, Subscription, Traits

from ..limits import CLOSE_SECONDS, DISCOVERY, PATIENCE_SECONDS
from ..ports import port_options
from .binders import Leads, ask_binders, forget_binders
from .channel import Channel
from .connection import Connection
from .consumer import Consumer, Received
from .consumers import Consumers
from .declarer import NOT_FOUND, Declarer
from .deletions import Deletions
from .errors import ChannelClosed, ConnectionLost, GivenUp
from .frames import NO_PROPERTIES, PERSISTENT
from .limits import AMQP_PREFETCH_QUORUM, AMQP_REFUSED_SECONDS
from .link import Lasting
from .metadata import described
from .objects import Declared, check_name, declared
from .outbox import ANNOUNCEMENT, Outbox, Outgoing, publish, room_on
from .refill import Deleted
from .settings import Confirms, Settings
from .suspects import is_suspicious
from .unprocessed import Unprocessed
from .unrouted import Unrouted

T = TypeVar("T")

_log = logging.getLogger(__name__)


class AmqpClient:
    """A `Client` over one connection with a few channels.

    Each subscription has one, for its deliveries and their acknowledgements: each when the broker
    has confirmed what was sent on its account. That goes over *working*. *Sure* carries everything
    else: what the broker has not confirmed when the link breaks is sent again.
    *Declaring* has channels of its own, which may die of what is asked (see `Declarer`), and so
    have the copies of messages that are not processed (see `Unprocessed`).

    So a message that was handed over gets to its queues at least once, whatever happens to the link
    and the broker, unless the option `confirms=none` does without the broker's answers.
    """

    def __init__(self, settings: Settings, name: str, on_link: OnLink, on_note: OnNote) -> None:
        self._settings = settings
        self._is_renewing = False
        self._on_note = on_note
        self._noted: set[str] = set()
        self._to_tell: dict[str, None] = {}
        self._ports: dict[tuple[QueueName, Side], Mapping[str, Any]] = {}
        self._known: set[tuple[QueueName, Side]] = set()
        self._foreign: set[QueueName] = set()
        self._outbox = Outbox()
        self._is_careful = settings.confirms is Confirms.ALL
        self._properties = PERSISTENT if settings.persistent else NO_PROPERTIES
        self._working: Channel | None = None
        self._sure: Channel | None = None
        self._declarer: Declarer | None = None
        self._consumers = Consumers(
            on_closed=self._channel_closed,
            on_deleted=self._deleted,
            declare=self._declare_again,
            was_there=lambda queue: (queue, Side.IN) in self._known,
            note=self.note,
        )
        self._unprocessed = Unprocessed(
            self._how,
            declare=self._declare_waiting,
            lay_out=self._lay_out,
            note=self.note,
            holds=settings.held,
        )
        self._deletions = Deletions(
            outbox=self._outbox,
            returned=self._unprocessed.returned,
            is_ordered=lambda queue: "x-max-priority" not in self._how(queue).arguments,
            is_for_all=lambda queue: not self._may_be_single(queue),
            renew=lambda why: self._link.renew(why),
            note=self.note,
        )
        self._unrouted = Unrouted(self._ask_binders, self._forget_binders, self.note)
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
            InvalidDefinition: An option that nobody knows, or a value that it cannot have.
            TransportError: Somebody has it for himself, or we may not declare it.
            ConnectionFailed: No link, and none came back within the transport's patience.
        """
        asked = port_options(queue, options)
        declared(queue, side, asked)
        await self._steadily(lambda: self._declare(queue, side, asked))
        self._ports[queue, side] = asked

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
        metadata: Mapping[str, str] | None = None,
    ) -> asyncio.Future[None] | None:
        """Send one message. See `Client.post`; with `cause`, the broker's answer is not awaited."""
        self._outbox.check(queue, side, len(payload))
        properties = self._properties
        if metadata:
            properties = described(metadata, persistent=self._settings.persistent)
        if (queue, side) not in self._known:
            await self._steadily(lambda: self._look_for(queue, side))
        if queue in self._unrouted:
            await self._unrouted.over(queue)
        if isinstance(cause, Received) and not self._is_careful:
            # Without confirms, what goes before the acknowledgement has to go the same way. If that
            # is lost, the delivery comes again, and this with it.
            channel = self._working or cause.delivery.channel
            if cause.delivery.channel.is_open and channel.is_open:
                then = cause.sent if channel.confirms else None
                publish(channel, queue, side, payload, properties, then)
                if then is not None:
                    cause.sends()
                if channel.crowded:
                    await room_on(channel)
            return None
        if self._sure is None or self._sure.crowded or not self._sure.is_open:
            await self._way()
        if self._settings.confirms is Confirms.NONE:
            assert self._sure is not None
            publish(self._sure, queue, side, payload, properties)
            return None
        message = Outgoing(queue, side, payload, properties)
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
            on_close=self._consumers.remove,
            came=self._unprocessed.returned.came,
        )

        async def begin() -> None:
            await self._look_for(queue, Side.IN)
            connection = self._link.connection
            if connection is None:
                raise ConnectionLost("lost again at once")
            await self._consumers.add(consumer, connection)

        await self._steadily(begin)
        return consumer.inbox

    async def announce(self, announcement: bytes) -> None:
        """Send a discovery message to whoever listens. Raises TransportError if nobody takes it.

        To the queue `fbp`, as MsgFlo has it. There it waits for a coordinator, but for
        `AMQP_ANNOUNCEMENT_SECONDS` only.
        """
        if (DISCOVERY, Side.IN) not in self._known:
            await self._steadily(self._declare_discovery)
        connection = await self._link.ready()
        await connection.unless_blocked(self._announce(announcement))

    async def _announce(self, announcement: bytes) -> None:
        await self._way()
        message = Outgoing(DISCOVERY, Side.IN, announcement, ANNOUNCEMENT)
        self._outbox.send(message)
        await message.confirmed

    async def close(self) -> None:
        """Leave in order. What was delivered and is not settled goes back to its queue."""
        if self._link.is_closed:
            return
        connection = self._link.connection
        if self._sure is not None and connection is not None and connection.blocked is None:
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    if self._working is not None:
                        await self._working.settled()
                    await self._unrouted.settled()
                    await self._unprocessed.leave()
                    await self._sure.settled()
            except (TimeoutError, TransportError):
                _log.info("%s: left with messages that are not confirmed", self._settings.url)
        self._unprocessed.close()
        self._consumers.end()
        await self._link.close()
        if self._patience is not None:
            self._patience.cancel()
        self._unrouted.lost()
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
        sure = await connection.channel(
            confirms=self._settings.confirms is not Confirms.NONE, on_closed=closed
        )
        if self._settings.confirms is not Confirms.NONE:
            self._working = await connection.channel(confirms=True, on_closed=closed)
            self._unrouted.attach(self._working)
            self._unrouted.attach(sure)
        for consumer in self._consumers.all:
            # Nobody tells what went while the link was down. Of several who read it, one finds out.
            queue = consumer.inbox.queue
            how = self._how(queue)
            stays = how.durable and not how.auto_delete and queue not in self._deletions
            if stays and not await self._declarer.exists(queue):
                self._has_gone(queue)
                self._deletions.found(consumer)
        for (queue, side), options in list(self._ports.items()):
            try:
                await self._declare(queue, side, options)
            except TransportError as error:
                if connection.lost is not None:
                    raise
                # The others are not to wait for it.
                self.note(f"not restored: {error}")
        for queue, side in self._outbox.queues - self._known:
            try:
                await self._look_for(queue, side)
            except TransportError as error:
                if connection.lost is not None:
                    raise
                self._outbox.refuse(queue, side, error)
        await self._consumers.restore(connection)
        if (self._is_renewing or self._deletions) and self._ports:
            # A queue that is there again and bound to nothing misses what is for it.
            await self._deletions.tell(
                partial(self._have_bound, connection), self._consumers.missing
            )
        self._is_renewing = False
        await self._outbox.examine(partial(connection.channel, confirms=True))
        self._sure = sure
        self._outbox.linked(sure)
        if self._to_tell:
            self._noted.clear()
        while self._to_tell:
            self.note(self._to_tell.popitem()[0])
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    async def _have_bound(self, connection: Connection, gone: Mapping[QueueName, Deleted]) -> Leads:
        return await ask_binders(connection, {queue: gone.get(queue) for queue, _ in self._ports})

    def _lost(self) -> None:
        self._working = self._sure = self._declarer = None
        self._outbox.unlinked()
        self._deletions.lost(self._consumers.all)
        self._unrouted.lost()
        self._consumers.lost()
        if self._patience is None and not self._link.is_closed:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(PATIENCE_SECONDS, self._out_of_patience)

    def _out_of_patience(self) -> None:
        self._patience = None
        self._outbox.give_up(self._link.impatient())

    def _channel_closed(self, connection: Connection, error: ChannelClosed) -> None:
        self._to_tell[f"the broker closed a channel, and everything was restored: {error.text}"] = (
            None
        )
        self._is_renewing = True
        self._outbox.learn(error)
        if is_suspicious(error) and not self._is_careful:
            # Perhaps it was a result: then it would be the same when its cause comes again.
            self._is_careful = True
            asyncio.get_running_loop().call_later(AMQP_REFUSED_SECONDS, self._carefree)
        connection.wire.fail(GivenUp(str(error)))

    def _carefree(self) -> None:
        self._is_careful = False

    async def _steadily(self, work: Callable[[], Awaitable[T]], *, soon: bool = False) -> T:
        """Do something on the connection, and again on the next if it breaks meanwhile.

        Raises:
            ConnectionFailed: No link, and none came back; see `Lasting.ready`.
        """
        while True:
            await self._link.ready(soon=soon)
            try:
                return await work()
            except ConnectionLost:
                continue

    async def _declare(self, queue: QueueName, side: Side, options: Mapping[str, Any]) -> None:
        how = declared(queue, side, options, quorum=self._settings.quorum)
        try:
            is_ours = await self._declaring.declare(queue, side, how)
        except ChannelClosed as error:
            if error.code != NOT_FOUND:
                raise
            # Somebody has deleted it between two steps.
            is_ours = await self._declaring.declare(queue, side, how)
        if not is_ours:
            self._foreign.add(queue)
        self._known.add((queue, side))
        if side is Side.IN and self._settings.quorum and how.goes and "quorum" not in options:
            self.note(
                f"the queue `{shown(queue)}` is on one node only, in spite of `quorum` in the "
                "broker's address: its port's options have it go with its reader or the broker, "
                "and a quorum queue stays"
            )

    async def _declare_again(self, queue: QueueName) -> None:
        options = self._ports.get((queue, Side.IN))
        if options is not None:
            await self._declare(queue, Side.IN, options)

    def _how(self, queue: QueueName) -> Declared:
        """How we would declare the queue of an inport."""
        options = self._ports.get((queue, Side.IN), {})
        return declared(queue, Side.IN, options, quorum=self._settings.quorum)

    def _prefetch(self, queue: QueueName) -> int:
        # To change it is to change consumers. Then a quorum queue does not keep the order, and a
        # classic one with a single active consumer delivers nothing more (RabbitMQ 3.10). Which
        # kind a queue is that we have not declared, nobody tells.
        how = self._how(queue)
        is_fixed = how.is_quorum or self._may_be_single(queue)
        return self._settings.prefetch or (AMQP_PREFETCH_QUORUM if is_fixed else 0)

    def _may_be_single(self, queue: QueueName) -> bool:
        """Whether perhaps one of its readers gets everything, and the others wait."""
        is_known = (queue, Side.IN) in self._ports and queue not in self._foreign
        return not is_known or bool(self._how(queue).arguments.get("x-single-active-consumer"))

    async def _declare_discovery(self) -> None:
        # Whatever it is like, it will do; that it differs is said once, by who reads it.
        if not await self._declaring.exists(DISCOVERY):
            await self._declaring.queue(DISCOVERY, Declared())
        self._known.add((DISCOVERY, Side.IN))

    async def _declare_waiting(self, name: str, how: Declared) -> None:
        """Make a queue exist in which messages wait for another attempt."""
        await self._steadily(lambda: self._declaring.queue(name, how))

    async def _lay_out(self, queue: QueueName, quorum: bool) -> None:
        """Make the place exist where the rejected messages of a queue lie."""
        await self._steadily(lambda: self._declaring.lay_out(queue, quorum=quorum))

    @property
    def _declaring(self) -> Declarer:
        if self._declarer is None:
            raise ConnectionLost("lost again at once")
        return self._declarer

    async def _look_for(self, queue: QueueName, side: Side) -> None:
        """See that a queue is there: to publish to an exchange that is not would end a channel."""
        check_name(queue)
        look = self._declaring.exists if side is Side.IN else self._declaring.has_exchange
        if not await look(queue):
            what = "queue" if side is Side.IN else "exchange"
            raise TransportError(f"there is no {what} `{shown(queue)}` on {self._settings.url}")
        self._known.add((queue, side))

    # messages

    async def _way(self) -> None:
        """Wait for a link, and for room on it."""
        while True:
            await self._link.ready()
            if self._sure is not None and not self._sure.is_open:
                await asyncio.sleep(0)  # the connection goes with it, in a moment
                continue
            if self._sure is not None and not self._sure.crowded:
                return
            if self._sure is not None:
                await room_on(self._sure)

    async def _ask_binders(self, queue: QueueName) -> Leads:
        return await ask_binders(await self._linked(), {queue: None})

    async def _forget_binders(self) -> None:
        await forget_binders(await self._linked())

    async def _linked(self) -> Connection:
        """The connection. Raises ConnectionLost if there is none for long."""
        try:
            return await self._link.ready()
        except ConnectionFailed as error:
            raise ConnectionLost(str(error)) from error

    def _deleted(self, consumer: Consumer, is_cut: bool) -> None:
        self._has_gone(consumer.inbox.queue)
        self._deletions.told(consumer, is_cut)

    def _has_gone(self, queue: QueueName) -> None:
        self._is_renewing = True
        text = f"the queue `{shown(queue)}` was deleted, and has been declared again"
        self._to_tell[text] = None
