"""Secrets that a graph carries, and those in the command of a program. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgflo_lab.graph import Graph

from .called import is_secret
from .finding import Finding
from .flags import flagged_in
from .known import Known

_DIGITS = 7
"""A number with so many is rather a key."""
_DEEP = 20
"""Lists within one another that are looked into."""


def in_graph(
    graph: Graph, known: Known, *, packets: bool = True, metadata: bool = True
) -> Iterator[Finding]:
    """Those in initial packets, in metadata, and in names.

    Args:
        packets: What is to be written has the initial packets.
        metadata: It has the metadata of nodes, edges and so on.
    """
    named = ((str(each), "a role") for each in graph.nodes)
    components = (
        (node.component, f"the component of {role}") for role, node in graph.nodes.items()
    )
    groups = ((name, "a group") for name in graph.groups)
    for text, where in (*named, *components, *groups):
        yield from _in_value("", text, where, known)
    yield from _in_entries(graph.properties, "the graph's properties", known)
    if packets:
        for initial in graph.initials.values():
            port = f"{initial.role}.{initial.inport}"
            where = f"the initial packet of {port}"
            yield from _in_value(initial.inport, initial.value, where, known, port)
    if metadata:
        for where, entries in _metadata(graph):
            yield from _in_entries(entries, f"the metadata of {where}", known)


def in_command(words: Iterable[str], where: str, known: Known) -> Iterator[Finding]:
    """Those in a command: `--password hunter2`, `TOKEN=...`, `mqtt://me:hunter2@there`."""
    words = list(words)
    told: set[int] = set()
    for each in flagged_in(words):
        value = int(each.value) if each.value.isdecimal() else each.value
        if is_secret(each.name, value):
            told.add(each.at)
            yield Finding(each.name, 0, "", where, each.name)
    for at, word in enumerate(words):
        if at in told:
            continue
        name, sign, given = word.partition("=")
        by_name = _in_value(name.lstrip("-"), given, where, known) if sign and name else ()
        yield from list(by_name) or _in_value("", word, where, known)


def _metadata(graph: Graph) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from ((str(role), node.metadata) for role, node in graph.nodes.items())
    yield from ((str(edge), each.metadata) for edge, wires in graph.edges.items() for each in wires)
    for initial in graph.initials.values():
        yield f"the initial packet of {initial.role}.{initial.inport}", initial.metadata
    yield from ((each.public, each.metadata) for each in graph.exports.values())
    yield from ((name, group.metadata) for name, group in graph.groups.items())


def _in_entries(entries: Mapping[str, Any], where: str, known: Known) -> Iterator[Finding]:
    for key, value in entries.items():
        yield from _in_value(key, value, where, known)


def _in_value(
    name: str, value: object, where: str, known: Known, place: str = ""
) -> Iterator[Finding]:
    place = place or name or where.replace(" ", "-")
    if is_secret(name, _meant(value)):
        yield Finding(name or "a name or a word", 0, "", where, place)
        return
    for text in _texts(value):
        for each in known.within(text):
            yield Finding(each.name, 0, each.what, where, place)


def _meant(value: object) -> object:
    """A number that is written as a text, as all numbers of a graph may be: `'4096'`."""
    if isinstance(value, str) and len(value) < _DIGITS and value.isdecimal():
        return value if value.startswith("0") else int(value)
    return value


def _texts(value: object, deep: int = _DEEP) -> Iterator[str]:
    match value:
        case str():
            yield value
        case int() if not isinstance(value, bool):
            yield str(value)
        case Mapping() if deep:
            for key, each in value.items():
                yield from (str(key), *_texts(each, deep - 1))
        case list() | tuple() if deep:
            for each in value:
                yield from _texts(each, deep - 1)
