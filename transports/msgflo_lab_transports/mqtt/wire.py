"""One socket to an MQTT broker: the two kinds of pause, and what keeps small packets quick."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from enum import IntFlag

from msgflo_lab_broker.mqtt import MalformedPacket, Splitter

from .. import wire
from ..limits import (
    MQTT_DENSE_READS,
    MQTT_DENSE_SECONDS,
    MQTT_GATHER_BYTES,
    MQTT_GATHER_SECONDS,
    MQTT_PACKET_BYTES,
    MQTT_QUICK_ACK_BYTES,
)

OnPacket = Callable[[int, bytes, int, int], None]

_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class Hold(IntFlag):
    """Why nothing is read from a socket."""

    NOTHING = 0
    INBOX = 1
    """A subscription's inbox is full."""
    WRITING = 2
    """What was read cannot be passed on yet."""
    GATHERING = 4
    """So much comes that it pays to let more of it come before it is read."""


class Wire(wire.Wire):
    """One connection, until it is lost.

    Attributes:
        splitter: Gets what arrives; its `on_packet` may be exchanged.

    Args:
        on_packet: Called for each packet that arrives.
        on_lost: Called once, when the connection is gone, with the reason if there is one.
        relay: Stop reading while the write buffer is over its high-water mark.
    """

    malformed = MalformedPacket

    def __init__(self, on_packet: OnPacket, on_lost: wire.OnLost, *, relay: bool = False) -> None:
        self.splitter = Splitter(on_packet, max_packet=MQTT_PACKET_BYTES)
        super().__init__(self.splitter, on_lost)
        self._relay = relay
        self._socket: socket.socket | None = None
        self._hold = Hold.NOTHING
        self._waiting: list[asyncio.Future[None]] = []
        self._last_read = 0.0
        self._dense_reads = 0
        self._gathering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A socket is open."""
        super().connection_made(transport)
        self._socket = transport.get_extra_info("socket")

    def pause_writing(self) -> None:
        """The write buffer is over its high-water mark."""
        super().pause_writing()
        if self._relay:
            self.hold(Hold.WRITING)

    def resume_writing(self) -> None:
        """The write buffer is low again."""
        super().resume_writing()
        self.release(Hold.WRITING)

    # for the session

    @property
    def holding(self) -> bool:
        """Nothing is read at present."""
        return self._hold is not Hold.NOTHING

    def relay_out(self) -> list[bytes]:
        """Where a router puts the bytes it forwards while it is called with a packet."""
        return self._out

    async def room(self) -> None:
        """Wait while the write buffer is over its mark. Returns at once if the wire is lost."""
        while self.congested and not self.lost:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)

    @property
    def crowded(self) -> bool:
        """Whoever publishes should call `room` and let others run."""
        return self.congested or self._out_size == 0

    def hold(self, why: Hold) -> None:
        """Stop reading."""
        if self._hold is Hold.NOTHING and self._transport is not None and not self.lost:
            self._transport.pause_reading()
        self._hold |= why

    def release(self, why: Hold) -> None:
        """Read on, unless there is another reason not to."""
        before, self._hold = self._hold, self._hold & ~why
        if before is Hold.NOTHING or self._hold is not Hold.NOTHING or self.lost:
            return
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        # What came while nobody read has not been seen yet: the broker is not to be called dead.
        self.reads += 1

    async def close(self) -> None:
        """Send what is left, and close. See `wire.Wire.close`."""
        self._hold = Hold.NOTHING
        await super().close()

    # what MQTT adds

    def greet(self, first: int) -> None:
        """Tell a broker by its first byte: rubbish may look like the start of a long packet."""
        if first not in (0x20, 0xE0, 0xF0):
            raise MalformedPacket("its first byte is no answer to CONNECT")

    def has_read(self, size: int) -> None:
        """What was read, so many bytes, is dealt with."""
        if self._out:
            self._flush()
            if self._relay:
                self._gather(size)
        else:
            self._flush_is_due = False
            if size < MQTT_QUICK_ACK_BYTES:
                self._hurry()

    def has_room(self) -> None:
        """The write buffer is low again, or the connection is gone."""
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    def _hurry(self) -> None:
        """Have the kernel acknowledge what came now.

        Mosquitto, unless told otherwise, sends a small packet only when the one before is
        acknowledged, and the kernel of somebody who also writes takes 40 ms for that, in the hope
        of an answer to send along. Where we answer at once, there is no need to ask.
        """
        if _QUICK_ACK is not None and self._socket is not None and not self.lost:
            with suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)

    def _gather(self, size: int) -> None:
        """Under dense traffic, look only every so often, and then at more at once.

        A broker that writes packet by packet would else wake us for each of them, and have each
        forwarded by a write of its own: that cost both sides half of their time. Sparse messages
        are never held up.
        """
        now = self._loop.time()
        gap, self._last_read = now - self._last_read, now
        if self._gathering:
            self._gathering = size >= MQTT_GATHER_BYTES
            self._dense_reads = 0
        elif gap < MQTT_DENSE_SECONDS:
            self._dense_reads += 1
            self._gathering = self._dense_reads >= MQTT_DENSE_READS
        else:
            self._dense_reads = 0
        if self._gathering:
            self.hold(Hold.GATHERING)
            self._loop.call_later(MQTT_GATHER_SECONDS, self.release, Hold.GATHERING)
