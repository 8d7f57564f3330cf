"""Open one connection: socket, TLS, handshake; and say in one line why it did not work."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from pamqp import commands

from msgflo_lab.errors import ConnectionFailed
from msgflo_lab.transport import BrokerUrl

from ..limits import CONNECT_SECONDS
from ..refusals import silent, why
from . import requests
from .connection import Connection, OnBlocked, OnLost
from .frames import (
    METHOD,
    PROTOCOL_HEADER,
    MalformedFrame,
    Method,
    Receiver,
    Splitter,
    decode_method,
    encode_method,
)
from .limits import (
    AMQP_CHANNELS,
    AMQP_FRAME_MAX,
    AMQP_HEARTBEAT_SECONDS,
    AMQP_MAX_PAYLOAD,
)
from .requests import Request
from .wire import Wire

M = TypeVar("M", bound=Method)

PORT, TLS_PORT = 5672, 5671
_CAPABILITIES = {
    "authentication_failure_close": True,
    "basic.nack": True,
    "connection.blocked": True,
    "consumer_cancel_notify": True,
    "exchange_exchange_bindings": True,
    "publisher_confirms": True,
}


async def connect(
    url: BrokerUrl,
    *,
    name: str,
    on_lost: OnLost,
    on_blocked: OnBlocked | None = None,
    tls: ssl.SSLContext | None = None,
    heartbeat: int = AMQP_HEARTBEAT_SECONDS,
    max_payload: int = AMQP_MAX_PAYLOAD,
) -> Connection:
    """Connect to a broker.

    Args:
        url: `amqp://[user[:password]@]host[:port][/vhost]`. Without a user: guest, with password
            guest; without a vhost: `/`. Its options are not looked at.
        name: For people reading the broker's logs and its management interface.
        on_lost: Called once when the connection is gone, unless `Connection.close` ended it. Not
            called for a connection that never was.
        on_blocked: Called when the broker cannot take messages, and when it can again.
        tls: How to speak TLS; None: not at all.
        heartbeat: Seconds that we ask for; the broker may want less. 0: none, if it lets us.
        max_payload: Longest message that channels send, in bytes.

    Raises:
        ConnectionFailed: In one line, within `CONNECT_SECONDS`.
    """
    greeting = _Greeting(url, tls is not None)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await greeting.run(
                name, tls, heartbeat, max_payload, on_lost, on_blocked or _unheard
            )
    except ConnectionFailed:
        # An OSError too, but one that says everything already.
        raise
    except TimeoutError as error:
        raise greeting.failed(f"no answer within {CONNECT_SECONDS:g} s") from error
    except MalformedFrame as error:
        raise greeting.failed(str(error)) from error
    except (OSError, ssl.SSLError) as error:
        raise greeting.failed(greeting.why(error)) from error


class _Greeting:
    """The handshake (AMQP 0-9-1, section 2.2.4): both sides speak in turn."""

    def __init__(self, url: BrokerUrl, tls: bool) -> None:
        self._url = url
        self._tls = tls
        self._host = url.host or "localhost"
        self._port = url.port or (TLS_PORT if tls else PORT)
        self._receivers: dict[int, Receiver] = {0: self._receive}
        self._answer: asyncio.Future[Method] = asyncio.get_running_loop().create_future()
        self._connection: Connection | None = None

    async def run(
        self,
        name: str,
        tls: ssl.SSLContext | None,
        heartbeat: int,
        max_payload: int,
        on_lost: OnLost,
        on_blocked: OnBlocked,
    ) -> Connection:
        splitter = Splitter(self._receivers, AMQP_FRAME_MAX)
        _, wire = await asyncio.get_running_loop().create_connection(
            lambda: Wire(splitter, self._lost),
            self._host,
            self._port,
            ssl=tls,
            server_hostname=self._host if tls is not None else None,
        )
        try:
            wire.write(PROTOCOL_HEADER)
            start = await self._expect(commands.Connection.Start)
            self._ask(wire, self._credentials(start, name))
            tune = await self._expect(commands.Connection.Tune)
            channels = _least(tune.channel_max, AMQP_CHANNELS)
            frame_max = _least(tune.frame_max, AMQP_FRAME_MAX)
            agreed = _least(tune.heartbeat, heartbeat) if heartbeat else 0
            self._ask(wire, requests.tune_ok(channels, frame_max, agreed))
            self._ask(wire, requests.open_connection(self._url.path or "/"))
            await self._expect(commands.Connection.OpenOk)
            # Between the broker's last word and here, only heartbeats can have come.
            self._connection = Connection(
                wire,
                self._receivers,
                str(self._url),
                frame_max=frame_max,
                channels=channels,
                heartbeat=agreed,
                max_payload=max_payload,
                server=dict(start.server_properties),
                on_lost=on_lost,
                on_blocked=on_blocked,
            )
            if wire.lost:
                raise ConnectionResetError
        except BaseException:
            wire.fail(ConnectionAbortedError())
            raise
        return self._connection

    def failed(self, why: str) -> ConnectionFailed:
        return ConnectionFailed(f"cannot connect to {self._url}: {why}")

    def why(self, error: OSError) -> str:
        """What a person can do about an error of the socket's."""
        return why(error, self._host, self._port, self._silent())

    def _silent(self) -> str:
        return silent("AMQP", encrypted=self._tls, certified=False)

    def _credentials(self, start: commands.Connection.Start, name: str) -> Request:
        user = self._url.user if self._url.user is not None else "guest"
        password = self._url.password
        if password is None:
            password = "guest" if self._url.user is None else ""
        mechanisms = (start.mechanisms or "").split()
        if "PLAIN" not in mechanisms:
            raise self.failed(f"it wants to know who we are by {' or '.join(mechanisms)} only")
        properties: Mapping[str, Any] = {
            "product": "msgflo-lab",
            "connection_name": name,
            "capabilities": _CAPABILITIES,
        }
        return requests.start_ok(properties, "PLAIN", f"\0{user}\0{password}".encode())

    def _ask(self, wire: Wire, request: Request) -> None:
        if self._answer.done():
            self._answer.result()
            self._answer = asyncio.get_running_loop().create_future()
        wire.write(encode_method(request, 0))

    async def _expect(self, kind: type[M]) -> M:
        found = await self._answer
        if isinstance(found, commands.Connection.Close):
            raise self.failed(f"refused: {found.reply_code} {found.reply_text}")
        if not isinstance(found, kind):
            raise MalformedFrame(f"not an AMQP broker: it says {found.name} out of turn")
        return found

    def _receive(self, kind: int, buffer: bytes, start: int, stop: int) -> None:
        if kind == METHOD and not self._answer.done():
            self._answer.set_result(decode_method(buffer, start, stop))

    def _lost(self, error: Exception | None) -> None:
        if self._connection is not None:
            self._connection.wire_lost(error)
        elif not self._answer.done():
            self._answer.set_exception(error or self.failed(self._silent()))
            # Nobody may be waiting any more.
            self._answer.exception()


def _least(theirs: object, ours: int) -> int:
    """The smaller one; 0 is the broker's word for no limit."""
    number = cast(int, theirs or 0)
    return min(number, ours) if number else ours


def _unheard(_why: str | None) -> None:
    """Nobody wants to know."""
