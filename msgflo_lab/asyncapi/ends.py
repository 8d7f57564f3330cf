"""The ports of a network with their queues: those that were announced, and those that will be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from ..definition import ParticipantDefinition, Port, Side
from ..graph import Graph
from ..library.component import Component, InProcess
from ..names import PortName, QueueName, Role, queue_for


class End(NamedTuple):
    """A port of a role.

    Attributes:
        queue: Where its messages are.
        is_known: Somebody has announced the queue. Otherwise it is the one that our own
            participants choose.
    """

    role: Role
    side: Side
    port: Port
    queue: QueueName
    is_known: bool


def ends_of(
    graph: Graph,
    announced: Iterable[ParticipantDefinition],
    find: Callable[[str], Component | None],
) -> list[End]:
    """All ports that have a queue, by role, inports first.

    Args:
        announced: Those who are there. Workers of a role that use the same queue count once.
        find: The component of a name, for roles that nobody plays.
    """
    ends: dict[tuple[Role, Side, PortName, QueueName], End] = {}
    known: set[tuple[Role, Side, PortName]] = set()
    present: set[Role] = set()

    def put(role: Role, side: Side, port: Port, queue: QueueName, *, is_known: bool) -> None:
        known.add((role, side, port.id))
        ends.setdefault((role, side, port.id, queue), End(role, side, port, queue, is_known))

    for member in announced:
        present.add(member.role)
        for side in Side:
            for port in member.ports(side):
                if port.queue is None:
                    known.add((member.role, side, port.id))
                else:
                    put(member.role, side, port, port.queue, is_known=True)
    named = _named(graph)
    for role in _played(graph):
        component = find(graph.nodes[role].component) if role not in present else None
        hidden = component.how.private if component and isinstance(component.how, InProcess) else ()
        for side in Side:
            declared = _ports(component, side)
            known.update((role, side, name) for name in hidden if side is Side.IN)
            for port in (*declared, *map(Port, named.get((role, side), ()))):
                if (role, side, port.id) not in known:
                    put(role, side, port, queue_for(role, port.id), is_known=False)
    return [
        ends[key] for key in sorted(ends, key=lambda key: (key[0], key[1] is Side.OUT, *key[2:]))
    ]


def _played(graph: Graph) -> list[Role]:
    """The roles that participants play: junctions are none."""
    return [role for role in graph.nodes if graph.junction(role) is None]


def _ports(component: Component | None, side: Side) -> list[Port]:
    if component is None:
        return []
    ports = component.inports if side is Side.IN else component.outports
    return [msgspec.structs.replace(port, queue=None) for port in ports]


def _named(graph: Graph) -> dict[tuple[Role, Side], dict[PortName, None]]:
    """The ports that edges, initial packets and exported ports of a graph name."""
    found: dict[tuple[Role, Side], dict[PortName, None]] = {}
    for edge in graph.edges:
        found.setdefault((edge.source, Side.OUT), {})[edge.outport] = None
        found.setdefault((edge.target, Side.IN), {})[edge.inport] = None
    for role, port in graph.initials:
        found.setdefault((role, Side.IN), {})[port] = None
    for export in graph.exports.values():
        found.setdefault((export.role, export.side), {})[export.port] = None
    return found
