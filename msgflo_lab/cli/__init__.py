"""The command line: `msgflo-lab`.

Each command is a module of its own; it parses, calls a lab, and prints. What goes wrong on purpose
is one line on stderr, and the exit status is 1; a wrong option is 2.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from ..errors import MsgFloLabError
from . import dump, fbp, graph, participants, procfile, run, send, serve

app = typer.Typer(
    name="msgflo-lab",
    help="Flow-based programming over message queues.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run", epilog=run.EPILOG)(run.run)
app.command("serve", epilog=serve.EPILOG)(serve.serve)
app.command("participants", epilog=participants.EPILOG)(participants.participants)
app.command("send", epilog=send.EPILOG)(send.send)
app.command("dump", epilog=dump.EPILOG)(dump.dump)
app.command("graph", epilog=graph.EPILOG)(graph.graph)
app.command("procfile", epilog=procfile.EPILOG)(procfile.procfile)
app.add_typer(fbp.app)


def _version(asked: bool) -> None:
    if asked:
        print(f"msgflo-lab {version('msgflo-lab')}")
        raise typer.Exit


@app.callback()
def _all(
    asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del asked


def main() -> None:
    """The program."""
    try:
        app()
    except MsgFloLabError as error:
        print(f"msgflo-lab: {error}", file=sys.stderr)
        sys.exit(1)
