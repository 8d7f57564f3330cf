"""The structure of a JSON graph: checked, and old forms of it brought into today's.

Pure. What is checked is what every reader relies on: which keys there may be, and of which type.
Inside of metadata and properties anything goes that is JSON; places may be decimal or negative.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..errors import InvalidGraph
from .limits import MAX_DEPTH, MAX_DIGITS
from .literals import SPLIT_PAIR

_KEYS = frozenset(
    ("caseSensitive", "properties", "inports", "outports", "groups", "processes", "connections")
)


def normalise(graph: Any) -> Any:
    """The graph in today's form: no exports are `{}`, and the runtime's type is called `type`.

    msgflo writes `"inports": []`; older tools wrote `properties.environment.runtime`. The value
    given is not changed; one that needs nothing is returned itself.
    """
    if not isinstance(graph, dict):
        return graph
    new: dict[str, Any] = {key: {} for key in ("inports", "outports") if graph.get(key) == []}
    properties = graph.get("properties")
    old = properties.get("environment") if isinstance(properties, dict) else None
    if isinstance(old, dict) and "runtime" in old and "type" not in old:
        renamed = {("type" if key == "runtime" else key): old[key] for key in old}
        new["properties"] = {**graph["properties"], "environment": renamed}
    return {**graph, **new} if new else graph


def check(graph: Any) -> None:
    """See that a value is a JSON graph.

    Raises:
        InvalidGraph: It is not; says where.
    """
    _object(graph, "", _KEYS)
    if not isinstance(graph.get("caseSensitive", False), bool):
        raise InvalidGraph("should be true or false", "caseSensitive")
    _object(graph.get("properties", {}), "properties")
    check_json(graph.get("properties"), "properties")
    for key in ("inports", "outports"):
        for name, port in _object(graph.get(key, {}), key).items():
            _entry(port, f"{key}[{_quoted(name)}]", ("process", "port"))
    for name, process in _object(graph.get("processes", {}), "processes").items():
        _entry(process, f"processes[{_quoted(name)}]", ("component",))
    for at, group in enumerate(_list(graph.get("groups", []), "groups")):
        _group(group, f"groups[{at}]")
    for at, connection in enumerate(_list(graph.get("connections", []), "connections")):
        if not _plain(connection):
            _connection(connection, f"connections[{at}]")


def check_values(graph: dict[str, Any]) -> None:
    """See that all in a JSON graph is JSON that can be written, whatever its structure.

    What Python reads as JSON (`NaN`, `1e400`) is more than that.

    Raises:
        InvalidGraph: Something cannot be written; says where.
    """
    for key, value in graph.items():
        for each, path in _entries(value, key):
            if key == "connections" and isinstance(each, dict):
                # As `check` has it: what is sent may be as deep as what is said of a node.
                for part in each:
                    check_json(each[part], f"{path}.{part}")
            else:
                check_json(each, path)


def _entries(value: Any, path: str) -> Iterator[tuple[Any, str]]:
    if isinstance(value, dict) and path != "properties":
        yield from ((each, f"{path}[{_quoted(name)}]") for name, each in value.items())
    elif isinstance(value, list):
        yield from ((each, f"{path}[{at}]") for at, each in enumerate(value))
    else:
        yield value, path


def _plain(connection: Any) -> bool:
    """Whether it is what most connections are; saves naming each of its parts."""
    if type(connection) is not dict or len(connection) != 2:
        return False
    source, target = connection.get("src"), connection.get("tgt")
    return (
        type(source) is dict
        and type(target) is dict
        and len(source) == len(target) == 2
        and all(
            type(text) is str and text.isascii()
            for text in (
                source.get("process"),
                source.get("port"),
                target.get("process"),
                target.get("port"),
            )
        )
    )


def _connection(connection: Any, path: str) -> None:
    _object(connection, path, frozenset(("src", "tgt", "data", "metadata")))
    for key in ("src", "tgt"):
        if key in connection:
            end, place = connection[key], f"{path}.{key}"
            _object(end, place, frozenset(("process", "port", "index")))
            _texts(end, place, ("process", "port"))
            if "index" in end and type(end["index"]) is not int:
                raise InvalidGraph("should be an integer", f"{place}.index")
            check_json(end.get("index"), f"{place}.index")
    _object(connection.get("metadata", {}), f"{path}.metadata")
    for key in ("data", "metadata"):
        check_json(connection.get(key), f"{path}.{key}")


def _entry(entry: Any, path: str, texts: tuple[str, ...]) -> None:
    _texts(_object(entry, path), path, texts)
    _object(entry.get("metadata", {}), f"{path}.metadata")
    check_json(entry, path)


def _group(group: Any, path: str) -> None:
    _object(group, path, frozenset(("name", "nodes", "metadata")))
    _texts(group, path, ("name",))
    _object(group.get("metadata", {}), f"{path}.metadata")
    for at, node in enumerate(_list(group.get("nodes", []), f"{path}.nodes")):
        if not isinstance(node, str):
            raise InvalidGraph("should be a text", f"{path}.nodes[{at}]")
    check_json(group, path)


def _object(value: Any, path: str, keys: frozenset[str] | None = None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidGraph("should be an object", path)
    for key in value:
        if not isinstance(key, str):
            raise InvalidGraph(f"has the key {key!r}, which is not a text", path)
        if keys is not None and key not in keys:
            known = ", ".join(sorted(keys))
            raise InvalidGraph(f"has the unknown key {_quoted(key)}; there are: {known}", path)
        if not key.isascii():
            _text(key, path)
    return value


def _list(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidGraph("should be a list", path)
    return value


def _texts(entry: dict[str, Any], path: str, keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in entry:
            if not isinstance(entry[key], str):
                raise InvalidGraph("should be a text", f"{path}.{key}")
            _text(entry[key], f"{path}.{key}")


def _text(text: str, path: str) -> None:
    if not text.isascii() and SPLIT_PAIR.search(text):
        raise InvalidGraph("holds a character that is split in two", path)


def check_json(value: Any, path: str, depth: int = MAX_DEPTH) -> None:
    """See that a value is JSON, and stays the same when it is written and read.

    Raises:
        InvalidGraph: It is not.
    """
    waiting = [(value, path, depth)]
    while waiting:
        each, place, left = waiting.pop()
        if each is None or isinstance(each, bool):
            continue
        if isinstance(each, str):
            _text(each, place)
        elif isinstance(each, int):
            if abs(each) >= 10**18 and abs(each) >= 10**MAX_DIGITS:
                raise InvalidGraph(f"has more than {MAX_DIGITS:,} digits", place)
        elif isinstance(each, float):
            if not math.isfinite(each):
                raise InvalidGraph(f"is {each}, which JSON cannot hold", place)
        elif left == 0 and each:
            raise InvalidGraph(f"is nested deeper than {depth}", path)
        elif isinstance(each, list):
            waiting += ((one, f"{place}[{at}]", left - 1) for at, one in enumerate(each))
        elif isinstance(each, dict):
            _object(each, place)
            waiting += ((one, f"{place}[{_quoted(key)}]", left - 1) for key, one in each.items())
        else:
            raise InvalidGraph(f"is {type(each).__name__}, which is not JSON", place)


def _quoted(name: str) -> str:
    return ascii(name if len(name) <= 60 else name[:59] + "…")
