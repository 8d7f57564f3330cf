"""Who binds on which broker in this process, so that clients need not wait for what they lack."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Protocol

from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl

from .limits import AMQP_RENEWED_SECONDS

Renewed = Callable[[Collection[QueueName]], Awaitable[None]]
"""Called with what a client has declared again; returns when that is bound as before."""


class Reasserting(Protocol):
    """A binder, as it is seen here."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where it lives."""

    async def reassert(self, queues: Collection[QueueName]) -> None:
        """Bind what touches these queues again, if there is a link."""


class Binders:
    """The live binders of one process, by broker and virtual host. They may be on several loops."""

    def __init__(self) -> None:
        self._there: dict[Reasserting, tuple[str, int | None, str]] = {}

    def add(self, binder: Reasserting, url: BrokerUrl) -> None:
        """One more."""
        self._there[binder] = _place(url)

    def remove(self, binder: Reasserting) -> None:
        """One less. Idempotent."""
        self._there.pop(binder, None)

    def renewed(self, url: BrokerUrl) -> Renewed:
        """What a client of this broker is to call, once it has declared again what was deleted."""

        async def renewed(queues: Collection[QueueName]) -> None:
            here = [each for each, place in list(self._there.items()) if place == _place(url)]
            with suppress(TimeoutError):
                async with asyncio.timeout(AMQP_RENEWED_SECONDS):
                    await asyncio.gather(*(_ask(each, queues) for each in here))

        return renewed


async def _ask(binder: Reasserting, queues: Collection[QueueName]) -> None:
    with suppress(TransportError):
        if binder.loop is asyncio.get_running_loop():
            await binder.reassert(queues)
        elif binder.loop.is_running():
            there = asyncio.run_coroutine_threadsafe(binder.reassert(queues), binder.loop)
            await asyncio.wrap_future(there)


def _place(url: BrokerUrl) -> tuple[str, int | None, str]:
    return url.host or "localhost", url.port, url.path
