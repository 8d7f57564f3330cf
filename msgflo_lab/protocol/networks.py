"""The sub-protocol `network`: started, stopped, looked at."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Mapping
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

    def __init__(self, service: Service, persist: Callable[[], object] | None) -> None:
        self._service = service
        self._host = service.host
        self._persist = persist
        self._since: dict[str, float] = {}
        service.host.workspace.entered.connect(self._entered)
        self.handlers: Mapping[str, Handler] = {
            "network:start": self._start,
            "network:stop": self._stop,
            "network:getstatus": self._status,
            "network:debug": self._debug,
            "network:edges": self._edges,
            "network:persist": self._save,
        }

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
        if self._is_started(asked.graph):
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
        if asked.graph in peer.debugs:
            status["debug"] = True
        return [Message("network", "status", status)]

    def _debug(self, asked: Debug, peer: Peer) -> Answer:
        graph_named(self._host.workspace.graphs, asked)
        (peer.debugs.add if asked.enable else peer.debugs.discard)(asked.graph)
        # The schemas know no answer to this; what comes back is what everybody knows anyway.
        payload = {"graph": asked.graph, "started": self._is_started(asked.graph)}
        running = {"running": payload["started"], "debug": asked.enable}
        return [Message("network", "status", {**payload, **running})]

    async def _edges(self, asked: Watch, peer: Peer) -> Answer:
        graph_named(self._host.workspace.graphs, asked)
        peer.edges[asked.graph] = frozenset(edge_of(each.src, each.tgt) for each in asked.edges)
        self._service.flow.look_again()
        await self._service.flow.ready()
        return [Message("network", "edges", {"graph": asked.graph, "edges": asked.edges})]

    async def _save(self, asked: Payload, peer: Peer) -> Answer:
        del asked, peer
        if self._persist is None:
            raise Refused("this runtime has no file to keep its graphs in")
        done = self._persist()
        if inspect.isawaitable(done):
            await done
        return [Message("network", "persist", {})]

    def _entered(self, name: str, phase: Phase) -> None:
        if phase is Phase.RUNNING:
            self._service.tell(self._started(name))
            self._since[name] = time.monotonic()
        else:
            self._service.tell(self._stopped(name))
            self._since.pop(name, None)

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
            if not any(role in roles and each.is_busy for role, each in local.items()):
                return False
            if time.monotonic() > deadline:
                return True
            await asyncio.sleep(BRIEFLY / 20)
        return False

    def _started(self, name: str) -> Message:
        from .service import now

        payload = {"graph": name, "started": True, "running": True, "time": now()}
        return Message("network", "started", payload)

    def _stopped(self, name: str) -> Message:
        from .service import now

        since = self._since.get(name)
        uptime = {"uptime": round(time.monotonic() - since, 3)} if since is not None else {}
        payload = {"graph": name, "started": False, "running": False, "time": now(), **uptime}
        return Message("network", "stopped", payload)
