"""An AMQP broker that does as it is told: for what a real one cannot be made to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import pamqp.frame
from pamqp import commands

from msgflo_lab_transports.amqp.frames import (
    BODY,
    HEADER,
    METHOD,
    PROTOCOL_HEADER,
    Method,
    Splitter,
    decode_method,
)
from tests.amqp.tools import DEADLINE

Answer = Callable[["Peer", int, Method], bool]
"""Called with each method and its channel; True if that was all there is to do."""


class _Channels(dict[int, Callable[[int, bytes, int, int], None]]):
    """A receiver for every channel."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def get(self, number: int, default: object = None) -> Callable[[int, bytes, int, int], None]:
        def receive(kind: int, buffer: bytes, start: int, stop: int) -> None:
            self._peer.on_frame(kind, number, buffer, start, stop)

        return receive


class Peer(asyncio.Protocol):
    """One client's connection. Answers what `answer` leaves, in the friendliest way."""

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.transport: asyncio.Transport
        self._greeted = False
        self._splitter = Splitter(_Channels(self), 1 << 30)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self.transport = cast(asyncio.Transport, transport)
        self.fake.peers.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fake.peers.remove(self)

    def data_received(self, data: bytes) -> None:
        if self.fake.greeting is not None:
            self.transport.write(self.fake.greeting)
            return
        if self.fake.mute:
            return
        if not self._greeted:
            assert data.startswith(PROTOCOL_HEADER)
            self._greeted = True
            self.send(0, commands.Connection.Start(server_properties={"product": "fake"}))
            data = data[len(PROTOCOL_HEADER) :]
        self._splitter.feed(data)

    def send(self, channel: int, *frames: Method) -> None:
        for frame in frames:
            self.transport.write(pamqp.frame.marshal(frame, channel))

    def raw(self, data: bytes) -> None:
        self.transport.write(data)

    def on_frame(self, kind: int, channel: int, buffer: bytes, start: int, stop: int) -> None:
        if kind in (HEADER, BODY):
            return
        if kind != METHOD:
            self.fake.heartbeats += 1
            self.fake.arrived.set()
            return
        method = decode_method(buffer, start, stop)
        self.fake.methods.append((channel, method))
        self.fake.arrived.set()
        if self.fake.answer(self, channel, method):
            return
        match method:
            case commands.Connection.StartOk():
                self.send(0, commands.Connection.Tune(10, 131_072, self.fake.heartbeat))
            case commands.Connection.Open():
                self.send(0, commands.Connection.OpenOk())
            case commands.Connection.Close():
                self.send(0, commands.Connection.CloseOk())
            case commands.Channel.Open():
                self.send(channel, commands.Channel.OpenOk())
            case commands.Channel.Close():
                self.send(channel, commands.Channel.CloseOk())
            case commands.Confirm.Select():
                self.send(channel, commands.Confirm.SelectOk())
            case commands.Basic.Qos():
                self.send(channel, commands.Basic.QosOk())
            case commands.Basic.Consume():
                self.send(channel, commands.Basic.ConsumeOk(method.consumer_tag))
            case commands.Basic.Cancel():
                self.send(channel, commands.Basic.CancelOk(method.consumer_tag))


class Fake:
    """The broker: what it got, and who is connected."""

    def __init__(
        self, answer: Answer, *, heartbeat: int, mute: bool, greeting: bytes | None
    ) -> None:
        self.answer = answer
        self.heartbeat = heartbeat
        self.mute = mute
        self.greeting = greeting
        self.port = 0
        self.methods: list[tuple[int, Method]] = []
        self.heartbeats = 0
        self.peers: list[Peer] = []
        self.arrived = asyncio.Event()

    @property
    def url(self) -> str:
        return f"amqp://127.0.0.1:{self.port}"

    async def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until what has arrived makes it so."""
        async with asyncio.timeout(DEADLINE):
            while not condition():
                self.arrived.clear()
                await self.arrived.wait()

    async def wait_for(self, kind: type[Method], count: int = 1) -> list[Method]:
        """Wait until so many methods of a kind have come; all of them."""
        await self.wait_until(lambda: len(self._of(kind)) >= count)
        return self._of(kind)

    def _of(self, kind: type[Method]) -> list[Method]:
        return [method for _, method in self.methods if isinstance(method, kind)]


@asynccontextmanager
async def fake_broker(
    answer: Answer = lambda _peer, _channel, _method: False,
    *,
    heartbeat: int = 60,
    mute: bool = False,
    greeting: bytes | None = None,
) -> AsyncIterator[Fake]:
    """A fake that listens while the block runs."""
    fake = Fake(answer, heartbeat=heartbeat, mute=mute, greeting=greeting)
    server = await asyncio.get_running_loop().create_server(lambda: Peer(fake), "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for peer in list(fake.peers):
            peer.transport.abort()
        await asyncio.sleep(0)
