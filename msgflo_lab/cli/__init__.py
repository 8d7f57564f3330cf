"""The command line: `msgflo-lab`.

Each command is a module of its own, loaded when it is wanted; it parses, calls a lab or a broker,
and prints. What goes wrong on purpose is one line on stderr, and the exit status is 1; a wrong
option is 2. A command that was told to end before it was done exits as shells have it, 128 and the
number of the signal.

ending, progress, printing      being told to end; what is waited for; stdout and stderr
options, grouping, exporting    options that several commands have; which commands there are
broker, live                    a broker without a lab; what is on it, as a network
starting, voices                programs of a graph; what they print
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..errors import MsgFloLabError
from . import debugging, ending, printing
from .grouping import Command, Grouped

NETWORKS = "Networks"
MESSAGES = "Looking and sending"
FILES = "Files"


class Commands(Grouped):
    """All of them."""

    known = (
        Command("run", NETWORKS, "Run a network, until you end it."),
        Command("serve", NETWORKS, "Let FBP editors open, edit and watch the network."),
        Command("setup", NETWORKS, "Bind the participants of a graph on a broker."),
        Command("register", NETWORKS, "Announce devices that know nothing of MsgFlo."),
        Command("participants", MESSAGES, "List who is on a broker."),
        Command("send", MESSAGES, "Send one message to a port or a queue."),
        Command("dump", MESSAGES, "Take messages out of a queue, or watch ports."),
        Command("jobstats", MESSAGES, "How long jobs take, for guv."),
        Command("graph", FILES, "Show a graph, or what is on a broker."),
        Command("procfile", FILES, "Print a Procfile of a graph."),
        Command("client", FILES, "Write a program for a device."),
        Command("spec", FILES, "Test components and graphs."),
        Command("fbp", FILES, "Convert, format and check graphs."),
    )


app = typer.Typer(
    name="msgflo-lab",
    cls=Commands,
    help="Flow-based programming over message queues.",
    epilog="`msgflo-lab COMMAND --help` has examples.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"msgflo-lab {version('msgflo-lab')}")
        raise typer.Exit


@app.callback()
def _all(
    asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del asked
    ending.listen()  # the command is loaded now, and has begun nothing


def main() -> None:
    """The program."""
    printing.prepare()
    debugging.listen()
    try:
        status = _run()
    except ending.Told as told:
        status = told.status
    except MsgFloLabError as error:
        printing.complain(error)
        status = 1
    except Exception as error:
        cause = ending.told_in(error)
        if cause is None:
            raise
        status = cause.status
    ending.leave()
    sys.exit(printing.finish(status))


def _run() -> int:
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except OSError as error:
        if not printing.is_full(error):
            raise
        raise printing.unwritten(error) from error  # what typer prints itself: help
    return 0
