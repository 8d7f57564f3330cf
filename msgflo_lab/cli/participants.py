"""`msgflo-lab participants`: who is on a broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Annotated, Any

import typer

from ..definition import ParticipantDefinition, Port
from ..discovery import Diagnosis, Event, decode
from ..discovery.roster import Joined, Left, Returned, Roster, Silent, Updated
from ..names import listed, shown
from ..report import table
from ..transport import Subscription
from . import options, printing
from .broker import PATIENCE, connected, hear
from .ending import finish, until_told

_SWEEP = 1.0
"""Seconds between two looks for who has gone silent."""
_PORTS = 5
"""Ports of one side that are named; people see the table in 80 columns."""
_WORDS = {
    Joined: "came",
    Updated: "changed",
    Returned: "is back",
    Silent: "is silent",
    Left: "left",
}

EPILOG = options.examples(
    "msgflo-lab participants --broker mqtt://localhost",
    "msgflo-lab participants --wait 5 --json",
    "msgflo-lab participants --watch",
)


def participants(
    broker: options.RemoteBroker = None,
    wait: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="How long to listen: most announce themselves twice a minute.",
        ),
    ] = 30.0,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Say who comes and goes, until you end it.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """List who announces himself on a broker, with his ports."""

    async def listen() -> None:
        async with connected(broker, patience=PATIENCE) as binder:
            roster = await hear(await binder.discoveries(), wait)
            found = [member.definition for member in roster]
            found.sort(key=lambda each: (each.role, each.id))
            if as_json:
                printing.say_json([_plain(each) for each in found], indent=2)
            elif found:
                printing.say(table(_rows(found), ("role", "component", "inports", "outports")))
            else:
                printing.complain(f"nobody has announced himself within {wait:g} s")
        if not found:
            raise typer.Exit(1)

    async def follow() -> None:
        async with connected(broker, patience=PATIENCE) as binder:
            await _watch(await binder.discoveries(), as_json)

    if watch:
        until_told(follow())
    else:
        finish(listen())


async def _watch(discoveries: Subscription, as_json: bool) -> None:
    """Tell of everybody who comes, goes, or changes. For ever."""
    roster, loop = Roster(), asyncio.get_running_loop()
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(_SWEEP):
                delivery = await discoveries.get()
                delivery.ack()
                found = decode(delivery.payload)
                if not isinstance(found, Diagnosis):
                    _tell(roster.heard(found, loop.time()), as_json)
        _tell(roster.sweep(loop.time()), as_json)


def _tell(events: Iterable[Event], as_json: bool) -> None:
    for event in events:
        what = _WORDS.get(type(event))
        if what is None:
            continue
        now = time.time()
        if as_json:
            printing.say_json({"at": now, "event": what, "participant": _plain(event.definition)})
            continue
        [(role, component, inports, outports)] = _rows([event.definition])
        ports = f"in: {inports or '-'}; out: {outports or '-'}"
        clock = time.strftime("%H:%M:%S", time.localtime(now))
        printing.say(f"{clock}  {role} {what}  ({component}; {ports})")


def _rows(found: Iterable[ParticipantDefinition]) -> list[tuple[str, ...]]:
    """A line for each role; those of workers who are all alike are one, with their number."""
    alike: dict[tuple[str, ...], int] = {}
    for each in found:
        row = (shown(each.component), _names(each.inports), _names(each.outports))
        key = (shown(each.role), *row)
        alike[key] = alike.get(key, 0) + 1
    return [
        (f"{role} ×{number}" if number > 1 else role, *rest)
        for (role, *rest), number in alike.items()
    ]


def _names(ports: Sequence[Port]) -> str:
    return listed((port.id for port in ports), _PORTS) if ports else ""


def _plain(definition: ParticipantDefinition) -> dict[str, Any]:
    def ports(of: tuple[Port, ...]) -> list[dict[str, Any]]:
        return [{"id": port.id, "queue": port.queue, "type": port.type} for port in of]

    return {
        "id": definition.id,
        "role": definition.role,
        "component": definition.component,
        "label": definition.label,
        "icon": definition.icon,
        "inports": ports(definition.inports),
        "outports": ports(definition.outports),
    }
