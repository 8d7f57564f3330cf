"""Open one connection: socket, TLS, CONNECT; and say in one line why it did not work."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from msgflo_lab.errors import ConnectionFailed
from msgflo_lab_broker.mqtt import (
    UNSUPPORTED_VERSION,
    V5,
    V311,
    Connack,
    Connect,
    Disconnect,
    MalformedPacket,
    Properties,
    Property,
    Type,
    decode,
    encode,
    reason,
)

from ..limits import (
    CONNECT_SECONDS,
    MQTT_IN_FLIGHT,
    MQTT_IN_FLIGHT_311,
    MQTT_PACKET_BYTES,
    MQTT_RECEIVE_MAXIMUM,
    MQTT_SESSION_SECONDS,
)
from ..refusals import silent, why
from .options import Settings
from .wire import OnPacket, Wire

OnLost = Callable[[Wire, Exception | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """What was agreed on with the broker.

    Attributes:
        keep_alive: Seconds.
        in_flight: Messages of QoS 1 and 2 that it takes at once.
        max_packet: Longest packet that it takes, in bytes.
        qos: Highest quality of service that it takes.
        resumed: It has kept the session of the connection before.
        shares: It has shared subscriptions, and says for each message by which it came.
    """

    version: int
    keep_alive: int
    in_flight: int = MQTT_IN_FLIGHT
    max_packet: int = MQTT_PACKET_BYTES
    qos: int = 2
    resumed: bool = False
    shares: bool = False


class Keep(Enum):
    """What a broker is to keep of a session while there is no connection (section 4.1)."""

    NOTHING = "nothing"
    """Nothing, and to forget what it has kept."""
    NEW = "new"
    """Begin one and keep it."""
    OLD = "old"
    """Go on with the one it has kept, and keep it."""


class _VersionRefused(Exception):
    """The broker does not speak this version, or closed without a word."""


async def connect(
    settings: Settings,
    client_id: str,
    *,
    versions: tuple[int, ...],
    on_packet: OnPacket,
    on_welcome: Callable[[Wire, Welcome], None],
    on_lost: OnLost,
    keep: Keep = Keep.NOTHING,
    relay: bool = False,
) -> tuple[Wire, Welcome]:
    """Connect with the first of `versions` that the broker accepts.

    `on_welcome` is called in the very step in which the CONNACK came, as what a broker has kept
    may follow in the same segment; `on_packet` gets every packet after it. `on_lost` is called
    only after `on_welcome`.

    Raises:
        ConnectionFailed: Within `CONNECT_SECONDS`, in one line.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            context = await settings.tls.context(settings.url) if settings.tls else None
            refused = ""
            for version in versions:
                try:
                    return await _attempt(
                        settings,
                        _hello(settings, client_id, version, keep),
                        context,
                        on_packet=on_packet,
                        on_welcome=on_welcome,
                        on_lost=on_lost,
                        relay=relay,
                    )
                except _VersionRefused as error:
                    refused = str(error)
            raise _failed(settings, refused)
    except ConnectionFailed:
        # An OSError too, but one that says everything already.
        raise
    except TimeoutError as error:
        raise _failed(settings, f"no answer within {CONNECT_SECONDS:g} s") from error
    except (OSError, ssl.SSLError) as error:
        reason = why(error, settings.host, settings.port, _silent(settings))
        raise _failed(settings, reason) from error


async def _attempt(
    settings: Settings,
    hello: Connect,
    context: ssl.SSLContext | None,
    *,
    on_packet: OnPacket,
    on_welcome: Callable[[Wire, Welcome], None],
    on_lost: OnLost,
    relay: bool,
) -> tuple[Wire, Welcome]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Connack] = loop.create_future()
    version = hello.version
    welcome: Welcome | None = None

    def first(head: int, buffer: bytes, start: int, end: int) -> None:
        nonlocal welcome
        if answer.done():
            return
        connack = _connack(head, buffer, start, end, version)
        if not connack.code:
            welcome = _welcome(settings, connack, version)
            wire.splitter.on_packet = on_packet
            on_welcome(wire, welcome)
        answer.set_result(connack)

    def lost(error: Exception | None) -> None:
        if welcome is not None:
            on_lost(wire, error)
        elif not answer.done():
            answer.set_exception(error or _VersionRefused(_silent(settings)))

    _, wire = await loop.create_connection(
        lambda: Wire(first, lost, relay=relay),
        settings.host,
        settings.port,
        ssl=context,
        server_hostname=settings.host if context else None,
    )
    try:
        wire.write(encode(hello, version))
        try:
            connack = await answer
        except MalformedPacket as error:
            raise _failed(settings, f"not an MQTT broker ({error})") from error
        if connack.code in UNSUPPORTED_VERSION:
            raise _VersionRefused(f"it does not speak MQTT {_shown(version)}")
        if connack.code:
            raise _failed(settings, f"refused: {reason(connack.code)}")
        assert welcome is not None
    except BaseException:
        # Nobody is to hear of a connection that never was.
        answer.cancel()
        answer.add_done_callback(_ignore)
        wire.fail(ConnectionAbortedError())
        raise
    return wire, welcome


def _silent(settings: Settings) -> str:
    tls = settings.tls
    return silent("MQTT", encrypted=tls is not None, certified=tls is not None and tls.is_certified)


def _ignore(answer: asyncio.Future[Connack]) -> None:
    if not answer.cancelled():
        answer.exception()


def _connack(head: int, buffer: bytes, start: int, end: int, version: int) -> Connack:
    if head >> 4 not in (Type.CONNACK, Type.DISCONNECT):
        raise MalformedPacket("it answered something else than CONNACK")
    packet = decode(head, buffer, start, end, version)
    if isinstance(packet, Disconnect):
        return Connack(code=packet.code or 0x80)
    assert isinstance(packet, Connack)
    return packet


def _hello(settings: Settings, client_id: str, version: int, keep: Keep) -> Connect:
    password = settings.password
    properties: Properties = {}
    clean = keep is Keep.NOTHING
    if version >= V5:
        properties = {Property.RECEIVE_MAXIMUM: MQTT_RECEIVE_MAXIMUM}
        clean = keep is not Keep.OLD
        if keep is not Keep.NOTHING:
            properties = {**properties, Property.SESSION_EXPIRY: MQTT_SESSION_SECONDS}
    return Connect(
        client_id=client_id,
        version=version,
        # On 3.1.1 a clean session is not kept either, so it is none from the beginning: nothing
        # old can be there under a name that was made up a moment ago.
        clean=clean,
        keep_alive=settings.keep_alive,
        # 3.1.1 has no password without a user (section 3.1.2.9).
        user=settings.user if settings.user is not None or password is None else "",
        password=None if password is None else password.encode(),
        properties=properties,
    )


def _welcome(settings: Settings, connack: Connack, version: int) -> Welcome:
    def number(each: Property, default: int) -> int:
        value = connack.properties.get(each, default)
        return value if isinstance(value, int) else default

    return Welcome(
        version=version,
        keep_alive=number(Property.SERVER_KEEP_ALIVE, settings.keep_alive),
        in_flight=(
            min(MQTT_IN_FLIGHT, number(Property.RECEIVE_MAXIMUM, 65_535))
            if version >= V5
            else MQTT_IN_FLIGHT_311
        ),
        max_packet=min(MQTT_PACKET_BYTES, number(Property.MAXIMUM_PACKET_SIZE, MQTT_PACKET_BYTES)),
        qos=number(Property.MAXIMUM_QOS, 2),
        resumed=connack.session_present,
        shares=version >= V5
        and bool(number(Property.SHARED_AVAILABLE, 1))
        and bool(number(Property.SUBSCRIPTION_ID_AVAILABLE, 1)),
    )


def _failed(settings: Settings, why: str) -> ConnectionFailed:
    return ConnectionFailed(f"cannot connect to {settings.url}: {why}")


def _shown(version: int) -> str:
    return "3.1.1" if version == V311 else "5"
