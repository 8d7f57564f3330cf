"""Graphs as the files of the command line: texts and JSON, also from stdin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import fbp
from ..errors import InvalidGraph, MsgFloLabError
from ..files import why
from ..names import shown
from . import printing
from .options import STREAM


def text_of(file: Path) -> str:
    """What is in it. Raises MsgFloLabError."""
    try:
        return printing.read() if file == STREAM else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MsgFloLabError(f"`{called(file)}` cannot be read: {why(error)}") from error


def is_json(text: str) -> bool:
    """Whether a text that has no name holds JSON, and not the graph language."""
    try:
        return text.lstrip().startswith("{") and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def loaded(text: str, file: Path) -> dict[str, Any]:
    """A JSON graph, in today's form (see `fbp.normalise`). Raises InvalidGraph."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidGraph(f"is not JSON: {error}", called(file)) from error
    if not isinstance(data, dict):
        raise InvalidGraph("should be an object", called(file))
    graph: dict[str, Any] = fbp.normalise(data)
    fbp.check(graph)
    return graph


def dumped(graph: Mapping[str, Any]) -> str:
    """A JSON graph as it stands in a file."""
    return json.dumps(graph, indent=2, ensure_ascii=False) + "\n"


def called(file: Path) -> str:
    """What it is called in what is said of it."""
    return "<stdin>" if file == STREAM else shown(str(file), 200)
