"""Options that several commands have, and what they mean."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InvalidConfig, MsgFloLabError
from ..files import replace
from ..names import shown
from . import printing

if TYPE_CHECKING:  # a lab takes a while to load, and many commands do without
    from ..lab import Lab
    from ..lab.graphs import Applied

STREAM = Path("-")
"""What stands for stdin or stdout where a file could be named."""
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
    typer.Option(
        min=0,
        metavar="SECONDS",
        help="How long to wait until a role announces itself.",
    ),
]
CaseSensitive = Annotated[
    bool, typer.Option("--case-sensitive", help="Keep the capitals of ports as they stand.")
]
Files = Annotated[list[Path], typer.Argument(help="Files: .fbp or .json.", metavar="FILE")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to write it. Default: stdout."),
]
Library = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="package.json or pyproject.toml with components. Default: those here."
    ),
]
ComponentDir = Annotated[
    Path | None,
    typer.Option(
        "--componentdir",
        "--components",
        metavar="DIR",
        help="Folder with a file for each component; it is watched.",
    ),
]
Shell = Annotated[
    str, typer.Option(metavar="PROGRAM", help="What runs the commands of participants.")
]
BrokerWait = Annotated[
    str,
    typer.Option(
        metavar="SECONDS|forever",
        help="How long a broker may take to be there. Default: as MSGFLO_WAIT says, or not at all.",
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="ROLE,...", help="Start nothing for these roles: others play them."),
]
AutoSave = Annotated[
    bool,
    typer.Option(
        "--auto-save",
        help="Write changes back into the graph's file; its comments are lost with the first.",
    ),
]


def examples(*lines: str) -> str:
    """What stands below a command's help, as it is."""
    return "\n  ".join(["\b\nExamples:", *lines])


def names(given: Iterable[str] | None) -> list[str]:
    """The names of an option that may come again, and may hold several with commas."""
    return [name for each in given or () for name in each.split(",") if name]


def broker_of(given: str | None, default: str) -> str:
    """The broker's address: as given, or of the environment."""
    found = given or next((os.environ[name] for name in BROKERS if os.environ.get(name)), None)
    return found or default


def lab(
    name: str, shell: str, ignore: Iterable[str] | None = None, streams: Collection[str] = ()
) -> Lab:
    """A lab that runs programs in this shell.

    Args:
        streams: Which of what they print is of interest; where it is one, the lab keeps them apart.

    Raises:
        MsgFloLabError: There is no such shell.
    """
    from ..lab import Lab

    if shutil.which(shell) is None:
        raise MsgFloLabError(f"--shell: there is no program `{shown(shell)}`")
    return Lab(name, shell=shell, ignore=names(ignore), apart=len(set(streams)) == 1)


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


def folder_of(library: Path | None) -> Path:
    """Where a library's commands run; this folder, if none is named."""
    if library is None:
        return Path.cwd()
    return library if library.is_dir() else library.parent


def write_to(output: Path | None, text: str) -> None:
    """Write a file, or to stdout. Raises MsgFloLabError."""
    if output is None or output == STREAM:
        printing.write(text)
    else:
        write(output, text)


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
        printing.complain(notice)
