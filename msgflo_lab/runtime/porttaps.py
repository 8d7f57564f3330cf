"""What leaves the outports of roles, whoever plays them, as it passes.

Unlike an inspection, it follows the role: when somebody announces another queue, that is tapped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from ..definition import Side
from ..errors import TransportError
from ..names import PortName, QueueName, Role
from ..transport import Binder, Subscription

log = logging.getLogger(__name__)

Outport = tuple[Role, PortName]
OnMessage = Callable[[Role, PortName, bytes], object]
"""Called with each message, on the loop. Must be quick."""


class PortTaps:
    """Taps the outports that it was told last, as long as it runs. On one loop."""

    def __init__(
        self,
        binder: Binder,
        queues_of: Callable[[Role, PortName], Collection[QueueName]],
        on_message: OnMessage,
    ) -> None:
        """`queues_of` says which queues an outport has now."""
        self._binder = binder
        self._queues_of = queues_of
        self._on_message = on_message
        self._wanted: set[Outport] = set()
        self._tapped: dict[QueueName, tuple[Subscription, asyncio.Task[None]]] = {}
        self._ports: dict[QueueName, list[Outport]] = {}
        self._wake = asyncio.Event()
        self._done = asyncio.Event()
        self._done.set()

    def watch(self, outports: Collection[Outport]) -> None:
        """Tap these, and no others."""
        if self._wanted != set(outports):
            self._wanted = set(outports)
            self.look_again()

    def look_again(self) -> None:
        """Some role has changed: its ports may have other queues."""
        if self._wanted or self._tapped:
            self._done.clear()
            self._wake.set()

    async def ready(self) -> None:
        """Wait until everything that was told is tapped, as far as it is there."""
        await self._done.wait()

    async def run(self) -> None:
        """Tap, for ever."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                try:
                    await self._follow()
                except TransportError as error:
                    log.info("cannot tap: %s", error)
                if not self._wake.is_set():
                    self._done.set()
        finally:
            for queue in list(self._tapped):
                await self._end(queue)

    async def _follow(self) -> None:
        ports: dict[QueueName, list[Outport]] = {}
        for role, port in self._wanted:
            for queue in self._queues_of(role, port):
                ports.setdefault(queue, []).append((role, port))
        self._ports = ports
        for queue in self._tapped.keys() - ports.keys():
            await self._end(queue)
        for queue in ports.keys() - self._tapped.keys():
            subscription = await self._binder.tap(queue, Side.OUT)
            task = asyncio.create_task(self._read(queue, subscription), name=f"port tap {queue}")
            self._tapped[queue] = subscription, task

    async def _read(self, queue: QueueName, subscription: Subscription) -> None:
        async for delivery in subscription:
            for role, port in self._ports.get(queue, ()):
                self._on_message(role, port, delivery.payload)
            delivery.ack()

    async def _end(self, queue: QueueName) -> None:
        subscription, task = self._tapped.pop(queue)
        task.cancel()
        await asyncio.gather(task, subscription.close(), return_exceptions=True)
