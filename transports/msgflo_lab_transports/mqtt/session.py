"""A connection that comes back: keep-alive, reconnection, and what survives it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from msgflo_lab.errors import ConnectionFailed, TransportError
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
    Suback,
    Type,
    Unsuback,
    decode,
    encode,
    reason,
)

from ..limits import (
    BACKOFF_FIRST_SECONDS,
    BACKOFF_MAX_SECONDS,
    CLOSE_SECONDS,
    MQTT_NO_ANSWER_SECONDS,
    PATIENCE_SECONDS,
    STABLE_SECONDS,
)
from .connect import Welcome, connect
from .options import Settings
from .outbox import Numbers, Outbox
from .receipts import Receipts
from .subscriptions import Subscriptions
from .wire import Hold, OnPacket, Wire

_log = logging.getLogger(__name__)


class Session:
    """One identity on a broker, for as long as it is open.

    Whoever owns it gets every packet in `on_packet`, deals with PUBLISH and hands all others to
    `on_control`. Its task is the only one that connects.

    Attributes:
        wire: The connection, or None while there is none.
        receipts: What was received on that connection and is not acknowledged yet.
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
        relay: bool = False,
    ) -> None:
        self.wire: Wire | None = None
        self.welcome: Welcome | None = None
        self.receipts: Receipts
        self.outbox = Outbox(self._outbox_busy)
        self.subscriptions = Subscriptions(
            qos=settings.qos, no_local=relay, on_busy=self._subscriptions_busy
        )
        self._settings = settings
        self._client_id = client_id
        self._on_packet = on_packet
        self._on_wire = on_wire
        self._on_link = on_link
        self._relay = relay
        self._version: int | None = settings.version
        self._loop = asyncio.get_running_loop()
        self._keeper: asyncio.Task[None] | None = None
        self._lost: asyncio.Future[str] = self._loop.create_future()
        self._ready = asyncio.Event()
        self._closed = False
        self._emptied: asyncio.Future[None] | None = None
        self._farewell = ""
        self._linked_at = 0.0
        self._backoff = BACKOFF_FIRST_SECONDS
        self._timer: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._unanswered = 0
        self._busy = 0
        self._reading_held = False

    async def start(self) -> None:
        """Connect for the first time. Raises ConnectionFailed."""
        await self._open()
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
                self._backoff = BACKOFF_MAX_SECONDS
        elif not isinstance(packet, Pingresp):
            raise MalformedPacket(f"{type(packet).__name__} from a broker", 0x82)

    def hold_reading(self, held: bool) -> None:
        """Take nothing more from the broker, or take more again.

        While an acknowledgement is awaited the connection is read on regardless: it could not come
        otherwise, and whoever waits for it may be the one who would empty the inbox.
        """
        self._reading_held = held
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
                await asyncio.sleep(self._pause())
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

    def _pause(self) -> float:
        """Seconds to wait before the next attempt."""
        if self._linked_at and self._loop.time() - self._linked_at >= STABLE_SECONDS:
            self._backoff = BACKOFF_FIRST_SECONDS
        self._linked_at = 0.0
        pause, self._backoff = self._backoff, min(2 * self._backoff, BACKOFF_MAX_SECONDS)
        return pause * random.uniform(0.5, 1.0)

    async def _open(self) -> None:
        """One attempt: connect and restore. Afterwards there is a link, or it raises."""
        self._lost = self._loop.create_future()
        self._farewell = ""
        wire, welcome = await connect(
            self._settings,
            self._client_id,
            versions=self._versions(),
            on_packet=self._on_packet,
            on_lost=self._on_lost,
            relay=self._relay,
        )
        self._version = welcome.version
        self.wire, self.welcome = wire, welcome
        self.receipts = Receipts(wire.write, welcome.version)
        self._unanswered = 0
        self._on_wire(wire, welcome)
        numbers = Numbers()
        try:
            await self.subscriptions.restore(wire, numbers, welcome.version)
            if wire.lost:
                raise ConnectionFailed(f"{self._settings.url}: lost again at once")
        except BaseException as error:
            wire.fail(ConnectionAbortedError(str(error)))
            raise
        self._linked_at = self._loop.time()
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        self.outbox.linked(wire, numbers, welcome.version, welcome.in_flight)
        self._ready.set()
        self._update_reading()
        self._schedule_ping(welcome.keep_alive)

    def _versions(self) -> tuple[int, ...]:
        if self._settings.version is not None:
            return (self._settings.version,)
        return (V311, V5) if self._version == V311 else (V5, V311)

    def _on_lost(self, wire: Wire, error: Exception | None) -> None:
        if wire is not self.wire:
            return
        self.wire = None
        self._ready.clear()
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
        if wire.received or wire.holding:
            self._unanswered = 0
        elif self._unanswered * interval >= MQTT_NO_ANSWER_SECONDS:
            wire.fail(ConnectionResetError("the broker no longer answers"))
            return
        wire.received = False
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
        if self._reading_held and not self._busy:
            self.wire.hold(Hold.INBOX)
        else:
            self.wire.release(Hold.INBOX)
