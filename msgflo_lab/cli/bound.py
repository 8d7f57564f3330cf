"""The bindings of a graph, as `setup` finds them: by convention, or by what is announced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager

from ..binding import Binding, Kind, Planner, QueuesOf
from ..binding.assumed import assumed_queue
from ..definition import Side
from ..discovery.roster import Roster
from ..errors import MsgFloLabError, Timeout
from ..graph import Edge, Graph, spelled
from ..names import PortName, QueueName, Role, listed, shown
from ..transport import Binder, Subscription
from . import progress
from .broker import hear, take

_LOOK = 0.5
"""Seconds between two looks for queues that are not there."""

Found = tuple[list[Binding], list[Edge]]
"""The bindings, and the edges that none of them carries out."""
Words = Callable[[QueueName, Side], str]
"""What is said of a queue that is not there."""


def by_convention(graph: Graph) -> Found:
    """Queues are called `<role>.<PORT>`, where a node does not say otherwise."""
    return _planned(graph, lambda role, side, port: (assumed_queue(graph, role, side, port),))


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


@asynccontextmanager
async def heard(discoveries: Subscription) -> AsyncIterator[Roster]:
    """Who announces himself while the block runs."""
    roster = Roster()

    async def listen() -> None:
        async for delivery in discoveries:
            take(roster, delivery)

    listening = asyncio.create_task(listen(), name="setup listens")
    try:
        yield roster
    finally:
        listening.cancel()
        await asyncio.wait([listening])


def words_for(graph: Graph, roster: Roster) -> Words:
    """What is said of a queue that is not there: also of the port, if its role has another one."""
    of = {
        (assumed_queue(graph, role, side, port), side): (role, port)
        for edge in graph.edges
        for role, side, port in (
            (edge.source, Side.OUT, edge.outport),
            (edge.target, Side.IN, edge.inport),
        )
    }

    def words(queue: QueueName, side: Side) -> str:
        role, port = of.get((queue, side), (Role(""), PortName("")))
        name = f"`{shown(queue)}`"
        if not roster.members(role):
            return name
        ports = {each.lower(): each for each in _ports(roster)(role, side)}
        if port.lower() not in ports:
            there = listed(ports.values()) if ports else "none"
            return f"{name} (`{shown(role)}` has no {side.noun} `{shown(port)}`; it has: {there})"
        other = listed(roster.queues(role, side, PortName(ports[port.lower()])))
        return f"{name} (`{shown(role)}` calls it {other})"

    return words


async def wait_for_queues(
    binder: Binder, bindings: Iterable[Binding], seconds: float, words: Words
) -> None:
    """Until everything is there that the bindings lead from and to.

    Raises:
        Timeout: Something is not; says what.
    """
    absent = list(dict.fromkeys(end for each in bindings for end in _ends(each)))
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds

    def told(limit: int) -> str:
        return listed([words(*each) for each in absent], limit)

    def waits() -> str:
        return f"waiting {max(end - loop.time(), 0):.0f} s more for {told(3)}"

    with progress.showing(waits):
        while absent := [each for each in absent if not await binder.is_declared(*each)]:
            if loop.time() > end:
                raise Timeout(
                    f"nothing is set up: within {seconds:g} s, nobody has declared {told(8)}; "
                    "start the participants (--participants), or take what they announce "
                    "(--discover)"
                )
            await asyncio.sleep(_LOOK)


async def bind(binder: Binder, bindings: Iterable[Binding]) -> None:
    """Set them up, all or none.

    What was there before stays, as far as the broker tells.

    Raises:
        MsgFloLabError: One is refused; says which, and why.
    """
    before = await binder.bindings(everybodys=True)
    tried: list[Binding] = []
    try:
        for each in bindings:
            tried.append(each)
            await binder.bind(each)
    except (MsgFloLabError, asyncio.CancelledError) as error:
        await _undone(binder, tried[-1], before)  # some of it may be there
        left = [each for each in reversed(tried[:-1]) if not await _undone(binder, each, before)]
        if not isinstance(error, MsgFloLabError):
            raise
        but = f", but for {listed(f'`{each}`' for each in left)}" if left else ""
        raise MsgFloLabError(
            f"nothing is set up{but}: the broker refuses `{tried[-1]}`: {error}"
        ) from error


async def _undone(binder: Binder, binding: Binding, before: Collection[Binding]) -> bool:
    """Undo what was not there before. False if that cannot be."""
    try:
        if binding not in before:
            await binder.unbind(binding)
    except MsgFloLabError:
        return False
    return True


def _ends(binding: Binding) -> Iterator[tuple[QueueName, Side]]:
    """What must be there before it can be bound; a place for dead letters need not."""
    if binding.kind is not Kind.DEAD_LETTER:
        yield binding.source, Side.OUT
    yield binding.target, Side.IN


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
