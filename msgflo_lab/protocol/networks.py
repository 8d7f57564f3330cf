"""The sub-protocol `network`: started, stopped, looked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import NotRunning
from ..runtime.workspace import Phase
from .graphs import graph_named
from .limits import BRIEFLY
from .messages import Debug, Message, Of, Payload, Refused, Watch, edge_of
from .peer import Peer

if TYPE_CHECKING:
    from .service import Answer, Handler, Service


class Networks:
    """Handlers of the messages `network:...`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._host = service.host
        self._were: tuple[str, ...] = ()
        self.handlers: Mapping[str, Handler] = {
            "network:start": self._start,
            "network:stop": self._stop,
            "network:getstatus": self._status,
            "network:debug": self._debug,
            "network:edges": self._edges,
            "network:persist": self._save,
        }

    def begin(self) -> None:
        """Begin to look."""
        self._were = self._those_started()

    def entered(self, name: str, phase: Phase) -> None:
        """A graph has been started or stopped: tell everybody."""
        self._were = self._those_started()
        if self._host.session is not None or phase is not Phase.RUNNING:
            started = phase is Phase.RUNNING
            self._service.tell(self._started(name) if started else self._stopped(name))

    def moved(self, _session: object) -> None:
        """The broker has been left, or there is another one: all networks with it."""
        before, self._were = self._were, self._those_started()
        for name in before:
            if name not in self._were:
                self._service.tell(self._stopped(name))
        for name in self._were:
            if name not in before:
                self._service.tell(self._started(name))

    def _those_started(self) -> tuple[str, ...]:
        return tuple(name for name in self._host.workspace.graphs if self._is_started(name))

    async def _start(self, asked: Of, peer: Peer) -> Answer:
        graph_named(self._host.workspace.graphs, asked)
        if self._host.session is None:
            raise NotRunning("the lab is not connected to a broker")
        peer.started.add(asked.graph)
        self._service.flow.look_again()
        await self._service.flow.ready()
        if not self._is_started(asked.graph):
            await self._host.enter(asked.graph, Phase.RUNNING)
            return ()
        return [self._started(asked.graph)]  # as it was; only the asker needs to know

    async def _stop(self, asked: Of, peer: Peer) -> Answer:
        del peer
        graph_named(self._host.workspace.graphs, asked)
        if self._host.workspace.phase(asked.graph) is Phase.RUNNING:
            await self._host.enter(asked.graph, Phase.HELD)
            return ()
        return [self._stopped(asked.graph)]

    async def _status(self, asked: Of, peer: Peer) -> Answer:
        graph_named(self._host.workspace.graphs, asked)
        status: dict[str, Any] = {
            "graph": asked.graph,
            "started": self._is_started(asked.graph),
            "running": await self._is_working(asked.graph),
        }
        # Who asks how it is hears first what has been.
        self._service.flow.catch_up()
        # The published suite wants no `uptime` here, though the schema has it.
        if asked.graph in peer.debugs:
            status["debug"] = True
        return [Message("network", "status", status)]

    async def _debug(self, asked: Debug, peer: Peer) -> Answer:
        graph_named(self._host.workspace.graphs, asked)
        (peer.debugs.add if asked.enable else peer.debugs.discard)(asked.graph)
        # The schemas know no answer to this; what it changes is seen in the status.
        return await self._status(asked, peer)

    async def _edges(self, asked: Watch, peer: Peer) -> Answer:
        graph_named(self._host.workspace.graphs, asked)
        peer.edges[asked.graph] = frozenset(edge_of(each.src, each.tgt) for each in asked.edges)
        self._service.flow.look_again()
        await self._service.flow.ready()
        return [Message("network", "edges", {"graph": asked.graph, "edges": asked.edges})]

    async def _save(self, asked: Payload, peer: Peer) -> Answer:
        del asked, peer
        if self._host.keeper is None:
            raise Refused("this runtime has no file to keep its graph in")
        await self._host.keeper.save()
        return [Message("network", "persist", {})]

    def _is_started(self, name: str) -> bool:
        workspace = self._host.workspace
        return self._host.session is not None and workspace.phase(name) is Phase.RUNNING

    async def _is_working(self, name: str) -> bool:
        """True if some participant of ours has work in hand, and not for a moment only."""
        if not self._is_started(name):
            return False
        roles, deadline = self._host.workspace.graphs[name].nodes, time.monotonic() + BRIEFLY
        while self._host.session is not None:
            local = self._host.session.local
            if not any(role in roles and each.in_hand for role, each in local.items()):
                return False
            if time.monotonic() > deadline:
                return True
            await asyncio.sleep(BRIEFLY / 20)
        return False

    def _started(self, name: str) -> Message:
        payload = {"graph": name, "started": True, "running": True, "time": now()}
        return Message("network", "started", payload)

    def _stopped(self, name: str) -> Message:
        payload = {"graph": name, "started": False, "running": False, "time": now()}
        return Message("network", "stopped", {**payload, "uptime": self._uptime(name)})

    def _uptime(self, name: str) -> float:
        """Seconds since a network began that runs, or has just been stopped."""
        began = max(self._host.workspace.began.get(name, 0.0), self._host.began)
        return round(time.monotonic() - began, 3) if began else 0.0


def now() -> str:
    """The time, as the protocol writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
