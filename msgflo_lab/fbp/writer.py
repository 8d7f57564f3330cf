"""Writes a JSON graph as text of the graph language, without losing anything.

Pure. One line for each thing, so that a change of the graph changes few lines: properties, exported
ports, nodes, connections, groups. What the language cannot say stands in annotations, behind what
they are about where that has a line (see `annotations`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import InvalidGraph
from . import aliases, grammar, structure
from .annotations import LAB
from .literals import write_json

_USUAL = ("inports", "outports", "groups", "processes", "connections", "caseSensitive")
"""What reading always gives, so that its absence has to be said."""
_METADATA_ONLY = frozenset(("x", "y", "routes"))
_PLAIN = (frozenset(("src", "tgt")), frozenset(("data", "tgt")))


def dumps(graph: dict[str, Any]) -> str:
    """The graph as text; `loads` makes the same dictionary of it again.

    Every reader of the language accepts the text, and gets of the graph what the language has words
    for. Old forms of JSON graphs are read as `normalise` reads them.

    Args:
        graph: A JSON graph; it is not changed.

    Raises:
        InvalidGraph: It is not one, or cannot be written as JSON either.
    """
    graph = structure.normalise(graph)
    structure.check(graph)
    try:
        return _Writer(graph).text()
    except RecursionError as error:
        raise InvalidGraph("is nested too deeply") from error


class _Writer:
    def __init__(self, graph: dict[str, Any]) -> None:
        self._graph = graph
        self._cased: bool = graph.get("caseSensitive", False)
        self._processes: dict[str, Any] = graph.get("processes", {})
        self._connections: list[Any] = graph.get("connections", [])
        self._exports = [
            (kind, public, port)
            for kind in ("inport", "outport")
            # The strange ones come last, as they do when the text is read again.
            for public, port in sorted(graph.get(f"{kind}s", {}).items(), key=_is_partial)
        ]
        mentioned = [name for entry in self._ends() if (name := entry.get("process")) is not None]
        self._ghosts = [name for name in dict.fromkeys(mentioned) if name not in self._processes]
        self._nodes = aliases.of_nodes([*self._processes, *self._ghosts])
        self._ports = aliases.of_ports(self._all_ports(), case_sensitive=self._cased)
        self._components = aliases.of_components(
            each["component"] for each in self._processes.values() if "component" in each
        )
        without = any("component" not in each for each in self._processes.values())
        self._none = self._components.reserve("none") if without else ""
        self._missing = self._components.reserve("missing") if self._ghosts else ""
        self._spelled: dict[str, str] = {}

    def text(self) -> str:
        """All of it."""
        blocks = (
            self._head(),
            self._exported(),
            self._declared(),
            self._connected(),
            self._grouped(),
        )
        return "\n".join(text for lines in blocks if (text := "".join(f"{x}\n" for x in lines)))

    # -- what there is to say --

    def _ends(self) -> Iterator[dict[str, Any]]:
        for _, _, port in self._exports:
            yield port
        for each in self._connections:
            if "src" in each:
                yield each["src"]
            if "tgt" in each:
                yield each["tgt"]

    def _all_ports(self) -> Iterator[str]:
        for entry in self._ends():
            if "port" in entry:
                yield entry["port"]
        for _, public, _ in self._exports:
            yield public

    def _port(self, name: str, index: int | None = None) -> str:
        spelled = self._spelled.get(name)
        if spelled is None:
            spelled = self._ports[name]
            if not self._cased and spelled == name and name == name.lower():
                spelled = name.upper()
            self._spelled[name] = spelled
        return spelled if index is None or index < 0 else f"{spelled}[{index}]"

    # -- the blocks --

    def _head(self) -> Iterator[str]:
        said, unsaid = _properties(self._graph.get("properties"))
        yield from said
        if self._cased:
            yield _note(caseSensitive=True)
        without = [key for key in _USUAL if key not in self._graph]
        if without:
            yield _note(without=without)
        yield from (_note(properties=each) for each in unsaid)
        for alias, name in self._ports.strange.items():
            yield _note(port=alias, **{"is": name})
        for alias, name in self._components.strange.items():
            yield _note(component=alias, **{"is": name})
        if self._none:
            yield _note(component=self._none, **{"is": None})
        if self._missing:
            yield _note(component=self._missing, absent=True)

    def _exported(self) -> Iterator[str]:
        strange = []
        for kind, public, port in self._exports:
            if _is_partial((public, port)):
                strange.append(_note(**{kind: public, "is": port}))
                continue
            more = {key: value for key, value in port.items() if key not in ("process", "port")}
            node, end = self._nodes[port["process"]], self._port(port["port"])
            line = f"{kind.upper()}={node}.{end}:{self._port(public)}"
            yield f"{line} {_note(add=more)}" if more else line
        yield from strange

    def _declared(self) -> Iterator[str]:
        for name, process in self._processes.items():
            component = process.get("component")
            word = self._none if component is None else self._components[component]
            said, more = _metadata(process.get("metadata"))
            rest = {k: v for k, v in process.items() if k not in ("component", "metadata")}
            if more is not None:
                rest["metadata"] = more
            yield self._node(name, word + said, {"add": rest} if rest else {})
        for name in self._ghosts:
            yield self._node(name, self._missing, {})

    def _node(self, name: str, body: str, note: dict[str, Any]) -> str:
        alias = self._nodes[name]
        if alias in self._nodes.strange:
            note = {"node": alias, "is": name, **note}
        return f"{alias}({body}) {_note(**note)}" if note else f"{alias}({body})"

    def _connected(self) -> Iterator[str]:
        for each in self._connections:
            target, source = each.get("tgt", {}), each.get("src")
            ends = (target,) if source is None else (target, source)
            if each.keys() - {"metadata"} not in _PLAIN or not all(
                "process" in end and "port" in end for end in ends
            ):
                yield _note(connection=each)
                continue
            if source is None:
                begin = _literal(each["data"])
            else:
                port = self._port(source["port"], source.get("index"))
                begin = f"{self._nodes[source['process']]} {port}"
            port = self._port(target["port"], target.get("index"))
            line = f"{begin} -> {port} {self._nodes[target['process']]}"
            more = {
                key: {"index": each[key]["index"]}
                for key in ("src", "tgt")
                if each.get(key, {}).get("index", 0) < 0
            }
            if "metadata" in each:
                more["metadata"] = each["metadata"]
            yield f"{line} {_note(add=more)}" if more else line

    def _grouped(self) -> Iterator[str]:
        for group in self._graph.get("groups", []):
            unknown = [name for name in group.get("nodes", []) if name not in self._processes]
            more = {"unknown": list(dict.fromkeys(unknown))} if unknown else {}
            yield _note(group=group, **more)


def _is_partial(export: tuple[str, dict[str, Any]]) -> bool:
    return "process" not in export[1] or "port" not in export[1]


def _note(**says: Any) -> str:
    return f"# {LAB} {write_json(says)}"


def _properties(properties: dict[str, Any] | None) -> tuple[list[str], list[dict[str, Any]]]:
    """The lines that the language has for properties, and the others, one by one."""
    if properties is None:
        return [], []
    said: dict[str, str] = {}
    unsaid: list[dict[str, Any]] = []
    for key, value in properties.items():
        if key == "environment" and isinstance(value, dict) and _sayable(value.get("type")):
            said["runtime"] = value["type"]
            rest = {inner: each for inner, each in value.items() if inner != "type"}
            if rest:
                unsaid.insert(0, {key: rest})
        elif key not in ("runtime", *grammar.MAGIC) and _sayable(value) and _sayable_key(key):
            said[key] = value
        else:
            unsaid.append({key: value})
    first = [key for key in ("name", "runtime") if key in said]
    lines = [f"# @{key} {said[key]}" for key in dict.fromkeys([*first, *said])]
    return lines, unsaid if properties else [{}]


def _sayable(value: Any) -> bool:
    return isinstance(value, str) and grammar.SAYABLE_VALUE.fullmatch(value) is not None


def _sayable_key(key: str) -> bool:
    return grammar.SAYABLE_KEY.fullmatch(key) is not None


def _metadata(metadata: dict[str, Any] | None) -> tuple[str, dict[str, Any] | None]:
    """What goes into the parentheses, and what does not; None for nothing."""
    if not metadata:
        return "", metadata
    said: list[str] = []
    rest: dict[str, Any] = {}
    for key, value in metadata.items():
        text = _item(key, value)
        if text:
            said.append(text)
        else:
            rest[key] = value
    return (":" + ",".join(said) if said else ""), rest or None


def _item(key: str, value: Any) -> str:
    """One item of metadata in the language's words, or nothing if it has none."""
    if key in ("x", "y"):
        whole = int(value) if isinstance(value, float) and value.is_integer() else value
        return f"{key}={whole}" if type(whole) is int and 0 <= whole < 2**53 else ""
    if not isinstance(value, str) or key in grammar.MAGIC or not key:
        return ""
    if not (grammar.SAYABLE_METADATA.fullmatch(key) and grammar.SAYABLE_METADATA.fullmatch(value)):
        return ""
    return value if key == "routes" and value else f"{key}={value}"


def _literal(data: Any) -> str:
    """An initial packet."""
    if isinstance(data, str):
        if data.isprintable() and not data.endswith("\\"):
            return "'" + data.replace("'", "\\'") + "'"
        return write_json(data)
    if data is None or isinstance(data, bool):
        # Without white space that is only JSON's, it would be the name of a node.
        return "\t" + write_json(data)
    return write_json(data)
