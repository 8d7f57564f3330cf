"""What a node of the graph shows by itself, whether the lab runs or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..definition import ParticipantDefinition, Port, Side
from ..graph import Edge, Junction, Node
from ..graph.junction import IN
from ..names import PortName, QueueName, Role, shown
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


def not_in_turn(role: Role, inport: PortName, members: Iterable[ParticipantDefinition]) -> str:
    """Why a round robin does not hand its messages to these in turn, in a sentence; or "".

    For brokers on which each reader of a queue gets all of its messages, unless it says that it
    shares them. (Of readers with a queue each, it serves one at a time on every broker.)
    """
    by_queue: dict[QueueName, list[Port]] = defaultdict(list)
    for member in members:
        for port in member.ports(Side.IN):
            if port.id.lower() == inport.lower() and port.queue is not None:
                by_queue[port.queue].append(port)
    for ports in by_queue.values():
        if len(ports) > 1 and not all(map(_shares, ports)):
            return (
                f"each of the {len(ports)} workers of `{shown(role)}` gets every message: they do "
                f"not share `{shown(inport)}` (give each `share=True`, or `--share`)"
            )
    return ""


def _shares(port: Port) -> bool:
    # Somebody else's announcement may say it in words.
    return str(port.options.get("share", "")).strip().lower() in ("true", "yes", "1")


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
