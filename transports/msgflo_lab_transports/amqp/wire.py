"""One socket to a broker: bytes in, frames out; and writes that are collected.

Knows the borders of frames and not their meaning. Reading is never paused: what a broker sends is
bounded by the prefetch of each consumer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from ..limits import CLOSE_SECONDS
from .frames import MalformedFrame, Splitter
from .limits import AMQP_FLUSH_BYTES, AMQP_WRITE_HIGH_BYTES, AMQP_WRITE_LOW_BYTES

OnLost = Callable[[Exception | None], None]

_FRAME, _OTHER_VERSION, _TLS_ALERT = 0x01, ord("A"), 0x15


class Wire(asyncio.Protocol):
    """One connection, until it is lost.

    Attributes:
        splitter: Gets what arrives.
        reads: How often something has arrived.
        writes: How often something has been sent.
        lost: The connection is gone; writing does nothing.
        congested: The write buffer is over its high-water mark.
        on_room: Called whenever it is below again, or the connection is gone.

    Args:
        on_lost: Called once, when the connection is gone, with the reason if there is one.
    """

    def __init__(self, splitter: Splitter, on_lost: OnLost) -> None:
        self.splitter = splitter
        self.reads = 0
        self.writes = 0
        self.lost = False
        self.congested = False
        self.on_room: Callable[[], None] = _nothing
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._out_size = 0
        self._flush_is_due = False
        self._error: Exception | None = None
        self._gone: asyncio.Future[None] = self._loop.create_future()

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A socket is open; asyncio has switched Nagle's algorithm off."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(AMQP_WRITE_HIGH_BYTES, AMQP_WRITE_LOW_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self.lost = True
        self.congested = False
        self._out.clear()
        if not self._gone.done():
            self._gone.set_result(None)
        self._on_lost(self._error or exc)
        self.on_room()

    def data_received(self, data: bytes) -> None:
        """Bytes arrived. Whatever is written meanwhile leaves in one piece."""
        first, self._flush_is_due = not self.reads, True
        self.reads += 1
        try:
            if first:
                _greet(data[0])
            self.splitter.feed(data)
        except MalformedFrame as error:
            self.fail(error)
        finally:
            self._flush()

    def pause_writing(self) -> None:
        """The write buffer is over its high-water mark."""
        self.congested = True

    def resume_writing(self) -> None:
        """The write buffer is low again."""
        self.congested = False
        self.on_room()

    # for the connection and its channels

    def write(self, *pieces: bytes) -> None:
        """Send bytes, at the end of this turn of the loop or sooner. Nothing once it is lost.

        The pieces are whole frames; pieces of different calls are never mixed.
        """
        if self.lost:
            return
        self._out += pieces
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def write_content(self, pieces: tuple[bytes, ...], size: int) -> None:
        """The same for a message, whose size in bytes, more or less, is known."""
        self.write(*pieces)
        self._out_size += size
        if self._out_size >= AMQP_FLUSH_BYTES:
            self._send()

    def flush(self) -> None:
        """Send what is collected now."""
        self._send()

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
        self._send()
        transport.close()
        try:
            await asyncio.wait([self._gone], timeout=CLOSE_SECONDS)
        finally:
            if not self._gone.done():
                transport.abort()
        await self._gone

    def _flush(self) -> None:
        self._flush_is_due = False
        if self._out:
            self._send()

    def _send(self) -> None:
        out, self._out_size = self._out, 0
        if not out or self._transport is None or self.lost:
            out.clear()
            return
        self.writes += 1
        self._transport.write(b"".join(out))
        out.clear()


def _greet(first: int) -> None:
    """Tell a broker by its first byte: rubbish may look like the start of a long frame."""
    if first == _FRAME:
        return
    if first == _OTHER_VERSION:
        raise MalformedFrame("it speaks another version of AMQP than 0-9-1")
    if first == _TLS_ALERT:
        raise MalformedFrame("it speaks TLS; try `amqps://`")
    raise MalformedFrame("not an AMQP broker: its first byte is not that of a frame")


def _nothing() -> None:
    pass
