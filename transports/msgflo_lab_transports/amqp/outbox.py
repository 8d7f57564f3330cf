"""Messages that count as sent only when the broker has confirmed them, across connections."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from msgflo_lab.definition import Side
from msgflo_lab.errors import PayloadTooLarge, TransportError
from msgflo_lab.names import QueueName, shown

from .channel import Channel
from .confirms import Fate, Then
from .errors import ChannelClosed
from .frames import Encoded, Properties, encode_properties
from .limits import AMQP_ANNOUNCEMENT_SECONDS, AMQP_MAX_PAYLOAD, AMQP_REFUSED_SECONDS
from .suspects import examine, is_suspicious, most_bytes


class Outgoing:
    """One message on its way, and who waits for its confirmation."""

    __slots__ = ("confirmed", "is_suspect", "payload", "properties", "queue", "side")

    def __init__(self, queue: QueueName, side: Side, payload: bytes, properties: Encoded) -> None:
        self.queue = queue
        self.side = side
        self.payload = payload
        self.properties = properties
        self.is_suspect = False
        self.confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(self, error: TransportError) -> None:
        """It will not be sent."""
        if not self.confirmed.done():
            self.confirmed.set_exception(error)
            # Whoever posted it may not look.
            self.confirmed.exception()


class Outbox:
    """What is confirmed is over; what a lost channel leaves open is sent again on the next.

    So each arrives at least once, in the order in which it was put in. Bounded by those who put in:
    see `Channel.room`.

    Attributes:
        most: Bytes of the longest message that the broker takes, as far as we know.
    """

    def __init__(self) -> None:
        self.most = AMQP_MAX_PAYLOAD
        self._channel: Channel | None = None
        self._again: deque[Outgoing] = deque()
        self._refused: dict[tuple[QueueName, Side], tuple[float, TransportError]] = {}
        self._time = asyncio.get_running_loop().time

    def linked(self, channel: Channel) -> None:
        """There is a channel: send what waits. Without confirms, what is sent is over."""
        self._channel = channel
        again, self._again = self._again, deque()
        for message in again:
            self.send(message)

    def unlinked(self) -> None:
        """The channel is gone."""
        self._channel = None

    def learn(self, error: ChannelClosed) -> None:
        """The broker has closed a channel, and may have said what it does not take."""
        self.most = min(self.most, most_bytes(error) or self.most)

    def check(self, queue: QueueName, side: Side, size: int) -> None:
        """Raise what sending so many bytes would end with, as far as that is known."""
        if size > self.most:
            name = "AMQP_MAX_PAYLOAD" if self.most == AMQP_MAX_PAYLOAD else "what the broker takes"
            raise PayloadTooLarge(size, self.most, name)
        if self._refused and (queue, side) in self._refused:
            until, error = self._refused[queue, side]
            if self._time() < until:
                raise error.with_traceback(None)
            del self._refused[queue, side]

    async def examine(self, open_channel: Callable[[], Awaitable[Channel]]) -> None:
        """Find out which of the messages it was that the broker closed a channel on.

        Those that it takes are sent by this. Raises TransportError if the link is lost meanwhile.
        """
        suspects = [message for message in self._again if message.is_suspect]
        if not suspects:
            return
        over = set[Outgoing]()

        def publish(channel: Channel, place: int, then: Then) -> None:
            self._publish(channel, suspects[place], then)

        def tell(place: int, fate: Fate | ChannelClosed) -> None:
            over.add(suspects[place])
            if isinstance(fate, ChannelClosed):
                self._give_back(suspects[place], fate)
            else:
                self._answered(suspects[place], fate)

        try:
            await examine(len(suspects), open_channel, publish, tell)
        finally:
            self._again = deque(message for message in self._again if message not in over)

    @property
    def queues(self) -> set[tuple[QueueName, Side]]:
        """Where messages that wait for a channel are to go."""
        return {(message.queue, message.side) for message in self._again}

    def send(self, message: Outgoing) -> None:
        """Send it now, or when there is a channel. May raise what `Channel.publish` raises."""
        channel = self._channel
        if channel is None or not channel.is_open:
            self._again.append(message)
            return
        self._publish(channel, message, partial(self._answered, message))
        if not channel.confirms:
            self._answered(message, Fate.CONFIRMED)

    def _publish(self, channel: Channel, message: Outgoing, then: Then) -> None:
        publish(
            channel,
            message.queue,
            message.side,
            message.payload,
            message.properties,
            then if channel.confirms else None,
        )

    def refuse(self, queue: QueueName, side: Side, error: TransportError) -> None:
        """Nothing can be sent there: give up what waits for it."""
        keep = deque[Outgoing]()
        for message in self._again:
            if (message.queue, message.side) == (queue, side):
                message.fail(error)
            else:
                keep.append(message)
        self._again = keep

    def give_up(self, error: TransportError) -> None:
        """No channel will come: tell whoever waits."""
        again, self._again = self._again, deque()
        for message in again:
            message.fail(error)

    def _answered(self, message: Outgoing, fate: Fate) -> None:
        if fate is Fate.LOST:
            message.is_suspect = self._channel is not None and is_suspicious(self._channel.error)
            self._again.append(message)
        elif fate is Fate.CONFIRMED:
            if not message.confirmed.done():
                message.confirmed.set_result(None)
        elif fate is Fate.RETURNED:
            message.fail(TransportError(f"there is no queue `{shown(message.queue)}`"))
        else:
            message.fail(
                TransportError(
                    f"the broker did not take a message for `{shown(message.queue)}`: a queue is "
                    "full, or cannot be reached"
                )
            )

    def _give_back(self, message: Outgoing, why: ChannelClosed) -> None:
        """The broker closes every channel that this one comes over."""
        self.learn(why)
        error = TransportError(
            f"the broker refuses a message of {len(message.payload):,} bytes for "
            f"`{shown(message.queue)}`: {why.code} {why.text}"
        )
        if why.code == _FORBIDDEN:
            self._refused[message.queue, message.side] = (
                self._time() + AMQP_REFUSED_SECONDS,
                error,
            )
        message.fail(error)


def publish(
    channel: Channel,
    queue: QueueName,
    side: Side,
    payload: bytes,
    properties: Encoded,
    then: Then | None = None,
) -> None:
    """Send a message out of an outport, or into an inport. See `Channel.publish`.

    With confirms, it comes back from where it leads nowhere (but see `Channel.wants_back`).
    """
    if side is Side.IN:
        mandatory = channel.confirms
        channel.publish("", queue, payload, properties, mandatory=mandatory, then=then)
    else:
        mandatory = channel.wants_back(queue)
        channel.publish(queue, "", payload, properties, mandatory=mandatory, then=then)


async def room_on(channel: Channel) -> None:
    """Wait while it is crowded; one that is gone has room for whoever then looks for another."""
    try:
        await channel.room()
    except TransportError:
        return


ANNOUNCEMENT = encode_properties(
    Properties(
        content_type="application/json",
        expiration=str(AMQP_ANNOUNCEMENT_SECONDS * 1000),
    )
)
"""The properties of a discovery message."""
_FORBIDDEN = 403
