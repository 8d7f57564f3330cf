"""What clients see flow: data on edges, initial packets, prints, errors, icons, packets out.

Outports are tapped only while some client or trace wants to see an edge that leaves them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..binding import Binding
from ..definition import Side
from ..graph import Edge, Initial
from ..message import as_text, decode
from ..names import PortName, Role
from ..runtime.output import OutputLog, Voice
from ..runtime.session import Session
from .changes import ends
from .limits import DATA_BYTES, PACKET_BYTES, WATCHED_PORTS
from .messages import Message
from .peer import Peer, encoded

if TYPE_CHECKING:
    from .service import Service

log = logging.getLogger(__name__)

POLL = 0.1
"""Seconds between two looks at what participants have printed; who asks for the status is told."""
ERROR = "error"
"""The outport on which participants of ours say what went wrong."""


class Flow:
    """For one service, over all sessions of its host."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._host = service.host
        self._session: Session | None = None
        self._watched: dict[tuple[Role, PortName], list[tuple[str, Edge]]] = {}
        self._exported: dict[tuple[Role, PortName], list[tuple[str, str]]] = {}
        self._lines: dict[OutputLog, int] = {}
        self._errors: dict[str, int] = {}
        self._icons: dict[Role, str] = {}
        self._polling: asyncio.Task[None] | None = None
        self._is_due = False

    def begin(self) -> None:
        """Begin to look."""
        self._host.moved.connect(self._moved)
        self._moved(self._host.session)
        # Nobody is connected: what has been is told to nobody.
        self._look_at_prints()
        self._look_at_errors()
        self._polling = asyncio.create_task(self._poll(), name="protocol output")

    async def close(self) -> None:
        """Look no more."""
        self._host.moved.disconnect(self._moved)
        self._moved(None)
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)

    def look_again(self) -> None:
        """A graph has changed, or what somebody wants to see. Soon, once for many changes."""
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        if not self._is_due:
            return
        self._is_due = False
        self._watched, self._exported = {}, {}
        are_packets = any("protocol:runtime" in p.capabilities for p in self._service.peers)
        for name, graph in self._host.workspace.graphs.items():
            peers = [p for p in self._service.peers if name in p.started or p.edges.get(name)]
            is_traced = self._service.traces.records(name)
            for edge in graph.edges if peers or is_traced else ():
                if is_traced or any(peer.sees(name, edge) for peer in peers):
                    at = (edge.source, edge.outport)
                    self._watched.setdefault(at, []).append((name, edge))
            for export in graph.exports.values() if are_packets else ():
                if export.side is Side.OUT:
                    at = (export.role, export.port)
                    self._exported.setdefault(at, []).append((name, export.public))
        if self._session is not None:
            ports = islice(dict.fromkeys((*self._watched, *self._exported)), WATCHED_PORTS)
            self._session.taps.watch(list(ports))

    async def ready(self) -> None:
        """Wait until what is wanted is tapped."""
        self._look()
        if self._session is not None:
            await self._session.taps.ready()

    def _moved(self, session: Session | None) -> None:
        if self._session is not None:
            self._session.passed.disconnect(self._passed)
            self._session.sent_on.disconnect(self._sent_on)
            self._session.roles_changed.disconnect(self._roles_changed)
            self._session.coordinator.packets.sending.disconnect(self._initial)
            self._session.taps.watch([])
        self._session = session
        if session is not None:
            session.passed.connect(self._passed)
            session.sent_on.connect(self._sent_on)
            session.roles_changed.connect(self._roles_changed)
            session.coordinator.packets.sending.connect(self._initial)
            self.look_again()

    def _passed(self, role: Role, port: PortName, payload: bytes) -> None:
        session, at = self._session, (role, port)
        if session is None:
            return
        for graph, edge in self._watched.get(at, ()):
            if session.coordinator.passes(edge):
                self._passed_edge(graph, edge, payload)
        for graph, public in self._exported.get(at, ()):
            data = shown_data(payload, PACKET_BYTES)
            packet = {"port": public, "event": "data", "graph": graph, "payload": data}
            self._service.tell(Message("runtime", "packet", packet))
        if port == ERROR:
            # So that nobody takes the one for what follows the other: they are the same failure.
            self.catch_up()

    def _sent_on(self, binding: Binding, payload: bytes) -> None:
        """It has left the outport a while ago, and passes the edge now."""
        if self._session is None or not self._watched:
            return
        planner = self._session.coordinator.planner
        for carried in planner.carried_by(binding):
            ways = [each for each in planner.bindings(carried) if each.source == binding.source]
            for graph, edge in self._watched.get((carried.source, carried.outport), ()):
                # It goes on to each of several targets; what has passed the edge is one message.
                if edge == carried and ways[0] == binding:
                    self._passed_edge(graph, edge, payload)

    def _passed_edge(self, graph: str, edge: Edge, payload: bytes) -> None:
        named = f"{edge.source}() {edge.outport.upper()} -> {edge.inport.upper()} "
        event = {"id": f"{named}{edge.target}()", **ends(edge), "graph": graph}
        self._show(graph, edge, event, partial(shown_data, payload))

    def _initial(self, initial: Initial) -> None:
        edge = Edge(Role(""), PortName(""), initial.role, initial.inport)
        for graph in self._graphs_with(initial.role):
            if (initial.role, initial.inport) in self._host.workspace.graphs[graph].initials:
                event = {
                    "id": f"DATA -> {initial.inport.upper()} {initial.role}()",
                    "tgt": ends(edge)["tgt"],
                    "graph": graph,
                }
                self._show(graph, edge, event, partial(plain, initial.value))

    def _show(self, graph: str, edge: Edge, event: dict[str, Any], data: Callable[[], Any]) -> None:
        """Show it to those who want to see it. It is decoded only if one of them can take it."""
        peers = [peer for peer in self._service.peers if peer.hears(DATA)]
        if edge.source:
            peers = [peer for peer in peers if peer.sees(graph, edge)]
        else:
            # What comes from nowhere is on no edge: it is seen by those who look at the inport.
            peers = [peer for peer in peers if _looks_at(peer, graph, edge)]
        takers = [peer for peer in peers if peer.takes_more]
        for peer in peers:
            if peer not in takers:
                peer.skip()
        if not takers and not self._service.traces.records(graph):
            return
        message = Message("network", "data", {**event, "data": data()})
        self._service.traces.record(graph, message)
        frame = encoded(message)
        for peer in takers:
            peer.send_encoded(frame, is_flow=True)

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
            try:
                self.catch_up()
            except Exception:
                log.exception("what participants print cannot be told")

    def catch_up(self) -> None:
        """Tell what has been printed, and what has gone wrong, since the last look."""
        self._look_at_prints()
        self._look_at_errors()

    def _look_at_prints(self) -> None:
        session = self._session
        local = session.local.items() if session is not None else ()
        outputs = [*self._host.outputs, *((Voice(role), each.output) for role, each in local)]
        before, self._lines = self._lines, {}
        for voice, output in outputs:
            # As its own key, since another participant may have the role later.
            for line in output.since(before.get(output, 0)):
                # Who prints is not said by the protocol; a person wants to know.
                text = {"message": f"{voice}: {line}", "type": "message"}
                self._service.tell(Message("network", "output", text))
            self._lines[output] = output.count

    def _look_at_errors(self) -> None:
        local = self._session.local.items() if self._session is not None else ()
        before, self._errors = self._errors, {}
        for role, participant in local:
            health = participant.health
            new = health.errors - before.get(participant.id, 0)
            for failure in list(health.failures)[-new:] if new > 0 else ():
                self._tell(role, "processerror", {"id": role, "error": failure.summary})
            self._errors[participant.id] = health.errors

    def _tell(self, role: Role, command: str, payload: dict[str, Any]) -> None:
        for graph in self._graphs_with(role):
            self._service.tell(Message("network", command, {**payload, "graph": graph}))

    def _graphs_with(self, role: Role) -> Iterator[str]:
        for name, graph in self._host.workspace.graphs.items():
            if role in graph.nodes:
                yield name


def _looks_at(peer: Peer, graph: str, edge: Edge) -> bool:
    wanted, at = peer.edges.get(graph), (edge.target, edge.inport)
    if wanted is None:
        return graph in peer.started
    return any((each.target, each.inport) == at for each in wanted)


def shown_data(payload: bytes, most: int = DATA_BYTES) -> Any:
    """A payload as clients are shown it: what is no JSON as text, what is too long as its size."""
    if len(payload) > most:
        return f"({len(payload):,} bytes)"
    return plain(decode(payload))


def plain(value: Any) -> Any:
    """A value that JSON can say."""
    return as_text(value) if isinstance(value, bytes) else value


DATA = Message("network", "data", None)
