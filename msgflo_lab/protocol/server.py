"""The protocol over WebSocket, and the page beside it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Collection, Mapping
from urllib.parse import quote, urlsplit

from aiohttp import WSMsgType, web

from ..errors import MsgFloLabError
from ..listening import host_of, is_loopback, is_meant, listen
from ..runtime.fairness import TimeSlice
from ..runtime.host import Host
from .capabilities import Level, level_of_known
from .limits import FRAME_BYTES, HEARTBEAT, PARTING, PEERS, STRANGER
from .page import EDITORS, About, page
from .peer import Peer
from .service import Service

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
        runtime_id: str = "",
    ) -> None:
        """Create it.

        Args:
            address: Of the interface to listen on; `0.0.0.0` for all.
            port: 0 for any that is free.
            grants: What each secret is good for. Without it, one is made up that may edit graphs,
                but set no sources. The secret "" is for those who give none.
            origins: Pages, as `https://host`, that may connect beside those of this machine and
                the well-known editors.
            runtime_id: What clients know it by; without it, one that nobody has.
        """
        self._grants = dict(grants) if grants else {secrets.token_urlsafe(18): Level.EDIT}
        levels = list(Level)
        self.secret = max(self._grants, key=lambda each: levels.index(self._grants[each]))
        self.service = Service(host, secrets=self._grants, runtime_id=runtime_id)
        self._host = host
        self._address = address
        self._port = port
        self._origins = {*EDITORS.values(), *origins}
        self._runner: web.AppRunner | None = None
        self._connections: set[asyncio.Task[object]] = set()

    @property
    def url(self) -> str:
        """Where clients connect: `ws://host:port`."""
        shown = f"[{self._address}]" if ":" in self._address else self._address
        return f"ws://{shown}:{self._port}"

    @property
    def link(self) -> str:
        """The page, ready to be opened: it has the secret in it."""
        http = self.url.replace("ws:", "http:", 1)
        return f"{http}/?secret={quote(self.secret, safe='')}" if self.secret else f"{http}/"

    async def start(self) -> None:
        """Listen.

        Raises:
            MsgFloLabError: The address cannot be had.
        """
        app = web.Application()
        app.router.add_get("/{path:.*}", self._get)
        try:
            runner = await listen(app, self._address, self._port, parting=PARTING)
        except MsgFloLabError as error:
            raise MsgFloLabError(f"cannot serve at {self.url}: {error}") from None
        self._runner = runner
        self._port = runner.addresses[0][1]
        self.service.begin()

    async def stop(self) -> None:
        """Let everybody go. Idempotent."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await self.service.close()
            if self._connections:
                await asyncio.wait(self._connections, timeout=PARTING)
            for peer in list(self.service.peers):
                peer.cut()
            await runner.cleanup()

    async def _get(self, request: web.Request) -> web.StreamResponse:
        if not is_meant(request.host, self._address):
            return web.Response(status=421, text="this is another host\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._connect(request)
        if request.path != "/":
            return web.Response(status=404, text="there is nothing here\n")
        secret = request.query.get("secret", "")
        level = level_of_known(self._grants, secret)
        about = About(f"ws://{request.host}", self._host.name, self.service.runtimes.id)
        text = page(about, secret, level, is_wrong=bool(secret))
        headers = {
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "X-Frame-Options": "DENY",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        }
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if not self._is_trusted(request.headers.get("Origin")):
            return web.Response(status=403, text="pages of this origin may not connect\n")
        if self._runner is None or not self._has_room():
            return web.Response(status=503, text=f"there are {PEERS} clients already\n")
        socket = web.WebSocketResponse(
            protocols=("noflo",),
            max_msg_size=FRAME_BYTES,
            heartbeat=HEARTBEAT,
            compress=False,
            timeout=PARTING,
        )
        peer = Peer(cut=lambda: request.transport.abort() if request.transport else None)
        self.service.join(peer)
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            await socket.prepare(request)
            await self._serve(peer, socket)
        finally:
            self._connections.discard(connection)
            self.service.part(peer)
        return socket

    def _has_room(self) -> bool:
        """True if another client may come. Who has been a stranger for long makes room."""
        peers = self.service.peers
        if len(peers) < PEERS:
            return True
        latest = time.monotonic() - STRANGER
        strangers = [each for each in peers if each.level is None and each.since <= latest]
        if strangers:
            longest = min(strangers, key=lambda each: each.since)
            longest.cut()
            self.service.part(longest)
        return bool(strangers)

    async def _serve(self, peer: Peer, socket: web.WebSocketResponse) -> None:
        sending = asyncio.create_task(_send(peer, socket), name="protocol client")
        turn = TimeSlice()
        try:
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    await self.service.handle(peer, message.data)
                    # Who does not take the answers is asked for no more questions.
                    await peer.room()
                    # Nor does who asks for much at once keep the others waiting.
                    await turn.give_way()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    def _is_trusted(self, origin: str | None) -> bool:
        """A program gives no origin; a page gives its own, which it cannot forge."""
        if origin is None:
            return True
        name = host_of(origin)
        if name is not None and is_loopback(name):
            return True
        known = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in self._origins}
        return origin in known


async def _send(peer: Peer, socket: web.WebSocketResponse) -> None:
    turn = TimeSlice()
    while (text := await peer.next()) is not None:
        await socket.send_str(text)
        await turn.give_way()
    await socket.close()
