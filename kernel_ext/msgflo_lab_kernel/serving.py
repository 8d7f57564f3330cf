"""The sub-commands serve (clients of the protocol), pause and resume (the network)."""

from __future__ import annotations

import argparse

from msgflo_lab.lab import Lab
from msgflo_lab.lab.serving import grants_of

from .command import Command
from .parsing import Parser


def _serve_arguments(parser: Parser) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="NAME", help="0.0.0.0 for all")
    parser.add_argument("--port", type=int, default=3569, metavar="NUMBER", help="0 for any")
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="SECRET[:LEVEL]",
        help="for clients, to read, control, edit (the default) or source; may come again",
    )
    parser.add_argument(
        "--open", metavar="LEVEL", dest="open_to", help="what clients without a secret may do"
    )
    parser.add_argument("--origin", action="append", default=[], metavar="URL")
    parser.add_argument("--stop", action="store_true", help="let no clients in any more")


def _serve(lab: Lab, given: argparse.Namespace) -> object:
    if given.stop:
        lab.unserve()
        return "no clients are let in any more"
    link = lab.serve(
        host=given.host,
        port=given.port,
        grants=grants_of(given.secret, given.open_to),
        origins=given.origin,
    )
    return f"open {link}"


def _graph_argument(parser: Parser) -> None:
    parser.add_argument("graph", nargs="?", metavar="GRAPH", help="one graph of several")


def _pause(lab: Lab, given: argparse.Namespace) -> object:
    lab.pause(given.graph)
    return "stopped: messages wait; go on with `%msgflo resume`"


def _resume(lab: Lab, given: argparse.Namespace) -> object:
    lab.resume(given.graph)
    return "started: what has waited goes on"


COMMANDS = (
    Command(
        "serve",
        "let Flowhub, noflo-ui and other FBP clients in",
        _serve,
        _serve_arguments,
        examples="""\
  %msgflo serve                          a secret is made up
  %msgflo serve --port 0 --secret look:read --secret s3cret:edit
  %msgflo serve --stop""",
    ),
    Command("pause", "stop the network: messages wait", _pause, _graph_argument),
    Command("resume", "let a stopped network go on", _resume, _graph_argument),
)
