"""The protocol over WebSocket, and the page beside it."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import secrets
from collections.abc import Callable, Collection, Mapping
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from ..errors import MsgFloLabError
from ..runtime.host import Host
from .capabilities import Level
from .limits import FRAME_BYTES, PEERS
from .page import EDITORS, page
from .peer import Peer
from .service import Service

log = logging.getLogger(__name__)

HOST, PORT = "127.0.0.1", 3569
"""Where msgflo serves, but for this machine only."""


class Server:
    """One address at which clients find a host. On the host's loop.

    Attributes:
        service: The clients.
        secret: That of the highest level; "" if none is needed.
    """

    def __init__(
        self,
        host: Host,
        *,
        address: str = HOST,
        port: int = PORT,
        grants: Mapping[str, Level] | None = None,
        origins: Collection[str] = (),
        persist: Callable[[], object] | None = None,
    ) -> None:
        """Create it.

        Args:
            address: Of the interface to listen on; `0.0.0.0` for all.
            port: 0 for any that is free.
            grants: What each secret is good for. Without it, one is made up that may edit graphs,
                but set no sources. The secret "" is for those who give none.
            origins: Pages, as `https://host`, that may connect beside those of this machine and
                the well-known editors.
            persist: Saves the graphs; without it, clients cannot ask for that.
        """
        self._grants = dict(grants) if grants else {secrets.token_urlsafe(18): Level.EDIT}
        levels = list(Level)
        self.secret = max(self._grants, key=lambda each: levels.index(self._grants[each]))
        self.service = Service(host, secrets=self._grants, persist=persist)
        self._host = host
        self._address = address
        self._port = port
        self._origins = {*EDITORS.values(), *origins}
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where clients connect: `ws://host:port`."""
        shown = f"[{self._address}]" if ":" in self._address else self._address
        return f"ws://{shown}:{self._port}"

    @property
    def link(self) -> str:
        """The page, ready to be opened: it has the secret in it."""
        http = self.url.replace("ws:", "http:", 1)
        return f"{http}/?secret={self.secret}" if self.secret else f"{http}/"

    async def start(self) -> None:
        """Listen.

        Raises:
            MsgFloLabError: The address cannot be had.
        """
        app = web.Application()
        app.router.add_get("/{path:.*}", self._get)
        runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, self._address, self._port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            why = error.strerror or error
            raise MsgFloLabError(f"cannot serve at {self.url}: {why}; try another port") from None
        self._runner = runner
        self._port = runner.addresses[0][1]
        self.service.begin()

    async def stop(self) -> None:
        """Let everybody go. Idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await self.service.close()
            await runner.cleanup()

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if not self._is_for_us(request):
            return web.Response(status=421, text="this is another host\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._connect(request)
        given = request.query.get("secret")
        known = given is not None and any(
            hmac.compare_digest(given.encode(), each.encode()) for each in self._grants
        )
        seen = given if known else ("" if "" in self._grants else None)
        text = page(f"ws://{request.host}", self._host.name, seen)
        headers = {
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Frame-Options": "DENY",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        }
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if not self._is_trusted(request.headers.get("Origin")):
            return web.Response(status=403, text="pages of this origin may not connect\n")
        if len(self.service.peers) >= PEERS:
            return web.Response(status=503, text=f"there are {PEERS} clients already\n")
        socket = web.WebSocketResponse(
            protocols=("noflo",), max_msg_size=FRAME_BYTES, heartbeat=30, compress=False
        )
        await socket.prepare(request)
        peer = Peer()
        self.service.join(peer)
        sending = asyncio.create_task(_send(peer, socket), name="protocol client")
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self.service.handle(peer, message.data)
        finally:
            self.service.part(peer)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return socket

    def _is_for_us(self, request: web.Request) -> bool:
        """False for a name that somebody has bent to this address (DNS rebinding)."""
        name = urlsplit(f"//{request.host}").hostname or ""
        if name == "localhost" or name == self._address:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return not _is_loopback(self._address)
        return True

    def _is_trusted(self, origin: str | None) -> bool:
        """A program gives no origin; a page gives its own, which it cannot forge."""
        if origin is None:
            return True
        parts = urlsplit(origin)
        if parts.hostname is not None and _is_loopback(parts.hostname):
            return True
        known = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in self._origins}
        return origin in known


async def _send(peer: Peer, socket: web.WebSocketResponse) -> None:
    while (text := await peer.next()) is not None:
        await socket.send_str(text)
    await socket.close()


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
