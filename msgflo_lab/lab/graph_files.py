"""Graphs in files: `.fbp` text and JSON, as every FBP tool reads and writes them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import fbp
from ..errors import InvalidGraph, InvalidName, MsgFloLabError
from ..fbp.literals import write_json
from ..files import replace
from ..graph import Graph, json_of
from ..names import shown

RUNTIME = "msgflo"
"""What `environment.type` is where the graph says nothing: tools ask it for the right library."""
KINDS = (".fbp", ".json")


def write(path: str | Path, graph: Graph) -> Path:
    """Write a graph into a file, whole or not at all; a file that is there is replaced.

    Raises:
        InvalidName: The name ends in neither `.fbp` nor `.json`.
        InvalidGraph: It cannot be written: an initial packet is bytes, say.
        MsgFloLabError: The file cannot be written.
    """
    target = Path(path).expanduser()
    text = text_of(graph, kind_of(target))
    try:
        replace(target, text.encode())
    except OSError as error:
        raise _failed("written", target, error) from error
    return target


def text_of(graph: Graph, kind: str) -> str:
    """What is in the file of a graph that is called so: `.fbp` or `.json`.

    Raises:
        InvalidGraph: It cannot be written: an initial packet is bytes, say.
    """
    data = _with_runtime(_json_of(graph))
    if kind == ".fbp":
        return fbp.dumps(data)
    fbp.check(data)
    return write_json(data, indent=2) + "\n"


def read(path: str | Path) -> str | dict[str, Any]:
    """What is in a file: the text of `.fbp`, or a JSON graph.

    Raises:
        InvalidName: The name ends in neither `.fbp` nor `.json`.
        InvalidGraph: It is no JSON, or holds what could not be written again, such as `NaN`.
        MsgFloLabError: The file cannot be read.
    """
    source = Path(path).expanduser()
    kind = kind_of(source)
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _failed("read", source, error) from error
    if kind == ".fbp":
        return text
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidGraph(f"is not JSON: {error}", shown(source.name)) from error
    if not isinstance(data, dict):
        raise InvalidGraph("should be an object", shown(source.name))
    fbp.check_values(data)
    return data


def without_runtime(data: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON graph without what `write` has added of its own accord."""
    properties = data.get("properties")
    if not isinstance(properties, dict) or properties.get("environment") != {"type": RUNTIME}:
        return dict(data)
    rest = {key: value for key, value in properties.items() if key != "environment"}
    return {**data, "properties": rest}


def kind_of(path: Path) -> str:
    """`.fbp` or `.json`. Raises InvalidName."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        name = shown(path.name)
        raise InvalidName(f"a graph's file ends in {' or '.join(KINDS)}, not so `{name}`")
    return kind


def check(path: Path) -> None:
    """See that a graph can be written there.

    Raises:
        InvalidName: The name ends in neither `.fbp` nor `.json`.
        MsgFloLabError: There is no such folder, or nothing can be written to it.
    """
    kind_of(path)
    folder = path.resolve().parent
    if not folder.is_dir():
        raise _failed("written", path, NotADirectoryError(0, f"`{folder}` is no folder"))
    if path.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise _failed(
            "written", path, PermissionError(0, "it is a folder, or its folder is locked")
        )


def _json_of(graph: Graph) -> dict[str, Any]:
    for initial in graph.initials.values():
        if isinstance(initial.value, bytes):
            where = f"`{shown(initial.role)}.{shown(initial.inport)}`"
            raise InvalidGraph(
                f"is bytes ({len(initial.value):,} of them), which no graph file can hold; send "
                "them when the network runs, or say them as text",
                f"the initial packet of {where}",
            )
    return json_of(graph)


def _with_runtime(data: dict[str, Any]) -> dict[str, Any]:
    properties = data["properties"]
    environment = properties.get("environment", {})
    if not isinstance(environment, dict) or environment.get("type"):
        return data
    return {**data, "properties": {**properties, "environment": {"type": RUNTIME, **environment}}}


def _failed(done: str, path: Path, error: Exception) -> MsgFloLabError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return MsgFloLabError(f"`{shown(str(path))}` cannot be {done}: {why}")
