"""Ports in the capitals in which they are announced.

Pure layer. The graph language makes small letters of all ports, queues belong to `motorSpeed`: so a
port that is written otherwise is the announced one, where capitals are all the difference and leave
no choice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from types import MappingProxyType

import msgspec

from ..definition import Side
from ..names import PortName, Role
from .entries import Edge, Initial, Wire
from .model import Graph

PortsOf = Callable[[Role, Side], Collection[str]]
"""The ports of a role that are known; none if nothing is known of it."""


def spelled(graph: Graph, *knowledge: PortsOf) -> Graph:
    """The graph with its ports as somebody knows them.

    Args:
        knowledge: Who knows them, best first. A port that is known exactly stays as it is.
    """
    names = _Names(knowledge)
    edges: dict[Edge, tuple[Wire, ...]] = {}
    for edge, wires in graph.edges.items():
        out = names.of(edge.source, Side.OUT, edge.outport)
        into = names.of(edge.target, Side.IN, edge.inport)
        if (out, into) != (edge.outport, edge.inport):
            edge = Edge(edge.source, out, edge.target, into)
        both = (*edges.get(edge, ()), *wires)
        edges[edge] = tuple({wire.indexes: wire for wire in both}.values())
    initials: dict[tuple[Role, PortName], Initial] = {}
    for (role, inport), initial in graph.initials.items():
        port = names.of(role, Side.IN, inport)
        initials[role, port] = (
            initial if port == inport else msgspec.structs.replace(initial, inport=port)
        )
    exports = {
        at: msgspec.structs.replace(each, port=names.of(each.role, each.side, each.port))
        for at, each in graph.exports.items()
    }
    if not names.has_changed:
        return graph
    return replace(
        graph,
        edges=MappingProxyType(edges),
        initials=MappingProxyType(initials),
        exports=MappingProxyType(exports),
    )


class _Names:
    def __init__(self, knowledge: tuple[PortsOf, ...]) -> None:
        self._knowledge = knowledge
        self._found: dict[tuple[Role, Side, PortName], PortName] = {}
        self.has_changed = False

    def of(self, role: Role, side: Side, port: PortName) -> PortName:
        found = self._found.get((role, side, port))
        if found is None:
            found = self._found[role, side, port] = self._look_up(role, side, port)
            self.has_changed = self.has_changed or found != port
        return found

    def _look_up(self, role: Role, side: Side, port: PortName) -> PortName:
        small = port.lower()
        for ports_of in self._knowledge:
            known = ports_of(role, side)
            if port in known:
                return port
            alike = {name for name in known if name.lower() == small}
            if len(alike) == 1:
                return PortName(alike.pop())
        return port
