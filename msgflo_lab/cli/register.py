"""`msgflo-lab register`: foreign participants, announced and interpreted without a lab."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from ..definition import ParticipantDefinition
from ..devices.adapters import adapter_of
from ..errors import MsgFloLabError
from ..heartbeat import beating
from ..lab.foreign import read
from ..names import ParticipantId, Role, listed, shown
from ..patience import Patience
from ..runtime.adapters import Adapting
from ..runtime.foreigners import Foreigners
from ..standalone import usual_queue
from ..transport import BrokerUrl, Link
from . import options, printing
from .broker import connected, url_of
from .ending import finish, until_told

EPILOG = options.examples(
    "msgflo-lab register kitchen.yml --broker mqtt://localhost",
    "msgflo-lab register --role kitchen:thermometer.yml --role attic:thermometer.yml",
    "msgflo-lab register --adapter homeassistant --broker mqtt://localhost",
)
NAME = "msgflo-lab-register"


def register(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Descriptions in YAML that say their role."),
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE:FILE", help="A role, and the description of who plays it."),
    ] = None,
    adapter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Register whoever describes himself so: homeassistant, homie.",
        ),
    ] = None,
    interval: Annotated[
        float,
        typer.Option(
            min=0.1,
            metavar="SECONDS",
            help="MsgFlo's discovery period; announcements come 2.2 times as often.",
        ),
    ] = 60.0,
    forever: Annotated[
        bool,
        typer.Option(
            "--forever/--once", help="Stay, announce again and again, and interpret; or once only."
        ),
    ] = True,
    devices: Annotated[
        str | None,
        typer.Option(metavar="URL", help="MQTT broker of the devices, if it is another one."),
    ] = None,
    as_json: options.Json = False,
    broker: options.RemoteBroker = None,
) -> None:
    """Announce devices and programs that know nothing of MsgFlo, and let them speak JSON."""
    where = BrokerUrl.parse(devices) if devices is not None else None
    described = _described(files or [], role or [])
    if not described and not adapter:
        raise MsgFloLabError(
            "Missing a participant to register (FILE, --role ROLE:FILE, or --adapter NAME)"
        )
    if adapter and not forever:
        raise MsgFloLabError("--adapter needs --forever: devices describe themselves at any time")

    waits = Patience(printing.complain)
    health = _Health()

    async def work() -> None:
        async with (
            beating(lambda: health.trouble) as tell_health,
            connected(broker, waits=waits, on_link=health.link_changed) as binder,
        ):
            foreigners = await Foreigners.open(
                url_of(broker),
                binder,
                where=where,
                name=NAME,
                queue_of=usual_queue,
                period=interval,
                report=printing.complain,
            )
            adapting: list[Adapting] = []
            try:
                for each in described:
                    member = await foreigners.register(each)
                    _say(member.announced, as_json)
                    if not forever and member.needs_us:
                        printing.complain(
                            f"`{shown(each.role)}` needs somebody who interprets for it: without "
                            "--forever, nobody does"
                        )
                for name in adapter or []:
                    adapting.append(await _adapt(name, foreigners, as_json))
                health.trouble = ""
                tell_health()
                if forever:
                    await asyncio.Event().wait()
            finally:
                for one in adapting:
                    await one.stop()
                await foreigners.close()

    (until_told if forever else finish)(work())


class _Health:
    """What is wrong with it, for health checks; "" if nothing is."""

    def __init__(self) -> None:
        self.trouble = "not everybody is announced yet"

    def link_changed(self, link: Link, detail: str) -> None:
        """The link goes up or down."""
        self.trouble = "" if link is Link.UP else f"the link is {link.value}: {detail}"


def _described(files: Iterable[Path], roles: Iterable[str]) -> list[ParticipantDefinition]:
    """Everybody, by the role he plays; all files are read before anything is done.

    Raises:
        MsgFloLabError: A file cannot be read, or describes nobody; or two have one id.
    """
    found = [each for file in files for each in read(file)]
    for pair in roles:
        role, colon, file = pair.partition(":")
        if not colon or not role or not file:
            raise MsgFloLabError(f"--role is ROLE:FILE, not `{shown(pair)}`")
        found += read(Path(file), role)
    seen: set[ParticipantId] = set()
    for each in found:
        if each.id in seen:
            raise MsgFloLabError(f"two participants have the id `{shown(each.id)}`")
        seen.add(each.id)
    return found


async def _adapt(name: str, foreigners: Foreigners, as_json: bool) -> Adapting:
    taken: dict[Role, ParticipantId] = {}

    def free_role(definition: ParticipantDefinition) -> Role:
        role, number = definition.role, 1
        while taken.setdefault(role, definition.id) != definition.id:
            number += 1
            role = Role(f"{definition.role}_{number}")
        return role

    return await Adapting.start(
        adapter_of(name),
        foreigners,
        free_role=free_role,
        report=printing.complain,
        came=lambda definition: _say(definition, as_json),
        ignored=lambda topic, why: printing.complain(
            f"{name}: `{shown(topic, 200)}` is ignored: {shown(why, 200)}"
        ),
    )


def _say(announced: ParticipantDefinition, as_json: bool) -> None:
    into, out = ([port.id for port in ports] for ports in (announced.inports, announced.outports))
    if as_json:
        printing.say_json(
            {
                "role": announced.role,
                "component": announced.component,
                "inports": {port.id: port.queue for port in announced.inports},
                "outports": {port.id: port.queue for port in announced.outports},
            }
        )
        return
    printing.say(
        f"{shown(announced.role)}({shown(announced.component)}) registered: "
        f"{listed(into) if into else '(a source)'} -> {listed(out) if out else '(a sink)'}"
    )
