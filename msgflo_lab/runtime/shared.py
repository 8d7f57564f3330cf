"""Edges that are there without anybody having bound them: ports that announced the same queue."""

from __future__ import annotations

from collections.abc import Iterable

from ..definition import ParticipantDefinition, Side
from ..graph import Edge
from ..names import PortName, QueueName, Role

End = tuple[Role, PortName]


class SharedQueues:
    """Which outports and inports share a queue. Kept up to date participant by participant."""

    def __init__(self) -> None:
        self._ends: dict[tuple[Side, QueueName], dict[End, int]] = {}

    def add(self, definition: ParticipantDefinition) -> set[Edge]:
        """A participant announced this. Returns the edges that it made."""
        made: set[Edge] = set()
        for side, queue, end in _ends_of(definition):
            ends = self._ends.setdefault((side, queue), {})
            ends[end] = ends.get(end, 0) + 1
            if ends[end] == 1:
                made |= self._edges(side, queue, end)
        return made

    def remove(self, definition: ParticipantDefinition) -> set[Edge]:
        """A participant that had announced this is gone. Returns the edges that went with it."""
        gone: set[Edge] = set()
        for side, queue, end in _ends_of(definition):
            ends = self._ends[side, queue]
            ends[end] -= 1
            if not ends[end]:
                gone |= self._edges(side, queue, end)
                del ends[end]
            if not ends:
                del self._ends[side, queue]
        return gone

    def _edges(self, side: Side, queue: QueueName, end: End) -> set[Edge]:
        other = Side.IN if side is Side.OUT else Side.OUT
        opposite = self._ends.get((other, queue), ())
        if side is Side.OUT:
            return {Edge(*end, *inport) for inport in opposite}
        return {Edge(*outport, *end) for outport in opposite}


def _ends_of(definition: ParticipantDefinition) -> Iterable[tuple[Side, QueueName, End]]:
    for side in Side:
        for port in definition.ports(side):
            if port.queue is not None:
                yield side, port.queue, (definition.role, port.id)
