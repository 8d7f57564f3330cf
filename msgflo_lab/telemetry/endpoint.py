"""The address that Prometheus reads: `/metrics`, and `/jobstats` for guv."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from ..errors import MsgFloLabError
from ..listening import is_meant, listen
from ..metrics import exposition, format_for
from .sources import Source

_PARTING = 1.0
"""Seconds that requests have to end."""


class Endpoint:
    """Serves the figures of a source over HTTP. On its loop.

    Nobody needs a secret: whoever can reach the address can read names and figures, no messages.
    """

    def __init__(self, source: Source, address: str, port: int) -> None:
        """`port`: 0 for any that is free."""
        self._source = source
        self._address = address
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where the metrics are."""
        host = f"[{self._address}]" if ":" in self._address else self._address
        return f"http://{host}:{self._port}/metrics"

    async def start(self) -> None:
        """Listen.

        Raises:
            MsgFloLabError: The address cannot be had.
        """
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/jobstats", self._statistics)
        app.router.add_get("/", self._page)
        app.middlewares.append(self._only_for_us)
        try:
            runner = await listen(app, self._address, self._port, parting=_PARTING)
        except MsgFloLabError as error:
            raise MsgFloLabError(f"cannot serve metrics at {self.url}: {error}") from None
        self._runner = runner
        self._port = runner.addresses[0][1]
        self._source.jobs.measure()

    async def stop(self) -> None:
        """Serve no more. Idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @web.middleware
    async def _only_for_us(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not is_meant(request.host, self._address):
            return web.Response(status=421, text="this is another host\n")
        return await handler(request)

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        form = format_for(request.headers.get("Accept", ""))
        families = await self._source.collect(sparing=True)
        # Thousands of series take a while to be written: the messages come first.
        text = await asyncio.to_thread(exposition, families, form)
        response = web.Response(body=text.encode(), headers={"Content-Type": form.value})
        response.enable_compression()
        return response

    async def _statistics(self, _request: web.Request) -> web.StreamResponse:
        body = msgspec.json.encode(self._source.statistics())
        return web.Response(body=body, content_type="application/json")

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text="/metrics for Prometheus\n/jobstats for guv\n")
