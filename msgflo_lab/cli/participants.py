"""`msgflo-lab participants`: who is on a broker."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from ..definition import ParticipantDefinition, Port
from ..names import shown
from ..report import table
from . import options
from .broker import connected, hear
from .ending import until_told

EPILOG = """Examples:

  msgflo-lab participants --broker mqtt://localhost

  msgflo-lab participants --wait 5 --json
"""


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
    as_json: options.Json = False,
) -> None:
    """List who announces himself on a broker, with his ports."""

    async def listen() -> None:
        async with connected(broker) as binder:
            roster = await hear(binder, wait)
        found = [member.definition for member in roster]
        found.sort(key=lambda each: (each.role, each.id))
        if as_json:
            print(json.dumps([_plain(each) for each in found], indent=2, ensure_ascii=False))
        elif found:
            print(
                table([_row(each) for each in found], ("role", "component", "inports", "outports"))
            )
        else:
            typer.echo(f"nobody has announced himself within {wait:g} s", err=True)
        if not found:
            raise typer.Exit(1)

    until_told(listen())


def _row(definition: ParticipantDefinition) -> tuple[str, ...]:
    return (
        shown(definition.role),
        shown(definition.component),
        ", ".join(shown(port.id) for port in definition.inports),
        ", ".join(shown(port.id) for port in definition.outports),
    )


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
