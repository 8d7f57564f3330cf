"""A way to a broker that can be cut while the broker lives on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Passes bytes on between a port of its own and a broker's.

    Attributes:
        port: Where it listens.
        target: The broker's port; may be changed, for connections that come then.
        links: How many connections it has passed on in all.
        refused: How many it has not, as it was broken.
        broken: Nobody gets through for as long as this is set; `cut` those who are through.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.target = target
        self.links = 0
        self.refused = 0
        self.broken = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Break every connection; whatever is in its buffers is gone."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.broken:
            self.refused += 1
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:  # the broker is not there
            writer.transport.abort()
            return
        self.links += 1
        ends = {writer, back}
        self._writers |= ends
        for pump in (self._pump(reader, back, ends), self._pump(there, writer, ends)):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        ends: set[asyncio.StreamWriter],
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        for each in ends:
            each.close()
        self._writers -= ends

    async def end(self) -> None:
        """Cut, and wait until all is over."""
        self.cut()
        while self._pumps:
            await asyncio.wait(self._pumps)


@asynccontextmanager
async def proxy(target: int) -> AsyncIterator[Proxy]:
    """A proxy before a port, while the block runs."""
    found = Proxy(target)
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await found.end()
