"""`msgflo-lab setup`: the bindings of a graph on a broker, and its participants if asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ..binding import Binding
from ..binding.records import bindings_of, lines_of, records_of
from ..errors import MsgFloLabError
from ..graph import Edge, Graph
from ..lab import Lab
from ..names import shown
from ..runtime.child import SHELL
from . import bound, forwarding, options, printing, starting
from .broker import DEFAULT, connected
from .ending import finish
from .voices import Voices

EPILOG = options.examples(
    "msgflo-lab setup jobs.fbp --broker amqp://localhost",
    "msgflo-lab setup jobs.fbp --participants --forever",
    "msgflo-lab setup house.fbp --broker mqtt://localhost --discover --forever",
    "msgflo-lab setup jobs.fbp --participants --only work,web --forward stderr",
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done.

    Attributes:
        graph: Whose bindings are set up.
        started: The nodes whose participants are started.
        starts: Whether any are.
        extra: Further bindings.
    """

    graph: Graph
    started: Graph
    starts: bool
    extra: Collection[Binding]
    url: str
    discover: bool
    timeout: float
    forever: bool
    as_json: bool


def setup(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="Graph: .fbp or .json.")],
    broker: options.RemoteBroker = None,
    participants: Annotated[
        bool, typer.Option("--participants", help="Also start the participants.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE,...", help="Start these participants only."),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE,...", help="Do not start these participants."),
    ] = None,
    library: options.Library = None,
    componentdir: options.ComponentDir = None,
    forward: forwarding.Forward = None,
    shell: options.Shell = SHELL,
    discover: Annotated[
        bool,
        typer.Option(
            "--discover",
            help="Take the queues that participants announce, and not <role>.<PORT>.",
        ),
    ] = False,
    timeout: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long to wait for participants."),
    ] = 30.0,
    extra_bindings: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Further bindings: a JSON list, see below."),
    ] = None,
    forever: Annotated[
        bool,
        typer.Option(
            "--forever", help="Stay, until you end it: on MQTT, bindings need somebody who stays."
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Set up the bindings of a graph on a broker, and end.

    On AMQP, the broker keeps them. Nothing is bound before all is there that the graph needs.

    Further bindings are a list of {"type": "pubsub" or "roundrobin", "src": QUEUE, "tgt": QUEUE},
    with "deadletter": QUEUE too for what is rejected at the target of a round robin.
    """
    streams = forwarding.streams(forward)
    extra = _extra(extra_bindings) if extra_bindings is not None else []
    with options.lab(f"setup {graph.stem}", shell, streams=streams) as lab:
        options.warn(lab.import_(graph))
        url = options.broker_of(broker, DEFAULT)
        started = Graph()
        whole = lab.graph
        if participants:
            options.load(lab, library, componentdir)
            started = starting.to_start(
                whole, lab.library, only=options.names(only), ignore=options.names(ignore)
            )
            lab.set_graph(starting.without_packets(started, lab.library))
        plan = _Plan(whole, started, participants, extra, url, discover, timeout, forever, as_json)
        voices = Voices(lab, streams=streams, as_json=as_json)
        finish(_set_up(plan, lab, voices))


async def _set_up(plan: _Plan, lab: Lab, voices: Voices) -> None:
    async with connected(plan.url) as binder:
        if not (binder.traits.keeps or plan.forever):
            raise MsgFloLabError(
                f"{shown(plan.url.partition(':')[0])}:// brokers keep no bindings, and what is set "
                "up would end with this program: add --forever"
            )
        # First listen, then start: nobody is missed who announces himself only once.
        discoveries = await binder.discoveries()
        if plan.starts:
            await starting.start(lab, plan.url, voices, seconds=plan.timeout)
        found, idle = (
            await bound.by_discovery(plan.graph, discoveries, plan.timeout)
            if plan.discover
            else bound.by_convention(plan.graph)
        )
        bindings = list(dict.fromkeys([*found, *plan.extra]))
        async with bound.heard(discoveries) as roster:
            words = bound.words_for(plan.graph, roster)
            await bound.wait_for_queues(binder, bindings, plan.timeout, words)
        await bound.bind(binder, bindings)
        _report(plan, bindings, idle)
        if plan.forever:
            with suppress(asyncio.CancelledError):  # to be told to end is its end
                await asyncio.to_thread(lab.set_graph, plan.started)  # packets lead somewhere now
                await starting.go_on(voices)
        elif plan.starts:
            printing.complain("the participants end with this program; --forever keeps them")


def _report(plan: _Plan, bindings: Collection[Binding], idle: Collection[Edge]) -> None:
    started = list(plan.started.nodes)
    for edge in idle:
        printing.complain(f"nothing carries out {edge}: see which ports its round robin has")
    if plan.as_json:
        printing.say_json({"participants": started, "bindings": records_of(bindings)})
        return
    printing.say(f"Set up participants [{', '.join(map(shown, started))}]")
    printing.say("\n".join(["Set up bindings:", *lines_of(bindings)]))
    if plan.forever:
        printing.say("--forever enabled, keeping alive")


def _extra(file: Path) -> list[Binding]:
    try:
        return bindings_of(file.read_bytes(), file)
    except OSError as error:
        raise MsgFloLabError(f"`{file}` cannot be read: {error.strerror or error}") from error
