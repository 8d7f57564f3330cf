"""The sub-command metrics: figures of the network, and where Prometheus reads them."""

from __future__ import annotations

import argparse
import time

from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab
from msgflo_lab.telemetry.addresses import address_of

from .command import Command
from .letters import when
from .parsing import Parser


def _arguments(parser: Parser) -> None:
    parser.add_argument("--serve", metavar="[HOST:]PORT", help="for Prometheus; port 0 for any")
    parser.add_argument("--stop", action="store_true", help="serve no more")
    parser.add_argument("--text", action="store_true", help="all figures, as Prometheus reads them")


def _metrics(lab: Lab, given: argparse.Namespace) -> object:
    if sum(map(bool, (given.serve, given.stop, given.text))) > 1:
        raise MsgFloLabError("one of --serve, --stop and --text at a time")
    if given.stop:
        lab.metrics.unserve()
        return "metrics are served no more"
    if given.serve:
        host, port = address_of(given.serve)
        return f"metrics at {lab.metrics.serve(port, host)}"
    if given.text:
        return lab.metrics.text().rstrip("\n")
    summary = lab.metrics.summary()
    return f"{summary}\njobs are timed since {when(summary.since, time.time())}"


COMMANDS = (
    Command(
        "metrics",
        "figures: messages, how long they take, errors",
        _metrics,
        _arguments,
        examples="""\
  %msgflo metrics                        a table; jobs are timed from the first one on
  %msgflo metrics --serve 9464           for Prometheus
  %msgflo metrics --stop""",
    ),
)
