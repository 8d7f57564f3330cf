"""`msgflo-lab client`: a program for a device that is to be a participant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..clients import Platform, program_for
from ..errors import MsgFloLabError
from ..lab.foreign import read
from ..names import listed, shown
from . import options

EPILOG = options.examples(
    "msgflo-lab client kitchen.yml --to python -o kitchen.py",
    "msgflo-lab client --role attic:thermometer.yml --to arduino -o attic.ino",
    "msgflo-lab client kitchen.yml --to node > kitchen.js",
)


def client(
    to: Annotated[
        Platform, typer.Option(help="What it is to run on: arduino is for ESP32 and ESP8266.")
    ],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Description in YAML of one participant."),
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(metavar="ROLE:FILE", help="A role, and the description of who plays it."),
    ] = None,
    output: options.Output = None,
) -> None:
    """Write a program that announces the ports of a description, and speaks on them."""
    if (file is None) == (role is None):
        raise MsgFloLabError("a client is for one participant: FILE, or --role ROLE:FILE")
    name, given = (str(file), None) if role is None else _parted(role)
    found = read(Path(name), given)
    if len(found) > 1:
        roles = listed(each.role for each in found)
        raise MsgFloLabError(f"{name}: a client is for one participant, not for {roles}")
    is_file = output is not None and output != options.STREAM
    called = output.name if output is not None and is_file else f"{found[0].role}{to.ending}"
    options.write_to(output, program_for(found[0], to, file=called))


def _parted(pair: str) -> tuple[str, str]:
    role, colon, file = pair.partition(":")
    if not colon or not role or not file:
        raise MsgFloLabError(f"--role is ROLE:FILE, not `{shown(pair)}`")
    return file, role
