"""`msgflo-lab procfile`: a graph as lines for Heroku, foreman and their like."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..lab import Lab
from . import options, printing

EPILOG = options.examples(
    "msgflo-lab procfile graphs/main.fbp > Procfile",
    'msgflo-lab procfile main.fbp --ignore web --include "web: node index.js"',
)


def procfile(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="Graph: .fbp or .json.")],
    library: options.Library = None,
    componentdir: options.ComponentDir = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE,...", help="Leave these roles out. May come again."),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="LINE", help="Add this line as it is. May come again."),
    ] = None,
    output: options.Output = None,
) -> None:
    """Print a Procfile: for each participant of a graph the command that starts it."""
    with Lab() as lab:
        if componentdir is not None and not componentdir.is_dir():
            # As msgflo-procfile, in whose command lines such a folder is often named.
            printing.complain(f"{componentdir}: is no directory, and left out")
            componentdir = None
        options.load(lab, library, componentdir)
        options.warn(lab.import_(graph))
        text = lab.procfile(ignore=options.names(ignore))
    text = text.replace(shlex.quote(sys.executable), "python3")
    if componentdir is None or not componentdir.is_absolute():
        # Elsewhere it is started in the same folder of the same project.
        text = text.replace(f"{Path.cwd()}{os.sep}", "")
    lines = [*filter(None, [text]), *(include or ())]
    options.write_to(output, "".join(f"{line}\n" for line in lines))
