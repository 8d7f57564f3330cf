"""`msgflo-lab fbp`: files of the graph language, and JSON graphs, without any broker."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import fbp
from ..diagnosis import Kind as FindingKind
from ..errors import InvalidFbp, InvalidGraph, MsgFloLabError, UnknownName
from ..fbp.layout import formatted
from ..graph import graph_of
from ..lab import Lab, graph_files
from ..names import shown
from . import options

app = typer.Typer(
    name="fbp",
    help="Convert, format and check files of the graph language.",
    no_args_is_help=True,
)

STREAM = Path("-")


class Kind(StrEnum):
    """What a graph is written in."""

    FBP = "fbp"
    JSON = "json"


CaseSensitive = Annotated[
    bool, typer.Option("--case-sensitive", help="Keep the capitals of ports as they stand.")
]
Files = Annotated[list[Path], typer.Argument(help="Files: .fbp or .json.", metavar="FILE...")]

CONVERT = """Examples:

  msgflo-lab fbp convert main.fbp main.json

  msgflo-lab fbp convert main.json > main.fbp

  msgflo-lab fbp convert --to json - < main.fbp
"""
FORMAT = """Examples:

  msgflo-lab fbp format graphs/*.fbp

  msgflo-lab fbp format --check graphs/*.fbp
"""
LINT = """Examples:

  msgflo-lab fbp lint graphs/*.fbp

  msgflo-lab fbp lint --library package.json main.fbp
"""


@app.command(epilog=CONVERT)
def convert(
    source: Annotated[Path, typer.Argument(help="Graph: .fbp or .json; - for stdin.")],
    target: Annotated[
        Path, typer.Argument(help="Where to write it: .fbp or .json; - for stdout.")
    ] = STREAM,
    to: Annotated[
        Kind | None,
        typer.Option(help="What to write. Default: as TARGET is called, or the other."),
    ] = None,
    case_sensitive: CaseSensitive = False,
) -> None:
    """Convert a graph between the graph language and JSON. Nothing is lost either way."""
    graph, kind = _graph(source, case_sensitive)
    wanted = to or (Kind.JSON if kind is Kind.FBP else Kind.FBP)
    if target != STREAM:
        wanted = to or Kind(graph_files.kind_of(target).removeprefix("."))
    text = fbp.dumps(graph) if wanted is Kind.FBP else _json(graph)
    if target == STREAM:
        sys.stdout.write(text)
    else:
        options.write(target, text)


@app.command("format", epilog=FORMAT)
def format_(
    files: Files,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if a file would change.")
    ] = False,
) -> None:
    """Put files into their usual shape: blanks and indents, no more. Comments stay."""
    changed = 0
    for file in files:
        before = _text(file)
        kind = graph_files.kind_of(file)
        after = formatted(before) if kind == ".fbp" else _json(_loaded(before, file))
        if after != before:
            changed += 1
            print(f"{'would change' if check else 'changed'}: {file}")
            if not check:
                options.write(file, after)
    if check and changed:
        raise typer.Exit(1)


@app.command(epilog=LINT)
def lint(
    files: Files,
    library: options.Library = None,
    componentdir: options.ComponentDir = None,
    case_sensitive: CaseSensitive = False,
) -> None:
    """Say what in graphs is wrong, or probably not meant. Exits with 1 if there is anything."""
    found = 0
    for file in files:
        with Lab() as lab:
            options.load(lab, library, componentdir)
            for notice in _notices(lab, file, case_sensitive):
                found += 1
                print(notice)
    if found:
        raise typer.Exit(1)


def _notices(lab: Lab, file: Path, case_sensitive: bool) -> Iterator[object]:
    """What is to be said of one file."""
    try:
        text = _text(file)
        if graph_files.kind_of(file) == ".json":
            yield from lab.set_graph(graph_of(_loaded(text, file))).notices
        else:
            try:
                fbp.loads(text, case_sensitive=case_sensitive, file=str(file))
            except InvalidFbp as error:
                yield error
            yield from lab.fbp(text, case_sensitive=case_sensitive, file=str(file)).notices
    except InvalidFbp:
        return  # said above
    except MsgFloLabError as error:
        yield error
        return
    for role, node in lab.graph.nodes.items():
        if node.component and lab.graph.junction(role) is None and _is_ours(lab, node.component):
            try:
                lab.library.find(node.component)
            except UnknownName as error:
                yield f"{file}: {FindingKind.COMPONENT.value}: {shown(role)}: {error}"
    for each in lab.diagnose():
        if each.kind in _STATIC:
            yield f"{file}: {each.kind.value}: {each}"


def _is_ours(lab: Lab, component: str) -> bool:
    """Whether we should know it: others bring components of their own, unless we have projects."""
    names = {each.name.partition("/")[0] for each in lab.library.components()}
    return component.partition("/")[0] in names


_STATIC = (FindingKind.PORT, FindingKind.TYPES, FindingKind.PACKET)
"""What can be said of a graph that nobody carries out."""


def _graph(source: Path, case_sensitive: bool) -> tuple[dict[str, Any], Kind]:
    """A JSON graph, and what it was written in. Raises MsgFloLabError."""
    text = _text(source)
    if source == STREAM:
        kind = Kind.JSON if text.lstrip().startswith("{") and _is_json(text) else Kind.FBP
    else:
        kind = Kind(graph_files.kind_of(source).removeprefix("."))
    if kind is Kind.JSON:
        return _loaded(text, source), kind
    called = _called(source)
    graph = fbp.loads(text, case_sensitive=case_sensitive, validate_contents=False, file=called)
    return graph, kind


def _loaded(text: str, file: Path) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidGraph(f"is not JSON: {error}", _called(file)) from error
    if not isinstance(data, dict):
        raise InvalidGraph("should be an object", _called(file))
    fbp.check(data)
    return data


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _json(graph: Mapping[str, Any]) -> str:
    return json.dumps(graph, indent=2, ensure_ascii=False) + "\n"


def _called(file: Path) -> str:
    return "<stdin>" if file == STREAM else str(file)


def _text(file: Path) -> str:
    try:
        return sys.stdin.read() if file == STREAM else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise MsgFloLabError(f"`{_called(file)}` cannot be read: {why}") from error
