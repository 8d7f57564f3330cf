"""Participants as a program of their own: no coordinator, no picture, no notebook.

    from msgflo_lab import run
    run(work, "work", broker="amqp://localhost")

Somebody else's lab (or msgflo) discovers them, and binds them.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Collection, Mapping
from contextlib import AsyncExitStack
from typing import Any, Unpack

from .errors import InvalidUrl, TransportError
from .names import PortName, QueueName, Role, queue_for, shown
from .runtime.behaviour import Behaviour, Details, behaviour_of
from .runtime.participant import LocalParticipant
from .transport import BrokerUrl, Link, transport_for

log = logging.getLogger(__name__)

BROKER = "MSGFLO_BROKER"
"""The environment variable that MsgFlo's programs find their broker by."""


def run(
    code: Callable[..., Any] | Mapping[str, Callable[..., Any]],
    role: str | None = None,
    *,
    broker: str | None = None,
    **details: Unpack[Details],
) -> None:
    """Be a participant, or several, until the process is told to end (SIGTERM, or Ctrl-C).

    Says so in one line when all are up. The message in hand is finished before the end. While the
    broker cannot be reached, later on, they wait for it.

    Args:
        code: A function or class; or several, by role.
        role: Its node in the graph; the code's name by default.
        broker: Its address; else it is taken from the environment variable `MSGFLO_BROKER`.
        details: See `Details`.

    Raises:
        InvalidDefinition: The code cannot be a participant.
        TransportError: The broker cannot be reached, or refuses.
    """
    by_role = dict(code) if isinstance(code, Mapping) else {role: code}
    behaviours = [(behaviour_of(each, **details), name) for name, each in by_role.items()]
    address = broker or os.environ.get(BROKER)
    if not address:
        raise InvalidUrl(f"no broker: give its address, or set {BROKER}")
    url = BrokerUrl.parse(address)
    asyncio.run(_run([(Role(name or made.component), made) for made, name in behaviours], url))


async def _run(behaviours: Collection[tuple[Role, Behaviour]], url: BrokerUrl) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, told.set)
    async with AsyncExitStack() as stack:
        for role, behaviour in behaviours:
            participant = await _started(role, behaviour, url)
            stack.push_async_callback(participant.stop)
        print(f"{', '.join(shown(role) for role, _ in behaviours)} on {url}", flush=True)
        await told.wait()


async def _started(role: Role, behaviour: Behaviour, url: BrokerUrl) -> LocalParticipant:
    def changed(participant: LocalParticipant) -> None:
        if participant.health.failing:
            log.error("%s", participant.health.failures[-1].trace)

    def link_changed(link: Link, detail: str) -> None:
        log.warning("%s: link %s: %s", role, link.value, detail)
        participant.link_changed(link, detail)

    participant = LocalParticipant(role, behaviour, queue_of=_queue, on_change=changed)
    participant.check()
    transport = transport_for(url)
    client = await transport.client(url, name=role, on_link=link_changed, on_note=log.warning)
    try:
        await participant.start(client)
    except TransportError:
        await participant.stop()
        raise
    return participant


def _queue(role: Role, port: PortName, mine: Collection[QueueName]) -> QueueName:
    """Nobody but a lab knows who else is there: the usual name, if it is free among our own."""
    usual = queue = queue_for(role, port)
    number = 2
    while queue in mine:
        queue, number = QueueName(f"{usual}~{number}"), number + 1
    return queue
