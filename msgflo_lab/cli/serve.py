"""`msgflo-lab serve`: a runtime that FBP clients open, edit and watch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from ..errors import MsgFloLabError
from ..lab.serving import grants_of
from ..names import shown
from ..runtime import output
from ..runtime.child import SHELL
from . import alive, exporting, forwarding, options, printing, progress
from .ending import Ending
from .voices import LOOK, Voices

DEFAULT_BROKER = "direct://"

EPILOG = options.examples(
    "msgflo-lab serve --graph net.fbp --auto-save",
    "msgflo-lab serve --broker mqtt://localhost --library package.json",
    "msgflo-lab serve --secret s3cret:edit --secret look:read --port 0",
)


def serve(
    host: Annotated[
        str, typer.Option(help="Interface to listen on; 0.0.0.0 for all.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 for any.")] = 3569,
    broker: options.Broker = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SECRET[:LEVEL]",
            help="A secret that clients may use, and what for: read, control, edit (the default) "
            "or source. Without any, one is made up and printed.",
        ),
    ] = None,
    open_to: Annotated[
        str | None,
        typer.Option("--open", metavar="LEVEL", help="What clients without a secret may do."),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="A page that may connect, beside the known editors."),
    ] = None,
    library: options.Library = None,
    componentdir: options.ComponentDir = None,
    graph: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Graph to begin with: .fbp or .json.")
    ] = None,
    auto_save: options.AutoSave = False,
    ignore: options.Ignore = None,
    shell: options.Shell = SHELL,
    name: Annotated[str, typer.Option(help="What the runtime is called.")] = "msgflo-lab",
    ide: alive.Ide = None,
    runtime_id: alive.RuntimeId = "",
    ping_url: alive.PingUrl = alive.URL,
    ping_method: alive.PingMethod = alive.METHOD,
    ping_interval: alive.PingInterval = 0,
    forward: forwarding.Forward = None,
    as_json: options.Json = False,
    metrics: exporting.Metrics = None,
    job_events: exporting.JobEvents = None,
    otel: exporting.Otel = False,
) -> None:
    """Serve the FBP network protocol, so that Flowhub, noflo-ui and other clients can open, edit
    and watch the network on a broker.
    """
    if auto_save and graph is None:
        raise MsgFloLabError("`--auto-save` needs `--graph FILE`")
    grants = grants_of(secret or [], open_to)
    pages = [*(origin or ()), *([_page_of(ide)] if ide else ())]
    about = alive.runtime_id(runtime_id)
    pinging = alive.Pinging(ping_url, ping_method, ping_interval, about)
    streams = forwarding.streams(forward)
    exports = exporting.Exporting(metrics, job_events, otel)
    output.install()  # what participants print is theirs, and clients hear it
    url = options.broker_of(broker, DEFAULT_BROKER)
    with options.lab(name, shell, ignore, streams) as lab:
        with progress.showing(lambda: f"starting {name}"):
            status = lab.start(url)
            exports.begin(lab)
            options.load(lab, library, componentdir)
            if graph is not None:
                options.warn(lab.keep(graph) if auto_save else lab.import_(graph))
            link = lab.serve(
                host=host, port=port, grants=grants or None, origins=pages, runtime_id=about
            )
        live = _live(link, ide, name, about) if ide else ""
        with Ending() as ending, pinging:
            if as_json:
                facts = {"name": name, "broker": str(status.url), "link": link, "id": about}
                printing.say_json({**facts, **({"ide": live} if live else {}), **exports.facts})
            else:
                printing.say(f"{name} on {status.url}")
                printing.say(f"open {link}")
                if live:
                    printing.say(f"or {live}")
                exports.tell()
            if not streams:
                ending.wait()
            voices = Voices(lab, streams=streams, as_json=as_json)
            while True:
                voices.tell()
                ending.pause(LOOK)


def _page_of(ide: str) -> str:
    """The origin of an editor's pages. Raises MsgFloLabError if it is no address."""
    parts = urlsplit(ide)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise MsgFloLabError(f"--ide {shown(ide)}: it is an address, as https://app.flowhub.io")
    return f"{parts.scheme}://{parts.netloc}"


def _live(link: str, ide: str, name: str, runtime_id: str) -> str:
    """The address that opens an editor on what is served at `link`."""
    from ..protocol.page import About, link_in

    parts = urlsplit(link)
    secret = parse_qs(parts.query).get("secret", [""])[0]
    return link_in(ide, About(f"ws://{parts.netloc}", name, runtime_id), secret)
