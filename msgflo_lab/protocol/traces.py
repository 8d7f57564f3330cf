"""The sub-protocol `trace`: what has flowed, kept for later, as a flowtrace."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ..graph import json_of
from .graphs import graph_named
from .limits import TRACE_BYTES, TRACE_BYTES_MOST
from .messages import Message, Of, Refused, TraceDump, TraceStart
from .networks import now
from .peer import Peer, as_json

if TYPE_CHECKING:
    from .service import Answer, Handler, Service


class Trace:
    """The events of one graph, the oldest going first when there are more bytes than allowed."""

    def __init__(self, size: int) -> None:
        self.is_on = True
        self.most = size
        self.start = now()
        self._size = 0
        self._events: deque[bytes] = deque()

    def add(self, event: bytes) -> None:
        """Keep an event, encoded."""
        self._events.append(event)
        self._size += len(event)
        while self._size > self.most:
            self._size -= len(self._events.popleft())

    def clear(self) -> None:
        """Forget all."""
        self._events.clear()
        self._size = 0

    def events(self) -> list[msgspec.Raw]:
        """All that are kept, oldest first."""
        return [msgspec.Raw(event) for event in self._events]


class Traces:
    """Handlers of the messages `trace:...`, and the traces."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._traces: dict[str, Trace] = {}
        self.handlers: Mapping[str, Handler] = {
            "trace:start": self._start,
            "trace:stop": self._stop,
            "trace:clear": self._clear,
            "trace:dump": self._dump,
        }

    def records(self, graph: str) -> bool:
        """True if what flows in a graph is to be recorded."""
        trace = self._traces.get(graph)
        return trace is not None and trace.is_on

    def record(self, graph: str, message: Message) -> None:
        """Keep an event, if its graph is traced."""
        if self.records(graph):
            event = {**message._asdict(), "graph": graph, "time": now()}
            self._traces[graph].add(as_json(event))

    async def _start(self, asked: TraceStart, peer: Peer) -> Answer:
        del peer
        self._graph(asked)
        graphs = self._service.host.workspace.graphs
        self._traces = {name: trace for name, trace in self._traces.items() if name in graphs}
        size = TRACE_BYTES if asked.buffersize is None else asked.buffersize
        others = sum(t.most for name, t in self._traces.items() if name != asked.graph)
        if not 0 < size <= TRACE_BYTES_MOST - others:
            left = f"from 1 to {TRACE_BYTES_MOST - others:,} bytes"
            raise Refused(f"`buffersize` is {left}: all traces have TRACE_BYTES_MOST together")
        self._traces[asked.graph] = Trace(size)
        self._service.flow.look_again()
        await self._service.flow.ready()
        said = {} if asked.buffersize is None else {"buffersize": asked.buffersize}
        return [Message("trace", "start", {"graph": asked.graph, **said})]

    def _stop(self, asked: Of, peer: Peer) -> Answer:
        del peer
        self._of(asked).is_on = False
        self._service.flow.look_again()
        return [Message("trace", "stop", {"graph": asked.graph})]

    def _clear(self, asked: Of, peer: Peer) -> Answer:
        del peer
        self._of(asked).clear()
        return [Message("trace", "clear", {"graph": asked.graph})]

    def _dump(self, asked: TraceDump, peer: Peer) -> Answer:
        del peer
        trace, host = self._of(asked), self._service.host
        metadata = {"label": host.name, "type": "msgflo", "start": trace.start, "end": now()}
        graphs = {asked.graph: json_of(host.workspace.graphs[asked.graph])}
        header = {"metadata": metadata, "graphs": graphs, "main": asked.graph}
        text = as_json({"header": header, "events": trace.events()}).decode()
        payload = {"graph": asked.graph, "type": asked.type, "flowtrace": text}
        return [Message("trace", "dump", payload)]

    def _graph(self, asked: Of) -> Any:
        return graph_named(self._service.host.workspace.graphs, asked)

    def _of(self, asked: Of) -> Trace:
        self._graph(asked)
        trace = self._traces.get(asked.graph)
        if trace is None:
            raise Refused(f"the graph `{asked.graph}` is not traced; start that first")
        return trace
