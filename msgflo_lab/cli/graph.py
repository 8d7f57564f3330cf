"""`msgflo-lab graph`: a graph as text, as a picture, as Mermaid."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .. import report
from ..errors import MsgFloLabError
from ..graph.mermaid import mermaid_of
from ..lab import Lab
from ..names import shown
from ..network import at_rest
from ..picture.composer import compose
from ..picture.svg import svg
from . import options

EPILOG = """Examples:

  msgflo-lab graph main.fbp

  msgflo-lab graph main.fbp --output main.svg

  msgflo-lab graph main.json --to mermaid >> README.md
"""


class Form(StrEnum):
    """What a graph is shown as."""

    TEXT = "text"
    SVG = "svg"
    MERMAID = "mermaid"


_ENDINGS = {".txt": Form.TEXT, ".svg": Form.SVG, ".mmd": Form.MERMAID, ".mermaid": Form.MERMAID}


def graph(
    source: Annotated[Path, typer.Argument(metavar="GRAPH", help="Graph: .fbp or .json.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write it. Default: stdout.")
    ] = None,
    to: Annotated[
        Form | None, typer.Option(help="What to write. Default: as the output is called, or text.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the picture is called.")] = "",
) -> None:
    """Show a graph: as text, as a picture (SVG), or as Mermaid for documents."""
    form = to or (_ENDINGS.get(output.suffix.lower()) if output is not None else Form.TEXT)
    if form is None:
        endings = ", ".join(_ENDINGS)
        raise MsgFloLabError(f"`{output}` ends in none of {endings}: say what to write with --to")
    with Lab(name or source.stem) as lab:
        options.warn(lab.import_(source))
        view = at_rest(lab.network())
        if form is Form.SVG:
            text = svg(compose(view)) + "\n"
        elif form is Form.MERMAID:
            text = mermaid_of(lab.graph)
        else:
            packets = (
                f"{report.value(each.value, 40)} -> {shown(each.role)}.{shown(each.inport)}\n"
                for each in lab.graph.initials.values()
            )
            text = "".join(packets) + report.network(view) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        options.write(output, text)
