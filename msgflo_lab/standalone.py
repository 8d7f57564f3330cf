"""Participants as a program of their own: no coordinator, no picture, no notebook.

    from msgflo_lab import run
    run(work, "work", broker="amqp://localhost")

Somebody else's lab (or msgflo) discovers them, and binds them. A script that is one participant
says so in a form that its command line, and whoever runs the file as a component, can read:

    WORK = msgflo_lab.component(work, every=2)
    if __name__ == "__main__":
        msgflo_lab.main(WORK)
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Unpack

from .errors import ConnectionFailed, InvalidUrl, MsgFloLabError, TransportError, UnknownName
from .heartbeat import beating
from .names import PortName, QueueName, Role, listed, queue_for, shown
from .patience import Patience
from .runtime.behaviour import Behaviour, Details, behaviour_of
from .runtime.participant import LocalParticipant
from .runtime.period import announce_period
from .runtime.python_file import Code
from .telemetry.program import exporting
from .transport import BrokerUrl, Link, transport_for

log = logging.getLogger(__name__)

BROKER = "MSGFLO_BROKER"
"""The environment variable that MsgFlo's programs find their broker by."""
FINISH = 600.0
"""Seconds, at most, that a program which is told to end works on at what it has in hand."""
TELL = 2.0
"""Seconds after which it says that it does."""
SAME = 0.5
"""Seconds within which the same signal again is the same telling: `timeout`, and others that signal
a process and then its group, mean one."""
LEAVE = 1.0
"""Seconds for leaving the broker in order, when somebody will not wait any longer."""


def component(code: Callable[..., Any], **details: Unpack[Details]) -> Behaviour:
    """A function or class with all that is said of it (see `Details`), for `main` and `run`.

    Raises:
        InvalidDefinition: It cannot be a participant.
    """
    return behaviour_of(code, **details)


def main(code: Code, role: str | None = None, arguments: Sequence[str] | None = None) -> None:
    """Be a participant as the command line says: `[ROLE] [--broker URL] [--iips JSON]`.

    As `run`, but what cannot be done is one line on stderr, and exit status 1.

    Args:
        role: Its node in the graph, where the command line names none; the code's name by default.
        arguments: Of the command line, without the program's name; else those of the process.
    """
    behaviour = behaviour_of(code)
    parser = argparse.ArgumentParser(description=behaviour.label or None)
    parser.add_argument("role", nargs="?", default=role or behaviour.component)
    parser.add_argument("-b", "--broker", help=f"its address; else it is taken from {BROKER}")
    parser.add_argument(
        "-i", "--iips", metavar="JSON", default="{}", help='initial packets: {"inport": value}'
    )
    given = parser.parse_args(arguments)
    try:
        initials = json.loads(given.iips)
    except ValueError as error:
        parser.error(f"--iips is no JSON: {error}")
    if not isinstance(initials, dict):
        parser.error('--iips is an object, with values by inport: {"inport": value}')
    try:
        run(behaviour, given.role, broker=given.broker, initials=initials)
    except MsgFloLabError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        sys.exit(1)


def run(
    code: Code | Mapping[str, Code],
    role: str | None = None,
    *,
    broker: str | None = None,
    initials: Mapping[str, Any] | None = None,
    **details: Unpack[Details],
) -> None:
    """Be a participant, or several, until the process is told to end (SIGTERM, or Ctrl-C).

    Says so in one line when all are up. Told to end, it begins with no more messages, and finishes
    the one that it has in hand, and where the broker keeps nothing (MQTT) all that have come, in
    ten minutes at most; told again, it ends at once. What it has not finished then is for others,
    or comes again, where the broker keeps messages. While the broker cannot be reached, later on,
    it waits for it; at the beginning, as `MSGFLO_WAIT` says (see `patience`). Where its figures go
    is up to the environment (`MSGFLO_METRICS` and others, see docs/metrics.md), and so is where it
    says how it is, for health checks (`MSGFLO_HEALTH`, see docs/deployment.md).

    Args:
        code: A function or class; or several, by role.
        role: Its node in the graph; the code's name by default.
        broker: Its address; else it is taken from the environment variable `MSGFLO_BROKER`.
        initials: Values by inport, which it gets before all messages. Not for several.
        details: See `Details`.

    Raises:
        InvalidDefinition: The code cannot be a participant.
        TransportError: The broker cannot be reached, or refuses.
    """
    try:
        _begin(code, role, broker, initials or {}, details)
    except MsgFloLabError as error:
        # Where it came from is all in its text; a screenful of our own frames would hide it.
        raise error.with_traceback(None) from None


def _begin(
    code: Code | Mapping[str, Code],
    role: str | None,
    broker: str | None,
    initials: Mapping[str, Any],
    details: Details,
) -> None:
    by_role = dict(code) if isinstance(code, Mapping) else {role: code}
    behaviours = [(behaviour_of(each, **details), name) for name, each in by_role.items()]
    for behaviour, _ in behaviours:
        inports = [port.name for port in behaviour.inports]
        for port in initials:
            if port not in inports:
                raise UnknownName("inport", port, where=behaviour.component, known=inports)
    address = broker or os.environ.get(BROKER)
    if not address:
        raise InvalidUrl(f"no broker: give its address, or set {BROKER}")
    url = BrokerUrl.parse(address)
    roles = [(Role(name or made.component), made) for made, name in behaviours]
    asyncio.run(_run(roles, url, {PortName(port): value for port, value in initials.items()}))


async def _run(
    behaviours: Collection[tuple[Role, Behaviour]],
    url: BrokerUrl,
    initials: Mapping[PortName, Any],
) -> None:
    told = Told()
    told.listen()

    def up() -> None:
        print(f"{', '.join(shown(role) for role, _ in behaviours)} on {url}", flush=True)

    starts = [partial(_started, role, behaviour, url, initials) for role, behaviour in behaviours]
    await serve(starts, told, up)


class Told:
    """How often the process has been told to end."""

    def __init__(self) -> None:
        self.once, self.twice = asyncio.Event(), asyncio.Event()
        self._first: tuple[int | None, float] = (None, 0.0)
        """The signal that told it once, and when."""

    def listen(self) -> None:
        """Signals tell it (SIGTERM, SIGINT). In the main thread."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.tell, each)

    def tell(self, number: int | None = None) -> None:
        """Tell it, on its loop.

        Args:
            number: The signal that does; the same one again within `SAME` seconds tells nothing.
        """
        now = asyncio.get_running_loop().time()
        first, at = self._first
        if not self.once.is_set():
            self._first = number, now
            self.once.set()
        elif number is None or number != first or now >= at + SAME:
            self.twice.set()


async def serve(
    starts: Collection[Callable[[], Awaitable[LocalParticipant]]],
    told: Told,
    up: Callable[[], object],
) -> None:
    """Have participants at work until the process is told to end, and end as `run` says.

    Args:
        starts: Each starts one of them; again, if the broker is to be waited for. What they raise
            else is raised.
        up: Called when all are there.
    """
    participants: list[LocalParticipant] = []
    patience = Patience(log.warning)
    async with beating(lambda: _trouble(participants, len(starts))) as tell_health:
        try:
            for start in starts:
                participant = await _started_in_time(start, patience, told)
                if participant is None:
                    return
                participants.append(participant)
            tell_health()
            up()
            async with exporting(participants):
                await told.once.wait()
                await _finish(participants, told.twice)
        finally:
            await _all(
                [participant.stop() for participant in participants],
                LEAVE if told.twice.is_set() else None,
            )


async def _started_in_time(
    start: Callable[[], Awaitable[LocalParticipant]], patience: Patience, told: Told
) -> LocalParticipant | None:
    """One, as soon as its broker is there; None if the process is told to end before."""
    while True:
        try:
            return await start()
        except ConnectionFailed as error:
            pause = patience.pause(error)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await told.once.wait()
                return None


def _trouble(participants: Collection[LocalParticipant], wanted: int) -> str:
    """Why others cannot reach all of them; "" if they can."""
    down = [each.role for each in participants if each.link is Link.DOWN]
    if down:
        return f"the link is down: {listed(down)}"
    return f"{len(participants)} of {wanted} announced" if len(participants) < wanted else ""


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


async def _started(
    role: Role, behaviour: Behaviour, url: BrokerUrl, initials: Mapping[PortName, Any]
) -> LocalParticipant:
    def changed(participant: LocalParticipant) -> None:
        if participant.health.failing:
            log.error("%s", participant.health.failures[-1].trace)

    participant = LocalParticipant(
        role,
        behaviour,
        queue_of=usual_queue,
        on_change=changed,
        period=announce_period(),
        initials=initials,
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
