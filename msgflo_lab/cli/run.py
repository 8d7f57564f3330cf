"""`msgflo-lab run`: a network without a notebook, with what the lab can start of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ..diagnosis import Kind
from ..errors import MsgFloLabError
from ..lab.graph_files import KINDS
from ..names import Role, listed, shown
from ..runtime import output
from ..runtime.child import SHELL
from . import exporting, options, printing, progress
from .ending import Ending
from .starting import Packets
from .voices import Voices

DEFAULT_BROKER = "direct://"
GRAPHS = ("main.fbp", "main.json", "graphs/main.fbp", "graphs/main.json")
"""Where the graph of a folder is looked for, before any other one."""
_LOOK = 0.3
"""Seconds between two looks for what is new to print."""

EPILOG = options.examples(
    "msgflo-lab run main.fbp --broker mqtt://localhost",
    "msgflo-lab run . --auto-save",
    "msgflo-lab run main.fbp --metrics 9464 --job-events jobs.jsonl",
    "CLOUDAMQP_URL=amqps://... msgflo-lab run project/ --quiet",
)


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
    ignore: options.Ignore = None,
    shell: options.Shell = SHELL,
    name: Annotated[
        str, typer.Option(help="What the lab is called: its bindings carry the name.")
    ] = "",
    as_json: options.Json = False,
    metrics: exporting.Metrics = None,
    job_events: exporting.JobEvents = None,
    otel: exporting.Otel = False,
) -> None:
    """Run a network: bind what is there, and start the components that can run here."""
    file = graph
    if os.path.isdir(graph):
        file = _graph_in(graph)
        if library is None and componentdir is None:
            library = graph
    exports = exporting.Exporting(metrics, job_events, otel)
    output.install()
    url = options.broker_of(broker, DEFAULT_BROKER)
    with options.lab(name or file.stem, shell, ignore) as lab:
        with progress.showing(lambda: f"starting {file}"):
            options.load(lab, library, componentdir)
            options.warn(lab.import_(file))
            packets = Packets(lab)
            status = lab.start(url)
            exports.begin(lab)
        for each in lab.diagnose():
            if each.kind is Kind.COMPONENT:
                component = shown(lab.graph.nodes[Role(each.where)].component)
                printing.complain(
                    f"`{shown(each.where)}` waits for somebody who plays it: nothing here can run "
                    f"`{component}`"
                )
        voices = Voices(lab, prints=not quiet, as_json=as_json)
        with Ending() as ending:
            if as_json:
                printing.say_json({"graph": str(file), "broker": str(status.url), **exports.facts})
            else:
                printing.say(f"{file} on {status.url}")
                exports.tell()
            is_kept = False
            while True:
                voices.tell()
                packets.look()
                if auto_save and not is_kept and not packets.wait:
                    lab.keep(file)
                    is_kept = True
                ending.pause(_LOOK)


def _graph_in(folder: Path) -> Path:
    """The graph of a folder: the one that is called so, or the only one.

    Raises:
        MsgFloLabError: There is none, or nobody knows which.
    """
    for each in GRAPHS:
        if (folder / each).is_file():
            return folder / each
    places = (folder, folder / "graphs")
    try:
        found = sorted(file for place in places if place.is_dir() for file in place.iterdir())
    except OSError as error:
        raise MsgFloLabError(f"`{folder}` cannot be read: {error.strerror or error}") from error
    graphs = [file for file in found if file.suffix == KINDS[0]]
    if len(graphs) != 1:
        names = listed(str(file.relative_to(folder)) for file in graphs)
        raise MsgFloLabError(
            f"`{folder}` has no graph that is called {GRAPHS[0]}, and {names} beside: name one"
        )
    return graphs[0]
