"""The coordinator: drives the broker's bindings and the initial packets towards the plan, for ever.

It is told what happens (announcements, edits, links, time) by plain calls that never wait, works
out what should be, and leaves the difference to one task that binds and unbinds. Nothing else
binds. There is no order in which things must happen: an edge whose ends are not there yet is
pending, and is bound when they come. All of it runs on one loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable

from ..binding import Binding, Diff, Planner
from ..definition import ParticipantDefinition, Side
from ..discovery import (
    Diagnosis,
    Event,
    Joined,
    Left,
    Returned,
    Roster,
    Silent,
    Updated,
    decode,
)
from ..errors import MsgFloLabError
from ..graph import (
    Change,
    Edge,
    EdgeAdded,
    EdgeRemoved,
    Graph,
    Initial,
    InitialSet,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
)
from ..message import encode
from ..names import ParticipantId, Role
from ..transport import Binder, Link
from .limits import BIND_AT_ONCE, BIND_RETRY, DIAGNOSES_KEPT
from .shared import SharedQueues

log = logging.getLogger(__name__)

OnChange = Callable[[Iterable[Role], Iterable[Edge]], None]
"""Called with the roles and edges that look different now. Called often: must be cheap."""


class Coordinator:
    """Reconciles one graph with whoever is on one broker.

    Attributes:
        roster: Who is there.
        planner: Which bindings should be there.
        problems: Unusable announcements, refused bindings and lost packets; the latest last.
    """

    def __init__(
        self,
        binder: Binder,
        graph: Graph,
        *,
        clock: Callable[[], float],
        on_change: OnChange,
        heartbeat: float,
    ) -> None:
        self.roster = Roster(heartbeat=heartbeat)
        self.planner = Planner(self.roster.queues)
        self.problems: deque[str] = deque(maxlen=DIAGNOSES_KEPT)
        self._binder = binder
        self._graph = graph
        self._clock = clock
        self._on_change = on_change
        self._shared = SharedQueues()
        self._derived: set[Edge] = set()
        self._bound: set[Binding] = set()
        self._todo: dict[Binding, None] = {}
        self._packets: dict[tuple[ParticipantId, str], tuple[ParticipantDefinition, Initial]] = {}
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._retry_after = BIND_RETRY[0]
        self._follow(self.planner.add(graph.edges))

    @property
    def graph(self) -> Graph:
        """What should be connected."""
        return self._graph

    @property
    def edges(self) -> Iterable[Edge]:
        """The edges of the graph, then those that are there because ports share a queue."""
        return [*self._graph.edges, *(e for e in self._derived if e not in self._graph.edges)]

    def has_edge(self, edge: Edge) -> bool:
        """True if the edge is in the graph, or there because two ports share a queue."""
        return edge in self._graph.edges or edge in self._derived

    def is_bound(self, edge: Edge) -> bool:
        """True if every binding that carries the edge out is in place."""
        bindings = self.planner.bindings(edge)
        return bool(bindings) and all(b in self._bound for b in bindings)

    def heard(self, announcement: bytes) -> None:
        """Something arrived on the discovery queue."""
        found = decode(announcement)
        if isinstance(found, Diagnosis):
            self.problems.append(f"unusable announcement: {found}")
            return
        self._happened(self.roster.heard(found, self._clock()))

    def forget(self, participant: ParticipantId) -> None:
        """A participant has left, and we know it."""
        self._happened(self.roster.forget(participant))

    def rename(self, definition: ParticipantDefinition) -> None:
        """A participant of ours plays another role from now on."""
        self._happened(self.roster.heard(definition, self._clock()))

    def sweep(self) -> None:
        """Let time pass."""
        self._happened(self.roster.sweep(self._clock()))

    def edited(self, graph: Graph, changes: Iterable[Change]) -> None:
        """The graph has been edited."""
        self._graph = graph
        for change in changes:
            self._edited(change)

    def link_changed(self, link: Link, detail: str) -> None:
        """The binder's way to the broker has changed. It restores its bindings by itself."""
        self.problems.append(f"link {link.value}: {detail}")
        if link is Link.UP:
            self._retry_after = BIND_RETRY[0]
            self._wake.set()

    async def settled(self) -> None:
        """Wait until the broker has taken every binding and packet that is due."""
        await self._settled.wait()

    async def run(self) -> None:
        """Carry out what is due, for ever."""
        while True:
            if not self._todo and not self._packets:
                self._settled.set()
                await self._wake.wait()
            self._wake.clear()
            if not await self._carry_out():
                await self._pause()

    async def _pause(self) -> None:
        delay = self._retry_after
        self._retry_after = min(delay * 2, BIND_RETRY[1])
        try:
            async with asyncio.timeout(delay):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _carry_out(self) -> bool:
        """One round. New bindings come before old ones go, so that nothing falls between."""
        todo, self._todo = list(self._todo), {}
        wanted = self.planner.wanted
        bind = [b for b in todo if b in wanted and b not in self._bound]
        unbind = [b for b in todo if b not in wanted and b in self._bound]
        went_well = await self._each(bind, self._bind)
        went_well &= await self._each(unbind, self._unbind)
        packets, self._packets = self._packets, {}
        for definition, initial in packets.values():
            went_well &= await self._send_initial(definition, initial)
        if went_well:
            self._retry_after = BIND_RETRY[0]
        return went_well

    async def _each(
        self, bindings: list[Binding], act: Callable[[Binding], Awaitable[None]]
    ) -> bool:
        went_well = True
        for start in range(0, len(bindings), BIND_AT_ONCE):
            part = bindings[start : start + BIND_AT_ONCE]
            results = await asyncio.gather(*map(act, part), return_exceptions=True)
            for binding, result in zip(part, results, strict=True):
                if isinstance(result, MsgFloLabError):
                    self.problems.append(str(result))
                    self._todo[binding] = None
                    went_well = False
                elif isinstance(result, BaseException):
                    raise result
        return went_well

    async def _bind(self, binding: Binding) -> None:
        await self._binder.bind(binding)
        self._bound.add(binding)
        self._show(binding)

    async def _unbind(self, binding: Binding) -> None:
        await self._binder.unbind(binding)
        self._bound.discard(binding)
        self._show(binding)

    async def _send_initial(self, to: ParticipantDefinition, initial: Initial) -> bool:
        port = to.port(Side.IN, initial.inport)
        if port is None or port.queue is None:
            self.problems.append(f"no inport `{initial.inport}` on `{to.role}` for its packet")
            return True
        try:
            await self._binder.publish(port.queue, encode(initial.value), Side.IN)
        except MsgFloLabError as error:
            self.problems.append(str(error))
            self._packets.setdefault((to.id, initial.inport), (to, initial))
            return False
        return True

    def _happened(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case Joined(definition):
                    self._share(self._shared.add(definition), set())
                    self._send_all_initials(definition)
                case Left(definition):
                    self._share(set(), self._shared.remove(definition))
                case Updated(before, definition):
                    gone = self._shared.remove(before)
                    self._share(self._shared.add(definition), gone)
                    self._changed_role(before.role)
                case Returned(definition):
                    self._send_all_initials(definition)
                case Silent(definition):
                    pass
            self._changed_role(event.definition.role)

    def _changed_role(self, role: Role) -> None:
        self._follow(self.planner.role_changed(role))
        self._on_change([role], self.planner.edges_of(role))

    def _share(self, made: set[Edge], gone: set[Edge]) -> None:
        for edge in made - gone:
            self._derived.add(edge)
        self._follow(self.planner.add(made - gone))
        lost = {edge for edge in gone - made if edge not in self._graph.edges}
        self._derived -= gone - made
        self._follow(self.planner.remove(lost))
        self._on_change([], made | gone)

    def _edited(self, change: Change) -> None:
        match change:
            case EdgeAdded(edge):
                self._follow(self.planner.add([edge]))
                self._on_change([edge.source, edge.target], [edge])
            case EdgeRemoved(edge):
                if edge not in self._derived:
                    self._follow(self.planner.remove([edge]))
                self._on_change([edge.source, edge.target], [edge])
            case InitialSet(initial):
                for member in self.roster.members(initial.role):
                    self._send_later(member.definition, initial)
                self._on_change([initial.role], [])
            case NodeRenamed(before, after):
                self._renamed(before, after)
            case NodeAdded(node) | NodeRemoved(node) | NodeChanged(_, node):
                self._on_change([node.role], [])
            case _:
                self._on_change([change.initial.role], [])

    def _renamed(self, before: Role, after: Role) -> None:
        old = [edge for edge in self.planner.edges_of(before) if edge not in self._derived]
        new = self._graph.edges_of(after)
        # Added before removed: bindings that both need stay in place meanwhile.
        self._follow(self.planner.add(new))
        self._follow(self.planner.remove(old))
        self._on_change([before, after], [*old, *new])

    def _send_all_initials(self, definition: ParticipantDefinition) -> None:
        for port in definition.inports:
            initial = self._graph.initials.get((definition.role, port.id))
            if initial is not None:
                self._send_later(definition, initial)

    def _send_later(self, to: ParticipantDefinition, initial: Initial) -> None:
        self._packets[to.id, initial.inport] = (to, initial)
        self._awaken()

    def _follow(self, difference: Diff) -> None:
        todo = [*difference.bind, *difference.unbind]
        if todo:
            self._todo.update(dict.fromkeys(todo))
            self._awaken()

    def _awaken(self) -> None:
        self._settled.clear()
        self._wake.set()

    def _show(self, binding: Binding) -> None:
        self._on_change([], self.planner.carried_by(binding))

