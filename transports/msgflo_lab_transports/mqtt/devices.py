"""The handle for devices: patterns of topics, quality of service and retain for each message."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from msgflo_lab.errors import MsgFloLabError, PayloadTooLarge
from msgflo_lab.names import QueueName
from msgflo_lab.topics import Patterns
from msgflo_lab.transport import OnLink, Subscription
from msgflo_lab_broker.mqtt import (
    V5,
    Cursor,
    MalformedPacket,
    Property,
    binary,
    publish_prefix,
)
from msgflo_lab_broker.mqtt.properties import decode_properties

from ..inbox import Inbox, Received, WhenFull
from ..limits import INBOX_BYTES, INBOX_MESSAGES, TAP_BYTES, TAP_MESSAGES
from .connect import Welcome
from .options import Settings
from .outbox import Outgoing
from .receipts import Receipt
from .retained import Retained
from .session import Session
from .subscriptions import SHARED_ID
from .topics import pattern_of, topic_of
from .wire import Wire


class Heard(Received):
    """What a device has said: `queue` is the topic.

    Attributes:
        is_retained: None for what is new on MQTT 3.1.1, where nobody tells.
    """

    __slots__ = ("is_retained",)

    def __init__(
        self,
        topic: str,
        payload: bytes,
        is_retained: bool | None,
        receipt: Receipt | None,
        inbox: Inbox,
    ) -> None:
        settle = receipt.settle if receipt is not None else None
        super().__init__(QueueName(topic), payload, settle, inbox)
        self.is_retained = is_retained


class MqttTopics:
    """`Topics` over one connection.

    Subscriptions are of QoS 1, so devices decide for each message, up to that: what they publish
    with QoS 1 or 2 is acknowledged when it is settled.

    Patterns may overlap. Brokers then send a message once, or once for each pattern; each pattern
    has an identifier (MQTT 5, section 3.8.2.1.2), so that each reader gets it once in any case. On
    3.1.1 a reader may get it twice there.
    """

    def __init__(self, settings: Settings, client_id: str, on_link: OnLink) -> None:
        self._settings = replace(settings, qos=max(1, settings.qos))
        self._readers: Patterns[Inbox] = Patterns()
        self._numbers: dict[str, int] = {}
        self._by_number: dict[int, list[Inbox]] = {}
        self._last_number = SHARED_ID
        self._granted: set[str] = set()
        self._retained = Retained()
        self._v5 = False
        self._session = Session(
            self._settings,
            client_id,
            on_packet=self._on_packet,
            on_wire=self._on_wire,
            on_link=on_link,
            as_published=True,
        )

    async def start(self) -> None:
        """Connect. Raises ConnectionFailed."""
        await self._session.start()

    async def listen(self, pattern: str, *, onlooking: bool = False) -> Subscription:
        """See `Topics.listen`."""
        text = pattern_of(pattern)
        self._session.check_open()
        inbox = Inbox(
            QueueName(pattern),
            messages=TAP_MESSAGES if onlooking else INBOX_MESSAGES,
            size=TAP_BYTES if onlooking else INBOX_BYTES,
            when_full=WhenFull.DROP_OLDEST if onlooking else WhenFull.PAUSE,
            on_full=self._session.full,
            on_low=self._session.low,
            on_close=self._leave,
        )
        if pattern not in self._numbers:
            self._last_number += 1
            self._numbers[pattern] = self._last_number
        number = self._numbers[pattern]
        if pattern in self._granted:  # else the broker sends what is retained
            for topic, payload in self._retained.of(pattern):
                inbox.put(Heard(topic, payload, True, None, inbox))
        self._readers.add(pattern, inbox)
        self._by_number.setdefault(number, []).append(inbox)
        try:
            await self._session.subscriptions.add(text, identifier=number)
        except BaseException:
            self._forget(inbox)
            inbox.end()
            raise
        self._granted.add(pattern)
        return inbox

    async def say(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """See `Topics.say`."""
        field = binary(topic_of(QueueName(topic)))
        session = self._session
        wire = await session.ready()
        assert session.welcome is not None
        limit = max(0, session.welcome.max_packet - len(field) - 8)
        if len(payload) > limit:
            raise PayloadTooLarge(len(payload), limit, "the broker's maximum for this topic")
        qos = min(qos, session.welcome.qos)
        if not qos:
            body = b"\x00" + payload if self._v5 else payload
            wire.write(publish_prefix(field, len(body), flags=int(retain)) + body)
            await wire.room()
            return
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: MsgFloLabError | None) -> None:
            if confirmed.done():
                return
            if error is None:
                confirmed.set_result(None)
            else:
                confirmed.set_exception(error)

        session.outbox.send(Outgoing(field, payload, qos << 1 | retain, done))
        await confirmed

    async def close(self) -> None:
        """Leave in order. Idempotent."""
        for inbox in list(self._readers):
            inbox.end()
            self._forget(inbox)
        await self._session.close()

    async def _leave(self, inbox: Inbox) -> None:
        if self._forget(inbox):
            await self._session.subscriptions.remove(inbox.queue.encode())

    def _forget(self, inbox: Inbox) -> bool:
        pattern = inbox.queue
        if not self._readers.remove(pattern, inbox):
            return False
        readers = self._by_number[self._numbers[pattern]]
        readers.remove(inbox)
        if not readers:
            # Not to be used again: the broker may have something under way that carries it.
            del self._by_number[self._numbers.pop(pattern)]
            self._granted.discard(pattern)
            self._retained.keep(self._readers.of)
        return True

    def _on_wire(self, _wire: Wire, welcome: Welcome) -> None:
        self._v5 = welcome.version >= V5
        self._retained.clear()

    def _on_packet(self, head: int, buffer: bytes, start: int, end: int) -> None:
        if head & 0xF0 != 0x30:
            self._session.on_control(head, buffer, start, end)
            return
        qos = head >> 1 & 3
        if qos == 3:
            raise MalformedPacket("a PUBLISH of QoS 3")
        cursor = Cursor(buffer, start, end)
        topic = cursor.binary().decode(errors="replace")
        receipt = None
        is_again = False
        if qos:
            receipt = self._session.receipts.receive(cursor.packet_id(), qos, bool(head & 8))
            is_again = receipt is None
        numbers: list[int] = []
        if self._v5:
            found = decode_properties(cursor).get(Property.SUBSCRIPTION_ID)
            if isinstance(found, tuple):
                numbers = [each for each in found if isinstance(each, int)]
        if is_again:
            return
        payload = cursor.rest()
        is_retained = bool(head & 1) or (False if self._v5 else None)
        self._retained.heard(topic, payload, is_retained)
        for inbox in self._readers_of(topic, numbers):
            watched = inbox.when_full is WhenFull.DROP_OLDEST
            if receipt is None and not watched and inbox.full and inbox.overfull:
                inbox.drop()
                continue
            if receipt is not None and not watched:
                receipt.open += 1
            to_settle = None if watched else receipt
            inbox.put(Heard(topic, payload, is_retained, to_settle, inbox))
        if receipt is not None:
            receipt.settle(True)

    def _readers_of(self, topic: str, numbers: Sequence[int]) -> list[Inbox]:
        if numbers:
            return [each for number in numbers for each in self._by_number.get(number, ())]
        return self._readers.of(topic)
