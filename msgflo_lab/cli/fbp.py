"""`msgflo-lab fbp`: files of the graph language, and JSON graphs, without any broker."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import fbp
from ..fbp.layout import formatted
from ..fbp.positions import without_positions
from ..lab import graph_files, layouts
from . import lint, options, printing, texts

app = typer.Typer(
    name="fbp",
    help="Convert, format and check files of the graph language.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class Kind(StrEnum):
    """What a graph is written in."""

    FBP = "fbp"
    JSON = "json"


CONVERT = options.examples(
    "msgflo-lab fbp convert main.fbp main.json",
    "msgflo-lab fbp convert main.json > main.fbp",
    "msgflo-lab fbp convert --to json - < main.fbp",
)
FORMAT = options.examples(
    "msgflo-lab fbp format graphs/*.fbp",
    "msgflo-lab fbp format --check graphs/*.fbp",
)


@app.command(epilog=CONVERT)
def convert(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="Graph: .fbp or .json; - for stdin.")
    ],
    target: Annotated[
        Path,
        typer.Argument(metavar="TARGET", help="Where to write it: .fbp or .json; - for stdout."),
    ] = options.STREAM,
    to: Annotated[
        Kind | None,
        typer.Option(help="What to write. Default: as TARGET is called, or the other."),
    ] = None,
    case_sensitive: options.CaseSensitive = False,
) -> None:
    """Convert a graph between the graph language and JSON. Nothing is lost either way.

    Where cards stand is beside a file of the language (main.layout.json), and within JSON.
    """
    graph, kind = _graph(source, case_sensitive)
    wanted = to or (Kind.JSON if kind is Kind.FBP else Kind.FBP)
    if target != options.STREAM:
        wanted = to or Kind(graph_files.kind_of(target).removeprefix("."))
    if wanted is Kind.JSON:
        options.write_to(target, texts.dumped(graph))
    elif target == options.STREAM:
        options.write_to(target, fbp.dumps(graph))
    else:
        plain, places = without_positions(graph)
        options.write(target, fbp.dumps(plain))
        layouts.write(target, places)


@app.command("format", epilog=FORMAT)
def format_(
    files: options.Files,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file would change.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Put files into their usual shape: blanks and indents, no more. Comments stay."""
    changed = [
        (file, after) for file in files if (after := _formatted(file)) is not None
    ]  # all of them, before the first is written: one that is none is to stop the others, too
    for file, after in changed:
        if not check:
            options.write(file, after)
        if as_json:
            printing.say_json({"file": str(file), "formatted": not check})
        else:
            printing.say(f"{'would change' if check else 'changed'}: {file}")
    if check and changed:
        raise typer.Exit(1)


app.command(epilog=lint.EPILOG)(lint.lint)


def _formatted(file: Path) -> str | None:
    """What a file should be; None if it is that. Raises MsgFloLabError."""
    before = texts.text_of(file)
    kind = graph_files.kind_of(file)
    if kind == ".fbp":
        after = formatted(before, file=texts.called(file))
    else:
        after = texts.dumped(texts.loaded(before, file))
    return None if after == before else after


def _graph(source: Path, case_sensitive: bool) -> tuple[dict[str, Any], Kind]:
    """A JSON graph, and what it was written in. Raises MsgFloLabError."""
    text = texts.text_of(source)
    if source == options.STREAM:
        kind = Kind.JSON if texts.is_json(text) else Kind.FBP
    else:
        kind = Kind(graph_files.kind_of(source).removeprefix("."))
    if kind is Kind.JSON:
        return texts.loaded(text, source), kind
    called = texts.called(source)
    graph = fbp.loads(text, case_sensitive=case_sensitive, validate_contents=False, file=called)
    if source != options.STREAM:
        graph, notices = layouts.read(source, graph)
        for notice in notices:
            printing.complain(notice)
    return graph, kind
