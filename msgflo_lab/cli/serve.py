"""`msgflo-lab serve`: a runtime that FBP clients open, edit and watch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import MsgFloLabError
from ..lab import Lab
from ..lab.serving import grants_of
from ..runtime import output
from . import options
from .ending import Ending

DEFAULT_BROKER = "direct://"

EPILOG = """Examples:

  msgflo-lab serve --graph net.fbp --auto-save

  msgflo-lab serve --broker mqtt://localhost --library package.json

  msgflo-lab serve --secret s3cret:edit --secret look:read --port 0
"""


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
    graph: Annotated[Path | None, typer.Option(help="Graph to begin with: .fbp or .json.")] = None,
    auto_save: options.AutoSave = False,
    name: Annotated[str, typer.Option(help="What the runtime is called.")] = "msgflo-lab",
) -> None:
    """Serve the FBP network protocol, so that Flowhub, noflo-ui and other clients can open, edit
    and watch the network on a broker.
    """
    if auto_save and graph is None:
        raise MsgFloLabError("`--auto-save` needs `--graph FILE`")
    grants = grants_of(secret or [], open_to)
    ending = Ending()
    output.install()  # what participants print is theirs, and clients hear it
    with Lab(name) as lab:
        status = lab.start(options.broker_of(broker, DEFAULT_BROKER))
        options.load(lab, library, componentdir)
        if graph is not None:
            options.warn(lab.keep(graph) if auto_save else lab.import_(graph))
        link = lab.serve(host=host, port=port, grants=grants or None, origins=origin or ())
        print(f"{name} on {status.url}", flush=True)
        print(f"open {link}", flush=True)
        ending.wait()
