"""Ports of the graph get the capitals in which a participant announces them, when it comes.

What is there already when a graph is put in is known to whoever puts it in (see `Lab.set_graph`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..definition import ParticipantDefinition, Side
from ..graph import Edge, edit_into, spelled
from ..names import PortName, Role
from .workspace import Workspace


class Spelling:
    """For one session. On its loop."""

    def __init__(self, workspace: Workspace, edges_of: Callable[[Role], Iterable[Edge]]) -> None:
        """`edges_of` gives the edges that touch a role."""
        self._workspace = workspace
        self._edges_of = edges_of

    def heard(self, definition: ParticipantDefinition) -> None:
        """Somebody has come, or announces something else than before."""
        if not self._is_due(definition):
            return

        def known(role: Role, side: Side) -> list[str]:
            if role != definition.role:
                return []
            return [port.id for port in definition.ports(side) if port.queue is not None]

        for name, graph in list(self._workspace.graphs.items()):
            self._workspace.apply(edit_into(graph, spelled(graph, known)), name)

    def _is_due(self, definition: ParticipantDefinition) -> bool:
        """Whether any port may be written otherwise. Most participants have small letters only."""
        role = definition.role
        into = {port.id: port.id.lower() for port in definition.inports}
        out = {port.id: port.id.lower() for port in definition.outports}
        used_in = {edge.inport for edge in self._edges_of(role) if edge.target == role}
        used_out = {edge.outport for edge in self._edges_of(role) if edge.source == role}
        if _is_alike(used_in, into) or _is_alike(used_out, out):
            return True
        graphs = self._workspace.graphs.values()
        return any(
            (role, small) in graph.initials
            for port, small in into.items()
            if small != port
            for graph in graphs
        )


def _is_alike(used: Iterable[PortName], announced: Mapping[PortName, str]) -> bool:
    small = set(announced.values())
    return any(port not in announced and port.lower() in small for port in used)
