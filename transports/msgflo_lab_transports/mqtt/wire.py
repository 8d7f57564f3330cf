"""One socket to a broker: bytes in, bytes out, collected writes, and the two kinds of pause.

Knows packets' borders but not their meaning.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from enum import IntFlag
from typing import cast

from msgflo_lab_broker.mqtt import MalformedPacket, Splitter

from ..limits import (
    CLOSE_SECONDS,
    MQTT_DENSE_READS,
    MQTT_DENSE_SECONDS,
    MQTT_FLUSH_BYTES,
    MQTT_GATHER_BYTES,
    MQTT_GATHER_SECONDS,
    MQTT_PACKET_BYTES,
    MQTT_QUICK_ACK_BYTES,
    MQTT_WRITE_HIGH_BYTES,
    MQTT_WRITE_LOW_BYTES,
)

_log = logging.getLogger(__name__)

OnPacket = Callable[[int, bytes, int, int], None]
OnLost = Callable[["Wire", Exception | None], None]


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


class Wire(asyncio.Protocol):
    """One connection, until it is lost.

    Attributes:
        splitter: Gets what arrives; its `on_packet` may be exchanged.
        reads: How often something has arrived.
        lost: The connection is gone; writing does nothing.

    Args:
        on_packet: Called for each packet that arrives.
        on_lost: Called once, when the connection is gone, with the reason if there is one.
        relay: Stop reading while the write buffer is over its high-water mark.
    """

    def __init__(self, on_packet: OnPacket, on_lost: OnLost, *, relay: bool = False) -> None:
        self.splitter = Splitter(on_packet, max_packet=MQTT_PACKET_BYTES)
        self.reads = 0
        self.lost = False
        self._on_lost = on_lost
        self._relay = relay
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._greeted = False
        self._socket: socket.socket | None = None
        self._hold = Hold.NOTHING
        self._out: list[bytes] = []
        self._out_size = 0
        self._flush_is_due = False
        self._error: Exception | None = None
        self._congested = False
        self._waiting: list[asyncio.Future[None]] = []
        self._last_read = 0.0
        self._dense_reads = 0
        self._gathering = False
        self._gone: asyncio.Future[None] = self._loop.create_future()

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A socket is open."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(MQTT_WRITE_HIGH_BYTES, MQTT_WRITE_LOW_BYTES)
        self._socket = transport.get_extra_info("socket")

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self.lost = True
        self._congested = False
        self._out.clear()
        self._wake()
        if not self._gone.done():
            self._gone.set_result(None)
        self._on_lost(self, self._error or exc)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived. Whatever is written meanwhile leaves in one piece."""
        self.reads += 1
        self._flush_is_due = True
        try:
            if not self._greeted:
                self._greet(data[0])
            self.splitter.feed(data)
        except MalformedPacket as error:
            self.fail(error)
        finally:
            if self._out:
                self._flush()
                if self._relay:
                    self._gather(len(data))
            else:
                self._flush_is_due = False
                if len(data) < MQTT_QUICK_ACK_BYTES:
                    self._hurry()

    def pause_writing(self) -> None:
        """The write buffer is over its high-water mark."""
        self._congested = True
        if self._relay:
            self.hold(Hold.WRITING)

    def resume_writing(self) -> None:
        """The write buffer is low again."""
        self._congested = False
        self._wake()
        self.release(Hold.WRITING)

    # for the session

    @property
    def holding(self) -> bool:
        """Nothing is read at present."""
        return self._hold is not Hold.NOTHING

    def write(self, *pieces: bytes) -> None:
        """Send bytes, at the end of this turn of the loop or sooner. Nothing once it is lost."""
        if self.lost:
            return
        self._out += pieces
        self._out_size += sum(map(len, pieces))
        if self._out_size >= MQTT_FLUSH_BYTES:
            self._send()
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def relay_out(self) -> list[bytes]:
        """Where a router puts the bytes it forwards while it is called with a packet."""
        return self._out

    def flush(self) -> None:
        """Send what is collected."""
        self._send()

    async def room(self) -> None:
        """Wait while the write buffer is over its mark. Returns at once if the wire is lost."""
        while self._congested and not self.lost:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)

    @property
    def congested(self) -> bool:
        """The write buffer is over its mark."""
        return self._congested

    @property
    def crowded(self) -> bool:
        """Whoever publishes should call `room` and let others run."""
        return self._congested or self._out_size == 0

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

    def fail(self, error: Exception) -> None:
        """Drop the connection for this reason."""
        self._error = self._error or error
        self.splitter.stop()
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Send what is left, close, and wait until it is gone; after `CLOSE_SECONDS`, abort."""
        transport = self._transport
        if transport is None:
            return
        self.splitter.stop()
        self._hold = Hold.NOTHING
        self._send()
        transport.close()
        try:
            await asyncio.wait([self._gone], timeout=CLOSE_SECONDS)
        finally:
            if not self._gone.done():
                transport.abort()
        await self._gone

    def _greet(self, head: int) -> None:
        """Tell a broker by its first byte: rubbish may look like the start of a long packet."""
        self._greeted = True
        if head not in (0x20, 0xE0, 0xF0):
            raise MalformedPacket("its first byte is no answer to CONNECT")

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

    def _flush(self) -> None:
        self._flush_is_due = False
        if self._out:
            self._send()

    def _send(self) -> None:
        out, self._out_size = self._out, 0
        if not out or self._transport is None or self.lost:
            out.clear()
            return
        data = b"".join(out) if len(out) > 1 else out[0]
        out.clear()
        self._transport.write(data)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
