"""A whole text: read, validated, its annotations taken in, its places known.

Pure, but for the warnings that `loads` issues.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .annotations import restore, says_case_sensitive
from .contents import validate
from .diagnosis import Misread
from .limits import MAX_WARNINGS
from .places import Lines, Notice, Place
from .reader import Reading, read


class FbpWarning(UserWarning):
    """A text is allowed and probably not meant so."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text, read.

    Attributes:
        graph: The JSON-graph dictionary, as `loads` gives it.
        warnings: What is allowed and probably not meant, in the order of the text.
        processes: Where each node is mentioned first, by its name in the graph; also of names that
            are only mentioned.
        connections: Where each connection begins, in the order of the graph's.
        inports: Where each port is exported, by its public name.
        outports: The same.
    """

    graph: dict[str, Any]
    warnings: tuple[Notice, ...]
    processes: Mapping[str, Place]
    connections: tuple[Place, ...]
    inports: Mapping[str, Place]
    outports: Mapping[str, Place]


def loads(
    text: str,
    *,
    case_sensitive: bool = False,
    validate_contents: bool = True,
    file: str = "<fbp>",
) -> dict[str, Any]:
    """The JSON graph that a text says: keys, names and values as in the reference.

    Texts that `dumps` has written give the graph that it was given, also if that needs more than
    the language has words for. They say themselves where capitals count, so leave `case_sensitive`
    alone for them.

    Args:
        case_sensitive: Keep the capitals of ports; otherwise they become small letters.
        validate_contents: Refuse nodes without a component, and connections and exports of nodes
            that are nowhere declared.
        file: What the text is called in errors and warnings.

    Raises:
        InvalidFbp: The language does not allow the text; says where.

    Warns:
        FbpWarning: Something is allowed and probably not meant; at most `MAX_WARNINGS` of them.
    """
    reading, graph = _read(text, case_sensitive, validate_contents, file)
    if reading.suspicions:
        notices = _notices(reading, Lines(text, file))
        for notice in notices[:MAX_WARNINGS]:
            warnings.warn(str(notice), FbpWarning, stacklevel=2)
        if len(notices) > MAX_WARNINGS:
            more = f"{file}: and {len(notices) - MAX_WARNINGS:,} more warnings"
            warnings.warn(more, FbpWarning, stacklevel=2)
    return graph


def parse(
    text: str,
    *,
    case_sensitive: bool = False,
    validate_contents: bool = True,
    file: str = "<fbp>",
) -> Parsed:
    """The same as `loads`, with places and warnings as values.

    Raises:
        InvalidFbp: The language does not allow the text; says where.
    """
    reading, graph = _read(text, case_sensitive, validate_contents, file)
    lines = Lines(text, file)

    def placed(offsets: Mapping[str, int]) -> dict[str, Place]:
        return {name: lines.place(offset) for name, offset in offsets.items()}

    return Parsed(
        graph=graph,
        warnings=_notices(reading, lines),
        processes=placed(reading.mentioned),
        connections=tuple(lines.place(offset) for offset in reading.connected_at),
        inports=placed(reading.inports_at),
        outports=placed(reading.outports_at),
    )


def _read(
    text: str, case_sensitive: bool, validate_contents: bool, file: str
) -> tuple[Reading, dict[str, Any]]:
    try:
        reading = read(text, case_sensitive=case_sensitive or says_case_sensitive(text))
        if validate_contents:
            validate(reading)
    except Misread as error:
        raise Lines(text, file).error(error.problem, error.offset) from None
    return reading, restore(reading)


def _notices(reading: Reading, lines: Lines) -> tuple[Notice, ...]:
    ordered = sorted(reading.suspicions, key=lambda each: each[1])
    return tuple(lines.notice(problem, offset) for problem, offset in ordered)
