"""The network of a lab that does not run: what it will be again, with nobody at work."""

from __future__ import annotations

from collections.abc import Mapping

from ..definition import Side
from ..graph import Edge, Graph
from ..message import as_text
from ..names import PortName, Role
from ..network import EdgeState, EdgeView, NetworkView, PortView, RoleState, RoleView
from .behaviour import Behaviour
from .nodes import junction_view, position_of

NOTE = "stopped"


def stopped_view(name: str, graph: Graph, behaviours: Mapping[Role, Behaviour]) -> NetworkView:
    """The graph and the participants that a stopped lab keeps: they absent, all edges pending."""
    ports: dict[tuple[Role, Side], dict[PortName, PortView]] = {}

    def port(role: Role, side: Side, view: PortView) -> None:
        ports.setdefault((role, side), {}).setdefault(view.id, view)

    for role, behaviour in behaviours.items():
        for spec in (*behaviour.inports, *behaviour.private):
            port(role, Side.IN, PortView(spec.name, spec.type))
        for spec in behaviour.outports:
            port(role, Side.OUT, PortView(spec.name, spec.type))
    touching: dict[Role, list[Edge]] = {}
    for edge in graph.edges:
        for role in dict.fromkeys((edge.source, edge.target)):
            touching.setdefault(role, []).append(edge)
        port(edge.source, Side.OUT, PortView(edge.outport, known=False))
        port(edge.target, Side.IN, PortView(edge.inport, known=False))
    for (role, inport), initial in graph.initials.items():
        port(role, Side.IN, PortView(inport, known=False))
        entry = ports[role, Side.IN]
        known = entry[inport]
        entry[inport] = PortView(
            inport, known.type, literal=as_text(initial.value)[:200], known=known.known
        )

    def role_view(role: Role) -> RoleView:
        behaviour, node = behaviours.get(role), graph.nodes.get(role)
        junction = graph.junction(role)
        if junction is not None and node is not None:
            return junction_view(role, node, junction, touching.get(role, ()), NOTE)
        return RoleView(
            role=role,
            component=behaviour.component if behaviour else (node.component if node else ""),
            label=behaviour.label if behaviour else "",
            icon=behaviour.icon if behaviour else "",
            state=RoleState.ABSENT,
            workers=0,
            note=NOTE,
            local=behaviour is not None,
            inports=tuple(ports.get((role, Side.IN), {}).values()),
            outports=tuple(ports.get((role, Side.OUT), {}).values()),
            position=position_of(node.metadata if node else {}),
        )

    return NetworkView(
        name,
        tuple(role_view(role) for role in dict.fromkeys([*behaviours, *graph.nodes])),
        tuple(
            EdgeView(*edge, state=EdgeState.PENDING, dead=graph.is_dead_letter(edge))
            for edge in graph.edges
        ),
    )
