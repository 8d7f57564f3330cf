"""One channel: requests, consumers, and the fast way for messages in both directions.

Publishing and settling only add bytes to the connection's next write: no task, no future, nothing
to wait for. A channel lives as long as its connection; there is no way to bring one back, and so
none in which an old delivery tag could reach a new channel.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from pamqp import commands

from msgflo_lab.errors import PayloadTooLarge, TransportError

from . import requests
from .acks import Acks
from .answers import Answers
from .arrival import Arrival
from .confirms import Fate, Then
from .delivery import Consuming, Delivery, nothing
from .errors import ChannelClosed
from .frames import (
    ACK,
    BODY,
    DELIVER,
    HEADER,
    HEARTBEAT,
    METHOD,
    NACK,
    NO_PROPERTIES,
    OVERHEAD,
    RETURN,
    Encoded,
    MalformedFrame,
    Method,
    decode_method,
    encode_ack,
    encode_content,
    encode_method,
    encode_reject,
    method_id,
    parse_confirm,
    parse_deliver,
)
from .ledger import Ledger
from .limits import AMQP_ACK_SECONDS, AMQP_MAX_RECEIVED, AMQP_UNCONFIRMED
from .requests import Arguments, Request
from .routes import Routes
from .topology import M, Topology

if TYPE_CHECKING:
    from .connection import Connection

_log = logging.getLogger(__name__)

OnDelivery = Callable[[Delivery], None]
"""Called on the loop with each message, while bytes are read: it must not take long, nor raise (the
connection would be dropped)."""
OnCancelled = Callable[[], None]
"""Called on the loop when the broker ends a consumer: its queue is gone."""
OnClosed = Callable[[ChannelClosed], None]
"""Called on the loop when the broker closes a channel while the connection stands."""


class Channel(Topology):
    """One channel of a `Connection`, which opens it.

    Attributes:
        number: What AMQP calls it on this connection.
        confirms: Whether the broker answers for every message.
    """

    def __init__(
        self, connection: Connection, number: int, *, confirms: bool, on_closed: OnClosed
    ) -> None:
        self.number = number
        self.confirms = confirms
        self._connection = connection
        self._wire = connection.wire
        self._chunk = connection.frame_max - OVERHEAD
        self._limit = connection.max_payload
        self._on_closed = on_closed
        self._error: TransportError | None = None
        self._closing = False
        self._flowing = True
        self._ledger = Ledger() if confirms else None
        self._answers = Answers()
        self._consumers: dict[bytes, Consuming] = {}
        self._given_up: set[str] = set()
        self._tags = itertools.count(1)
        self._acks = Acks()
        self._ack_timer: asyncio.TimerHandle | None = None
        self._routes = Routes(number)
        self._arrival = Arrival(self._arrived, AMQP_MAX_RECEIVED)
        # Whose the arriving message is: a consumer's, or with tag 0 one that is given back.
        self._consumer: Consuming | None = None
        self._tag = 0
        self._redelivered = 0
        self._route = b""

    @property
    def is_open(self) -> bool:
        """False once it is closed, or its connection is gone."""
        return self._error is None and not self._closing

    # requests

    async def call(self, request: Request, answer: type[M]) -> M:
        """Send a request and wait for its answer. See `Topology`."""
        self._check()
        found = await self._ask(request, answer)
        assert isinstance(found, answer)
        return found

    async def consume(
        self,
        queue: str,
        on_delivery: OnDelivery,
        *,
        prefetch: int = 0,
        exclusive: bool = False,
        no_ack: bool = False,
        arguments: Arguments = None,
        on_cancelled: OnCancelled | None = None,
    ) -> str:
        """Receive the messages of a queue. Returns the consumer's tag, for `cancel`.

        Args:
            prefetch: How many of them may be unsettled, for this consumer; 0: any number.
            exclusive: Nobody else may consume the queue.
            no_ack: The broker forgets what it has sent: at most once.
            arguments: `x-priority`, for example.
            on_cancelled: The broker has ended it. No delivery follows; what was delivered before
                can still be settled.

        Raises:
            ChannelClosed: No such queue (404), or somebody has it for himself (403, 405).
            ConnectionLost: The connection is gone.
        """
        self._check()
        tag = f"{self.number}-{next(self._tags)}"
        request = requests.consume(
            queue, tag, no_ack=no_ack, exclusive=exclusive, arguments=arguments
        )
        # Deliveries may come in the very read that brings the answer.
        consumer = Consuming(on_delivery, on_cancelled or nothing, no_ack)
        self._consumers[tag.encode()] = consumer
        limited = self._ask(requests.qos(prefetch), commands.Basic.QosOk)
        begun = self._ask(request, commands.Basic.ConsumeOk, tag)
        try:
            await limited
            await begun
        except BaseException:
            consumer.forget()
            self._give_up(tag)
            raise
        return tag

    async def cancel(self, tag: str) -> None:
        """Receive no more. Idempotent.

        `on_delivery` may be called until this returns, and never after.
        """
        if tag.encode() in self._consumers and self._error is None:
            self._check()
            await self._ask(requests.cancel(tag), commands.Basic.CancelOk, tag)

    async def close(self) -> None:
        """Close it in order: what was published and settled before is carried out. Idempotent."""
        self.flush_acks()
        if self._error is None and not self._closing:
            closed = self._ask(requests.close_channel(), commands.Channel.CloseOk)
            self._closing = True
            with suppress(TransportError):
                # Gone in another way meanwhile: gone all the same.
                await closed

    def abandon(self) -> None:
        """Close it without waiting: nobody got it. Its number is free when the broker answers."""
        self.flush_acks()
        if self._error is None and not self._closing:
            self._ask(requests.close_channel(), commands.Channel.CloseOk)
            self._closing = True

    # messages

    def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        properties: Encoded = NO_PROPERTIES,
        *,
        mandatory: bool = False,
        then: Then | None = None,
    ) -> None:
        """Send a message with the next write. Never waits: see `crowded`.

        Args:
            properties: See `encode_properties`.
            mandatory: The broker is to give it back if no queue is bound there. It then carries a
                message id, a made-up one if it has none.
            then: Called with what became of it. Needs a channel with confirms.

        Raises:
            PayloadTooLarge: Nothing was sent.
            InvalidName: The exchange or routing key is longer than 255 bytes; nothing was sent.
            ConnectionLost, ChannelClosed: The channel is gone.
        """
        if self._error is not None or self._closing:
            self._check()
        size = len(body)
        if size > self._limit:
            raise PayloadTooLarge(size, self._limit, "AMQP_MAX_PAYLOAD")
        method = self._routes[exchange, routing_key, mandatory]
        if self._ledger is not None:
            if mandatory:
                properties = self._ledger.confirms.add_mandatory(then, properties)
            else:
                self._ledger.confirms.add(then)
        elif then is not None:
            raise ValueError("`then` needs a channel with confirms")
        content = encode_content(self.number, body, properties, self._chunk)
        self._wire.write_content((method, *content), size)

    def ack(self, tag: int) -> None:
        """Acknowledge one delivery of this channel, together with others, within a moment.

        That is `AMQP_ACK_SECONDS`, or as soon as somebody calls `flush_acks`: the broker has less
        to read then, and delivers in larger portions.
        """
        if self._error is None and not self._closing:
            self._acks.add(tag)
            if self._ack_timer is None:
                loop = asyncio.get_running_loop()
                self._ack_timer = loop.call_later(AMQP_ACK_SECONDS, self.flush_acks)

    def flush_acks(self) -> None:
        """Send the acknowledgements that are due, with the next write."""
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None
        if self._error is None and not self._closing:
            for tag, multiple in self._acks.take():
                self._wire.write(encode_ack(self.number, tag, multiple=multiple))

    def reject(self, tag: int, *, requeue: bool) -> None:
        """Refuse one delivery of this channel, with the next write."""
        if self._error is None and not self._closing:
            self._acks.told(tag)
            self._wire.write(encode_reject(self.number, tag, requeue=requeue))

    @property
    def crowded(self) -> bool:
        """Whoever publishes should await `room` before he goes on.

        More than `AMQP_WRITE_HIGH_BYTES` are unsent, `AMQP_UNCONFIRMED` messages unconfirmed, or
        the broker has asked to pause (`Connection.blocked`, or channel.flow).
        """
        return self._error is None and (
            self._connection.crowded
            or not self._flowing
            or (self._ledger is not None and len(self._ledger.confirms) >= AMQP_UNCONFIRMED)
        )

    async def room(self) -> None:
        """Wait while it is crowded.

        Raises:
            ConnectionLost, ChannelClosed: The channel is gone.
        """
        while self.crowded:
            await self._connection.wait()
        self._check()

    @property
    def unconfirmed(self) -> int:
        """How many messages await the broker's answer; 0 without confirms."""
        return len(self._ledger.confirms) if self._ledger is not None else 0

    async def settled(self) -> None:
        """Wait until the broker has answered for all messages published so far.

        Returns at once without confirms, and when the channel is gone: `then` has been told.
        """
        if self._ledger is not None:
            await self._ledger.settled()

    # the connection calls these

    def receive(self, kind: int, buffer: bytes, start: int, stop: int) -> None:
        """One frame has arrived. Raises MalformedFrame if it is none that may come here."""
        if kind == BODY:
            self._arrival.body(buffer[start:stop])
        elif kind == HEADER:
            self._arrival.header(buffer, start, stop)
        elif kind == METHOD and stop - start >= 4:
            (method,) = method_id(buffer, start)
            if method == DELIVER:
                self._arrival.begin()
                tag, self._tag, self._redelivered, self._route = parse_deliver(buffer, start, stop)
                self._consumer = self._consumers.get(tag)
            elif method == ACK:
                self._answered(buffer, start, stop, Fate.CONFIRMED)
            elif method == NACK:
                self._answered(buffer, start, stop, Fate.REFUSED)
            elif method == RETURN:
                self._arrival.begin()
                self._consumer, self._tag = None, 0
            else:
                self._control(decode_method(buffer, start, stop))
        elif kind != HEARTBEAT:
            raise MalformedFrame(f"a frame of type {kind}, or cut short")

    def end(self, error: TransportError) -> None:
        """The channel is gone. Whoever waits for anything is told."""
        if self._error is not None:
            return
        self._error = error
        if self._ack_timer is not None:
            self._ack_timer.cancel()
        self._consumers.clear()
        self._answers.fail(error)
        if self._ledger is not None:
            self._ledger.lose()

    def _arrived(self, properties: bytes, body: bytes | None) -> None:
        consumer = self._consumer
        if self._closing:
            return
        if consumer is None:
            if self._tag:
                # Its consumer is not known, or not any more.
                self.reject(self._tag, requeue=True)
            elif self._ledger is not None:
                self._ledger.confirms.returned(properties)
        elif body is not None:
            no_ack = consumer.no_ack
            if no_ack:
                self._acks.told(self._tag)
            consumer.on_delivery(
                Delivery(self, self._tag, self._redelivered, self._route, properties, body, no_ack)
            )
        else:
            _log.warning("rejected a message above AMQP_MAX_RECEIVED = %d bytes", AMQP_MAX_RECEIVED)
            if not consumer.no_ack:
                self.reject(self._tag, requeue=False)

    def _answered(self, buffer: bytes, start: int, stop: int, fate: Fate) -> None:
        if self._ledger is None:
            raise MalformedFrame("a confirm that nobody asked for")
        crowded = len(self._ledger.confirms) >= AMQP_UNCONFIRMED
        self._ledger.settle(*parse_confirm(buffer, start, stop), fate)
        if crowded:
            self._connection.wake()

    def _control(self, method: Method) -> None:
        if isinstance(method, commands.Channel.Close):
            self._wire.write(encode_method(requests.channel_closed(), self.number))
            self._connection.forget(self.number)
            error = ChannelClosed(method.reply_code or 0, method.reply_text or "")
            wanted = not self._closing
            self.end(error)
            self._connection.wake()
            if wanted:
                self._on_closed(error)
        elif isinstance(method, commands.Channel.Flow):
            self._flowing = bool(method.active)
            self._wire.write(encode_method(requests.flow_ok(self._flowing), self.number))
            self._connection.wake()
        elif isinstance(method, commands.Basic.Cancel):
            tag = method.consumer_tag or ""
            consumer = self._consumers.pop(tag.encode(), None)
            if not method.nowait:
                self._wire.write(encode_method(requests.cancelled(tag), self.number))
            if consumer is not None:
                consumer.on_cancelled()
        else:
            self._answer(method)

    def _ask(self, request: Request, answer: type[Method], tag: str = "") -> asyncio.Future[Method]:
        self._wire.write(encode_method(request, self.number))
        return self._answers.expect(answer, tag)

    def _give_up(self, tag: str) -> None:
        """Whoever began this consumer does not want it any more.

        RabbitMQ (3.10) breaks the connection if it is cancelled before it has begun.
        """
        if self._answers.due(tag):
            self._given_up.add(tag)
        elif self._error is None and not self._closing:
            self._ask(requests.cancel(tag), commands.Basic.CancelOk, tag)

    def _answer(self, method: Method) -> None:
        future = self._answers.take(method)
        if future is None:
            # A broker's close and ours may have crossed.
            if isinstance(method, commands.Channel.CloseOk):
                return
            raise MalformedFrame(f"{method.name} out of turn")
        if isinstance(method, commands.Basic.CancelOk):
            self._consumers.pop((method.consumer_tag or "").encode(), None)
        elif isinstance(method, commands.Basic.ConsumeOk) and method.consumer_tag in self._given_up:
            self._given_up.discard(method.consumer_tag)
            self._give_up(method.consumer_tag)
        elif isinstance(method, commands.Channel.CloseOk):
            self._connection.forget(self.number)
            self.end(ChannelClosed(200, "closed by us"))
            self._connection.wake()
        if not future.done():
            future.set_result(method)

    def _check(self) -> None:
        if self._error is not None:
            raise self._error.with_traceback(None)
        if self._closing:
            raise ChannelClosed(200, "closed by us")
