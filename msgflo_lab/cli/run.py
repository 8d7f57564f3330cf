"""`msgflo-lab run`: a network without a notebook, with what the lab can start of it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from ..diagnosis import Kind
from ..errors import ConnectionFailed
from ..lab import Lab, folders
from ..names import Role, shown
from ..patience import Patience
from ..runtime import output
from ..runtime.child import SHELL
from ..runtime.programs import UNREACHABLE
from ..runtime.status import Status
from ..transport import BrokerUrl
from . import alive, exporting, forwarding, options, printing, progress, starting
from .ending import Ending
from .health import Health
from .voices import LOOK, Voices

DEFAULT_BROKER = "direct://"

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
    forward: forwarding.Forward = forwarding.BOTH,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Do not print what participants print.")
    ] = False,
    ignore: options.Ignore = None,
    shell: options.Shell = SHELL,
    name: Annotated[
        str, typer.Option(help="What the lab is called: its bindings carry the name.")
    ] = "",
    runtime_id: alive.RuntimeId = "",
    ping_url: alive.PingUrl = alive.URL,
    ping_method: alive.PingMethod = alive.METHOD,
    ping_interval: alive.PingInterval = 0,
    as_json: options.Json = False,
    metrics: exporting.Metrics = None,
    job_events: exporting.JobEvents = None,
    otel: exporting.Otel = False,
    wait: options.BrokerWait = "",
) -> None:
    """Run a network: bind what is there, and start the components that can run here."""
    file = graph
    if os.path.isdir(graph):  # and not a name that is too long
        file = folders.graph_in(graph)
        if library is None and componentdir is None:
            library = graph
    pinging = alive.Pinging(ping_url, ping_method, ping_interval, alive.runtime_id(runtime_id))
    streams = forwarding.streams([] if quiet else forward)
    exports = exporting.Exporting(metrics, job_events, otel)
    patience = Patience(printing.complain, wait)
    health = Health()
    output.install()
    url = options.broker_of(broker, DEFAULT_BROKER)
    with options.lab(name or file.stem, shell, ignore, streams) as lab:
        with progress.showing(lambda: f"starting {file}"):
            options.load(lab, library, componentdir)
            options.warn(lab.import_(file))
            starting.check_roles(lab.graph, options.names(ignore))
            packets = starting.Packets(lab)
            place = file.absolute()
            if BrokerUrl.parse(url).scheme == UNREACHABLE:
                # Its code runs here, and has its relative paths from where programs have them.
                os.chdir(options.folder_of(library))
            status = _started(lab, url, patience, health)
            exports.begin(lab)
        for each in lab.diagnose():
            if each.kind is Kind.COMPONENT:
                component = shown(lab.graph.nodes[Role(each.where)].component)
                printing.complain(
                    f"`{shown(each.where)}` waits for somebody who plays it: nothing here can run "
                    f"`{component}`"
                )
        voices = Voices(lab, streams=streams, as_json=as_json)
        with Ending() as ending, pinging, health:
            if as_json:
                printing.say_json({"graph": str(file), "broker": str(status.url), **exports.facts})
            else:
                printing.say(f"{file} on {status.url}")
                exports.tell()
            is_kept = False
            while True:
                voices.tell()
                health.look(lab)
                packets.look()
                if auto_save and not is_kept and not packets.wait:
                    lab.keep(place)
                    is_kept = True
                ending.pause(LOOK)


def _started(lab: Lab, url: str, patience: Patience, health: Health) -> Status:
    """Start the lab, as soon as its broker is there."""
    while True:
        try:
            return lab.start(url)
        except ConnectionFailed as error:
            health.starting(str(error))
            time.sleep(patience.pause(error))
