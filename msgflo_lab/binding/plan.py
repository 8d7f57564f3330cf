"""From edges and announcements to bindings: all at once, or kept up to date edge by edge.

Pure layer. `plan` says what should be; `diff` what is missing and what is too much; `Planner`
gives the same answer incrementally, at a cost in proportion to the edges that are touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Set
from typing import NamedTuple

from ..definition import Side
from ..graph import Edge
from ..names import PortName, QueueName, Role
from .model import Binding

QueuesOf = Callable[[Role, Side, PortName], tuple[QueueName, ...]]
"""The queues that live participants of a role announced for a port: usually one, none if absent.

More than one where participants of one role announced different queues for it.
"""


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
        self._edges_of: dict[Role, set[Edge]] = {}
        self._needed: Counter[Binding] = Counter()

    @property
    def wanted(self) -> Set[Binding]:
        """All bindings there should be."""
        return self._needed.keys()

    def bindings(self, edge: Edge) -> list[Binding]:
        """What carries out this edge now; empty while it is pending or unknown."""
        return self._planned.get(edge, [])

    def edges_of(self, role: Role) -> Set[Edge]:
        """The edges that touch a role."""
        return self._edges_of.get(role, set())

    def add(self, edges: Iterable[Edge]) -> Diff:
        """These edges are there now."""
        for edge in edges:
            self._planned.setdefault(edge, [])
            self._edges_of.setdefault(edge.source, set()).add(edge)
            self._edges_of.setdefault(edge.target, set()).add(edge)
        return self._replan(edges)

    def remove(self, edges: Iterable[Edge]) -> Diff:
        """These edges are gone."""
        gone: list[Binding] = []
        for edge in edges:
            gone += self._planned.pop(edge, [])
            for role in (edge.source, edge.target):
                touching = self._edges_of.get(role)
                if touching is not None:
                    touching.discard(edge)
                    if not touching:
                        del self._edges_of[role]
        return self._count([], gone)

    def role_changed(self, role: Role) -> Diff:
        """Somebody of this role came, went or announced other queues."""
        return self._replan(self._edges_of.get(role, ()))

    def _replan(self, edges: Iterable[Edge]) -> Diff:
        gained: list[Binding] = []
        lost: list[Binding] = []
        for edge in edges:
            before, after = self._planned[edge], bindings_of(edge, self._queues_of)
            if before != after:
                self._planned[edge] = after
                gained += after
                lost += before
        return self._count(gained, lost)

    def _count(self, gained: list[Binding], lost: list[Binding]) -> Diff:
        touched = {*gained, *lost}
        before = {binding for binding in touched if binding in self._needed}
        self._needed.update(gained)
        self._needed.subtract(lost)
        for binding in touched:
            if not self._needed[binding]:
                del self._needed[binding]
        return diff(before, {binding for binding in touched if binding in self._needed})
