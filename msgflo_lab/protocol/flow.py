"""What clients see flow: data on edges, initial packets, prints, errors, icons, packets out.

Outports are tapped only while some client or trace wants to see an edge that leaves them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..definition import Side
from ..graph import Edge, Initial
from ..message import as_text, decode
from ..names import PortName, Role
from ..runtime.session import Session
from .changes import ends
from .limits import DATA_BYTES, WATCHED_PORTS
from .messages import Message

if TYPE_CHECKING:
    from .service import Service

POLL = 0.1
"""Seconds between two looks at what participants have printed."""


class Flow:
    """For one service, over all sessions of its host."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._host = service.host
        self._session: Session | None = None
        self._watched: dict[tuple[Role, PortName], list[tuple[str, Edge]]] = {}
        self._exported: dict[tuple[Role, PortName], list[tuple[str, str]]] = {}
        self._lines: dict[str, int] = {}
        self._errors: dict[str, int] = {}
        self._icons: dict[Role, str] = {}
        self._polling: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to look."""
        self._host.moved.connect(self._moved)
        self._moved(self._host.session)
        self._polling = asyncio.create_task(self._poll(), name="protocol output")

    async def close(self) -> None:
        """Look no more."""
        self._host.moved.disconnect(self._moved)
        self._moved(None)
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)

    def look_again(self) -> None:
        """A graph has changed, or what somebody wants to see."""
        self._watched, self._exported = {}, {}
        for name, graph in self._host.workspace.graphs.items():
            for edge in graph.edges:
                if self._is_wanted(name, edge):
                    at = (edge.source, edge.outport)
                    self._watched.setdefault(at, []).append((name, edge))
            if any("protocol:runtime" in peer.capabilities for peer in self._service.peers):
                for export in graph.exports.values():
                    if export.side is Side.OUT:
                        at = (export.role, export.port)
                        self._exported.setdefault(at, []).append((name, export.public))
        if self._session is not None:
            ports = islice(dict.fromkeys((*self._watched, *self._exported)), WATCHED_PORTS)
            self._session.taps.watch(list(ports))

    async def ready(self) -> None:
        """Wait until what is wanted is tapped."""
        if self._session is not None:
            await self._session.taps.ready()

    def _is_wanted(self, graph: str, edge: Edge) -> bool:
        return self._service.traces.records(graph) or any(
            peer.sees(graph, edge) for peer in self._service.peers
        )

    def _moved(self, session: Session | None) -> None:
        if self._session is not None:
            self._session.passed.disconnect(self._passed)
            self._session.roles_changed.disconnect(self._roles_changed)
            self._session.coordinator.packets.sending.disconnect(self._initial)
            self._session.taps.watch([])
        self._session = session
        if session is not None:
            session.passed.connect(self._passed)
            session.roles_changed.connect(self._roles_changed)
            session.coordinator.packets.sending.connect(self._initial)
            self.look_again()

    def _passed(self, role: Role, port: PortName, payload: bytes) -> None:
        session, at = self._session, (role, port)
        if session is None:
            return
        data = shown_data(payload)
        for graph, edge in self._watched.get(at, ()):
            if session.coordinator.is_bound(edge):
                named = f"{edge.source}() {edge.outport.upper()} -> {edge.inport.upper()} "
                event = {"id": f"{named}{edge.target}()", **ends(edge), "graph": graph}
                self._show(graph, edge, {**event, "data": data})
        for graph, public in self._exported.get(at, ()):
            packet = {"port": public, "event": "data", "graph": graph, "payload": data}
            self._service.tell(Message("runtime", "packet", packet))

    def _initial(self, initial: Initial) -> None:
        edge = Edge(Role(""), PortName(""), initial.role, initial.inport)
        for graph in self._graphs_with(initial.role):
            if (initial.role, initial.inport) in self._host.workspace.graphs[graph].initials:
                event = {
                    "id": f"DATA -> {initial.inport.upper()} {initial.role}()",
                    "tgt": ends(edge)["tgt"],
                    "graph": graph,
                    "data": plain(initial.value),
                }
                self._show(graph, edge, event)

    def _show(self, graph: str, edge: Edge, payload: dict[str, Any]) -> None:
        message = Message("network", "data", payload)
        self._service.traces.record(graph, message)
        for peer in self._service.peers:
            is_seen = peer.sees(graph, edge) if edge.source else graph in peer.started
            if is_seen and peer.hears(message):
                peer.send(message)

    def _roles_changed(self, roles: Iterable[Role]) -> None:
        if not self._service.peers or self._session is None:
            return
        for role in roles:
            for member in self._session.coordinator.roster.members(role)[:1]:
                icon = member.definition.icon
                if icon and self._icons.get(role, icon) != icon:
                    self._tell(role, "icon", {"id": role, "icon": icon})
                self._icons[role] = icon

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            if self._session is not None:
                for role, participant in list(self._session.local.items()):
                    for line in participant.output.since(self._lines.get(participant.id, 0)):
                        # Who prints is not said by the protocol; a person wants to know.
                        text = {"message": f"{role}: {line}", "type": "message"}
                        self._service.tell(Message("network", "output", text))
                    self._lines[participant.id] = participant.output.count
                    known, count = self._errors.get(participant.id, 0), participant.health.errors
                    self._errors[participant.id] = count
                    failures = list(participant.health.failures)
                    for failure in failures[-(count - known) :] if count > known else ():
                        told = {"id": role, "error": failure.summary}
                        self._tell(role, "processerror", told)

    def _tell(self, role: Role, command: str, payload: dict[str, Any]) -> None:
        for graph in self._graphs_with(role):
            self._service.tell(Message("network", command, {**payload, "graph": graph}))

    def _graphs_with(self, role: Role) -> Iterator[str]:
        for name, graph in self._host.workspace.graphs.items():
            if role in graph.nodes:
                yield name


def shown_data(payload: bytes) -> Any:
    """A payload as clients are shown it: what is no JSON as text, what is too long as its size."""
    if len(payload) > DATA_BYTES:
        return f"({len(payload):,} bytes)"
    return plain(decode(payload))


def plain(value: Any) -> Any:
    """A value that JSON can say."""
    return as_text(value) if isinstance(value, bytes) else value
