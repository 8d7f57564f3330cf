"""Options that several commands have, and what they mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InvalidConfig, MsgFloLabError
from ..files import replace
from ..lab import Lab
from ..lab.graphs import Applied

BROKERS = ("MSGFLO_BROKER", "CLOUDAMQP_URL")
"""Where the broker's address is looked for, if it is not given."""

Broker = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Broker to connect to. Default: MSGFLO_BROKER, CLOUDAMQP_URL, or direct:// "
        "(this process alone).",
    ),
]
RemoteBroker = Annotated[
    str | None,
    typer.Option(
        "--broker",
        metavar="URL",
        help="Broker to connect to. Default: MSGFLO_BROKER, CLOUDAMQP_URL, or amqp://localhost.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Wait = Annotated[
    float,
    typer.Option(min=0, metavar="SECONDS", help="How long to wait until a role announces itself."),
]
Library = Annotated[
    Path | None,
    typer.Option(help="package.json or pyproject.toml with components. Default: those here."),
]
ComponentDir = Annotated[
    Path | None,
    typer.Option(
        "--componentdir",
        "--components",
        help="Folder with a file for each component; it is watched.",
    ),
]

AutoSave = Annotated[
    bool,
    typer.Option(
        "--auto-save",
        help="Write changes back into the graph's file; its comments are lost with the first.",
    ),
]


def broker_of(given: str | None, default: str) -> str:
    """The broker's address: as given, or of the environment."""
    found = given or next((os.environ[name] for name in BROKERS if os.environ.get(name)), None)
    return found or default


def load(lab: Lab, library: Path | None, componentdir: Path | None) -> None:
    """Load components: those that are named, or those of this folder, if there are any.

    Raises:
        InvalidConfig: What is named cannot be used.
    """
    if library is not None or componentdir is not None:
        lab.library.load(library or ".", componentdir)
        return
    try:
        lab.library.load(".")
    except InvalidConfig:
        return


def write(file: Path, text: str) -> None:
    """Write a file, whole or not at all.

    Raises:
        MsgFloLabError: It cannot be written.
    """
    try:
        replace(file, text.encode())
    except OSError as error:
        raise MsgFloLabError(f"`{file}` cannot be written: {error.strerror or error}") from error


def warn(applied: Applied) -> None:
    """Print what in a graph is allowed and probably not meant."""
    for notice in applied.notices:
        typer.echo(f"msgflo-lab: {notice}", err=True)
