"""`msgflo-lab run`: a network without a notebook, with what the lab can start of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import MsgFloLabError
from ..lab import Lab
from ..lab.graph_files import KINDS
from ..names import listed, shown
from ..runtime import output
from . import options
from .ending import Ending

DEFAULT_BROKER = "direct://"
GRAPHS = ("main.fbp", "main.json", "graphs/main.fbp", "graphs/main.json")
"""Where the graph of a folder is looked for, before any other one."""
_LOOK = 0.3
"""Seconds between two looks for what is new to print."""

EPILOG = """Examples:

  msgflo-lab run main.fbp --broker mqtt://localhost

  msgflo-lab run . --auto-save

  CLOUDAMQP_URL=amqps://... msgflo-lab run project/ --quiet
"""


def run(
    graph: Annotated[
        Path, typer.Argument(metavar="GRAPH|DIR", help="Graph: .fbp or .json, or its folder.")
    ],
    broker: options.Broker = None,
    library: options.Library = None,
    componentdir: options.ComponentDir = None,
    auto_save: options.AutoSave = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Do not print what participants print.")
    ] = False,
    name: Annotated[
        str, typer.Option(help="What the lab is called: its bindings carry the name.")
    ] = "",
) -> None:
    """Run a network: bind what is there, and start the components that can run here."""
    file = graph
    if graph.is_dir():
        file = _graph_in(graph)
        if library is None and componentdir is None:
            library = graph
    ending = Ending()
    output.install()
    with Lab(name or file.stem) as lab:
        status = lab.start(options.broker_of(broker, DEFAULT_BROKER))
        options.load(lab, library, componentdir)
        options.warn(lab.keep(file) if auto_save else lab.import_(file))
        print(f"{file} on {status.url}", flush=True)
        seen: dict[str, int] = {}
        told: set[str] = set()
        while not ending.is_told(_LOOK):
            for role, line in lab.printed(seen):
                if not quiet:
                    print(f"{shown(role)} | {line}", flush=True)
            for problem in lab.status().problems:
                if problem not in told:
                    told.add(problem)
                    print(f"msgflo-lab: {problem}", file=sys.stderr, flush=True)


def _graph_in(folder: Path) -> Path:
    """The graph of a folder: the one that is called so, or the only one.

    Raises:
        MsgFloLabError: There is none, or nobody knows which.
    """
    for each in GRAPHS:
        if (folder / each).is_file():
            return folder / each
    places = (folder, folder / "graphs")
    found = sorted(file for place in places if place.is_dir() for file in place.iterdir())
    graphs = [file for file in found if file.suffix == KINDS[0]]
    if len(graphs) != 1:
        names = listed(str(file.relative_to(folder)) for file in graphs)
        raise MsgFloLabError(
            f"`{folder}` has no graph that is called {GRAPHS[0]}, and {names} beside: name one"
        )
    return graphs[0]
