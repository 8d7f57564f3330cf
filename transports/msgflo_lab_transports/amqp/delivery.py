"""One message that a consumer has received, and whom it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .frames import Encoded, Properties, decode_properties, parse_route

if TYPE_CHECKING:
    from .channel import Channel


class Delivery:
    """One message, to be settled once; what costs time to read is read when it is asked for.

    Settling goes to the channel that it came on. When that is gone, the broker has already taken
    the message back, and settling does nothing.

    Attributes:
        channel: The one that it came on.
        tag: That channel's number for it.
        body: The message.
        settled: It is settled, or needs not be (`no_ack`). May be set by whoever never will.
    """

    __slots__ = (
        "__weakref__",
        "_properties",
        "_redelivered",
        "_route",
        "body",
        "channel",
        "settled",
        "tag",
    )

    def __init__(
        self,
        channel: Channel,
        tag: int,
        redelivered: int,
        route: bytes,
        properties: bytes,
        body: bytes,
        settled: bool,
    ) -> None:
        self.channel = channel
        self._route = route
        self._properties = properties
        self.tag = tag
        self._redelivered = redelivered
        self.body = body
        self.settled = settled

    @property
    def redelivered(self) -> bool:
        """It was delivered before, perhaps to somebody else, and not settled."""
        return self._redelivered & 1 == 1

    @property
    def is_void(self) -> bool:
        """The broker has taken it back: it will be delivered again, here or to somebody else."""
        return not self.settled and not self.channel.is_open

    def ack(self) -> None:
        """Processed: the broker may forget it. A second settlement is ignored."""
        if not self.settled:
            self.settled = True
            self.channel.ack(self.tag)

    def nack(self, *, requeue: bool = False) -> None:
        """Failed: dead-letter it, or put it back. A second settlement is ignored."""
        if not self.settled:
            self.settled = True
            self.channel.reject(self.tag, requeue=requeue)

    @property
    def exchange(self) -> str:
        """What it was published to; empty for the default exchange."""
        return parse_route(self._route)[0]

    @property
    def routing_key(self) -> str:
        """What it was published with."""
        return parse_route(self._route)[1]

    @property
    def encoded_properties(self) -> Encoded:
        """The same as they came, to be published again."""
        return Encoded(self._properties)

    @property
    def properties(self) -> Properties:
        """What it says about itself, with its headers. Decoded anew each time.

        Raises:
            MalformedFrame: Its sender wrote what cannot be read.
        """
        return decode_properties(self._properties)


@dataclass(slots=True)
class Consuming:
    """One consumer of a channel: whom to call."""

    on_delivery: Callable[[Delivery], None]
    on_cancelled: Callable[[], None]
    no_ack: bool

    def forget(self) -> None:
        """Nobody wants it any more; what still comes is put back."""
        self.on_delivery, self.on_cancelled = _put_back, nothing


def nothing() -> None:
    """Do nothing."""


def _put_back(delivery: Delivery) -> None:
    delivery.nack(requeue=True)
