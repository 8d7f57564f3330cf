"""What a broker with topics offers beyond queues: to hear and to speak as devices do."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from .contract import OnLink, OnNote, Subscription
from .url import BrokerUrl


class Topics(Protocol):
    """A handle for devices: any topic, patterns of topics, what is retained."""

    async def listen(self, pattern: str, *, onlooking: bool = False) -> Subscription:
        """Receive what is published on all topics of a pattern; first what is retained there.

        The `queue` of a delivery is the topic; `is_retained` tells whether the broker keeps it for
        those who come later, or is None where nobody tells (of what is new on MQTT 3.1.1).

        Args:
            pattern: A topic; `+` in it stands for one level, `#` at the end for all further ones.
            onlooking: Where the reader is too slow, the oldest is lost; it holds up nobody.

        Raises:
            InvalidName: The broker cannot have such topics.
            TransportError: It refuses.
            ConnectionFailed: No link, and none came back within the transport's patience.
        """

    async def say(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Publish on a topic; with a `qos` of 1 or 2, returns when the broker has it.

        Raises:
            InvalidName, PayloadTooLarge: The broker cannot have it; nothing was sent.
            ConnectionFailed: No link, and none came back within the transport's patience.
        """

    async def close(self) -> None:
        """Leave in order. Idempotent."""


@runtime_checkable
class HasTopics(Protocol):
    """A `Transport` whose brokers have topics."""

    async def topics(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> Topics:
        """Connect. Arguments and errors as those of `Transport.client`."""
