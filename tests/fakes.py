"""A broker that does as it is told: for what a real one cannot be made to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from msgflo_lab_broker.mqtt import (
    V5,
    V311,
    Connack,
    Connect,
    MalformedPacket,
    Packet,
    Pingreq,
    Pingresp,
    Splitter,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    decode,
    encode,
)

Answer = Callable[["Peer", Packet], bool]
"""Called with each packet; True if that was all there is to do."""


class Peer(asyncio.Protocol):
    """One client's connection. Answers what `answer` leaves, in the friendliest way."""

    def __init__(self, fake: Fake) -> None:
        self.version = V311
        self.fake = fake
        self.transport: asyncio.Transport
        self._splitter = Splitter(self._on_packet)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self.transport = cast(asyncio.Transport, transport)
        self.fake.peers.append(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fake.peers.remove(self)

    def data_received(self, data: bytes) -> None:
        self.fake.raw += data
        if self.fake.speaks_mqtt:
            try:
                self._splitter.feed(data)
            except MalformedPacket as error:
                self.fake.errors.append(error)
                self.transport.abort()
        elif self.fake.greeting is not None:
            self.transport.write(self.fake.greeting)

    def send(self, packet: Packet) -> None:
        self.transport.write(encode(packet, self.version))

    def _on_packet(self, head: int, buffer: bytes, start: int, end: int) -> None:
        packet = decode(head, buffer, start, end, self.version)
        if isinstance(packet, Connect):
            self.version = packet.version
        self.fake.packets.append(packet)
        self.fake.arrived.set()
        if self.fake.answer(self, packet):
            return
        if isinstance(packet, Connect):
            self.send(Connack())
        elif isinstance(packet, Subscribe):
            self.send(Suback(packet.packet_id, tuple(each.qos for each in packet.filters)))
        elif isinstance(packet, Unsubscribe):
            codes = (0,) * len(packet.topics) if self.version >= V5 else ()
            self.send(Unsuback(packet.packet_id, codes))
        elif isinstance(packet, Pingreq):
            self.send(Pingresp())


class Fake:
    """The broker: what it got, and who is connected."""

    def __init__(self, answer: Answer, *, speaks_mqtt: bool, greeting: bytes | None) -> None:
        self.answer = answer
        self.speaks_mqtt = speaks_mqtt
        self.greeting = greeting
        self.port = 0
        self.raw = b""
        self.packets: list[Packet] = []
        self.errors: list[MalformedPacket] = []
        self.peers: list[Peer] = []
        self.arrived = asyncio.Event()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    async def wait_for(self, kind: type[Packet], count: int = 1) -> list[Packet]:
        """Wait until so many packets of a kind have come; all of them."""
        async with asyncio.timeout(10):
            while True:
                found = [packet for packet in self.packets if isinstance(packet, kind)]
                if len(found) >= count:
                    return found
                self.arrived.clear()
                await self.arrived.wait()


@asynccontextmanager
async def fake_broker(
    answer: Answer = lambda _peer, _packet: False,
    *,
    speaks_mqtt: bool = True,
    greeting: bytes | None = None,
) -> AsyncIterator[Fake]:
    """A fake that listens while the block runs."""
    fake = Fake(answer, speaks_mqtt=speaks_mqtt, greeting=greeting)
    server = await asyncio.get_running_loop().create_server(lambda: Peer(fake), "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for peer in list(fake.peers):
            peer.transport.abort()
        await asyncio.sleep(0)
