"""A participant's handle on an MQTT broker."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from msgflo_lab.definition import Side
from msgflo_lab.errors import ConnectionFailed, MsgFloLabError, PayloadTooLarge, TransportError
from msgflo_lab.names import QueueName, dead_letters_of, shown
from msgflo_lab.transport import Delivery, OnLink, OnNote, Subscription, Traits
from msgflo_lab_broker.mqtt import V5, MalformedPacket, binary, publish_prefix

from ..dead_letters import shared_box
from ..inbox import NO_METADATA, Described, Inbox, Received, Settle, WhenFull
from ..limits import DISCOVERY, MQTT_TOPICS_KEPT, TAP_BYTES, TAP_MESSAGES
from ..ports import port_options
from .connect import Welcome
from .metadata import NO_PROPERTIES, after_properties, described
from .options import Settings
from .outbox import Done, Outgoing
from .readers import Readers
from .receipts import Receipt
from .session import Session
from .topics import check_shareable, topic_of
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

    A full inbox stops the reading of the connection (see `Session.full` for when it does
    not); the broker then keeps or drops by its own rules. With QoS 1 and 2 one connection has one
    window of unacknowledged messages, acknowledged in the order of their coming (the broker's
    choice on MQTT 3.1.1, 20 on Mosquitto; `MQTT_RECEIVE_MAXIMUM` on 5): a subscription that nobody
    reads holds up the others in the end. So does one that waits for another attempt (`retry`): its
    acknowledgement stays open meanwhile.

    What is rejected is published on the topic `dead-<queue>`, where a binder, perhaps of another
    process, may have a `DEAD_LETTER` binding; MQTT itself keeps no dead letters. It also lies among
    those of this process, unless a binder of this process on the same broker has such a binding.
    With QoS 1 and 2 it is acknowledged (on MQTT 5 as failed) when the broker has it there. With
    QoS 0, or where the broker does not take it there, those of this process keep it in any case
    in which it could not be sent.

    A queue that was declared with `share` is a shared subscription of MQTT 5 (section 4.8.2): its
    messages are handed out among all who share it, by the broker's own rule, which need not look
    at who is busy (Mosquitto's does not). Where the broker cannot, every handle gets a copy, and
    `on_note` is told.
    """

    def __init__(
        self, settings: Settings, client_id: str, on_link: OnLink, on_note: OnNote
    ) -> None:
        self._settings = settings
        self._readers = Readers()
        self._shared: set[QueueName] = set()
        self._copied: set[QueueName] = set()
        self._on_note = on_note
        self._leaving = ExitStack()
        self._box = self._leaving.enter_context(shared_box((settings.host, settings.port)))
        self._fields: dict[QueueName, bytes] = {}
        self._v5 = False
        self._qos = settings.qos
        self._session = Session(
            settings,
            client_id,
            on_packet=self._on_packet,
            on_wire=self._on_wire,
            on_link=on_link,
            on_copies=self._on_copies,
        )

    @property
    def traits(self) -> Traits:
        """Each subscriber gets a copy, and nothing outlives those who use it."""
        return Traits()

    async def start(self) -> None:
        """Connect. Raises ConnectionFailed."""
        try:
            await self._session.start()
        except BaseException:
            self._leaving.close()
            raise

    async def declare(
        self,
        queue: QueueName,
        side: Side,  # noqa: ARG002 - the contract's parameter
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Nothing is declared on MQTT. With the option `share`, `subscribe` shares the queue.

        Raises:
            InvalidName: MQTT cannot have a topic of that name, or not share it.
            InvalidDefinition: An option that nobody knows, or a value that it cannot have.
        """
        topic_of(queue)
        asked = port_options(queue, options)
        if "share" not in asked:
            return
        if asked["share"]:
            check_shareable(queue)
            self._shared.add(queue)
        else:
            self._shared.discard(queue)

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
        *,
        cause: Delivery | None = None,  # noqa: ARG002 - it is acknowledged by us, not by the broker
        metadata: Mapping[str, str] | None = None,
    ) -> asyncio.Future[None] | None:
        """Send one message; with QoS 0 the broker does not answer. Raises InvalidName too."""
        properties = described(metadata) if metadata else NO_PROPERTIES
        return await self._post(queue, payload, self._settings.retain, properties)

    async def announce(self, announcement: bytes) -> None:
        """Publish on `fbp`; never retained, or the dead would be discovered."""
        confirmed = await self._post(DISCOVERY, announcement, False)
        if confirmed is not None:
            await confirmed

    async def subscribe(self, queue: QueueName) -> Subscription:
        """Receive a queue's messages. Raises InvalidName, TransportError if the broker refuses."""
        shared = queue in self._shared
        return await self._subscribe(
            Inbox(
                queue,
                on_full=self._session.full,
                on_low=self._session.low,
                on_close=self._unsubscribe_shared if shared else self._unsubscribe,
                on_reject=self._rejected,
            ),
            share=shared,
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
        for inbox in list(self._readers):
            inbox.end()
            self._box.audience.leaves(inbox.queue, reads=_works(inbox))
        self._readers.clear()
        try:
            await self._session.close()
        finally:
            self._leaving.close()

    # sending

    async def _post(
        self,
        queue: QueueName,
        payload: bytes,
        retain: bool,
        properties: bytes = NO_PROPERTIES,
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
        if size + len(field) + len(properties) + 7 > session.welcome.max_packet:
            self._check_size(size + len(properties) - 1, field, session.welcome)
        if self._qos:
            return self._send(field, payload, self._qos << 1 | retain, properties)
        self._write(wire, field, payload, int(retain), properties)
        if wire.crowded:
            # Let the others run, now and then, in a loop that only publishes.
            await asyncio.sleep(0)
            await wire.room()
        return None

    def _send(
        self,
        field: bytes,
        payload: bytes,
        flags: int,
        properties: bytes = NO_PROPERTIES,
        *,
        needs_reader: bool = False,
    ) -> asyncio.Future[None]:
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: TransportError | None) -> None:
            if confirmed.done():
                return
            if error is None:
                confirmed.set_result(None)
            else:
                confirmed.set_exception(error)

        message = Outgoing(field, payload, flags, done, properties)
        message.needs_reader = needs_reader
        self._session.outbox.send(message)
        return confirmed

    def _write(
        self,
        wire: Wire,
        field: bytes,
        payload: bytes,
        flags: int = 0,
        properties: bytes = NO_PROPERTIES,
    ) -> None:
        body = properties + payload if self._v5 else payload
        wire.write(publish_prefix(field, len(body), flags=flags) + body)

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

    async def _subscribe(self, inbox: Inbox, *, share: bool = False) -> Inbox:
        topic = topic_of(inbox.queue)
        self._session.check_open()
        # Before the broker is asked: a retained message may overtake its answer.
        self._joins(inbox, topic, share=share)
        try:
            await self._session.subscriptions.add(topic, share=share)
        except BaseException:
            self._leaves(inbox, topic)
            inbox.end()
            raise
        return inbox

    async def _unsubscribe(self, inbox: Inbox) -> None:
        topic = topic_of(inbox.queue)
        if self._leaves(inbox, topic):
            await self._session.subscriptions.remove(topic)

    async def _unsubscribe_shared(self, inbox: Inbox) -> None:
        topic = topic_of(inbox.queue)
        # What comes until the broker has heard of it comes to nobody else.
        await self._session.subscriptions.remove(topic, share=True)
        self._leaves(inbox, topic)

    def _joins(self, inbox: Inbox, topic: bytes, *, share: bool) -> None:
        self._readers.add(topic, inbox, share=share)
        self._box.audience.joins(inbox.queue, reads=_works(inbox))

    def _leaves(self, inbox: Inbox, topic: bytes) -> bool:
        was_there = self._readers.remove(topic, inbox)
        if was_there:
            self._box.audience.leaves(inbox.queue, reads=_works(inbox))
        return was_there

    def _on_copies(self, queue: QueueName) -> None:
        """The broker cannot share this queue, as was asked for. Said once for each."""
        if queue in self._copied:
            return
        self._copied.add(queue)
        try:
            self._on_note(
                f"{self._settings.url} does not share `{shown(queue)}` among its readers (that "
                "takes MQTT 5, and a broker with shared subscriptions): each gets every message"
            )
        except Exception:
            _log.exception("on_note raised")

    def _on_wire(self, _wire: Wire, welcome: Welcome) -> None:
        self._v5 = welcome.version >= V5
        self._qos = min(self._settings.qos, welcome.qos)

    def _rejected(self, delivery: Received, reason: str, settle: Settle | None) -> None:
        """Publish it on the topic of dead letters; keep it, if need be; then settle it."""
        box, queue, payload = self._box, delivery.queue, delivery.payload
        kept = not box.is_diverted(queue)
        if kept:
            box.add(queue, payload, reason)

        def done(error: MsgFloLabError | None) -> None:
            if error is not None and not kept:
                box.add(queue, payload, reason)
            if settle is not None:
                settle(False)

        try:
            self._send_at_once(dead_letters_of(queue), payload, done)
        except MsgFloLabError as error:
            done(error)

    def _send_at_once(self, queue: QueueName, payload: bytes, done: Done) -> None:
        """Publish without ever waiting here. Raises what says that it was not sent."""
        session = self._session
        session.check_open()
        field = self._field(queue)
        if session.welcome is not None:
            self._check_size(len(payload), field, session.welcome)
        if self._qos:
            session.outbox.send(Outgoing(field, payload, self._qos << 1, done))
            return
        wire = session.wire
        if wire is None or not session.is_ready or wire.congested:
            raise ConnectionFailed("there is no way to the broker at present")
        self._write(wire, field, payload)
        done(None)

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
        shared, body, metadata = False, ahead, NO_METADATA
        if self._v5:
            body += 1
            if buffer[ahead]:
                body, shared, metadata = after_properties(buffer, ahead, end)
        payload = buffer[body:end]
        readers = self._readers
        inboxes: Sequence[Inbox] = readers.alone.get(topic, ())
        if readers.shares:
            inboxes = readers.of(topic, shared, self._session.subscriptions.shares)
        if qos:
            number = buffer[at] << 8 | buffer[at + 1]
            receipt = self._session.receipts.receive(number, qos, bool(head & 8))
            if receipt is not None:
                self._receive(receipt, inboxes, payload, metadata)
            return
        for inbox in inboxes:
            if inbox.full and inbox.overfull:
                inbox.drop()
            elif metadata:
                inbox.put(Described(inbox.queue, payload, None, inbox, metadata))
            else:
                inbox.put(Received(inbox.queue, payload, None, inbox))

    def _receive(
        self,
        receipt: Receipt,
        inboxes: Sequence[Inbox],
        payload: bytes,
        metadata: Mapping[str, str],
    ) -> None:
        for inbox in tuple(inboxes):
            # An onlooker's reading is not to hold up anybody's acknowledgements.
            watched = inbox.when_full is WhenFull.DROP_OLDEST
            receipt.open += not watched
            settle = None if watched else receipt.settle
            if metadata:
                inbox.put(Described(inbox.queue, payload, settle, inbox, metadata))
            else:
                inbox.put(Received(inbox.queue, payload, settle, inbox))
        receipt.settle(True)


def _works(inbox: Inbox) -> bool:
    """Its reader is no onlooker."""
    return inbox.when_full is WhenFull.PAUSE


def client_id_for(settings: Settings, name: str, suffix: str = "") -> str:
    """One that people can read in the broker's log and that nobody else has.

    The option is only its beginning: every handle needs an identity of its own, or the broker
    would close the connection of one when the next comes.
    """
    readable = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[:32]
    prefix = settings.client_id or "msgflo-lab"
    return f"{prefix}-{readable or 'unnamed'}{suffix}-{secrets.token_hex(4)}"
