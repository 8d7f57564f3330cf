"""One socket to a broker: bytes in, and writes that are collected. What the protocols share.

Knows neither frames nor packets: a splitter gets what arrives, and whoever writes hands over pieces
that are whole.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import ClassVar, Protocol, cast

from .limits import CLOSE_SECONDS, FLUSH_BYTES, READ_BYTES, WRITE_HIGH_BYTES, WRITE_LOW_BYTES

OnLost = Callable[[Exception | None], None]


class Reader(Protocol):
    """Finds the borders in what arrives."""

    def feed(self, data: bytes) -> None:
        """Bytes have arrived. Raises the protocol's `malformed` on rubbish."""

    def stop(self) -> None:
        """Pass nothing more on."""


class _Buffers(threading.local):
    """Where what arrives is read into: one for all connections of a thread, as each is dealt with
    before the next is read. To let asyncio make a new one each time takes three system calls."""

    def __init__(self) -> None:
        self.view = memoryview(bytearray(READ_BYTES))


_buffers = _Buffers()


class Wire(asyncio.BufferedProtocol):
    """One connection, until it is lost.

    Attributes:
        malformed: What the splitter raises on rubbish; the connection is dropped then.
        reads: How often something has arrived.
        writes: How often something has been sent.
        lost: The connection is gone; writing does nothing.
        congested: The write buffer is over its high-water mark.

    Args:
        splitter: Gets what arrives.
        on_lost: Called once, when the connection is gone, with the reason if there is one.
    """

    malformed: ClassVar[type[Exception]]

    def __init__(self, splitter: Reader, on_lost: OnLost) -> None:
        self.reads = 0
        self.writes = 0
        self.lost = False
        self.congested = False
        self._splitter = splitter
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._out_size = 0
        self._flush_is_due = False
        self._error: Exception | None = None
        self._gone: asyncio.Future[None] = self._loop.create_future()

    # what a protocol adds

    def greet(self, first: int) -> None:
        """The broker's first byte has come: rubbish may look like the start of something long.

        Raises what `malformed` says, if no broker of this protocol begins so.
        """

    def has_read(self, size: int) -> None:
        """What was read, so many bytes, is dealt with. Flushes what was written meanwhile."""
        del size
        self._flush()

    def has_room(self) -> None:
        """The write buffer is low again, or the connection is gone."""

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A socket is open; asyncio has switched Nagle's algorithm off."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(WRITE_HIGH_BYTES, WRITE_LOW_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self.lost = True
        self.congested = False
        self._out.clear()
        self.has_room()
        if not self._gone.done():
            self._gone.set_result(None)
        self._on_lost(self._error or exc)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes are put."""
        del sizehint
        return _buffers.view

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes arrived. Whatever is written meanwhile leaves in one piece."""
        data = bytes(_buffers.view[:nbytes])
        is_first, self._flush_is_due = not self.reads, True
        self.reads += 1
        try:
            if is_first:
                self.greet(data[0])
            self._splitter.feed(data)
        except self.malformed as error:
            self.fail(error)
        finally:
            self.has_read(len(data))

    def pause_writing(self) -> None:
        """The write buffer is over its high-water mark."""
        self.congested = True

    def resume_writing(self) -> None:
        """The write buffer is low again."""
        self.congested = False
        self.has_room()

    # for whoever speaks the protocol

    def write(self, *pieces: bytes) -> None:
        """Send bytes, at the end of this turn of the loop or sooner. Nothing once it is lost.

        Pieces of different calls are never mixed.
        """
        if self.lost:
            return
        self._out += pieces
        self._out_size += sum(map(len, pieces))
        if self._out_size >= FLUSH_BYTES:
            self.flush()
        elif not self._flush_is_due:
            self.flush_soon()

    def flush(self) -> None:
        """Send what is collected now."""
        out, self._out_size = self._out, 0
        if not out or self._transport is None or self.lost:
            out.clear()
            return
        self.writes += 1
        data = b"".join(out)
        # The list stays the same one: others may hold it.
        out.clear()
        self._transport.write(data)

    def flush_soon(self) -> None:
        """Send what is collected at the end of this turn of the loop."""
        self._flush_is_due = True
        self._loop.call_soon(self._flush)

    def fail(self, error: Exception) -> None:
        """Drop the connection for this reason."""
        self._error = self._error or error
        self._splitter.stop()
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Send what is left, close, and wait until it is gone; after `CLOSE_SECONDS`, abort."""
        transport = self._transport
        if transport is None:
            return
        self._splitter.stop()
        self.flush()
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
            self.flush()
