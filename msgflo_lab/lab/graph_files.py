"""Graphs in files: `.fbp` text and JSON, as every FBP tool reads and writes them.

Entries stand in the order of their names, so that the same graph is the same text. Where cards
stand is in the metadata of JSON, where all tools look for it, and beside a text (see `layouts`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import fbp
from ..errors import InvalidFbp, InvalidGraph, InvalidName, MsgFloLabError
from ..fbp.literals import write_json
from ..fbp.positions import without_positions
from ..files import replace, why
from ..graph import Graph, in_order, json_of
from ..names import shown
from . import forms, layouts

RUNTIME = "msgflo"
"""What `environment.type` is where the graph says nothing: tools ask it for the right library."""
KINDS = (".fbp", ".json")


def write(path: str | Path, graph: Graph) -> Path:
    """Write a graph into a file, whole or not at all; a file that is there is replaced.

    The places of cards are beside a text, in its layout: `net.layout.json` for `net.fbp`.

    Raises:
        InvalidName: The name ends in neither `.fbp` nor `.json`.
        InvalidGraph: It cannot be written: an initial packet is bytes, say.
        MsgFloLabError: The file cannot be written.
    """
    target = Path(path).expanduser()
    kind, data = kind_of(target), _data_of(graph)
    if kind == ".fbp":
        data, places = without_positions(data)
    write_text(target, _text(data, kind))
    if kind == ".fbp":
        layouts.write(target, places)
    return target


def rewrite(path: str | Path, graph: Graph, before: Graph) -> Path:
    """Write a graph into the file that has an earlier one.

    Where nothing but cards have moved, a text is left alone, with the comments of its people.

    Raises: What `write` does.
    """
    target = Path(path).expanduser()
    if kind_of(target) == ".fbp" and not _has_places(target):
        (old, _), (new, places) = (without_positions(_data_of(g)) for g in (before, graph))
        if _text(old, ".fbp") == _text(new, ".fbp"):
            layouts.write(target, places)
            return target
    return write(target, graph)


def write_text(target: Path, text: str) -> None:
    """Write a file, whole or not at all. Raises MsgFloLabError."""
    try:
        replace(target, text.encode())
    except OSError as error:
        raise _failed("written", target, error) from error


def text_of(graph: Graph, kind: str) -> str:
    """All of a graph as one text, `.fbp` or `.json`, with the places of cards.

    Raises:
        InvalidGraph: It cannot be written: an initial packet is bytes, say.
    """
    return _text(_data_of(graph), kind)


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
    """`.fbp` or `.json`: what holds a graph, and can be imported. Raises InvalidName."""
    kind = forms.ending_of(path)
    if kind not in KINDS:
        raise InvalidName(
            f"`{shown(path.name)}` holds no graph to go on with: its name ends in {kind}, and a "
            f"graph's file ends in {' or '.join(KINDS)}"
            if kind
            else f"a graph's file ends in {' or '.join(KINDS)}, not so `{shown(path.name)}`"
        )
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


def _has_places(target: Path) -> bool:
    """Whether a text says itself where cards stand, so that it has to be written anew."""
    try:
        text = target.read_text(encoding="utf-8-sig")
        return bool(without_positions(fbp.parse(text, validate_contents=False).graph)[1])
    except (OSError, UnicodeDecodeError, InvalidFbp):
        return True


def _text(data: dict[str, Any], kind: str) -> str:
    return fbp.dumps(data) if kind == ".fbp" else write_json(data, indent=2) + "\n"


def _data_of(graph: Graph) -> dict[str, Any]:
    """A JSON graph that can be written, in order. Raises InvalidGraph."""
    for initial in graph.initials.values():
        if isinstance(initial.value, bytes):
            where = f"`{shown(initial.role)}.{shown(initial.inport)}`"
            raise InvalidGraph(
                f"is bytes ({len(initial.value):,} of them), which no graph file can hold; send "
                "them when the network runs, or say them as text",
                f"the initial packet of {where}",
            )
    fbp.check(json_of(graph))
    return _with_runtime(json_of(in_order(graph)))


def _with_runtime(data: dict[str, Any]) -> dict[str, Any]:
    properties = data["properties"]
    environment = properties.get("environment", {})
    if not isinstance(environment, dict) or environment.get("type"):
        return data
    said = {**properties, "environment": {"type": RUNTIME, **environment}}
    return {**data, "properties": dict(sorted(said.items()))}


def _failed(done: str, path: Path, error: OSError | UnicodeError) -> MsgFloLabError:
    return MsgFloLabError(f"`{shown(str(path))}` cannot be {done}: {why(error)}")
