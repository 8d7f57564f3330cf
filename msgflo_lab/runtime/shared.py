"""Edges that are there without anybody having bound them: ports that announced the same queue."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from ..definition import ParticipantDefinition, Side
from ..graph import Edge
from ..names import PortName, QueueName, Role
from .limits import SHARED_EDGES

End = tuple[Role, PortName]


@dataclass(slots=True)
class _Queue:
    """One queue: how many participants announced it for which port, and the edges it makes."""

    ends: dict[Side, dict[End, int]] = field(default_factory=lambda: {Side.IN: {}, Side.OUT: {}})
    edges: dict[Edge, None] = field(default_factory=dict)


class SharedQueues:
    """Which outports and inports share a queue. Kept up to date participant by participant.

    One queue makes at most `SHARED_EDGES` edges; further ones are not shown.
    """

    def __init__(self) -> None:
        self._queues: dict[QueueName, _Queue] = {}

    def roles(self, queue: QueueName) -> Set[Role]:
        """The roles that announced a queue for any of their ports."""
        found = self._queues.get(queue)
        return {role for ends in found.ends.values() for role, _ in ends} if found else set()

    def is_inport(self, queue: QueueName) -> bool:
        """Whether somebody announced it for an inport."""
        found = self._queues.get(queue)
        return found is not None and bool(found.ends[Side.IN])

    def add(self, definition: ParticipantDefinition) -> set[Edge]:
        """A participant announced this. Returns the edges that it made."""
        made: set[Edge] = set()
        for side, name, end in _ends_of(definition):
            queue = self._queues.setdefault(name, _Queue())
            ends = queue.ends[side]
            ends[end] = ends.get(end, 0) + 1
            if ends[end] > 1:
                continue
            for other in queue.ends[Side.IN if side is Side.OUT else Side.OUT]:
                if len(queue.edges) >= SHARED_EDGES:
                    break
                edge = Edge(*end, *other) if side is Side.OUT else Edge(*other, *end)
                queue.edges[edge] = None
                made.add(edge)
        return made

    def remove(self, definition: ParticipantDefinition) -> set[Edge]:
        """A participant that had announced this is gone. Returns the edges that went with it."""
        gone: set[Edge] = set()
        for side, name, end in _ends_of(definition):
            queue = self._queues[name]
            ends = queue.ends[side]
            ends[end] -= 1
            if ends[end]:
                continue
            del ends[end]
            lost = [
                edge for edge in queue.edges if (edge[:2] if side is Side.OUT else edge[2:]) == end
            ]
            for edge in lost:
                del queue.edges[edge]
            gone.update(lost)
            if not any(queue.ends.values()):
                del self._queues[name]
        return gone


def _ends_of(definition: ParticipantDefinition) -> Iterable[tuple[Side, QueueName, End]]:
    for side in Side:
        for port in definition.ports(side):
            if port.queue is not None:
                yield side, port.queue, (definition.role, port.id)
