"""The coordinator: drives the broker's bindings and the initial packets towards the plan, for ever.

It is told what happens (announcements, edits, links, time) by plain calls that never wait, works
out what should be, and leaves the difference to its carrier. There is no order in which things must
happen: an edge whose ends are not there yet is pending, and is bound when they come. All of it runs
on one loop.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Set
from typing import Protocol

from ..binding import Binding, Diff, Kind, Planner
from ..binding.assumed import assumed_queue
from ..definition import ParticipantDefinition, Side
from ..discovery import (
    Contested,
    Diagnosis,
    Event,
    Joined,
    Left,
    Member,
    Returned,
    Roster,
    Silent,
    Updated,
    decode,
)
from ..discovery.limits import DISCOVERY
from ..errors import MsgFloLabError
from ..graph import (
    Change,
    Edge,
    EdgeAdded,
    EdgeRemoved,
    Graph,
    Initial,
    InitialRemoved,
    InitialSet,
    Junction,
    NodeAdded,
    NodeChanged,
    NodeRemoved,
    NodeRenamed,
)
from ..names import ParticipantId, PortName, QueueName, Role, listed, shown
from ..signal import Signal
from ..transport import Binder, Link
from .carrier import Carrier
from .holding import Holding, is_held
from .limits import TIDY_AFTER
from .packets import InitialPackets
from .problems import Problems
from .shared import SharedQueues
from .workspace import Phase

log = logging.getLogger(__name__)

OnChange = Callable[[Iterable[Role], Iterable[Edge]], None]
"""Called with the roles and edges that look different now. Called often: must be cheap."""


class Phases(Protocol):
    """Says what of the graph has been started; a workspace does."""

    def edge_phase(self, edge: Edge) -> Phase:
        """How far an edge is."""

    def inport_phase(self, role: Role, inport: PortName) -> Phase:
        """How far the graph is that has an initial packet."""


class Coordinator:
    """Reconciles one graph with whoever is on one broker.

    Give it its graph by `load`, let it `run`, and tell it what happens.

    Attributes:
        roster: Who is there.
        planner: Which bindings should be there.
        carrier: Binds and unbinds.
        packets: Sends what inports are to begin with.
        problems: Unusable announcements, refused bindings and lost packets; the latest last.
    """

    def __init__(
        self,
        binder: Binder,
        *,
        clock: Callable[[], float],
        on_change: OnChange,
        heartbeat: float,
        phases: Phases | None = None,
        holding: Holding | None = None,
        is_private: Callable[[Role, PortName], bool] = lambda _role, _inport: False,
        elsewhere: Collection[Role] = (),
    ) -> None:
        """Create it.

        Args:
            phases: Says what of the graph has been started; all of it, without.
            holding: Keeps the messages of what has been stopped.
            is_private: Says which initial packets are not sent, being settings of participants
                of this process.
            elsewhere: Roles that others play. Where binding needs but names, it does not wait for
                their announcements: see `binding.assumed`.
        """
        self.roster = Roster(heartbeat=heartbeat)
        self.announced: Signal[ParticipantDefinition] = Signal()  # before anything follows of it
        self.planner = Planner(self._queues_of, self._junction_of, self._is_idle)
        self._phases = phases
        self._holding = holding
        self._is_private = is_private
        self._elsewhere = frozenset(elsewhere)
        self.problems = Problems()
        self._binder = binder
        self._graph = Graph()
        self._clock = clock
        self._on_change = on_change
        self._shared = SharedQueues()
        self._last: dict[tuple[Role, Side, PortName], tuple[QueueName, ...]] = {}
        self._derived: set[Edge] = set()
        self._left: frozenset[Binding] = frozenset()
        self._edited_at = clock()
        self.packets = InitialPackets(
            binder,
            self.roster,
            initial_of=self._initial_of,
            report=self.report,
            refused=self._refused,
            on_due=self._due,
        )
        self.carrier = Carrier(
            binder,
            wanted=lambda: self.planner.wanted,
            is_to_hold=self._is_to_hold,
            holding=holding,
            send_packets=self.packets.send,
            has_packets=lambda: bool(self.packets.due()),
            on_change=self._show,
            refused=self._refused,
        )
        self._deaf_since: float | None = None

    @property
    def graph(self) -> Graph:
        """What should be connected."""
        return self._graph

    def _junction_of(self, role: Role) -> Junction | None:
        return self._graph.junction(role)

    def _queues_of(self, role: Role, side: Side, port: PortName) -> tuple[QueueName, ...]:
        """The queues of a port; also of one that is away, if he can be bound all the same.

        That is so where queues outlive participants, and where they need not be there.
        """
        queues = self.roster.queues(role, side, port)
        if self._binder.traits.keeps:
            if queues:
                self._last[role, side, port] = queues
            return self._last.get((role, side, port), ())
        if role in self._elsewhere and not self.roster.members(role):
            return (assumed_queue(self._graph, role, side, port),)
        return queues

    def _is_idle(self, edge: Edge) -> bool:
        return self._phases is not None and self._phases.edge_phase(edge) is Phase.IDLE

    def roles_using(self, queue: QueueName) -> Set[Role]:
        """The roles that announced a queue for any of their ports."""
        return self._shared.roles(queue)

    def is_theirs(self, queue: QueueName, wide: bool) -> bool:
        """Whether a topic is no device's: an inport's queue, or where everybody announces himself.

        Args:
            wide: Outports are theirs, too.
        """
        if queue == DISCOVERY or self._shared.is_inport(queue):
            return True
        return wide and bool(self._shared.roles(queue))

    def has_edge(self, edge: Edge) -> bool:
        """True if the edge is in the graph, or there because two ports share a queue."""
        return edge in self._graph.edges or edge in self._derived

    def is_bound(self, edge: Edge) -> bool:
        """True if every binding that carries the edge out is in place."""
        bindings = self.planner.bindings(edge)
        return bool(bindings) and all(b in self.carrier.bound for b in bindings)

    def passes(self, edge: Edge) -> bool:
        """True if a message that leaves the source is on its way to the target, and does not wait.

        Right after a start this is so a little earlier than `is_bound`.
        """
        bindings = self.planner.bindings(edge)
        return bool(bindings) and all(map(self.carrier.passes, bindings))

    def heard(self, announcement: bytes) -> None:
        """Something arrived on the discovery queue."""
        found = decode(announcement)
        if isinstance(found, Diagnosis):
            self.report(f"unusable announcement: {found}")
            return
        self._happened(self.roster.heard(found, self._clock()))

    def forget(self, participant: ParticipantId, *, for_good: bool = True) -> None:
        """A participant has left, and we know it; see `Roster.forget`."""
        self._happened(self.roster.forget(participant, for_good=for_good))

    def silence(self, definition: ParticipantDefinition) -> None:
        """A participant is not there at present, and we know it; see `Roster.silence`."""
        if self.roster.member(definition.id) is None:
            self._happened(self.roster.heard(definition, self._clock()))
        self._happened(self.roster.silence(definition.id))

    def rename(self, definition: ParticipantDefinition) -> None:
        """A participant of ours plays another role from now on."""
        self._happened(self.roster.renamed(definition, self._clock()))

    def sweep(self) -> None:
        """Let time pass. While there is no link, nobody can be heard, and silence says nothing."""
        if self._deaf_since is None:
            self._happened(self.roster.sweep(self._clock()))
            self._tidy()

    def adopt(self, bindings: Collection[Binding]) -> None:
        """The broker has these from an earlier life of this lab.

        Those that the graph does not want go, but only once there is a graph, nobody has edited it
        for `TIDY_AFTER`, and both ends have been heard of: until then they may be somebody's who is
        away, and whose messages are to wait for him.
        """
        self._left = frozenset(binding for binding in bindings if not is_held(binding.target))
        self.carrier.left_held(each.target for each in bindings if is_held(each.target))
        self._edited_at = self._clock()

    def _tidy(self) -> None:
        if not self._left or not self._graph.edges:
            return
        if self._clock() - self._edited_at < TIDY_AFTER:
            return
        self._left -= self.planner.wanted
        gone = {b for b in self._left if self.roles_using(b.source) and self.roles_using(b.target)}
        self._left -= gone
        if gone:
            names = listed([str(binding) for binding in sorted(gone)], 3)
            self.report(f"undone, as the graph has it no more: {names}")
            self.carrier.undo(gone)

    def load(self, graph: Graph) -> None:
        """Begin with this graph."""
        self._graph = graph
        self._follow(self.planner.add(graph.edges))
        self._on_change(graph.nodes, graph.edges)

    def edited(self, graph: Graph, changes: Iterable[Change]) -> None:
        """The graph has been edited."""
        self._graph = graph
        self._edited_at = self._clock()
        for change in changes:
            self._edited(change)

    def entered(self, graph: Graph, phase: Phase) -> None:
        """A part of the graph was started (its initial packets are sent then) or stopped."""
        self._follow(self.planner.edges_changed(graph.edges))
        self.carrier.look_at({b for edge in graph.edges for b in self.planner.bindings(edge)})
        if phase is Phase.RUNNING:
            for initial in graph.initials.values():
                self.packets.add_for_all(initial)
        self._on_change(graph.nodes, graph.edges)

    def link_changed(self, link: Link, detail: str) -> None:
        """The binder's way to the broker has changed. It restores its bindings by itself."""
        self.problems.append(f"link {link.value}: {detail}")
        if link is Link.DOWN:
            self._deaf_since = self._clock()
        elif self._deaf_since is not None:
            self.roster.excuse(self._clock() - self._deaf_since)
            self._deaf_since = None
        if link is Link.UP:
            self.carrier.try_again()

    async def settled(self) -> None:
        """Wait until every binding and packet that is due has been tried.

        What the broker refused is tried again later, and a packet for an inport that is congested
        may still be on its way: nobody needs to wait for those.
        """
        await self.carrier.settled()

    async def run(self) -> None:
        """Carry out what is due, for ever."""
        await self.carrier.run()

    def _refused(self, error: Exception) -> None:
        self.report(str(error) or type(error).__name__)
        if not isinstance(error, MsgFloLabError):
            log.error("the transport has a bug; what it refused is tried again", exc_info=error)

    def is_stopped(self, edge: Edge) -> bool:
        """True if nothing passes because the graph is stopped, or has not been started yet."""
        bindings = self.planner.bindings(edge)
        if not bindings:
            return self._phases is not None and self._phases.edge_phase(edge) is Phase.IDLE
        return all(map(self._is_to_hold, bindings))

    def _is_to_hold(self, binding: Binding) -> bool:
        """True if all edges that need it are in graphs that have been stopped."""
        phases = self._phases
        if phases is None or self._holding is None or binding.source == binding.target:
            return False
        return binding.kind is not Kind.DEAD_LETTER and all(
            phases.edge_phase(edge) is Phase.HELD for edge in self.planner.carried_by(binding)
        )

    def _initial_of(self, member: Member, inport: PortName) -> Initial | None:
        role = member.definition.role
        initial = self._graph.initials.get((role, inport))
        if initial is None or self._is_private(role, inport):
            return None
        if self._phases is None:
            return initial
        # Of what has been stopped, or not yet started, it is sent at the start.
        return initial if self._phases.inport_phase(role, inport) is Phase.RUNNING else None

    def _happened(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Joined | Updated):
                self.announced(event.definition)
            match event:
                case Joined(definition):
                    self._share(self._shared.add(definition), set())
                    self.packets.add_for(definition)
                case Left(definition):
                    self._share(set(), self._shared.remove(definition))
                case Updated(before, definition):
                    gone = self._shared.remove(before)
                    self._share(self._shared.add(definition), gone)
                    self._changed_role(before.role)
                    self.packets.add_for(definition, known=before)
                case Returned(definition):
                    self.packets.add_for(definition)
                case Contested(before, definition):
                    self._report_contest(before, definition)
                case Silent(definition):
                    pass
            self._changed_role(event.definition.role)

    def _report_contest(self, one: ParticipantDefinition, other: ParticipantDefinition) -> None:
        roles = " and ".join(dict.fromkeys(f"`{shown(each.role)}`" for each in (one, other)))
        self.report(
            f"two participants announce the id `{shown(other.id)}` in turns, as {roles}: "
            "each needs an id of its own"
        )

    def report(self, text: str) -> None:
        """Keep one line for `status`; what is there already is not said again."""
        if text not in self.problems:
            self.problems.append(text)

    def withdraw(self, text: str) -> None:
        """That problem is mended. Nothing happens if nobody has reported it."""
        if text in self.problems:
            self.problems.remove(text)

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
                self.packets.add_for_all(initial)
                self._on_change([initial.role], [])
            case NodeRenamed(before, after):
                self._renamed(before, after)
            case NodeAdded(node) | NodeRemoved(node) | NodeChanged(_, node):
                self._changed_role(node.role)
            case InitialRemoved(initial):
                self._on_change([initial.role], [])
            case _:
                pass  # what only people and tools read

    def _renamed(self, before: Role, after: Role) -> None:
        old = [edge for edge in self.planner.edges_of(before) if edge not in self._derived]
        new = self._graph.edges_of(after)
        # Added before removed: bindings that both need stay in place meanwhile.
        self._follow(self.planner.add(new))
        self._follow(self.planner.remove(old))
        self._on_change([before, after], [*old, *new])

    def _follow(self, difference: Diff) -> None:
        self.carrier.look_at((*difference.bind, *difference.unbind))

    def _due(self) -> None:
        self.carrier.awaken()

    def _show(self, binding: Binding) -> None:
        self._on_change([], self.planner.carried_by(binding))
