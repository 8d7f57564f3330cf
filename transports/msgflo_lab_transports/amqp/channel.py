"""One channel: the fast way for messages in both directions.

Publishing and settling only add bytes to the connection's next write: no task, no future, nothing
to wait for. A channel lives as long as its connection; there is no way to bring one back, and so
none in which an old delivery tag could reach a new channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgflo_lab.errors import PayloadTooLarge, TransportError

from .acks import Acks
from .arrival import Arrival
from .confirms import Detour, Fate, Sent, Then
from .delivery import Consuming, Delivery
from .dialogue import Dialogue, OnClosed
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
    PROPERTIES_AT,
    RETURN,
    Encoded,
    MalformedFrame,
    decode_method,
    encode_ack,
    encode_content,
    encode_reject,
    method_id,
    parse_confirm,
    parse_deliver,
    parse_return,
)
from .ledger import Ledger
from .limits import AMQP_ACK_SECONDS, AMQP_MAX_RECEIVED
from .routes import Routes

if TYPE_CHECKING:
    from .connection import Connection

_log = logging.getLogger(__name__)


class Channel(Dialogue):
    """One channel of a `Connection`, which opens it.

    Attributes:
        number: What AMQP calls it on this connection.
        confirms: Whether the broker answers for every message.
        most_properties: Bytes of the longest properties that it can send, encoded.
        wants_back: Whether what leads nowhere from an exchange is to come back.
    """

    def __init__(
        self, connection: Connection, number: int, *, confirms: bool, on_closed: OnClosed
    ) -> None:
        super().__init__(connection, number, on_closed)
        self.confirms = confirms
        self._chunk = connection.frame_max - OVERHEAD
        self._limit = connection.max_payload
        # Properties have to fit into one frame, with the 12 bytes before them.
        self.most_properties = self._chunk - PROPERTIES_AT
        self.wants_back: Callable[[str], bool] = _nothing_back
        self._ledger = Ledger() if confirms else None
        self._acks = Acks()
        self._ack_timer: asyncio.TimerHandle | None = None
        self._routes = Routes(number)
        self._arrival = Arrival(self._arrived, AMQP_MAX_RECEIVED)
        # Whose the arriving message is: a consumer's, or with tag 0 one that is given back.
        self._consumer: Consuming | None = None
        self._tag = 0
        self._redelivered = 0
        self._route = b""
        self._returning = ("", "")

    async def close(self) -> None:
        """Close it in order: what was published and settled before is carried out. Idempotent."""
        self.flush_acks()
        await super().close()

    def abandon(self) -> None:
        """Close it without waiting: nobody got it. Its number is free when the broker answers."""
        self.flush_acks()
        super().abandon()

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
            mandatory: The broker is to give it back if no queue is bound there.
            then: Called with what became of it. Needs a channel with confirms.

        Raises:
            PayloadTooLarge: The body, or the properties with all headers; nothing was sent.
            InvalidName: The exchange or routing key is longer than 255 bytes; nothing was sent.
            ConnectionLost, ChannelClosed: The channel is gone.
        """
        if self._error is not None or self._closing:
            self._check()
        size = len(body)
        if size > self._limit:
            raise PayloadTooLarge(size, self._limit, "AMQP_MAX_PAYLOAD")
        if len(properties) > self.most_properties:
            # The broker would close the connection.
            raise PayloadTooLarge(len(properties), self.most_properties, "headers in one frame")
        method = self._routes[exchange, routing_key, mandatory]
        if self._ledger is not None:
            if mandatory:
                sent = Sent((exchange, routing_key), properties, body)
                self._ledger.confirms.add_mandatory(then, sent)
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

    def see_to(self, unrouted: Detour, refused: Detour, wants: Callable[[str], bool]) -> None:
        """Who is given what comes back from exchanges, or what the broker refuses.

        Needs a channel with confirms.

        Args:
            wants: From which exchanges something is to come back.
        """
        assert self._ledger is not None
        self._ledger.confirms.unrouted = unrouted
        self._ledger.confirms.refused = refused
        self.wants_back = wants

    @property
    def crowded(self) -> bool:
        """Whoever publishes should await `room` before he goes on.

        More than `WRITE_HIGH_BYTES` are unsent, `AMQP_UNCONFIRMED` messages unconfirmed (or
        `AMQP_UNCONFIRMED_BYTES` of those that may come back), or the broker has asked to pause
        (`Connection.blocked`, or channel.flow).
        """
        return self._error is None and (
            self._connection.crowded
            or not self._flowing
            or (self._ledger is not None and self._ledger.is_full)
        )

    @property
    def is_blocked(self) -> bool:
        """The broker takes no messages at present, and has said so."""
        return self._connection.blocked is not None

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

    async def sibling(self) -> Channel:
        """One more channel on the same connection, with confirms.

        Raises:
            ConnectionLost: The connection is gone.
            ConnectionFailed: There are as many channels as there may be.
        """
        return await self._connection.channel(confirms=True)

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
                self._returning = parse_return(buffer, start, stop)
            else:
                self._hear(decode_method(buffer, start, stop))
        elif kind != HEARTBEAT:
            raise MalformedFrame(f"a frame of type {kind}, or cut short")

    def end(self, error: TransportError) -> None:
        """The channel is gone. Whoever waits for anything is told."""
        if self._error is not None:
            return
        if self._ack_timer is not None:
            self._ack_timer.cancel()
        super().end(error)
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
                self._ledger.confirms.returned(Sent(self._returning, properties, body or b""))
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
        was_full = self._ledger.is_full
        self._ledger.settle(*parse_confirm(buffer, start, stop), fate)
        if was_full:
            self._connection.wake()


def _nothing_back(_exchange: str) -> bool:
    return False
