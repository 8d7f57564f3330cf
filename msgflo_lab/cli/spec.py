"""`msgflo-lab spec`: data-driven tests of components and graphs, as fbp-spec has them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import MsgFloLabError
from ..fbpspec import Lines, Outcome, Verdict, as_dict, listing, summary
from ..names import listed
from ..runtime import output
from ..trial import Bench, Place, suites_in
from ..trial.limits import COMMAND_TIMEOUT, START_TIMEOUT
from ..trial.places import IN_PROCESS
from ..trial.recorder import FOLDER
from . import options, printing

FAILED = 2
"""The exit status where a case has failed, as that of fbp-spec."""

EPILOG = options.examples(
    "msgflo-lab spec spec/ --componentdir components",
    "msgflo-lab spec spec/*.yaml --broker mqtt://localhost",
    "msgflo-lab spec spec/Door.yaml --address ws://localhost:3569 --secret s3cret --trace",
)


def spec(
    suites: Annotated[
        list[str],
        typer.Argument(metavar="SUITE...", help="Files, folders of .yaml files, or http(s)://."),
    ],
    address: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Runtime to run them on, ws://host:port. Default: a lab of this process.",
        ),
    ] = "",
    secret: Annotated[str, typer.Option(help="For that runtime.")] = "",
    command: Annotated[
        str,
        typer.Option(
            help="Starts that runtime, and ends with us; at ws://localhost:3569, usually."
        ),
    ] = "",
    start_timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Until the runtime has to answer.")
    ] = START_TIMEOUT,
    command_timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="For each of its answers.")
    ] = COMMAND_TIMEOUT,
    trace: Annotated[
        bool, typer.Option("--trace", help=f"Write a flowtrace of each case into {FOLDER}.")
    ] = False,
    broker: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Broker for the lab of this process. Without one, components that are files of "
            "Python run in this process, and other programs not at all.",
        ),
    ] = IN_PROCESS,
    library: options.Library = None,
    componentdir: options.ComponentDir = None,
    as_json: options.Json = False,
) -> None:
    """Test components and graphs: send packets in, and compare what comes out with what is
    expected.
    """
    own = broker != IN_PROCESS or library is not None or componentdir is not None
    if own and (address or command):
        raise MsgFloLabError(
            "`--broker`, `--library` and `--componentdir` are for a lab of this process; with "
            "`--address` or `--command` it is the runtime that has components"
        )
    read = suites_in(suites)
    for suite in read:
        for notice in suite.notices:
            printing.complain(notice)
    if not any(suite.cases for suite in read):
        raise MsgFloLabError(f"no cases in {listed(suites)}")
    place = Place(
        address=address,
        secret=secret,
        command=command,
        broker=broker,
        prepare=lambda lab: options.load(lab, library, componentdir),
        start_timeout=start_timeout,
        command_timeout=command_timeout,
        traces=Path(FOLDER) if trace else None,
    )
    lines = Lines(coloured=sys.stdout.isatty())
    output.install()  # what participants print is shown with the case that has failed
    outcomes: list[Outcome] = []
    with Bench(place) as bench:
        for outcome in bench.run(read):
            outcomes.append(outcome)
            if not as_json:
                for line in lines.of(outcome):
                    printing.say(line)
    if as_json:
        printing.say_json([as_dict(each) for each in outcomes], indent=2)
    else:
        printing.say(f"\n{summary(outcomes)}")
        for each in listing(outcomes):
            printing.say(each)
    if any(each.verdict is Verdict.FAILED for each in outcomes):
        raise typer.Exit(FAILED)
