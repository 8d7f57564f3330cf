"""Between a `Graph` and the JSON graph that FBP tools read (npm `fbp`, `schemata/graph.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from ..definition import Side
from ..errors import InvalidGraph
from ..names import PortName, Role, shown
from .entries import Edge, Export, Group, Initial, Node, Wire
from .model import Graph


class _End(msgspec.Struct):
    process: Role
    port: PortName
    index: int | None = None


class _Process(msgspec.Struct):
    component: str | None = ""
    metadata: dict[str, Any] | None = None


class _Connection(msgspec.Struct):
    tgt: _End
    src: _End | None = None
    data: Any = msgspec.UNSET
    metadata: dict[str, Any] | None = None


class _Exported(msgspec.Struct):
    process: Role
    port: PortName
    metadata: dict[str, Any] | None = None


class _Group(msgspec.Struct):
    name: str
    nodes: list[Role] = []
    metadata: dict[str, Any] | None = None


class _Json(msgspec.Struct, rename={"case_sensitive": "caseSensitive"}):
    case_sensitive: bool = False
    properties: dict[str, Any] = {}
    inports: dict[str, _Exported] = {}
    outports: dict[str, _Exported] = {}
    groups: list[_Group] = []
    processes: dict[Role, _Process] = {}
    connections: list[_Connection] = []


_MAPPINGS: dict[str, type[msgspec.Struct]] = {
    "inports": _Exported,
    "outports": _Exported,
    "processes": _Process,
}
"""What is under a name in a JSON graph."""


def graph_of(data: Mapping[str, Any]) -> Graph:
    """The graph that a JSON graph describes.

    Ports are taken in small letters unless it says that it is case-sensitive, as other tools do.
    Of several initial packets for one inport, the last one counts; `losses_of` tells of what is not
    kept. A node that only an edge, an initial packet or an exported port names is there, without a
    component.

    Raises:
        InvalidGraph: It is no JSON graph; the text says where.
    """
    # msgflo writes empty lists where the format has mappings.
    plain = {k: v for k, v in data.items() if not (k in ("inports", "outports") and v == [])}
    try:
        read = msgspec.convert(plain, _Json)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$")
        path = _with_name(path.strip(".`"), plain)
        raise InvalidGraph(f"should be otherwise: {problem}", path) from error
    for name, path in _names(read):
        if not name:
            raise InvalidGraph("is empty, and needs a name", path)

    def named(port: str) -> PortName:
        return _port(port, read.case_sensitive)

    nodes = {
        role: Node(role, process.component or "", process.metadata or {})
        for role, process in read.processes.items()
    }
    edges: dict[Edge, tuple[Wire, ...]] = {}
    initials: dict[tuple[Role, PortName], Initial] = {}
    for number, each in enumerate(read.connections):
        target, inport, metadata = each.tgt.process, named(each.tgt.port), each.metadata or {}
        if each.src is not None:
            edge = Edge(each.src.process, named(each.src.port), target, inport)
            wire = Wire(each.src.index, each.tgt.index, metadata)
            edges[edge] = (*edges.get(edge, ()), wire)
        elif each.data is not msgspec.UNSET:
            initials[target, inport] = Initial(target, inport, each.data, each.tgt.index, metadata)
        else:
            raise InvalidGraph("has neither `src` nor `data`", f"connections[{number}]")
    exports = {
        (side, public): Export(side, public, e.process, named(e.port), e.metadata or {})
        for side, found in ((Side.IN, read.inports), (Side.OUT, read.outports))
        for public, e in found.items()
    }
    groups = {g.name: Group(g.name, tuple(g.nodes), g.metadata or {}) for g in read.groups}
    for role in _named(edges, initials, exports):
        nodes.setdefault(role, Node(role))
    return Graph(
        MappingProxyType(nodes),
        MappingProxyType({edge: _distinct(wires) for edge, wires in edges.items()}),
        MappingProxyType(initials),
        MappingProxyType(exports),
        MappingProxyType(groups),
        MappingProxyType(read.properties),
    )


class Loss(NamedTuple):
    """Something in a JSON graph that is not kept, since a graph has no place for it.

    Attributes:
        path: Where it is, e.g. `connections[3]`; "" for the whole.
        problem: What it is, in a sentence.
        connection: The connection that it is about, by its number; None if it is about none.
    """

    path: str
    problem: str
    connection: int | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem


def losses_of(data: Mapping[str, Any]) -> Iterator[Loss]:
    """What `graph_of` does not keep of a JSON graph that it has read."""
    yield from _strange_keys(data, _Json, "")
    for key, kind in _MAPPINGS.items():
        for name, entry in dict(data.get(key) or {}).items():
            yield from _strange_keys(entry, kind, f"{key}[{name!r}]")
    names: set[str] = set()
    for number, group in enumerate(data.get("groups") or ()):
        path = f"groups[{number}]"
        yield from _strange_keys(group, _Group, path)
        if group["name"] in names:
            again = f"there is a group `{shown(group['name'])}` already: only this one is kept"
            yield Loss(path, again)
        names.add(group["name"])
    case_sensitive = data.get("caseSensitive", False)
    seen: set[tuple[Any, ...]] = set()
    for number, connection in enumerate(data.get("connections") or ()):
        yield from _lost_of(connection, number, seen, case_sensitive)


def _lost_of(
    connection: Mapping[str, Any], number: int, seen: set[tuple[Any, ...]], case_sensitive: bool
) -> Iterator[Loss]:
    path = f"connections[{number}]"
    yield from _strange_keys(connection, _Connection, path, number)
    source, target = connection.get("src"), connection["tgt"]
    for key, end in (("src", source), ("tgt", target)):
        if end is not None:
            yield from _strange_keys(end, _End, f"{path}.{key}", number)
    into = (target["process"], _port(target["port"], case_sensitive))
    what: tuple[Any, ...]
    if source is None:
        what = into
        again = "has an initial packet already: an inport has one, and this one counts"
        name = ".".join(map(shown, into))
    else:
        if "data" in connection:
            yield Loss(path, "this has `src` and `data`: the data is not kept", number)
        out = (source["process"], _port(source["port"], case_sensitive))
        what = (*out, source.get("index"), *into, target.get("index"))
        again = "is there already: an edge is kept once, and as it is said here"
        name = shown(str(Edge(*out, *into)), 120)
    if what in seen:
        yield Loss(path, f"`{name}` {again}", number)
    seen.add(what)


def _strange_keys(
    entry: Mapping[str, Any], kind: type[msgspec.Struct], path: str, connection: int | None = None
) -> Iterator[Loss]:
    for key in entry:
        if key not in kind.__struct_encode_fields__:
            yield Loss(path, f"the key {key!r} is unknown here, and is not kept", connection)


def json_of(graph: Graph) -> dict[str, Any]:
    """The JSON graph of a graph. Entries keep their order; edges come before initial packets.

    `graph_of` makes the same graph of it.
    """
    connections = [_connection(edge, wire) for edge, wires in graph.edges.items() for wire in wires]
    connections += [_packet(initial) for initial in graph.initials.values()]
    return {
        "caseSensitive": any(port != port.lower() for port in _ports(graph)),
        "properties": dict(graph.properties),
        "inports": _exported(graph, Side.IN),
        "outports": _exported(graph, Side.OUT),
        "groups": [
            {"name": g.name, "nodes": list(g.nodes), **_said(g.metadata)}
            for g in graph.groups.values()
        ],
        "processes": {
            role: {"component": node.component, **_said(node.metadata)}
            for role, node in graph.nodes.items()
        },
        "connections": connections,
    }


def _with_name(path: str, data: Mapping[str, Any]) -> str:
    """A path with the name of the entry that cannot be read; msgspec writes dots for it."""
    key, dots, rest = path.partition("[...]")
    for name, entry in data[key].items() if dots else ():
        try:
            msgspec.convert(entry, _MAPPINGS[key])
        except msgspec.ValidationError:
            return f"{key}[{name!r}]{rest}"
    return path


def _port(port: str, case_sensitive: bool) -> PortName:
    return PortName(port if case_sensitive else port.lower())


def _names(read: _Json) -> Iterator[tuple[str, str]]:
    """All names that must not be empty, and where they are."""
    yield from ((role, f"processes[{role!r}]") for role in read.processes)
    for number, each in enumerate(read.connections):
        for key, end in (("src", each.src), ("tgt", each.tgt)):
            if end is not None:
                yield end.process, f"connections[{number}].{key}.process"
    for key, exports in (("inports", read.inports), ("outports", read.outports)):
        for public, export in exports.items():
            yield public, f"{key}[{public!r}]"
            yield export.process, f"{key}[{public!r}].process"
    yield from ((group.name, f"groups[{at}].name") for at, group in enumerate(read.groups))


def _named(
    edges: Mapping[Edge, Any],
    initials: Mapping[tuple[Role, PortName], Any],
    exports: Mapping[Any, Export],
) -> list[Role]:
    roles = [role for edge in edges for role in (edge.source, edge.target)]
    return [*roles, *(role for role, _ in initials), *(e.role for e in exports.values())]


def _distinct(wires: tuple[Wire, ...]) -> tuple[Wire, ...]:
    return tuple({wire.indexes: wire for wire in wires}.values()) if len(wires) > 1 else wires


def _ports(graph: Graph) -> list[str]:
    ports = [port for edge in graph.edges for port in (edge.outport, edge.inport)]
    return [
        *ports,
        *(port for _, port in graph.initials),
        *(e.port for e in graph.exports.values()),
    ]


def _connection(edge: Edge, wire: Wire) -> dict[str, Any]:
    return {
        "src": _end(edge.source, edge.outport, wire.out_index),
        "tgt": _end(edge.target, edge.inport, wire.in_index),
        **_said(wire.metadata),
    }


def _packet(initial: Initial) -> dict[str, Any]:
    return {
        "data": initial.value,
        "tgt": _end(initial.role, initial.inport, initial.index),
        **_said(initial.metadata),
    }


def _end(role: Role, port: PortName, index: int | None) -> dict[str, Any]:
    return {"process": role, "port": port, **({} if index is None else {"index": index})}


def _exported(graph: Graph, side: Side) -> dict[str, Any]:
    return {
        export.public: {"process": export.role, "port": export.port, **_said(export.metadata)}
        for export in graph.exports.values()
        if export.side is side
    }


def _said(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {"metadata": dict(metadata)} if metadata else {}
