"""From edges and announcements to bindings: all at once, or kept up to date edge by edge.

Pure layer. `plan` says what should be; `diff` what is missing and what is too much; `Planner`
gives the same answer incrementally, at a cost in proportion to the edges that are touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from typing import NamedTuple, TypeVar

from ..definition import Side
from ..graph import Edge, Junction
from ..graph.junction import DEAD_LETTER, IN, OUT
from ..names import PortName, QueueName, Role
from .model import Binding, Kind

QueuesOf = Callable[[Role, Side, PortName], tuple[QueueName, ...]]
"""The queues that live participants of a role announced for a port: usually one, none if absent.

More than one where participants of one role announced different queues for it.
"""


_K = TypeVar("_K")


class Diff(NamedTuple):
    """What has to be done to the bindings there are."""

    bind: frozenset[Binding]
    unbind: frozenset[Binding]


JunctionOf = Callable[[Role], Junction | None]
"""Says which nodes of the graph are junctions."""
EdgesOf = Callable[[Role], Iterable[Edge]]
"""The edges that touch a role."""


def no_junction(role: Role) -> Junction | None:
    """For a graph without junctions."""
    del role
    return None


def never(edge: Edge) -> bool:
    """For a graph that is carried out as a whole."""
    del edge
    return False


class _Rules:
    """What an edge comes to, given who is there."""

    def __init__(self, queues_of: QueuesOf, junction_of: JunctionOf, edges_of: EdgesOf) -> None:
        self._queues_of = queues_of
        self._junction_of = junction_of
        self._edges_of = edges_of

    def bindings(self, edge: Edge) -> list[Binding]:
        """The bindings that carry out one edge; none while either end is absent.

        An edge into a junction is carried out by the bindings to all that follow, an edge out of
        one by those from all that come before. Two junctions in a row carry nothing.
        """
        into, out_of = self._junction_of(edge.target), self._junction_of(edge.source)
        if into is None and out_of is None:
            return _each(self._sources(edge), self._targets(edge), Kind.PUBSUB)
        if into is not None and out_of is not None:
            return []
        if into is not None:
            if edge.inport.lower() != IN:
                return []
            return _each(self._sources(edge), self._after(edge.target), _kind(into))
        assert out_of is not None
        if edge.outport.lower() not in out_of.outports:
            return []
        if edge.outport.lower() == DEAD_LETTER:
            return _each(self._after(edge.source), self._targets(edge), Kind.DEAD_LETTER)
        return _each(self._before(edge.source), self._targets(edge), _kind(out_of))

    def beside(self, edges: Iterable[Edge]) -> list[Edge]:
        """These edges, and all that meet them at a junction."""
        met: dict[Edge, None] = {}
        for edge in edges:
            met[edge] = None
            for role in (edge.source, edge.target):
                if self._junction_of(role) is not None:
                    met.update(dict.fromkeys(self._edges_of(role)))
        return list(met)

    def _sources(self, edge: Edge) -> tuple[QueueName, ...]:
        return self._queues_of(edge.source, Side.OUT, edge.outport)

    def _targets(self, edge: Edge) -> tuple[QueueName, ...]:
        return self._queues_of(edge.target, Side.IN, edge.inport)

    def _before(self, junction: Role) -> list[QueueName]:
        return [
            queue
            for edge in self._edges_of(junction)
            if edge.target == junction
            and edge.inport.lower() == IN
            and self._junction_of(edge.source) is None
            for queue in self._sources(edge)
        ]

    def _after(self, junction: Role) -> list[QueueName]:
        return [
            queue
            for edge in self._edges_of(junction)
            if edge.source == junction
            and edge.outport.lower() == OUT
            and self._junction_of(edge.target) is None
            for queue in self._targets(edge)
        ]


def _kind(junction: Junction) -> Kind:
    return Kind.ROUND_ROBIN if junction is Junction.ROUND_ROBIN else Kind.PUBSUB


def _each(sources: Iterable[QueueName], targets: Iterable[QueueName], kind: Kind) -> list[Binding]:
    targets = tuple(targets)
    return list(dict.fromkeys(Binding(s, t, kind) for s in sources for t in targets))


def plan(
    edges: Iterable[Edge], queues_of: QueuesOf, junction_of: JunctionOf = no_junction
) -> frozenset[Binding]:
    """All bindings that the edges need, given who is there."""
    edges = list(edges)
    touching: dict[Role, list[Edge]] = {}
    for edge in edges:
        for role in {edge.source, edge.target}:
            touching.setdefault(role, []).append(edge)
    rules = _Rules(queues_of, junction_of, lambda role: touching.get(role, ()))
    return frozenset(b for edge in edges for b in rules.bindings(edge))


def diff(actual: Set[Binding], wanted: Set[Binding]) -> Diff:
    """What to bind and what to unbind so that `actual` becomes `wanted`."""
    return Diff(frozenset(wanted - actual), frozenset(actual - wanted))


class Planner:
    """`plan` as a running total.

    Tell it which edges come and go, and whose announcement changed; each call returns the
    difference it makes. Several edges may need the same binding: it goes with the last of them.
    """

    def __init__(
        self,
        queues_of: QueuesOf,
        junction_of: JunctionOf = no_junction,
        is_idle: Callable[[Edge], bool] = never,
    ) -> None:
        """`is_idle` says of which edges nothing is to be carried out, though they are there."""
        self._rules = _Rules(queues_of, junction_of, self.edges_of)
        self._is_idle = is_idle
        self._planned: dict[Edge, list[Binding]] = {}
        self._edges_of: dict[Role, dict[Edge, None]] = {}
        self._carried_by: dict[Binding, dict[Edge, None]] = {}

    @property
    def wanted(self) -> Set[Binding]:
        """All bindings there should be."""
        return self._carried_by.keys()

    def bindings(self, edge: Edge) -> list[Binding]:
        """What carries out this edge now; empty while it is pending or unknown."""
        return self._planned.get(edge, [])

    def edges_of(self, role: Role) -> list[Edge]:
        """The edges that touch a role."""
        return list(self._edges_of.get(role, ()))

    def carried_by(self, binding: Binding) -> list[Edge]:
        """The edges that need a binding."""
        return list(self._carried_by.get(binding, ()))

    def add(self, edges: Iterable[Edge]) -> Diff:
        """These edges are there now."""
        edges = list(edges)
        for edge in edges:
            self._planned.setdefault(edge, [])
            for role in (edge.source, edge.target):
                self._edges_of.setdefault(role, {})[edge] = None
        return self._replan(edges)

    def remove(self, edges: Iterable[Edge]) -> Diff:
        """These edges are gone."""
        edges = [edge for edge in dict.fromkeys(edges) if edge in self._planned]
        for edge in edges:
            for role in {edge.source, edge.target}:
                _discard(self._edges_of, role, edge)
        difference = self._replan(edges, without=set(edges))
        for edge in edges:
            del self._planned[edge]
        return difference

    def role_changed(self, role: Role) -> Diff:
        """Somebody of this role came, went or announced other queues; or it is a junction now."""
        return self._replan(self.edges_of(role))

    def edges_changed(self, edges: Iterable[Edge]) -> Diff:
        """These are idle now, or not any more."""
        return self._replan([edge for edge in edges if edge in self._planned])

    def _replan(self, edges: Iterable[Edge], without: Set[Edge] = frozenset()) -> Diff:
        touched: dict[Binding, bool] = {}
        for edge in self._rules.beside(edges):
            is_off = edge in without or self._is_idle(edge)
            old, new = self._planned[edge], [] if is_off else self._rules.bindings(edge)
            if old == new:
                continue
            self._planned[edge] = new
            for binding in (*old, *new):
                touched.setdefault(binding, binding in self._carried_by)
            for binding in old:
                _discard(self._carried_by, binding, edge)
            for binding in new:
                self._carried_by.setdefault(binding, {})[edge] = None
        before = {binding for binding, was_wanted in touched.items() if was_wanted}
        return diff(before, touched.keys() & self._carried_by.keys())


def _discard(table: dict[_K, dict[Edge, None]], key: _K, edge: Edge) -> None:
    row = table[key]
    row.pop(edge, None)
    if not row:
        del table[key]
