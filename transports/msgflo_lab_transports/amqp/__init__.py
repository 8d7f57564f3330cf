"""AMQP 0-9-1 (RabbitMQ): participants' clients, and a binder that has the broker forward.

frames, requests        pure: what travels
confirms                pure: which messages the broker has answered for
settings, objects, pace pure: options, what a port is on a broker, how many messages are in hand
headers, deaths, delays pure: what is written on messages, byte for byte; how long they wait
wire                    one socket
topology, dialogue      declare, bind, delete; what a channel and the broker ask of each other
channel, delivery       messages in both directions
connection              the channels on a socket, heartbeats, blocked
connect                 the handshake and its many failures
link                    a connection that comes back
declarer                objects that exist, without danger to anybody's messages
consumer, outbox        receiving and sending, across connections
consumers               the subscriptions of a handle, each on a channel of its own
suspects                which message it is that the broker closes channels on
unprocessed, certain    another attempt, or a dead letter: copies that the broker has
unrouted                what was sent to an outport that leads nowhere
client                  all that in a participant's handle
observing, management   what passes, and what is there
depths                  how much lies in queues
holding, dead_letters   what was rejected
binder                  the coordinator's handle
binders                 what its clients ask all who bind
"""

from __future__ import annotations

from msgflo_lab.transport import BrokerUrl, Link, OnLink, OnNote

from .binder import AmqpBinder
from .channel import Channel
from .client import AmqpClient
from .confirms import Fate, Then
from .connect import connect
from .connection import Connection, OnBlocked, OnLost
from .delivery import Delivery
from .dialogue import OnCancelled, OnClosed, OnDelivery
from .errors import ChannelClosed, ConnectionLost
from .frames import (
    NO_PROPERTIES,
    PERSISTENT,
    Encoded,
    MalformedFrame,
    Properties,
    decode_properties,
    encode_properties,
)
from .settings import OPTIONS, Settings, settings_of
from .topology import QueueState, Topology

__all__ = [
    "NO_PROPERTIES",
    "OPTIONS",
    "PERSISTENT",
    "Amqp",
    "AmqpBinder",
    "AmqpClient",
    "Channel",
    "ChannelClosed",
    "Connection",
    "ConnectionLost",
    "Delivery",
    "Encoded",
    "Fate",
    "MalformedFrame",
    "OnBlocked",
    "OnCancelled",
    "OnClosed",
    "OnDelivery",
    "OnLost",
    "Properties",
    "QueueState",
    "Settings",
    "Then",
    "Topology",
    "connect",
    "decode_properties",
    "encode_properties",
    "settings_of",
]


class Amqp:
    """The `Transport` for `amqp://` and `amqps://`."""

    async def client(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> AmqpClient:
        """Connect a participant's handle. See `Transport.client`."""
        client = AmqpClient(settings_of(url), name, on_link or _unheard, on_note or _unsaid)
        await client.start()
        return client

    async def binder(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> AmqpBinder:
        """Connect a binder. See `Transport.binder`."""
        binder = AmqpBinder(settings_of(url), name, on_link or _unheard, on_note or _unsaid)
        try:
            await binder.start()
        except BaseException:
            await binder.close()
            raise
        return binder


def _unheard(_link: Link, _detail: str) -> None:
    """Nobody wants to know."""


def _unsaid(_text: str) -> None:
    """Nobody wants to know."""
