"""Messages that count as sent only when the broker has confirmed them, across connections."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

from msgflo_lab.definition import Side
from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName, shown

from .channel import Channel
from .confirms import Fate
from .frames import Encoded


class Outgoing:
    """One message on its way, and who waits for its confirmation."""

    __slots__ = ("confirmed", "payload", "properties", "queue", "side")

    def __init__(self, queue: QueueName, side: Side, payload: bytes, properties: Encoded) -> None:
        self.queue = queue
        self.side = side
        self.payload = payload
        self.properties = properties
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
    """

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._again: deque[Outgoing] = deque()

    def linked(self, channel: Channel) -> None:
        """There is a channel (with confirms): send what waits."""
        self._channel = channel
        again, self._again = self._again, deque()
        for message in again:
            self.send(message)

    def unlinked(self) -> None:
        """The channel is gone."""
        self._channel = None

    @property
    def queues(self) -> set[tuple[QueueName, Side]]:
        """Where messages that wait for a channel are to go."""
        return {(message.queue, message.side) for message in self._again}

    def send(self, message: Outgoing) -> None:
        """Send it now, or when there is a channel. May raise what `Channel.publish` raises."""
        if self._channel is None:
            self._again.append(message)
            return
        is_in = message.side is Side.IN
        self._channel.publish(
            "" if is_in else message.queue,
            message.queue if is_in else "",
            message.payload,
            message.properties,
            mandatory=is_in,
            then=partial(self._answered, message),
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
