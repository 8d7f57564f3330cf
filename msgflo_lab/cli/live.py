"""What is on a broker, as a graph: who has announced himself, and what the broker tells is bound.

Pure. What is bound in turns, or has somewhere for what is rejected, gets a round robin as graphs
have it: the graph that is made of a broker sets up the same bindings again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ..binding import Binding, Kind
from ..definition import ParticipantDefinition, Port, Side
from ..discovery import Roster
from ..graph import Edge, Graph
from ..graph.junction import DEAD_LETTER, IN, OUT, Junction
from ..names import PortName, QueueName, Role
from ..network import NetworkView, PortView, RoleView

_End = tuple[Role, PortName]
_Ends = Mapping[QueueName, list[_End]]


def graph_of(roster: Roster, bindings: Iterable[Binding]) -> Graph:
    """The graph that those who are there, and what is bound between them, come to."""
    graph = Graph()
    for role in sorted(roster.roles):
        graph, _ = graph.add_node(role, _one(roster, role).component)
    outs, ins = _ends(roster, Side.OUT), _ends(roster, Side.IN)
    shared = [Binding(queue, queue) for queue in outs if queue in ins]
    for source, target in _edges(sorted([*shared, *bindings]), outs, ins):
        for junction in (source[0], target[0]):
            if junction not in graph.nodes:
                graph, _ = graph.add_node(junction, Junction.ROUND_ROBIN)
        graph, _ = graph.connect(Edge(*source, *target))
    return graph


def with_details(view: NetworkView, roster: Roster) -> NetworkView:
    """The same network, with all that its participants have announced of themselves."""
    return msgspec.structs.replace(
        view, roles=tuple(_detailed(each, roster) for each in view.roles)
    )


def _edges(bindings: Iterable[Binding], outs: _Ends, ins: _Ends) -> Iterator[tuple[_End, _End]]:
    """From where to where, for what leads from one participant to another."""
    for source, target, kind in bindings:
        for role, port in ins.get(target, ()):
            if kind is Kind.PUBSUB:
                yield from ((out, (role, port)) for out in outs.get(source, ()))
            elif kind is Kind.ROUND_ROBIN and source in outs:
                turns = _turns(role, port)
                yield from ((out, (turns, PortName(IN))) for out in outs[source])
                yield (turns, PortName(OUT)), (role, port)
            elif kind is Kind.DEAD_LETTER:
                for rejecting in ins.get(source, ()):
                    turns = _turns(*rejecting)
                    yield (turns, PortName(OUT)), rejecting
                    yield (turns, PortName(DEAD_LETTER)), (role, port)


def _turns(role: Role, port: PortName) -> Role:
    """What the round robin before a port is called."""
    return Role(f"{role}_{port}_turns")


def _ends(roster: Roster, side: Side) -> _Ends:
    found: dict[QueueName, dict[_End, None]] = {}
    for member in roster:
        for port in member.definition.ports(side):
            if port.queue is not None:
                found.setdefault(port.queue, {})[member.definition.role, port.id] = None
    return {queue: list(ends) for queue, ends in found.items()}


def _detailed(role: RoleView, roster: Roster) -> RoleView:
    members = roster.members(role.role)
    if not members:
        return role
    said = members[0].definition
    return msgspec.structs.replace(
        role,
        label=said.label,
        icon=said.icon,
        workers=len(members),
        inports=tuple(map(_port, said.inports)),
        outports=tuple(map(_port, said.outports)),
    )


def _port(port: Port) -> PortView:
    return PortView(port.id, port.type, port.queue)


def _one(roster: Roster, role: Role) -> ParticipantDefinition:
    return roster.members(role)[0].definition
