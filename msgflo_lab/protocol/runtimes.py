"""The sub-protocol `runtime`: what this is, and packets through the ports of its main graph."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..definition import Port, Side
from ..graph import Export, Graph
from ..names import PortName, QueueName
from ..runtime.addresses import Address
from ..runtime.session import Session, running
from .capabilities import ALL
from .components import port_described
from .graphs import graph_named
from .limits import LOOK, STARTING
from .messages import Message, Packet, Payload, Refused
from .peer import Peer

if TYPE_CHECKING:
    from .service import Answer, Handler, Service

VERSION = "0.8"


class Runtimes:
    """Handlers of the messages `runtime:...`.

    Attributes:
        id: Of this runtime; a UUID, usually.
    """

    def __init__(self, service: Service, id: str = "") -> None:
        self._service = service
        self._host = service.host
        self.id = id or str(uuid.uuid4())
        self.handlers: Mapping[str, Handler] = {
            "runtime:getruntime": self._runtime,
            "runtime:packet": self._packet,
        }

    def _runtime(self, asked: Payload, peer: Peer) -> Answer:
        del asked, peer
        workspace, granted = self._host.workspace, self._service.granted
        about: dict[str, Any] = {
            "id": self.id,
            "label": self._host.name,
            "version": VERSION,
            "type": "msgflo",
            "allCapabilities": list(ALL),
            "capabilities": list(granted),
            "graph": workspace.main,
        }
        if self._host.library.namespace:
            about["namespace"] = self._host.library.namespace
        answer = [Message("runtime", "runtime", about)]
        if "protocol:runtime" in granted:
            answer.append(ports_of(self._service, workspace.main, workspace.graph))
        return answer

    async def _packet(self, asked: Packet, peer: Peer) -> Answer:
        del peer
        graph = graph_named(self._host.workspace.graphs, asked)
        export = graph.exports.get((Side.IN, asked.port))
        if export is None:
            raise Refused(f"the graph `{asked.graph}` exports no inport `{asked.port}`")
        if asked.event == "data":  # the others are brackets, which queues do not know
            session = running(self._host.session)
            queues = await self._queues(session, export)
            await self._service.flow.ready()  # what comes of it is to be seen
            address = Address(export.role, Side.IN, export.port, queues[0])
            await session.send(address, asked.payload)
        said = {"type": asked.type, "schema": asked.schema, "payload": asked.payload}
        payload = {"port": asked.port, "event": asked.event, "graph": asked.graph}
        kept = {key: value for key, value in said.items() if value is not None}
        if asked.event == "data":
            kept["payload"] = asked.payload  # also if that is null
        return [Message("runtime", "packetsent", {**payload, **kept})]

    async def _queues(self, session: Session, export: Export) -> Sequence[QueueName]:
        """Where a packet goes. It waits for a node that is being started, but not for long.

        Until that is there, whoever is heard in its role may be the one before it, at its end.
        """
        deadline = time.monotonic() + STARTING
        while self._host.session is session and time.monotonic() < deadline:
            supervisor = self._host.supervisor
            if supervisor is None or not supervisor.is_coming(export.role):
                break
            await asyncio.sleep(LOOK)
        found = session.coordinator.roster.queues(export.role, Side.IN, export.port)
        if not found:
            raise Refused(f"nobody plays `{export.role}` with an inport `{export.port}`")
        return found

    def edited(self, name: str, graph: Graph, changes: tuple[object, ...]) -> None:
        """The graph has other ports, perhaps: tell everybody."""
        if name == self._host.workspace.main and any(
            type(change).__name__.startswith("Export") for change in changes
        ):
            self._service.tell(ports_of(self._service, name, graph))


def ports_of(service: Service, name: str, graph: Graph) -> Message:
    """What `runtime:ports` says of a graph."""
    return Message(
        "runtime",
        "ports",
        {
            "graph": name,
            "inPorts": [_port(service, e) for e in graph.exports.values() if e.side is Side.IN],
            "outPorts": [_port(service, e) for e in graph.exports.values() if e.side is Side.OUT],
        },
    )


def _port(service: Service, export: Export) -> dict[str, Any]:
    session, known = service.host.session, None
    if session is not None:
        for member in session.coordinator.roster.members(export.role):
            known = known or member.definition.port(export.side, export.port)
    return port_described(known or Port(PortName(export.port)), export.public)
