"""MQTT 3.1.1 and 5: participants' clients, and a router that carries out bindings.

options, topics     pure: the URL's options, the names that can be topics
wire                one socket
connect             CONNECT and its many failures
receipts, outbox    QoS 1 and 2, receiving and sending
subscriptions       what is subscribed, on this connection and the next
readers             whose the messages of a topic are
session             a connection that comes back
client, router      what the two do with messages; echoes: what the router ignores
returning           dead letters that go back
binder              all of it in one handle
devices             the handle that hears and speaks as devices do
"""

from __future__ import annotations

from msgflo_lab.transport import BrokerUrl, Link, OnLink, OnNote

from .binder import MqttBinder
from .client import MqttClient, client_id_for
from .devices import MqttTopics
from .options import OPTIONS, Settings, settings_of

__all__ = ["OPTIONS", "Mqtt", "MqttBinder", "MqttClient", "MqttTopics", "Settings", "settings_of"]


class Mqtt:
    """The `Transport` for `mqtt://` and `mqtts://`."""

    async def client(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> MqttClient:
        """Connect a participant's handle. See `Transport.client`."""
        settings = settings_of(url)
        client = MqttClient(
            settings, client_id_for(settings, name), on_link or _unheard, on_note or _unread
        )
        await client.start()
        return client

    async def binder(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,
    ) -> MqttBinder:
        """Connect a binder. See `Transport.binder`."""
        settings = settings_of(url)
        binder = MqttBinder(
            settings,
            client_id_for(settings, name),
            client_id_for(settings, name, "-router"),
            on_link or _unheard,
            on_note or _unread,
        )
        await binder.start()
        return binder

    async def topics(
        self,
        url: BrokerUrl,
        *,
        name: str,
        on_link: OnLink | None = None,
        on_note: OnNote | None = None,  # noqa: ARG002 - there is nothing to note
    ) -> MqttTopics:
        """Connect a handle for devices. See `HasTopics.topics`."""
        settings = settings_of(url)
        topics = MqttTopics(
            settings, client_id_for(settings, name, "-devices"), on_link or _unheard
        )
        await topics.start()
        return topics


def _unread(_note: str) -> None:
    """Nobody wants to know."""


def _unheard(_link: Link, _detail: str) -> None:
    """Nobody wants to know."""
