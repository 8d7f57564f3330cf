"""The bindings of a graph, as `setup` finds them: by convention, or by what is announced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from ..binding import Binding, Kind, Planner, QueuesOf
from ..definition import Side
from ..discovery.roster import Roster
from ..errors import Timeout
from ..graph import Edge, Graph, spelled
from ..names import PortName, QueueName, Role, listed, queue_for, shown
from ..transport import Binder, Subscription
from . import progress
from .broker import hear

_LOOK = 0.5
"""Seconds between two looks for queues that are not there."""

Found = tuple[list[Binding], list[Edge]]
"""The bindings, and the edges that none of them carries out."""


def by_convention(graph: Graph) -> Found:
    """Queues are called `<role>.<PORT>`, as they are where nobody has said otherwise."""
    return _planned(graph, lambda role, _, port: (queue_for(role, port),))


async def by_discovery(graph: Graph, discoveries: Subscription, seconds: float) -> Found:
    """Queues are those that the participants announce.

    Raises:
        Timeout: Some have not, or have no such port; says which.
    """
    roster = await hear(
        discoveries,
        seconds,
        lambda roster: not any(_missing(graph, roster)),
        waits_for=lambda roster: f"waiting for {listed(_missing(graph, roster), 3)}",
    )
    missing = list(_missing(graph, roster))
    if missing:
        raise Timeout(f"not all are there within {seconds:g} s: {listed(missing)}")
    return _planned(_spelled(graph, roster), roster.queues)


async def wait_for_queues(binder: Binder, bindings: Iterable[Binding], seconds: float) -> None:
    """Until everything is there that the bindings lead from and to.

    Raises:
        Timeout: Something is not; says what.
    """
    absent = list(dict.fromkeys(end for each in bindings for end in _ends(each)))
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds

    def waits() -> str:
        return f"waiting {max(end - loop.time(), 0):.0f} s more for {_queues(absent, 3)}"

    with progress.showing(waits):
        while absent := [each for each in absent if not await binder.is_declared(*each)]:
            if loop.time() > end:
                raise Timeout(
                    f"nothing is set up: within {seconds:g} s, nobody has declared "
                    f"{_queues(absent, 8)}; start the participants (--participants), or take what "
                    "they announce (--discover)"
                )
            await asyncio.sleep(_LOOK)


def _ends(binding: Binding) -> Iterator[tuple[QueueName, Side]]:
    """What must be there before it can be bound; a place for dead letters need not."""
    if binding.kind is not Kind.DEAD_LETTER:
        yield binding.source, Side.OUT
    yield binding.target, Side.IN


def _queues(ends: Iterable[tuple[QueueName, Side]], limit: int) -> str:
    return listed([f"`{shown(queue)}`" for queue, side in ends], limit)


def _planned(graph: Graph, queues_of: QueuesOf) -> Found:
    planner = Planner(queues_of, graph.junction)
    planner.add(graph.edges)
    return sorted(planner.wanted), [edge for edge in graph.edges if not planner.bindings(edge)]


def _missing(graph: Graph, roster: Roster) -> Iterator[str]:
    """The ports of edges that nobody has announced, in words."""
    graph = _spelled(graph, roster)
    ends = (
        end
        for edge in graph.edges
        for end in (
            (edge.source, Side.OUT, edge.outport),
            (edge.target, Side.IN, edge.inport),
        )
    )
    for role, side, port in dict.fromkeys(ends):
        if graph.junction(role) is None and not roster.queues(role, side, port):
            yield _told(roster, role, side, port)


def _told(roster: Roster, role: Role, side: Side, port: PortName) -> str:
    name = f"{shown(role)}.{shown(port)}"
    if not roster.members(role):
        return f"{name} (nobody plays {shown(role)})"
    known = listed(_ports(roster)(role, side))
    return f"{name} (there is no such {side.noun}; there are: {known})"


def _spelled(graph: Graph, roster: Roster) -> Graph:
    return spelled(graph, _ports(roster))


def _ports(roster: Roster) -> Callable[[Role, Side], list[str]]:
    def announced(role: Role, side: Side) -> list[str]:
        return [
            port.id for member in roster.members(role) for port in member.definition.ports(side)
        ]

    return announced
