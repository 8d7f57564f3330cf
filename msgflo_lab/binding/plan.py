"""From edges and announcements to bindings: all at once, or kept up to date edge by edge.

Pure layer. `plan` says what should be; `diff` what is missing and what is too much; `Planner`
gives the same answer incrementally, at a cost in proportion to the edges that are touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from typing import NamedTuple, TypeVar

from ..definition import Side
from ..graph import Edge
from ..names import PortName, QueueName, Role
from .model import Binding

QueuesOf = Callable[[Role, Side, PortName], tuple[QueueName, ...]]
"""The queues that live participants of a role announced for a port: usually one, none if absent.

More than one where participants of one role announced different queues for it.
"""


_K = TypeVar("_K")


class Diff(NamedTuple):
    """What has to be done to the bindings there are."""

    bind: frozenset[Binding]
    unbind: frozenset[Binding]


def bindings_of(edge: Edge, queues_of: QueuesOf) -> list[Binding]:
    """The bindings that carry out one edge; none while either end is absent."""
    targets = queues_of(edge.target, Side.IN, edge.inport)
    if not targets:
        return []
    return [
        Binding(source, target)
        for source in queues_of(edge.source, Side.OUT, edge.outport)
        for target in targets
    ]


def plan(edges: Iterable[Edge], queues_of: QueuesOf) -> frozenset[Binding]:
    """All bindings that the edges need, given who is there."""
    return frozenset(b for edge in edges for b in bindings_of(edge, queues_of))


def diff(actual: Set[Binding], wanted: Set[Binding]) -> Diff:
    """What to bind and what to unbind so that `actual` becomes `wanted`."""
    return Diff(frozenset(wanted - actual), frozenset(actual - wanted))


class Planner:
    """`plan` as a running total.

    Tell it which edges come and go, and whose announcement changed; each call returns the
    difference it makes. Several edges may need the same binding: it goes with the last of them.
    """

    def __init__(self, queues_of: QueuesOf) -> None:
        self._queues_of = queues_of
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
        return self._replan(edges, self._bindings_of)

    def remove(self, edges: Iterable[Edge]) -> Diff:
        """These edges are gone."""
        edges = [edge for edge in dict.fromkeys(edges) if edge in self._planned]
        difference = self._replan(edges, lambda _edge: [])
        for edge in edges:
            del self._planned[edge]
            for role in {edge.source, edge.target}:
                _discard(self._edges_of, role, edge)
        return difference

    def role_changed(self, role: Role) -> Diff:
        """Somebody of this role came, went or announced other queues."""
        return self._replan(self.edges_of(role), self._bindings_of)

    def _bindings_of(self, edge: Edge) -> list[Binding]:
        return bindings_of(edge, self._queues_of)

    def _replan(self, edges: Iterable[Edge], plan_of: Callable[[Edge], list[Binding]]) -> Diff:
        touched: dict[Binding, bool] = {}
        for edge in edges:
            old, new = self._planned[edge], plan_of(edge)
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
