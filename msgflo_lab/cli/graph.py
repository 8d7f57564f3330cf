"""`msgflo-lab graph`: a graph, or what is on a broker, as text, as a picture, as a document."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .. import report
from ..asyncapi import ends_of
from ..errors import InvalidName, MsgFloLabError
from ..graph import graph_of
from ..lab import Lab, folders, forms, graph_files
from ..lab.forms import Form, Subject
from ..lab.graphs import Applied
from ..names import shown
from ..network import at_rest
from . import live, options, printing, texts
from .broker import PATIENCE, connected, hear, url_of
from .ending import finish

EPILOG = options.examples(
    "msgflo-lab graph main.fbp",
    "msgflo-lab graph main.fbp --output main.svg",
    "msgflo-lab graph main.json --to mermaid >> README.md",
    "msgflo-lab graph main.fbp --to dot | dot -Tpdf > main.pdf",
    "msgflo-lab fbp convert main.json | msgflo-lab graph - --to mmd",
    "msgflo-lab graph main.fbp -o main.asyncapi.yaml",
    "msgflo-lab graph --broker amqp://localhost --output there.svg",
)


class Shape(StrEnum):
    """What a graph is shown as."""

    TEXT = "text"
    FBP = Form.FBP
    JSON = Form.JSON
    SVG = Form.SVG
    MERMAID = Form.MERMAID
    DOT = Form.DOT
    ASYNCAPI = Form.ASYNCAPI


def _shape_of(text: str) -> Shape:
    """A shape by its name, or as the names of such files end."""
    name = text.lower().removeprefix(".")
    try:
        return Shape(forms.ENDINGS.get(f".{name}", name))
    except ValueError:
        endings = (each.removeprefix(".") for each in forms.ENDINGS)
        known = ", ".join(dict.fromkeys([*Shape, *endings]))
        raise typer.BadParameter(f"{text!r} is not one of {known}") from None


def graph(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="GRAPH|DIR",
            help="Graph: .fbp or .json, or its folder; - for stdin. Without it, what is on the "
            "broker.",
        ),
    ] = None,
    output: options.Output = None,
    to: Annotated[
        Shape | None,
        typer.Option(
            parser=_shape_of,
            metavar="|".join(Shape),
            help="What to write; or as such files end (mmd, gv). Default: as the output is "
            "called, or text.",
        ),
    ] = None,
    as_json: options.Json = False,
    name: Annotated[str, typer.Option(help="What the picture is called.")] = "",
    broker: options.RemoteBroker = None,
    wait: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long to listen to the broker."),
    ] = 30.0,
) -> None:
    """Show a graph: as text, as a picture, or as a document (SVG, Mermaid, DOT, AsyncAPI).

    Without a file, it is made of those who announce themselves on a broker, and of the bindings
    that the broker tells of.
    """
    if as_json and to not in (None, Shape.JSON):
        raise MsgFloLabError(f"--json, or --to {to}? Give one of the two")
    shape = _shape(output, Shape.JSON if as_json else to)
    if source is not None and broker is not None:
        raise MsgFloLabError("a graph, or a broker (--broker)? Name one of the two")
    if source is not None and source.is_dir():
        source = folders.graph_in(source)
    is_file = source is not None and source != options.STREAM
    with Lab(name or (source.stem if source is not None and is_file else "network")) as lab:
        if source is not None:
            options.warn(lab.import_(source) if is_file else _read(lab))
            subject = lab.subject()
        else:
            subject = _look(lab, broker, wait)
        _write(shape, subject, output)


def _shape(output: Path | None, asked: Shape | None) -> Shape:
    if asked is not None:
        return asked
    if output is None or output == options.STREAM or output.suffix.lower() == ".txt":
        return Shape.TEXT
    try:
        return Shape(forms.form_of(output))
    except InvalidName as error:
        raise InvalidName(f"{error}; or say with --to what it is") from None


def _read(lab: Lab) -> Applied:
    """Give the lab the graph that comes on stdin. Raises MsgFloLabError."""
    text, called = texts.text_of(options.STREAM), texts.called(options.STREAM)
    if not texts.is_json(text):
        return lab.fbp(text, file=called)
    data = texts.loaded(text, options.STREAM)
    return lab.set_graph(graph_of(graph_files.without_runtime(data)))


def _look(lab: Lab, broker: str | None, seconds: float) -> Subject:
    """Give the lab the graph of what is on a broker. Raises MsgFloLabError."""
    subjects: list[Subject] = []

    async def look() -> None:
        async with connected(broker, patience=PATIENCE) as binder:
            roster = await hear(await binder.discoveries(), seconds)
            if not roster:
                raise MsgFloLabError(f"nobody has announced himself within {seconds:g} s")
            bindings, keeps = await binder.bindings(everybodys=True), binder.traits.keeps
        if not bindings:
            whose = (
                " between them" if keeps else ", which the lab alone knows that carries them out"
            )
            printing.complain(f"the broker tells of no bindings{whose}")
        lab.set_graph(live.graph_of(roster, bindings))
        view = live.with_details(at_rest(lab.network()), roster)
        announced = [member.definition for member in roster]
        ends = ends_of(lab.graph, announced, lambda _: None)
        subjects.append(Subject(lab.graph, view, ends, url_of(broker)))

    finish(look())
    return subjects[0]


def _write(shape: Shape, subject: Subject, output: Path | None) -> None:
    """Raises MsgFloLabError."""
    if shape is Shape.TEXT:
        text = _text(subject)
    elif shape in (Shape.FBP, Shape.JSON):
        if output is not None and output.suffix.lower() == f".{shape}":
            graph_files.write(output, subject.graph)  # with what belongs beside it
            return
        text = graph_files.text_of(subject.graph, f".{shape}")
    else:
        as_json = output is not None and output.suffix.lower() == ".json"
        text = forms.document(Form(shape), subject, as_json=as_json)
    options.write_to(output, text)


def _text(subject: Subject) -> str:
    packets = (
        f"{report.value(each.value, 40)} -> {shown(each.role)}.{shown(each.inport)}\n"
        for each in subject.graph.initials.values()
    )
    return "".join(packets) + report.network(subject.view) + "\n"
