"""`msgflo-lab fbp lint`: what is wrong with graphs, or probably not meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from .. import fbp
from ..diagnosis import Kind
from ..errors import InvalidFbp, MsgFloLabError, UnknownName
from ..fbp import Notice, Place
from ..graph import graph_of
from ..lab import Lab, graph_files
from ..names import shown
from . import options, printing, texts

EPILOG = options.examples(
    "msgflo-lab fbp lint graphs/*.fbp",
    "msgflo-lab fbp lint --library package.json main.fbp",
    "msgflo-lab fbp lint --json main.fbp",
)

_STATIC = (Kind.PORT, Kind.TYPES, Kind.PACKET)
"""What can be said of a graph that nobody carries out."""


@dataclass(frozen=True, slots=True)
class _Complaint:
    """One thing that is wrong, or probably not meant.

    Attributes:
        said: As people read it, with the place.
        kind: What sort of thing it is.
        text: The same without the place.
        line: From 1; None where there is none. So is `column`.
    """

    said: str
    kind: str
    text: str
    line: int | None = None
    column: int | None = None


def lint(
    files: options.Files,
    library: options.Library = None,
    componentdir: options.ComponentDir = None,
    case_sensitive: options.CaseSensitive = False,
    as_json: options.Json = False,
) -> None:
    """Say what in graphs is wrong, or probably not meant. Exits with 1 if there is anything."""
    found = 0
    for file in files:
        with Lab() as lab:
            options.load(lab, library, componentdir)
            for each in _complaints(lab, file, case_sensitive):
                found += 1
                if as_json:
                    said = {name: value for name, value in asdict(each).items() if name != "said"}
                    printing.say_json({"file": str(file), **said})
                else:
                    printing.say(each.said)
    if found:
        raise typer.Exit(1)


def _complaints(lab: Lab, file: Path, case_sensitive: bool) -> Iterator[_Complaint]:
    """What is to be said of one file."""
    places: Mapping[str, Place] = {}
    try:
        text = texts.text_of(file)
        if graph_files.kind_of(file) == ".json":
            yield from map(_noticed, lab.set_graph(graph_of(texts.loaded(text, file))).notices)
        else:
            try:
                fbp.loads(text, case_sensitive=case_sensitive, file=str(file))
            except InvalidFbp as error:
                yield _Complaint(str(error), "syntax", error.problem, error.line, error.column)
            parsed = fbp.parse(text, case_sensitive=case_sensitive, validate_contents=False)
            places = parsed.processes
            applied = lab.fbp(text, case_sensitive=case_sensitive, file=str(file))
            yield from map(_noticed, applied.notices)
    except InvalidFbp:
        return  # said above
    except MsgFloLabError as error:
        yield _Complaint(str(error), "unusable", str(error))
        return
    for role, node in lab.graph.nodes.items():
        if node.component and lab.graph.junction(role) is None and _is_ours(lab, node.component):
            try:
                lab.library.find(node.component)
            except UnknownName as error:
                yield _found(file, Kind.COMPONENT, f"{shown(role)}: {error}", places.get(role))
    for each in lab.diagnose():
        if each.kind in _STATIC:
            yield _found(file, each.kind, str(each))


def _noticed(notice: Notice) -> _Complaint:
    line, column = (None, None) if notice.place is None else notice.place
    return _Complaint(str(notice), "notice", notice.problem, line, column)


def _found(file: Path, kind: Kind, text: str, place: Place | None = None) -> _Complaint:
    said = Notice(f"{kind.value}: {text}", place, texts.called(file))
    return _Complaint(str(said), kind.value, text, *(place or (None, None)))


def _is_ours(lab: Lab, component: str) -> bool:
    """Whether we should know it: others bring components of their own, unless we have projects."""
    names = {each.name.partition("/")[0] for each in lab.library.components()}
    return component.partition("/")[0] in names
