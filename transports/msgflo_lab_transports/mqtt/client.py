"""A participant's handle on an MQTT broker."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from msgflo_lab.definition import Side
from msgflo_lab.errors import PayloadTooLarge, TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import OnLink, Subscription
from msgflo_lab_broker.mqtt import V5, Cursor, MalformedPacket, binary, publish_prefix
from msgflo_lab_broker.mqtt.properties import decode_properties

from ..inbox import Inbox, Received, WhenFull
from ..limits import DISCOVERY, MQTT_TOPICS_KEPT, TAP_BYTES, TAP_MESSAGES
from .connect import Welcome
from .options import Settings
from .outbox import Outgoing
from .receipts import Receipt
from .session import Session
from .topics import topic_of
from .wire import Wire

_log = logging.getLogger(__name__)


class MqttClient:
    """A `Client` over one connection.

    QoS 0 (the default) is handed to the socket and not heard of again: a message is lost when the
    link breaks, or when the broker drops it for a subscriber that is too slow. QoS 1 and 2 are at
    least once, as long as the broker lives: it keeps the session while the link is down (see
    `Session`), and each side sends again what was in flight. A broker that is restarted loses
    whatever it has not stored on disk, and all brokers bound what they keep (Mosquitto, unless
    told otherwise: 1,000 messages for each client, in memory).

    A full inbox stops the reading of the connection (see `Session.hold_reading` for when it does
    not); the broker then keeps or drops by its own rules. With QoS 1 and 2 one connection has one
    window of unacknowledged messages, acknowledged in the order of their coming (the broker's
    choice on MQTT 3.1.1, 20 on Mosquitto; `MQTT_RECEIVE_MAXIMUM` on 5): a subscription that nobody
    reads holds up the others in the end. MQTT has no rejection that leads
    anywhere: `nack` tells an MQTT 5 broker that the message failed, and it is gone.
    """

    def __init__(self, settings: Settings, client_id: str, on_link: OnLink) -> None:
        self._settings = settings
        self._inboxes: dict[bytes, list[Inbox]] = {}
        self._full: set[Inbox] = set()
        self._fields: dict[QueueName, bytes] = {}
        self._v5 = False
        self._qos = settings.qos
        self._session = Session(
            settings,
            client_id,
            on_packet=self._on_packet,
            on_wire=self._on_wire,
            on_link=on_link,
        )

    async def start(self) -> None:
        """Connect. Raises ConnectionFailed."""
        await self._session.start()

    async def declare(
        self,
        queue: QueueName,
        side: Side,  # noqa: ARG002 - the contract's parameter
        options: Mapping[str, Any] | None = None,  # noqa: ARG002 - dito
    ) -> None:
        """Nothing is declared on MQTT; only the name is checked. Raises InvalidName."""
        topic_of(queue)

    async def publish(self, queue: QueueName, payload: bytes, side: Side = Side.OUT) -> None:
        """Send one message. See `Client.publish`; raises InvalidName too."""
        confirmed = await self.post(queue, payload, side)
        if confirmed is not None:
            await confirmed

    async def post(
        self,
        queue: QueueName,
        payload: bytes,
        side: Side = Side.OUT,  # noqa: ARG002 - a topic has no sides
    ) -> asyncio.Future[None] | None:
        """Send one message; with QoS 0 the broker does not answer. Raises InvalidName too."""
        return await self._post(queue, payload, retain=self._settings.retain)

    async def announce(self, announcement: bytes) -> None:
        """Publish on `fbp`; never retained, or the dead would be discovered."""
        confirmed = await self._post(DISCOVERY, announcement, retain=False)
        if confirmed is not None:
            await confirmed

    async def subscribe(self, queue: QueueName) -> Subscription:
        """Receive a queue's messages. Raises InvalidName, TransportError if the broker refuses."""
        return await self._subscribe(
            Inbox(queue, on_full=self._on_full, on_low=self._on_low, on_close=self._unsubscribe)
        )

    async def observe(self, queue: QueueName) -> Subscription:
        """Like `subscribe`, for an onlooker: where it is too slow, the oldest is dropped."""
        return await self._subscribe(
            Inbox(
                queue,
                messages=TAP_MESSAGES,
                size=TAP_BYTES,
                when_full=WhenFull.DROP_OLDEST,
                on_close=self._unsubscribe,
            )
        )

    async def close(self) -> None:
        """Leave in order. Idempotent."""
        for inboxes in list(self._inboxes.values()):
            for inbox in list(inboxes):
                inbox.end()
        await self._session.close()
        self._inboxes.clear()

    # sending

    async def _post(
        self, queue: QueueName, payload: bytes, *, retain: bool
    ) -> asyncio.Future[None] | None:
        field = self._fields.get(queue)
        if field is None:
            field = self._field(queue)
        session = self._session
        wire = session.wire
        if wire is None or not session.is_ready:
            wire = await session.ready()
        assert session.welcome is not None
        size = len(payload)
        # One byte of type, up to four of length, the topic, the packet's number, no properties.
        if size + len(field) + 8 > session.welcome.max_packet:
            self._check_size(size, field, session.welcome)
        if self._qos:
            return self._send(field, payload, self._qos << 1 | retain)
        body = b"\x00" + payload if self._v5 else payload
        wire.write(publish_prefix(field, len(body), flags=int(retain)) + body)
        if wire.crowded:
            # Let the others run, now and then, in a loop that only publishes.
            await asyncio.sleep(0)
            await wire.room()
        return None

    def _send(self, field: bytes, payload: bytes, flags: int) -> asyncio.Future[None]:
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: TransportError | None) -> None:
            if confirmed.done():
                return
            if error is None:
                confirmed.set_result(None)
            else:
                confirmed.set_exception(error)

        self._session.outbox.send(Outgoing(field, payload, flags, done))
        return confirmed

    def _field(self, queue: QueueName) -> bytes:
        field = binary(topic_of(queue))
        if len(self._fields) >= MQTT_TOPICS_KEPT:
            self._fields.clear()
        self._fields[queue] = field
        return field

    @staticmethod
    def _check_size(size: int, field: bytes, welcome: Welcome) -> None:
        limit = welcome.max_packet - len(field) - 8
        if size > limit:
            raise PayloadTooLarge(size, max(limit, 0), "the broker's maximum for this queue")

    # receiving

    async def _subscribe(self, inbox: Inbox) -> Inbox:
        topic = topic_of(inbox.queue)
        self._session.check_open()
        # Before the broker is asked: a retained message may overtake its answer.
        self._inboxes.setdefault(topic, []).append(inbox)
        try:
            await self._session.subscriptions.add(topic)
        except BaseException:
            self._remove(topic, inbox)
            inbox.end()
            raise
        return inbox

    async def _unsubscribe(self, inbox: Inbox) -> None:
        topic = topic_of(inbox.queue)
        if self._remove(topic, inbox):
            await self._session.subscriptions.remove(topic)

    def _remove(self, topic: bytes, inbox: Inbox) -> bool:
        inboxes = self._inboxes.get(topic, [])
        if inbox not in inboxes:
            return False
        inboxes.remove(inbox)
        if not inboxes:
            del self._inboxes[topic]
        return True

    def _on_wire(self, _wire: Wire, welcome: Welcome) -> None:
        self._v5 = welcome.version >= V5
        self._qos = min(self._settings.qos, welcome.qos)

    def _on_full(self, inbox: Inbox) -> None:
        self._full.add(inbox)
        self._session.hold_reading(True)

    def _on_low(self, inbox: Inbox) -> None:
        self._full.discard(inbox)
        if not self._full:
            self._session.hold_reading(False)

    def _on_packet(self, head: int, buffer: bytes, start: int, end: int) -> None:
        if head & 0xF0 != 0x30:
            self._session.on_control(head, buffer, start, end)
            return
        at = start + 2 + (buffer[start] << 8 | buffer[start + 1]) if end - start >= 2 else end
        qos = head >> 1 & 3
        ahead = at + (2 if qos else 0)
        if ahead >= end + (not self._v5) or qos == 3:
            raise MalformedPacket("a PUBLISH that is too short, or of QoS 3")
        topic = buffer[start + 2 : at]
        body = ahead if not self._v5 else _after_properties(buffer, ahead, end)
        payload = buffer[body:end]
        inboxes = self._inboxes.get(topic, ())
        if qos:
            number = int.from_bytes(buffer[at:ahead], "big")
            receipt = self._session.receipts.receive(number, qos, bool(head & 8))
            if receipt is not None:
                self._receive(receipt, inboxes, payload)
            return
        for inbox in inboxes:
            if inbox.full and inbox.overfull:
                inbox.drop()
            else:
                inbox.put(Received(inbox.queue, payload))

    def _receive(self, receipt: Receipt, inboxes: list[Inbox] | tuple[()], payload: bytes) -> None:
        for inbox in tuple(inboxes):
            # An onlooker's reading is not to hold up anybody's acknowledgements.
            watched = inbox.when_full is WhenFull.DROP_OLDEST
            receipt.open += not watched
            inbox.put(Received(inbox.queue, payload, None if watched else receipt.settle))
        receipt.settle(True)


def _after_properties(buffer: bytes, at: int, end: int) -> int:
    """Where the properties of MQTT 5 end; nothing in them is of interest here."""
    if not buffer[at]:
        return at + 1
    cursor = Cursor(buffer, at, end)
    decode_properties(cursor)
    return end - cursor.left


def client_id_for(settings: Settings, name: str, suffix: str = "") -> str:
    """One that people can read in the broker's log and that nobody else has.

    The option is only its beginning: every handle needs an identity of its own, or the broker
    would close the connection of one when the next comes.
    """
    readable = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[:32]
    prefix = settings.client_id or "msgflo-lab"
    return f"{prefix}-{readable or 'unnamed'}{suffix}-{secrets.token_hex(4)}"
