"""The living network for those who look at it: a view that is rebuilt only where it has changed.

Changes are marked as they happen and told at most once a frame (`FRAME`), so that a flood of
messages or announcements costs a watcher no more than 30 pieces of news a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ..binding import Binding
from ..definition import ParticipantDefinition, Side
from ..discovery import Liveness, Member
from ..graph import Edge, Initial, Junction
from ..graph.junction import OUT
from ..message import as_text, shortened
from ..names import PortName, Role
from ..network import (
    NOT_HERE,
    EdgeState,
    EdgeTraffic,
    EdgeView,
    NetworkView,
    PortView,
    RoleState,
    RoleView,
)
from ..transport import Binder, Traits
from .coordinator import Coordinator
from .limits import FRAME, OBSERVING
from .meter import Meter
from .nodes import junction_view, not_in_turn, position_of
from .participant import LocalParticipant

log = logging.getLogger(__name__)


class News(NamedTuple):
    """What a watcher is told.

    Attributes:
        view: The network, if anything but traffic has changed in it; else None.
        traffic: The edges whose traffic has changed.
    """

    view: NetworkView | None
    traffic: Mapping[Edge, EdgeTraffic]


Watcher = Callable[[News], None]
"""Called on the runtime's loop. Must be quick and must not raise."""


def tell(watcher: Watcher, news: News) -> bool:
    """Tell one watcher. False if it failed: it should be told nothing more."""
    try:
        watcher(news)
    except Exception:
        log.exception("a watcher of the network failed, and is told nothing more")
        return False
    return True


class Observer:
    """Keeps the view of one session.

    Attributes:
        doing: What keeps a role that is to run here from being there, in words.
    """

    def __init__(
        self,
        name: str,
        coordinator: Coordinator,
        binder: Binder,
        local: Mapping[Role, LocalParticipant],
        clock: Callable[[], float],
    ) -> None:
        self._name = name
        self._coordinator = coordinator
        self._binder = binder
        self._local = local
        self._clock = clock
        self.doing: Callable[[Role], str] = lambda _: ""
        self._meter = Meter()
        self._roles: dict[Role, RoleView] = {}
        self._edges: dict[Edge, EdgeView] = {}
        self._dirty_roles: dict[Role, None] = {}
        self._dirty_edges: dict[Edge, None] = {}
        self._view: NetworkView | None = None
        self._told: dict[Watcher, NetworkView | None] = {}
        self._passed: dict[Edge, None] = {}
        self._initials: Mapping[tuple[Role, PortName], Initial] = {}
        self._by_role: dict[Role, list[PortName]] = {}
        self._wake = asyncio.Event()

    @property
    def traits(self) -> Traits:
        """What the broker does differently."""
        return self._binder.traits

    def mark(self, roles: Iterable[Role], edges: Iterable[Edge]) -> None:
        """These look different now."""
        for role in roles:
            self._dirty_roles[role] = None
        for edge in edges:
            self._dirty_edges[edge] = None
            self._dirty_roles[edge.source] = None
            self._dirty_roles[edge.target] = None

    def view(self) -> NetworkView:
        """The network as it is now."""
        self._refresh()
        if self._view is None:
            self._view = NetworkView(
                self._name, tuple(self._roles.values()), tuple(self._edges.values())
            )
        return self._view

    def roles(self) -> Mapping[Role, RoleView]:
        """The roles of the view, by name."""
        self._refresh()
        return self._roles

    def traffic(self) -> dict[Edge, EdgeTraffic]:
        """The traffic of every edge, as of now."""
        self._count()
        return {edge: self._traffic_of(edge) for edge in self._edges}

    def watch(self, watcher: Watcher) -> None:
        """Tell a watcher everything now, and what changes from now on."""
        self._told[watcher] = None
        self._wake.set()

    def unwatch(self, watcher: Watcher) -> None:
        """Tell it nothing more."""
        self._told.pop(watcher, None)

    def unwatch_all(self) -> None:
        """Tell nobody anything more."""
        self._told.clear()

    def tick(self) -> None:
        """A second has passed: sample the rates, and see who is silent, and who is well again."""
        now = self._clock()
        self._count()
        self._note(self._meter.sample(now))
        for participant in self._local.values():
            participant.health.look(participant.job, now)
            if participant.health.ill_until and not participant.health.is_ill(now):
                participant.health.heal()
                self.mark([participant.role], [])
        for member in self._coordinator.roster:
            if member.liveness is Liveness.STALE:
                self.mark([member.definition.role], [])
        for view in self._roles.values():
            if (self.doing(view.role) or view.note) != view.note:
                self.mark([view.role], [])
        self._refresh()

    async def run(self) -> None:
        """Tell the watchers, at most once a frame, for ever."""
        pause = FRAME
        while True:
            await asyncio.sleep(pause)
            while not self._told:
                self._wake.clear()
                await self._wake.wait()
            begin = self._clock()
            self._count()
            self._tell()
            # Counting 10,000 edges takes a while: the messages come first.
            pause = max(FRAME, (self._clock() - begin) / OBSERVING)

    def _count(self) -> None:
        self._note(self._meter.read(self._binder.traffic(), self._clock()))

    def _note(self, changed: Iterable[Binding]) -> None:
        """The traffic of these has changed; whoever watches is told at the next frame."""
        if self._told:
            for binding in changed:
                self._passed.update(dict.fromkeys(self._coordinator.planner.carried_by(binding)))

    def _tell(self) -> None:
        view = self.view()
        passed, self._passed = self._passed, {}
        traffic = {edge: self._traffic_of(edge) for edge in passed if edge in self._edges}
        for watcher, told in list(self._told.items()):
            news = News(view if view is not told else None, traffic)
            if told is None:
                news = News(view, {edge: self._traffic_of(edge) for edge in self._edges})
            if news.view is None and not news.traffic:
                continue
            self._told[watcher] = view
            if not tell(watcher, news):
                self.unwatch(watcher)

    def _traffic_of(self, edge: Edge) -> EdgeTraffic:
        return self._meter.of(self._coordinator.planner.bindings(edge))

    def _refresh(self) -> None:
        if not self._dirty_roles and not self._dirty_edges:
            return
        self._view = None
        graph, roster = self._coordinator.graph, self._coordinator.roster
        for role in self._dirty_roles:
            if role in graph.nodes or role in roster.roles or role in self._local:
                self._roles[role] = self._role(role)
            else:
                self._roles.pop(role, None)
        for edge in self._dirty_edges:
            if self._coordinator.has_edge(edge):
                self._edges[edge] = EdgeView(
                    *edge, state=self._state(edge), dead=graph.is_dead_letter(edge)
                )
                if self._told:
                    self._passed[edge] = None  # a new binding counts from the beginning
            else:
                self._edges.pop(edge, None)
        self._dirty_roles.clear()
        self._dirty_edges.clear()

    def _state(self, edge: Edge) -> EdgeState:
        bindings = self._coordinator.planner.bindings(edge)
        if bindings and all(b.source == b.target for b in bindings):
            return EdgeState.SHARED
        if not self._is_here(edge.source, edge.target):
            return EdgeState.PENDING
        if self._coordinator.is_stopped(edge):
            return EdgeState.STOPPED
        if not self._coordinator.is_bound(edge):
            return EdgeState.PENDING
        return EdgeState.BOUND

    def _is_here(self, *roles: Role) -> bool:
        """True if somebody plays each, or it is a junction. A binding may outlive who wanted it."""
        coordinator = self._coordinator
        return all(
            role in coordinator.roster.roles or coordinator.graph.junction(role) for role in roles
        )

    def _role(self, role: Role) -> RoleView:
        graph, planner = self._coordinator.graph, self._coordinator.planner
        junction = graph.junction(role)
        if junction is not None:
            edges = planner.edges_of(role)
            note = self._trouble_with(role, junction)
            return junction_view(role, graph.nodes[role], junction, edges, note)
        members = self._coordinator.roster.members(role)
        local = self._local.get(role)
        node = graph.nodes.get(role)
        definitions = [member.definition for member in members]
        if local is not None:  # of our own, we know more than what has been heard so far
            own = local.definition
            definitions = [own if each.id == own.id else each for each in definitions] or [own]
        first = definitions[0] if definitions else None
        state, note = self._condition(role, members, local)
        return RoleView(
            role=role,
            component=first.component if first else (node.component if node else ""),
            label=first.label if first else "",
            icon=first.icon if first else "",
            state=state,
            workers=len(members),
            note=note,
            errors=local.health.errors if local is not None else 0,
            local=local is not None,
            inports=self._ports(role, Side.IN, definitions),
            outports=self._ports(role, Side.OUT, definitions),
            position=position_of(node.metadata if node else {}),
        )

    def _trouble_with(self, role: Role, junction: Junction) -> str:
        if junction is not Junction.ROUND_ROBIN or self._binder.traits.shares:
            return ""
        found = (
            not_in_turn(
                edge.target,
                edge.inport,
                [m.definition for m in self._coordinator.roster.members(edge.target)],
            )
            for edge in self._coordinator.planner.edges_of(role)
            if edge.source == role and edge.outport.lower() == OUT
        )
        return next(filter(None, found), "")

    def _condition(
        self, role: Role, members: list[Member], local: LocalParticipant | None
    ) -> tuple[RoleState, str]:
        if local is not None and local.health.failures and local.health.is_ill(self._clock()):
            return RoleState.ERROR, shortened(local.health.failures[-1].summary, 200)
        doing = shortened(self.doing(role), 200)
        if local is not None and local.health.busy:
            doing = f"busy with one message for {_duration(local.health.busy)}"
        if not members and local is None:
            return RoleState.ABSENT, doing or NOT_HERE
        if members and all(member.liveness is Liveness.STALE for member in members):
            silence = self._clock() - max(member.last_seen for member in members)
            return RoleState.STALE, f"silent for {_duration(silence)}"
        return RoleState.RUNNING, doing

    def _ports(
        self, role: Role, side: Side, definitions: list[ParticipantDefinition]
    ) -> tuple[PortView, ...]:
        initials = self._coordinator.graph.initials
        ports: dict[PortName, PortView] = {}
        hidden: dict[PortName, PortView] = {}

        def literal(port: PortName) -> str | None:
            initial = initials.get((role, port)) if side is Side.IN else None
            return None if initial is None else shortened(as_text(initial.value), 200)

        for definition in definitions:
            for port in definition.ports(side):
                if port.queue is not None:
                    view = PortView(port.id, port.type, port.queue, literal(port.id))
                    (hidden if port.hidden else ports).setdefault(port.id, view)
        local = self._local.get(role)
        if local is not None and side is Side.IN:
            for spec in local.behaviour.private:
                ports[spec.name] = PortView(spec.name, spec.type, literal=literal(spec.name))
        for name in self._mentioned(role, side):
            if name not in ports:
                unknown = PortView(name, literal=literal(name), known=False)
                ports[name] = hidden.get(name, unknown)
        return tuple(ports.values())

    def _mentioned(self, role: Role, side: Side) -> Iterator[PortName]:
        """The ports that edges and initial packets name, whether or not anybody has them."""
        for edge in self._coordinator.planner.edges_of(role):
            end = (edge.source, edge.outport) if side is Side.OUT else (edge.target, edge.inport)
            if end[0] == role:
                yield end[1]
        if side is Side.IN:
            yield from self._inports_with_initial(role)

    def _inports_with_initial(self, role: Role) -> list[PortName]:
        initials = self._coordinator.graph.initials
        if initials is not self._initials:
            self._initials, self._by_role = initials, {}
            for at, inport in initials:
                self._by_role.setdefault(at, []).append(inport)
        return self._by_role.get(role, [])


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
