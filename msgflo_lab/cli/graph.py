"""`msgflo-lab graph`: a graph, or what is on a broker, as text, as a picture, as Mermaid."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .. import report
from ..errors import MsgFloLabError
from ..graph import Graph
from ..graph.mermaid import mermaid_of
from ..lab import Lab, graph_files
from ..names import shown
from ..network import NetworkView, at_rest
from ..picture.composer import compose
from ..picture.svg import svg
from . import live, options, printing
from .broker import connected, hear
from .ending import finish

EPILOG = options.examples(
    "msgflo-lab graph main.fbp",
    "msgflo-lab graph main.fbp --output main.svg",
    "msgflo-lab graph main.json --to mermaid >> README.md",
    "msgflo-lab graph --broker amqp://localhost --output there.svg",
)


class Form(StrEnum):
    """What a graph is shown as."""

    TEXT = "text"
    SVG = "svg"
    MERMAID = "mermaid"
    FBP = "fbp"
    JSON = "json"


_ENDINGS = {
    ".txt": Form.TEXT,
    ".svg": Form.SVG,
    ".mmd": Form.MERMAID,
    ".mermaid": Form.MERMAID,
    ".fbp": Form.FBP,
    ".json": Form.JSON,
}


def graph(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="GRAPH", help="Graph: .fbp or .json. Without it, what is on the broker."
        ),
    ] = None,
    output: options.Output = None,
    to: Annotated[
        Form | None, typer.Option(help="What to write. Default: as the output is called, or text.")
    ] = None,
    as_json: options.Json = False,
    name: Annotated[str, typer.Option(help="What the picture is called.")] = "",
    broker: options.RemoteBroker = None,
    wait: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long to listen to the broker."),
    ] = 30.0,
) -> None:
    """Show a graph: as text, as a picture (SVG), or as Mermaid for documents.

    Without a file, it is made of those who announce themselves on a broker, and of the bindings
    that the broker tells of.
    """
    if as_json and to not in (None, Form.JSON):
        raise MsgFloLabError(f"--json, or --to {to}? Give one of the two")
    form = _form(output, Form.JSON if as_json else to)
    if source is not None and broker is not None:
        raise MsgFloLabError("a graph, or a broker (--broker)? Name one of the two")
    with Lab(name or (source.stem if source is not None else "network")) as lab:
        if source is not None:
            options.warn(lab.import_(source))
            view = at_rest(lab.network())
        else:
            view = _look(lab, broker, wait)
        text = _text(form, view, lab.graph)
    options.write_to(output, text)


def _form(output: Path | None, asked: Form | None) -> Form:
    if asked is not None:
        return asked
    if output is None or output == options.STREAM:
        return Form.TEXT
    form = _ENDINGS.get(output.suffix.lower())
    if form is None:
        endings = ", ".join(_ENDINGS)
        raise MsgFloLabError(f"`{output}` ends in none of {endings}: say what to write with --to")
    return form


def _look(lab: Lab, broker: str | None, seconds: float) -> NetworkView:
    """Give the lab the graph of what is on a broker. Raises MsgFloLabError."""
    views: list[NetworkView] = []

    async def look() -> None:
        async with connected(broker) as binder:
            roster = await hear(await binder.discoveries(), seconds)
            bindings = await binder.bindings(everybodys=True)
        if not roster:
            raise MsgFloLabError(f"nobody has announced himself within {seconds:g} s")
        if not bindings:
            printing.complain(
                "the broker tells of no bindings: RabbitMQ does by its management interface, and "
                "those on MQTT are known to the lab alone that carries them out"
            )
        lab.set_graph(live.graph_of(roster, bindings))
        views.append(live.with_details(at_rest(lab.network()), roster))

    finish(look())
    return views[0]


def _text(form: Form, view: NetworkView, graph: Graph) -> str:
    match form:
        case Form.SVG:
            return svg(compose(view)) + "\n"
        case Form.MERMAID:
            return mermaid_of(graph)
        case Form.FBP | Form.JSON:
            return graph_files.text_of(graph, f".{form}")
    packets = (
        f"{report.value(each.value, 40)} -> {shown(each.role)}.{shown(each.inport)}\n"
        for each in graph.initials.values()
    )
    return "".join(packets) + report.network(view) + "\n"
