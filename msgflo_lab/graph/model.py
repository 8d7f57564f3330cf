"""The graph: nodes, edges, initial packets, exported ports and groups, immutable.

Pure layer. Every edit returns the new graph and the changes that led to it, in order; an edit that
changes nothing returns the same graph and no changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import msgspec

from ..definition import Side
from ..errors import InvalidName, UnknownName
from ..names import PortName, Role, shown
from .changes import (
    Change,
    EdgeAdded,
    EdgeChanged,
    EdgeRemoved,
    InitialRemoved,
    InitialSet,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
    PropertiesChanged,
)
from .entries import Edge, Export, Group, Initial, Node, Wire, merged
from .exports import leave_exports, moved_exports
from .groups import leave_groups, moved_groups
from .junction import DEAD_LETTER, IN, OUT, Junction
from .mappings import with_entry, without_entry

PLAIN = Wire()
"""An edge of which nothing more is said."""

Edited = tuple["Graph", tuple[Change, ...]]


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Graph:
    """What should be connected to what. Entries keep the order in which they were put in.

    Attributes:
        nodes: By role.
        edges: Each once, with at least one wire.
        initials: By role and inport; one inport has at most one.
        exports: By side and public name.
        groups: By name.
        properties: What it says of itself: `name`, `description`, `environment`, ... Free JSON.
    """

    nodes: Mapping[Role, Node] = field(default_factory=_nothing)
    edges: Mapping[Edge, tuple[Wire, ...]] = field(default_factory=_nothing)
    initials: Mapping[tuple[Role, PortName], Initial] = field(default_factory=_nothing)
    exports: Mapping[tuple[Side, str], Export] = field(default_factory=_nothing)
    groups: Mapping[str, Group] = field(default_factory=_nothing)
    properties: Mapping[str, Any] = field(default_factory=_nothing)

    def edges_of(self, role: Role) -> list[Edge]:
        """The edges that touch a role."""
        return [edge for edge in self.edges if role in (edge.source, edge.target)]

    def junction(self, role: Role) -> Junction | None:
        """The junction that a node is; None if it is to be played by a participant."""
        node = self.nodes.get(role)
        return Junction.of(node.component) if node is not None else None

    def is_dead_letter(self, edge: Edge) -> bool:
        """True if the edge leads on what those behind a round robin have rejected."""
        return (
            edge.outport.lower() == DEAD_LETTER
            and self.junction(edge.source) is Junction.ROUND_ROBIN
        )

    def is_used(self, role: Role) -> bool:
        """True if an edge, an initial packet or an exported port needs the role's node."""
        return (
            any(role in (edge.source, edge.target) for edge in self.edges)
            or any(at[0] == role for at in self.initials)
            or any(export.role == role for export in self.exports.values())
        )

    def add_node(
        self, role: Role, component: str = "", metadata: Mapping[str, Any] | None = None
    ) -> Edited:
        """Put a node in; one that is there gets what is new of component and metadata.

        Args:
            metadata: Merged with what is there; None takes a key out.

        Raises:
            InvalidName: The role is empty.
        """
        if not role:
            raise InvalidName("a role needs a name")
        before = self.nodes.get(role)
        if before is None:
            node = Node(role, component, merged({}, metadata))
            return replace(self, nodes=with_entry(self.nodes, role, node)), (NodeAdded(node),)
        node = Node(role, component or before.component, merged(before.metadata, metadata))
        if node == before:
            return self, ()
        return replace(self, nodes=with_entry(self.nodes, role, node)), (NodeChanged(before, node),)

    def add_nodes(self, metadata: Mapping[Role, Mapping[str, Any]]) -> Edited:
        """`add_node` for many roles, each with its metadata."""
        graph, changes = self, list[Change]()
        for role, entries in metadata.items():
            graph, more = graph.add_node(role, metadata=entries)
            changes += more
        return graph, tuple(changes)

    def remove_node(self, role: Role) -> Edited:
        """Take a node out, and before it all that needs it.

        Raises:
            UnknownName: There is no such node.
        """
        node = self._node(role)
        graph, changes = self, list[Change]()
        for edge in self.edges_of(role):
            graph, more = graph.disconnect(edge)
            changes += more
        for at in [at for at in self.initials if at[0] == role]:
            graph, more = graph.remove_initial(*at)
            changes += more
        graph, more = leave_exports(graph, role)
        changes += more
        graph, more = leave_groups(graph, role)
        changes += more
        graph = replace(graph, nodes=without_entry(graph.nodes, role))
        return graph, (*changes, NodeRemoved(node))

    def rename_node(self, before: Role, after: Role) -> Edited:
        """Give a node another role; all that names it comes along.

        Raises:
            UnknownName: There is no node `before`.
            InvalidName: `after` is empty or taken.
        """
        self._node(before)
        if before == after:
            return self, ()
        if not after or after in self.nodes:
            why = "is already in the graph" if after else "is empty"
            raise InvalidName(f"cannot rename `{shown(before)}`: the role `{shown(after)}` {why}")

        def moved(role: Role) -> Role:
            return after if role == before else role

        nodes = {moved(role): node for role, node in self.nodes.items()}
        nodes[after] = msgspec.structs.replace(nodes[after], role=after)
        edges = {
            Edge(moved(e.source), e.outport, moved(e.target), e.inport): wires
            for e, wires in self.edges.items()
        }
        initials = {
            (moved(role), port): msgspec.structs.replace(initial, role=moved(role))
            for (role, port), initial in self.initials.items()
        }
        graph = replace(
            self,
            nodes=MappingProxyType(nodes),
            edges=MappingProxyType(edges),
            initials=MappingProxyType(initials),
            exports=moved_exports(self.exports, before, after),
            groups=moved_groups(self.groups, before, after),
        )
        return graph, (NodeRenamed(before, after),)

    def connect(self, edge: Edge, wire: Wire = PLAIN) -> Edited:
        """Put an edge in, and its nodes where they are missing.

        Args:
            wire: Comes in beside others of the edge; one of the same indexes gets what is new of
                the metadata (None takes a key out).
        """
        graph, changes = self, list[Change]()
        for role in (edge.source, edge.target):
            graph, more = graph.add_node(role)
            changes += more
        before = self.edges.get(edge, ())
        after, found = list(before), [w for w in before if w.indexes == wire.indexes]
        if found:
            metadata = merged(found[0].metadata, wire.metadata)
            after[before.index(found[0])] = msgspec.structs.replace(wire, metadata=metadata)
        else:
            after.append(msgspec.structs.replace(wire, metadata=merged({}, wire.metadata)))
        wires = tuple(after)
        if wires == before:
            return graph, tuple(changes)
        graph = replace(graph, edges=with_entry(graph.edges, edge, wires))
        change = EdgeChanged(edge, before, wires) if before else EdgeAdded(edge, wires)
        return graph, (*changes, change)

    def balance(
        self,
        source: tuple[Role, PortName],
        target: tuple[Role, PortName],
        dead_letters: tuple[Role, PortName] | None = None,
    ) -> tuple[Role, Edited]:
        """Lead an outport to an inport through a round robin: the one it leads to, or a new one.

        Raises:
            InvalidName: The dead letters would go where they came from.
        """
        found = [
            edge.target
            for edge in self.edges
            if (edge.source, edge.outport) == source
            and self.junction(edge.target) is Junction.ROUND_ROBIN
        ]
        if dead_letters == target:
            raise InvalidName(
                f"what `{'.'.join(map(shown, target))}` rejects would come back to it for ever"
            )
        role = found[0] if found else self._free_role(f"{source[0]}-{source[1]}-turns")
        graph, changes = self.add_node(role, Junction.ROUND_ROBIN.value)
        edges = [Edge(*source, role, PortName(IN)), Edge(role, PortName(OUT), *target)]
        if dead_letters is not None:
            edges.append(Edge(role, PortName(DEAD_LETTER), *dead_letters))
        for edge in edges:
            graph, more = graph.connect(edge)
            changes += more
        return role, (graph, changes)

    def _free_role(self, usual: str) -> Role:
        role, number = Role(usual), 2
        while role in self.nodes:
            role, number = Role(f"{usual}-{number}"), number + 1
        return role

    def disconnect(self, edge: Edge, wire: Wire | None = None) -> Edited:
        """Take an edge out; its nodes stay.

        Args:
            wire: Only what has its indexes; the edge goes with its last wire.

        Raises:
            UnknownName: There is no such edge.
        """
        before = self.edges.get(edge, ())
        gone = [each for each in before if wire is None or each.indexes == wire.indexes]
        if not gone:
            raise UnknownName("edge", str(edge), known=[str(e) for e in self.edges])
        kept = tuple(each for each in before if each not in gone)
        if kept:
            graph = replace(self, edges=with_entry(self.edges, edge, kept))
            return graph, (EdgeChanged(edge, before, kept),)
        return replace(self, edges=without_entry(self.edges, edge)), (EdgeRemoved(edge, before),)

    def set_initial(
        self,
        role: Role,
        inport: PortName,
        value: Any,
        *,
        index: int | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Edited:
        """Give an inport an initial packet, in place of any other.

        It is a change even if the value is the same: it is to be sent once more.
        """
        graph, changes = self.add_node(role)
        initial = Initial(role, inport, value, index, merged({}, metadata))
        before = self.initials.get((role, inport))
        graph = replace(graph, initials=with_entry(graph.initials, (role, inport), initial))
        return graph, (*changes, InitialSet(initial, before))

    def remove_initial(self, role: Role, inport: PortName) -> Edited:
        """Take an initial packet out.

        Raises:
            UnknownName: The inport has none.
        """
        initial = self.initials.get((role, inport))
        if initial is None:
            known = [f"{r}.{p}" for r, p in self.initials]
            raise UnknownName("initial packet", f"{role}.{inport}", known=known)
        graph = replace(self, initials=without_entry(self.initials, (role, inport)))
        return graph, (InitialRemoved(initial),)

    def describe(self, properties: Mapping[str, Any]) -> Edited:
        """Say something of the graph itself; None takes a key out."""
        after = merged(self.properties, properties)
        if after == self.properties:
            return self, ()
        change = PropertiesChanged(self.properties, after)
        return replace(self, properties=MappingProxyType(dict(after))), (change,)

    def _node(self, role: Role) -> Node:
        node = self.nodes.get(role)
        if node is None:
            raise UnknownName("node", role, known=self.nodes)
        return node

    @classmethod
    def of(cls, edges: Iterable[Edge]) -> Graph:
        """The graph of these edges and the nodes they name."""
        unique = dict.fromkeys(edges, (PLAIN,))
        roles = dict.fromkeys(role for e in unique for role in (e.source, e.target))
        return cls(MappingProxyType({role: Node(role) for role in roles}), MappingProxyType(unique))
