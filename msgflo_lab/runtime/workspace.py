"""What people have made, and what outlives a session on a broker: graphs and participants.

Several graphs are sheets of one network: a role is the same node on each of them. What is carried
out is their union.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from ..errors import InvalidName, UnknownName
from ..graph import Change, Edge, Edited, Graph, InitialSet, edit_into, edit_of_union, union
from ..names import PortName, Role
from ..signal import Signal
from .behaviour import Behaviour
from .measured import Jobs

MAIN = "default/main"
"""The graph that is there from the beginning; msgflo calls it so."""


class Phase(StrEnum):
    """How far a graph is."""

    IDLE = "idle"
    """It has not been started: nothing of it is carried out."""
    RUNNING = "running"
    HELD = "held"
    """It has been stopped: its messages wait."""


_FURTHEST = (Phase.RUNNING, Phase.HELD, Phase.IDLE)


class Workspace:
    """The graphs, with whoever follows their changes. On one loop; any thread may read `graph`.

    Attributes:
        behaviours: What the participants of this process do, by role.
        jobs: Whether what they do is timed, and who hears of it.
        main: The name of the graph that the lab edits.
        began: When each graph was started last (monotonic); not those that never had to be.
        lives: How often a role has begun anew, as a graph was started for the first time.
        edited: Told of each edit: the graph's name, the graph as it is now, and the changes that
            led to it, in order.
        network_edited: The same for the union of all graphs, which has no name.
        entered: Told of each start and stop: the graph's name, and its new phase.
    """

    def __init__(self) -> None:
        self.behaviours: dict[Role, Behaviour] = {}
        self.jobs = Jobs()
        self.main = MAIN
        self.began: dict[str, float] = {}
        self.lives: Counter[Role] = Counter()
        self._graphs: dict[str, Graph] = {MAIN: Graph()}
        self._phases: dict[str, Phase] = {MAIN: Phase.RUNNING}
        self._network = Graph()
        self.edited: Signal[str, Graph, tuple[Change, ...]] = Signal()
        self.network_edited: Signal[Graph, tuple[Change, ...]] = Signal()
        self.entered: Signal[str, Phase] = Signal()

    @property
    def graph(self) -> Graph:
        """The main graph. Immutable."""
        return self._graphs[self.main]

    @property
    def graphs(self) -> Mapping[str, Graph]:
        """All graphs, by name."""
        return MappingProxyType(self._graphs)

    @property
    def network(self) -> Graph:
        """All graphs in one."""
        return self._network

    def phase(self, name: str) -> Phase:
        """How far a graph is. Raises UnknownName."""
        self.look_up(name)
        return self._phases[name]

    def look_up(self, name: str) -> Graph:
        """A graph by its name. Raises UnknownName."""
        graph = self._graphs.get(name)
        if graph is None:
            raise UnknownName("graph", name, known=self._graphs)
        return graph

    def home(self, role: Role) -> str:
        """The graph that has a node: the main graph, if it is there or nowhere."""
        if role not in self.graph.nodes:
            for name, graph in self._graphs.items():
                if role in graph.nodes:
                    return name
        return self.main

    def apply(self, edited: Edited, name: str | None = None) -> None:
        """Make an edit of a graph (the main one) count, and tell everybody who follows."""
        name = name if name is not None else self.main
        self.look_up(name)
        graph, changes = edited
        self._graphs[name] = graph
        if not changes:
            return
        if len(self._graphs) == 1:
            self._network, for_network = graph, changes
        else:
            every = self._in_order(self._phases)
            self._network, for_network = edit_of_union(self._network, every, changes)
            # The same packet once more is to be sent, though nothing is different.
            again = [c for c in changes if isinstance(c, InitialSet) and c not in for_network]
            for_network = (*for_network, *again)
        self.edited(name, graph, changes)
        self.network_edited(self._network, for_network)

    def create(self, name: str, *, main: bool = False) -> None:
        """Make an empty graph, which is to be started; one that is there is emptied.

        Args:
            main: It is the main graph from now on.

        Raises:
            InvalidName: The name is empty.
        """
        if not name:
            raise InvalidName("a graph needs a name")
        if name in self._graphs:
            self.apply(edit_into(self._graphs[name], Graph()), name)
            if self._phases[name] is Phase.HELD:
                self._phases[name] = Phase.IDLE
        else:
            self._graphs[name], self._phases[name] = Graph(), Phase.IDLE
        if main:
            self.main = name

    def forget_empty(self) -> str:
        """Forget the oldest graph that has run, and has nothing in it any more: its name, or "".

        A client has no words for that: it empties what it does not need any more.
        """
        for name, graph in self._graphs.items():
            is_over = name in self.began and self._phases[name] is not Phase.RUNNING
            if is_over and not graph.nodes and name not in (MAIN, self.main):
                del self._graphs[name], self._phases[name]
                self.began.pop(name, None)
                return name
        return ""

    def enter(self, name: str, phase: Phase) -> None:
        """Start a graph, or stop it.

        Raises:
            UnknownName: There is none of that name.
        """
        if self.phase(name) is phase:
            return
        if self._phases[name] is Phase.IDLE:
            self._begin_anew(name)
        phases = {**self._phases, name: phase}
        if len(self._graphs) > 1:
            # Packets that this changes are sent once: with the start itself, see `entered`.
            edit = edit_into(self._network, union(self._in_order(phases)))
            self._network, changes = edit
            if changes:
                self.network_edited(self._network, changes)
        self._phases = phases
        if phase is Phase.RUNNING:
            self.began[name] = time.monotonic()
        self.entered(name, phase)

    def edge_phase(self, edge: Edge) -> Phase:
        """How far an edge is: as far as the graph that is furthest of those that have it."""
        return self._furthest(lambda graph: edge in graph.edges)

    def inport_phase(self, role: Role, inport: PortName) -> Phase:
        """The same for an initial packet."""
        return self._furthest(lambda graph: (role, inport) in graph.initials)

    def node_phase(self, role: Role) -> Phase:
        """The same for a node."""
        return self._furthest(lambda graph: role in graph.nodes)

    def _begin_anew(self, name: str) -> None:
        """What a graph names that runs for no other one, begins with it: nothing is left of what
        a stopped graph has had in the same role.
        """
        running = [self._graphs[n] for n, p in self._phases.items() if p is Phase.RUNNING]
        roles = self._graphs[name].nodes
        self.lives.update(r for r in roles if not any(r in graph.nodes for graph in running))

    def _in_order(self, phases: Mapping[str, Phase]) -> list[Graph]:
        """The graphs; what they say differently, those that are furthest say.

        Of those that have been stopped, the one that was started last: a stop changes nothing else.
        """

        def key(name: str) -> tuple[int, float]:
            phase = phases[name]
            return _FURTHEST.index(phase), -self.began.get(name, 0.0) * (phase is Phase.HELD)

        return [self._graphs[name] for name in sorted(self._graphs, key=key)]

    def _furthest(self, has: Callable[[Graph], bool]) -> Phase:
        if all(phase is Phase.RUNNING for phase in self._phases.values()):
            return Phase.RUNNING
        phases = {self._phases[name] for name, graph in self._graphs.items() if has(graph)}
        for phase in _FURTHEST:
            if phase in phases:
                return phase
        return Phase.RUNNING  # nobody's: two ports share a queue
