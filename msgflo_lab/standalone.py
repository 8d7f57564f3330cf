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
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from functools import partial
from typing import Any, Unpack

from .errors import InvalidUrl, MsgFloLabError, TransportError
from .names import PortName, QueueName, Role, queue_for, shown
from .runtime.behaviour import Behaviour, Details, behaviour_of
from .runtime.participant import LocalParticipant
from .runtime.period import announce_period
from .telemetry.program import exporting
from .transport import BrokerUrl, Link, transport_for

log = logging.getLogger(__name__)

BROKER = "MSGFLO_BROKER"
"""The environment variable that MsgFlo's programs find their broker by."""
FINISH = 600.0
"""Seconds, at most, that a program which is told to end works on at what it has in hand."""
TELL = 2.0
"""Seconds after which it says that it does."""
LEAVE = 1.0
"""Seconds for leaving the broker in order, when somebody will not wait any longer."""


def run(
    code: Callable[..., Any] | Mapping[str, Callable[..., Any]],
    role: str | None = None,
    *,
    broker: str | None = None,
    **details: Unpack[Details],
) -> None:
    """Be a participant, or several, until the process is told to end (SIGTERM, or Ctrl-C).

    Says so in one line when all are up. Told to end, it begins with no more messages, and finishes
    the one that it has in hand, in ten minutes at most; told again, it ends at once. What it has
    not finished then is for others, or comes again, where the broker keeps messages. While the
    broker cannot be reached, later on, it waits for it. Where its figures go is up to the
    environment (`MSGFLO_METRICS` and others, see docs/metrics.md).

    Args:
        code: A function or class; or several, by role.
        role: Its node in the graph; the code's name by default.
        broker: Its address; else it is taken from the environment variable `MSGFLO_BROKER`.
        details: See `Details`.

    Raises:
        InvalidDefinition: The code cannot be a participant.
        TransportError: The broker cannot be reached, or refuses.
    """
    try:
        _begin(code, role, broker, details)
    except MsgFloLabError as error:
        # Where it came from is all in its text; a screenful of our own frames would hide it.
        raise error.with_traceback(None) from None


def _begin(
    code: Callable[..., Any] | Mapping[str, Callable[..., Any]],
    role: str | None,
    broker: str | None,
    details: Details,
) -> None:
    by_role = dict(code) if isinstance(code, Mapping) else {role: code}
    behaviours = [(behaviour_of(each, **details), name) for name, each in by_role.items()]
    address = broker or os.environ.get(BROKER)
    if not address:
        raise InvalidUrl(f"no broker: give its address, or set {BROKER}")
    url = BrokerUrl.parse(address)
    asyncio.run(_run([(Role(name or made.component), made) for made, name in behaviours], url))


async def _run(behaviours: Collection[tuple[Role, Behaviour]], url: BrokerUrl) -> None:
    told = Told()
    told.listen()

    def up() -> None:
        print(f"{', '.join(shown(role) for role, _ in behaviours)} on {url}", flush=True)

    starts = [partial(_started, role, behaviour, url) for role, behaviour in behaviours]
    await serve(starts, told, up)


class Told:
    """How often the process has been told to end."""

    def __init__(self) -> None:
        self.once, self.twice = asyncio.Event(), asyncio.Event()

    def listen(self) -> None:
        """Signals tell it (SIGTERM, SIGINT). In the main thread."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.tell)

    def tell(self) -> None:
        """Tell it, on its loop."""
        (self.twice if self.once.is_set() else self.once).set()


async def serve(
    starts: Collection[Callable[[], Awaitable[LocalParticipant]]],
    told: Told,
    up: Callable[[], object],
) -> None:
    """Have participants at work until the process is told to end, and end as `run` says.

    Args:
        starts: Each starts one of them. What they raise is raised.
        up: Called when all are there.
    """
    participants: list[LocalParticipant] = []
    try:
        for start in starts:
            participants.append(await start())
        up()
        async with exporting(participants):
            await told.once.wait()
            await _finish(participants, told.twice)
    finally:
        await _all(
            [participant.stop() for participant in participants],
            LEAVE if told.twice.is_set() else None,
        )


async def _finish(participants: Collection[LocalParticipant], at_once: asyncio.Event) -> None:
    """Let them finish what they have in hand; for so long, and unless somebody will not wait."""
    finishing = asyncio.create_task(_all([each.finish() for each in participants], FINISH))
    impatient = asyncio.create_task(at_once.wait())
    ends = [finishing, impatient]
    try:
        done, _ = await asyncio.wait(ends, timeout=TELL, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            log.warning(
                "finishing what is in hand, in %.0f minutes at most; told again to end, I leave it",
                FINISH / 60,
            )
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in ends:
            each.cancel()
        await asyncio.wait(ends)


async def _all(work: Collection[Coroutine[Any, Any, None]], seconds: float | None) -> None:
    """Do all of this side by side; what is not done after so long is left as it is."""
    tasks = [asyncio.create_task(each) for each in work]
    if not tasks:
        return
    try:
        await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


async def _started(role: Role, behaviour: Behaviour, url: BrokerUrl) -> LocalParticipant:
    def changed(participant: LocalParticipant) -> None:
        if participant.health.failing:
            log.error("%s", participant.health.failures[-1].trace)

    participant = LocalParticipant(
        role, behaviour, queue_of=usual_queue, on_change=changed, period=announce_period()
    )
    participant.check()
    await connect(participant, url)
    return participant


async def connect(participant: LocalParticipant, url: BrokerUrl) -> None:
    """Start a participant with a link of its own.

    Raises:
        TransportError: The broker cannot be reached, or refuses.
    """

    def link_changed(link: Link, detail: str) -> None:
        log.warning("%s: link %s: %s", participant.role, link.value, detail)
        participant.link_changed(link, detail)

    client = await transport_for(url).client(
        url, name=participant.role, on_link=link_changed, on_note=log.warning
    )
    try:
        await participant.start(client)
    except TransportError:
        await participant.stop()
        raise


def usual_queue(role: Role, port: PortName, mine: Collection[QueueName]) -> QueueName:
    """Nobody but a lab knows who else is there: the usual name, if it is free among our own."""
    usual = queue = queue_for(role, port)
    number = 2
    while queue in mine:
        queue, number = QueueName(f"{usual}~{number}"), number + 1
    return queue
