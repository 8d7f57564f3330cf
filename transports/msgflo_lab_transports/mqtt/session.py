"""A connection that comes back: keep-alive, reconnection, and what survives it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Link, OnLink
from msgflo_lab_broker.mqtt import (
    PINGREQ,
    TAKEN_OVER,
    V5,
    V311,
    Ack,
    Disconnect,
    MalformedPacket,
    Pingresp,
    Properties,
    Property,
    Suback,
    Type,
    Unsuback,
    decode,
    encode,
    reason,
)

from ..backoff import Backoff
from ..limits import CLOSE_SECONDS, MQTT_NO_ANSWER_SECONDS, PATIENCE_SECONDS
from .connect import Keep, Welcome, connect
from .options import Settings
from .outbox import Numbers, Outbox
from .receipts import Receipts
from .subscriptions import Subscriptions
from .wire import Hold, OnPacket, Wire

_log = logging.getLogger(__name__)


class Session:
    """One identity on a broker, for as long as it is open.

    With QoS 1 and 2 the broker is asked to keep the session while the link is down: for
    `MQTT_SESSION_SECONDS` on MQTT 5, and on 3.1.1 until `close` has it forgotten (one that was
    never closed, as its process was killed, stays until the broker tires of it). A broker that is
    restarted without having stored it, or that has no room for it, loses what it kept.

    Whoever owns it gets every packet in `on_packet`, deals with PUBLISH and hands all others to
    `on_control`. Its task is the only one that connects.

    Attributes:
        wire: The connection, or None while there is none.
        receipts: What was received and is not acknowledged yet.
        outbox: Messages of QoS 1 and 2 on their way.
        subscriptions: What is subscribed, whatever the link does.
    """

    def __init__(
        self,
        settings: Settings,
        client_id: str,
        *,
        on_packet: OnPacket,
        on_wire: Callable[[Wire, Welcome], None],
        on_link: OnLink,
        on_copies: Callable[[QueueName], None] | None = None,
        relay: bool = False,
        as_published: bool = False,
    ) -> None:
        self.wire: Wire | None = None
        self.welcome: Welcome | None = None
        self.receipts: Receipts
        self.outbox = Outbox(self._outbox_busy)
        self.subscriptions = Subscriptions(
            qos=settings.qos,
            no_local=relay,
            as_published=as_published,
            on_busy=self._subscriptions_busy,
            on_copies=on_copies or (lambda _: None),
        )
        self._settings = settings
        self._client_id = client_id
        self._on_packet = on_packet
        self._on_wire = on_wire
        self._on_link = on_link
        self._relay = relay
        self._version: int | None = settings.version
        self._persistent = settings.qos > 0
        self._known = False
        self._resumed = False
        self._numbers = Numbers()
        self._loop = asyncio.get_running_loop()
        self._keeper: asyncio.Task[None] | None = None
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._ready = asyncio.Event()
        self._closed = False
        self._emptied: asyncio.Future[None] | None = None
        self._farewell = ""
        self._linked_at = 0.0
        self._backoff = Backoff()
        self._timer: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._unanswered = 0
        self._reads = 0
        self._busy = 0
        self._full: set[object] = set()

    async def start(self) -> None:
        """Connect for the first time. Raises ConnectionFailed."""
        try:
            await self._open()
        except BaseException:
            if self._patience is not None:
                self._patience.cancel()
            raise
        self._keeper = asyncio.create_task(self._keep(), name=f"mqtt {self._client_id}")

    def check_open(self) -> None:
        """Raise ConnectionFailed once `close` was called."""
        if self._closed:
            raise ConnectionFailed(f"the handle on {self._settings.url} is closed")

    @property
    def version(self) -> int:
        """The protocol level of the connection, or of the last one."""
        return self.welcome.version if self.welcome is not None else V5

    @property
    def is_ready(self) -> bool:
        """There is a connection, and everything is restored on it."""
        return self._ready.is_set()

    async def ready(self) -> Wire:
        """The connection, once there is one with everything restored.

        Raises:
            ConnectionFailed: None within `PATIENCE_SECONDS`, or closed.
        """
        while True:
            self.check_open()
            if self.wire is not None and self._ready.is_set():
                return self.wire
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._ready.wait()
            except TimeoutError:
                raise self._impatient() from None

    def on_control(self, head: int, buffer: bytes, start: int, end: int) -> None:
        """Deal with any packet but PUBLISH."""
        packet = decode(head, buffer, start, end, self.version)
        if isinstance(packet, Ack):
            if packet.type is Type.PUBREL:
                self.receipts.released(packet.packet_id)
            else:
                self.outbox.on_ack(packet.type, packet.packet_id, packet.code)
        elif isinstance(packet, Suback):
            self.subscriptions.on_suback(packet.packet_id, packet.codes)
        elif isinstance(packet, Unsuback):
            self.subscriptions.on_unsuback(packet.packet_id)
        elif isinstance(packet, Disconnect):
            self._farewell = f"the broker says: {reason(packet.code)}"
            if packet.code == TAKEN_OVER:
                self._backoff.slow_down()
        elif not isinstance(packet, Pingresp):
            raise MalformedPacket(f"{type(packet).__name__} from a broker", 0x82)

    def full(self, inbox: object) -> None:
        """Take nothing more from the broker until all inboxes that are full are `low` again.

        While an acknowledgement is awaited the connection is read on regardless: it could not come
        otherwise, and whoever waits for it may be the one who would empty the inbox.
        """
        self._full.add(inbox)
        self._update_reading()

    def low(self, inbox: object) -> None:
        """There is room again in this one."""
        self._full.discard(inbox)
        self._update_reading()

    async def close(self) -> None:
        """Leave in order: what was published is sent. Idempotent."""
        if self._closed:
            return
        if self._ready.is_set():
            await self._drained()
        self._closed = True
        self._ready.set()
        if self._timer is not None:
            self._timer.cancel()
        if self._patience is not None:
            self._patience.cancel()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        wire, self.wire = self.wire, None
        self.outbox.give_up(ConnectionFailed("closed before the broker confirmed the message"))
        self.subscriptions.end()
        if wire is not None:
            # On MQTT 5 the one word is enough to have the session forgotten.
            forget = self._persistent and self.version >= V5
            properties: Properties = {Property.SESSION_EXPIRY: 0} if forget else {}
            wire.write(encode(Disconnect(properties=properties), self.version))
            await wire.close()
        if self._persistent and self._known and (wire is None or self.version < V5):
            await self._forget()

    async def _forget(self) -> None:
        """Have the broker forget the session, as well as that can be done."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                wire, _ = await connect(
                    self._settings,
                    self._client_id,
                    versions=(self.version,),
                    on_packet=lambda *_: None,
                    on_welcome=lambda *_: None,
                    on_lost=lambda *_: None,
                )
        except (TransportError, TimeoutError) as error:
            _log.debug("%s: the broker keeps an old session: %s", self._client_id, error)
            return
        wire.write(encode(Disconnect(), self.version))
        await wire.close()

    async def _drained(self) -> None:
        """Wait until the broker has confirmed everything, for `CLOSE_SECONDS` at most."""
        self._emptied = self._loop.create_future()
        self._outbox_busy(bool(len(self.outbox)))
        await asyncio.wait([self._emptied], timeout=CLOSE_SECONDS)

    # the link

    async def _keep(self) -> None:
        while True:
            why = await self._lost
            _log.info("%s: link lost: %s", self._client_id, why)
            self._tell(Link.DOWN, why)
            while True:
                stood = self._loop.time() - self._linked_at if self._linked_at else 0.0
                self._linked_at = 0.0
                await asyncio.sleep(self._backoff.pause(stood))
                try:
                    await self._open()
                except TransportError as error:
                    _log.debug("%s: %s", self._client_id, error)
                except Exception:
                    # A bug; but a session that stops trying would be a worse one.
                    _log.exception("%s: connecting failed", self._client_id)
                else:
                    break
            _log.info("%s: link up", self._client_id)
            self._tell(Link.UP, f"connected to {self._settings.url}")

    async def _open(self) -> None:
        """One attempt: connect and restore. Afterwards there is a link, or it raises."""
        self._lost = self._loop.create_future()
        self._farewell = ""
        wire, welcome = await connect(
            self._settings,
            self._client_id,
            versions=self._versions(),
            on_packet=self._on_packet,
            on_welcome=self._on_welcome,
            on_lost=self._on_lost,
            keep=self._wanted(),
            relay=self._relay,
        )
        try:
            if wire.lost:
                raise ConnectionFailed(f"{self._settings.url}: lost again at once")
            await self.subscriptions.restore(
                wire,
                self._numbers,
                welcome.version,
                resumed=self._resumed,
                shares=welcome.shares,
            )
            if wire.lost:
                raise ConnectionFailed(f"{self._settings.url}: lost again at once")
        except BaseException as error:
            wire.fail(ConnectionAbortedError(str(error)))
            raise
        self._linked_at = self._loop.time()
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self.outbox.linked(wire, self._numbers, welcome.version, welcome.in_flight)
        self._ready.set()
        self._update_reading()
        self._schedule_ping(welcome.keep_alive)

    def _wanted(self) -> Keep:
        if not self._persistent:
            return Keep.NOTHING
        return Keep.OLD if self._known else Keep.NEW

    def _on_welcome(self, wire: Wire, welcome: Welcome) -> None:
        """The broker has taken the connection; what it has kept may follow at once."""
        self._resumed = welcome.resumed and self._known and welcome.version == self._version
        self._known = True
        self._version = welcome.version
        self.wire, self.welcome = wire, welcome
        if self._resumed:
            self.receipts.resumed(wire.write)
        else:
            self.receipts = Receipts(wire.write, welcome.version)
            self._numbers = Numbers()
            self.outbox.forgotten()
        self._unanswered = self._reads = 0
        self._on_wire(wire, welcome)

    def _versions(self) -> tuple[int, ...]:
        if self._settings.version is not None:
            return (self._settings.version,)
        return (V311, V5) if self._version == V311 else (V5, V311)

    def _on_lost(self, wire: Wire, error: Exception | None) -> None:
        if wire is not self.wire:
            return
        self.wire = None
        self._ready.clear()
        self.receipts.unlinked()
        self.subscriptions.unlinked()
        self.outbox.unlinked()
        if self._timer is not None:
            self._timer.cancel()
        if self._patience is None and not self._relay:
            self._patience = self._loop.call_later(PATIENCE_SECONDS, self._out_of_patience)
        if not self._lost.done():
            why = self._farewell or (str(error) if error is not None else "")
            self._lost.set_result(why or "the broker closed the connection")

    def _out_of_patience(self) -> None:
        self.outbox.give_up(self._impatient())

    def _impatient(self) -> ConnectionFailed:
        return ConnectionFailed(
            f"no link to {self._settings.url}, and none came back within {PATIENCE_SECONDS:g} s"
        )

    def _tell(self, link: Link, detail: str) -> None:
        try:
            self._on_link(link, detail)
        except Exception:
            _log.exception("on_link raised")

    # keep-alive (section 3.1.2.10)

    def _schedule_ping(self, keep_alive: int) -> None:
        if keep_alive:
            interval = min(keep_alive / 2, MQTT_NO_ANSWER_SECONDS)
            self._timer = self._loop.call_later(interval, self._tick, interval, keep_alive)

    def _tick(self, interval: float, keep_alive: int) -> None:
        wire = self.wire
        if wire is None:
            return
        if wire.reads != self._reads or wire.holding:
            self._unanswered = 0
        elif self._unanswered * interval >= MQTT_NO_ANSWER_SECONDS:
            wire.fail(ConnectionResetError("the broker no longer answers"))
            return
        self._reads = wire.reads
        self._unanswered += 1
        wire.write(PINGREQ)
        self._schedule_ping(keep_alive)

    # when to read

    def _outbox_busy(self, busy: bool) -> None:
        self._busy = self._busy | 1 if busy else self._busy & ~1
        if not busy and self._emptied is not None and not self._emptied.done():
            self._emptied.set_result(None)
        self._update_reading()

    def _subscriptions_busy(self, busy: bool) -> None:
        self._busy = self._busy | 2 if busy else self._busy & ~2
        self._update_reading()

    def _update_reading(self) -> None:
        if self.wire is None:
            return
        if self._full and not self._busy:
            self.wire.hold(Hold.INBOX)
        else:
            self.wire.release(Hold.INBOX)
