"""The coordinator's handle on an MQTT broker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import ParticipantDefinition, Side
from msgflo_lab.discovery import decode
from msgflo_lab.errors import ConnectionFailed
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Delivery, Link, OnLink, OnNote, Subscription
from msgflo_lab_broker.mqtt import V5

from ..audience import Audience
from ..dead_letters import Letters
from ..inbox import Inbox, WhenFull
from ..limits import DISCOVERY, TAP_BYTES, TAP_MESSAGES
from .client import MqttClient
from .options import Settings
from .returning import Returning
from .router import Router


class MqttBinder(MqttClient):
    """A `Binder` over two connections: one as a client, one that forwards.

    Retained messages: a broker sends them when it is subscribed to, and a queue is subscribed to
    once for each of the two connections, however many share that. So a queue's retained message
    arrives at the target of the binding that is the first of its source at the time, and at the
    first tap or subscription of a queue on this handle; further ones get what is published from
    then on. A binding that is the first again, after the last was undone, gets it again.

    The router's is apart because a broker that leaves out a client's own messages (No Local)
    would otherwise leave out what this binder itself publishes to a bound queue. Plain MQTT
    brokers keep no bindings: they are gone when the binder closes.
    """

    def __init__(
        self,
        settings: Settings,
        client_id: str,
        router_id: str,
        on_link: OnLink,
        on_note: OnNote,
    ) -> None:
        self._links = _Links(2, on_link)
        super().__init__(settings, client_id, self._links.part(0), on_note)
        self._router = Router(settings, router_id, self._links.part(1))
        self._letters = Letters(self._box, self._put_back)
        self._leaving.enter_context(self._box.telling(on_note))
        self._returning = Returning(
            self._box.audience,
            self._send_surely,
            hides=lambda queue: (
                self._box.audience.is_watched_here(queue) or queue in self._router.routes.sources
            ),
            clock=asyncio.get_running_loop().time,
        )
        self._diverting: set[Binding] = set()

    async def start(self) -> None:
        """Connect both at the same time. Raises ConnectionFailed."""
        starting = [asyncio.create_task(each) for each in (super().start(), self._router.start())]
        try:
            await asyncio.gather(*starting)
        except BaseException:
            for each in starting:
                each.cancel()
            await asyncio.wait(starting)
            await self.close()
            raise

    async def bind(self, binding: Binding) -> None:
        """Carry out a binding; returns when the broker has confirmed the subscription.

        Raises:
            InvalidName: MQTT cannot have one of the queues.
            TransportError: The broker refuses the subscription.
            ConnectionFailed: No link, and none came back within the transport's patience.
        """
        await self._router.bind(binding)
        if binding.kind is Kind.DEAD_LETTER and binding not in self._diverting:
            self._diverting.add(binding)
            self._box.divert(binding.source)

    async def unbind(self, binding: Binding) -> None:
        """Undo a binding. Idempotent. Loses no message of any other binding."""
        self._keep_again(binding)
        await self._router.unbind(binding)

    @property
    def dead_letters(self) -> Letters:
        """What was rejected in this process; see `MqttClient`. It ends with its last handle."""
        return self._letters

    async def bindings(
        self,
        *,
        everybodys: bool = False,  # noqa: ARG002 - of others, nobody can tell
    ) -> frozenset[Binding]:
        """What this binder carries out."""
        return frozenset(self._router.routes)

    async def is_declared(
        self,
        queue: QueueName,  # noqa: ARG002
        side: Side,  # noqa: ARG002
    ) -> bool:
        """A topic needs nobody who declares it."""
        return True

    def traffic(self) -> Iterable[tuple[Binding, int]]:
        """For each binding, how many messages have passed since it was bound. Cheap."""
        return self._router.traffic()

    async def waiting(
        self,
        queues: Collection[QueueName],  # noqa: ARG002
    ) -> Mapping[QueueName, int]:
        """Nothing: what waits, waits with those who read it."""
        return {}

    async def tap(
        self,
        queue: QueueName,
        side: Side,  # noqa: ARG002 - a topic has no sides
    ) -> Subscription:
        """A copy of whatever passes a queue; where the reader is too slow, the oldest is lost."""
        return await self.observe(queue)

    async def discoveries(self) -> Subscription:
        """All announcements, from the moment this returns; bounded like `tap`."""
        return await self._subscribe(_Discoveries(self._box.audience, on_close=self._unsubscribe))

    async def close(self) -> None:
        """Leave in order; nothing is forwarded any more. Idempotent."""
        for binding in list(self._diverting):
            self._keep_again(binding)
        try:
            await self._router.close()
        finally:
            await super().close()

    def _keep_again(self, binding: Binding) -> None:
        """Nobody takes its dead letters elsewhere any more."""
        if binding in self._diverting:
            self._diverting.discard(binding)
            self._box.restore(binding.source)

    async def _put_back(self, queue: QueueName, payload: bytes) -> None:
        session = self._session
        session.check_open()
        if not session.is_ready:
            raise ConnectionFailed(
                f"there is no link to {self._settings.url} at present; it comes back by itself, as "
                "soon as that is possible"
            )
        await self._returning.put_back(queue, payload, can_tell=session.version >= V5)

    async def _send_surely(self, queue: QueueName, payload: bytes) -> None:
        """Publish with QoS 1, whatever else is sent with, and wait until the broker has it."""
        field, welcome = self._field(queue), self._session.welcome
        if welcome is not None:
            self._check_size(len(payload), field, welcome)
        qos = 1 if welcome is None else min(1, welcome.qos)
        if not qos:
            await self.publish(queue, payload, Side.IN)
            return
        flags = qos << 1 | self._settings.retain
        await self._send(field, payload, flags, needs_reader=True)


class _Discoveries(Inbox):
    """Announcements; who reads which queue is noted on the way."""

    def __init__(self, audience: Audience, on_close: Callable[[Inbox], Awaitable[None]]) -> None:
        super().__init__(
            DISCOVERY,
            messages=TAP_MESSAGES,
            size=TAP_BYTES,
            when_full=WhenFull.DROP_OLDEST,
            on_close=on_close,
        )
        self._audience = audience
        self._time = asyncio.get_running_loop().time

    def put(self, delivery: Delivery) -> None:
        """One has come."""
        said = decode(delivery.payload)
        if isinstance(said, ParticipantDefinition):
            for port in said.inports:
                if port.queue is not None:
                    self._audience.hears(port.queue, self._time())
        super().put(delivery)


class _Links:
    """Several links as one: up when all are."""

    def __init__(self, parts: int, on_link: OnLink) -> None:
        self._up = [True] * parts
        self._on_link = on_link

    def part(self, index: int) -> OnLink:
        """The callback for one of them."""

        def changed(link: Link, detail: str) -> None:
            before = all(self._up)
            self._up[index] = link is Link.UP
            if all(self._up) != before:
                self._on_link(link, detail)

        return changed
