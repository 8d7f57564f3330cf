"""What a node of the graph shows by itself, whether the lab runs or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..graph import Edge, Junction, Node
from ..graph.junction import IN
from ..names import PortName, Role
from ..network import PortView, RoleView

JUNCTION_ICON = "code-fork"


def junction_view(
    role: Role, node: Node, junction: Junction, edges: Iterable[Edge], note: str = ""
) -> RoleView:
    """A junction: it is there as soon as the graph has it, and nobody plays it.

    Args:
        edges: All that touch it; what they name beyond the usual ports is shown as well.
    """
    into: list[PortName] = []
    out_of: list[PortName] = []
    for edge in edges:
        if edge.target == role:
            into.append(edge.inport)
        if edge.source == role:
            out_of.append(edge.outport)
    return RoleView(
        role=role,
        component=node.component,
        icon=JUNCTION_ICON,
        workers=0,
        note=note,
        inports=_ports((IN,), into),
        outports=_ports(junction.outports, out_of),
        position=position_of(node.metadata),
    )


def position_of(metadata: Mapping[str, object]) -> tuple[float, float] | None:
    """Where a node's metadata says it stands in a picture, or None."""
    x, y = metadata.get("x"), metadata.get("y")
    if isinstance(x, int | float) and isinstance(y, int | float):
        return (float(x), float(y))
    return None


def _ports(usual: Iterable[str], used: Iterable[PortName]) -> tuple[PortView, ...]:
    """Those that a junction always has, written as edges write them, and all that edges name."""
    names = {name: PortName(name) for name in usual}
    names.update((port.lower(), port) for port in used)
    return tuple(PortView(port) for port in names.values())
