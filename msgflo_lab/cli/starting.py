"""The participants of a graph that a command starts itself: which, and until they are up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import replace
from types import MappingProxyType
from typing import NoReturn

from ..errors import MsgFloLabError, Timeout, UnknownName
from ..graph import Graph
from ..lab import ComponentLibrary, Lab
from ..library import InProcess
from ..names import Role, listed, shown
from ..network import NOT_HERE, EdgeState
from . import progress
from .voices import Voices

PATIENCE = 45.0
"""Seconds that initial packets wait for a network that is starting; msgflo's `--wait-timeout`."""
_LOOK = 0.2
"""Seconds between two looks for who is there, and for what is new to print."""


def to_start(
    graph: Graph, library: ComponentLibrary, *, only: Collection[str], ignore: Collection[str]
) -> Graph:
    """The nodes of a graph that are to be started, with their initial packets; no edges.

    Args:
        only: Roles; empty for all that are participants.
        ignore: Roles that somebody else plays.

    Raises:
        UnknownName: One of these roles is not in the graph.
        MsgFloLabError: The library has no component for some. All those are named.
    """
    check_roles(graph, [*only, *ignore])
    nodes = {
        role: node
        for role, node in graph.nodes.items()
        if graph.junction(role) is None and role not in ignore and (not only or role in only)
    }
    known = {each.name for each in library.components() if each.how is not None}
    missing = [
        f"No component {shown(node.component) or '(none given)'} defined for role {shown(role)}"
        for role, node in nodes.items()
        if not _is_known(library, node.component, known)
    ]
    if missing:
        raise MsgFloLabError(
            f"{'; '.join(missing)} (--library names it, or --ignore leaves the role to others)"
        )
    initials = {at: each for at, each in graph.initials.items() if each.role in nodes}
    return Graph(MappingProxyType(nodes), initials=MappingProxyType(initials))


def check_roles(graph: Graph, named: Collection[str]) -> None:
    """Raises UnknownName if somebody has named a role that a graph does not have."""
    for role in named:
        if Role(role) not in graph.nodes:
            raise UnknownName("role", role, known=graph.nodes)


def without_packets(graph: Graph, library: ComponentLibrary) -> Graph:
    """The same without the initial packets that are sent: settings are there from the beginning.

    What a packet leads to is lost while nothing is bound.
    """
    initials = {
        (role, inport): each
        for (role, inport), each in graph.initials.items()
        if inport in _settings(library, graph.nodes[role].component)
    }
    return replace(graph, initials=MappingProxyType(initials))


def _settings(library: ComponentLibrary, component: str) -> Collection[str]:
    """The inports whose values a component has from its beginning; none of what nobody knows."""
    try:
        how = library.find(component).how if component else None
    except UnknownName:
        return ()
    return how.private if isinstance(how, InProcess) else ()


class Packets:
    """Initial packets of a lab's graph, which are not sent before they lead somewhere.

    They wait until everybody is there whom the lab can start, and all edges between those who are
    there are bound; for `PATIENCE` at most. To be made before the lab is started.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._graph: Graph | None = lab.graph
        self._end = time.monotonic() + PATIENCE
        library = lab.library
        known = {each.name for each in library.components() if each.how is not None}
        self._wanted = [
            role
            for role, node in lab.graph.nodes.items()
            if lab.graph.junction(role) is None and _is_known(library, node.component, known)
        ]
        first = without_packets(lab.graph, library)
        if first.initials.keys() == lab.graph.initials.keys():
            self._graph = None
        else:
            lab.set_graph(first)

    @property
    def wait(self) -> bool:
        """Whether there are any that have not been sent."""
        return self._graph is not None

    def look(self) -> bool:
        """Send them if it is time. True if that has just been done."""
        if self._graph is None or not (self._is_ready() or time.monotonic() > self._end):
            return False
        graph, self._graph = self._graph, None
        self._lab.set_graph(graph)
        return True

    def _is_ready(self) -> bool:
        view = self._lab.network()
        here = {role.role for role in view.roles if role.workers or role.is_junction}
        is_bound = all(
            edge.state is not EdgeState.PENDING
            for edge in view.edges
            if {edge.source, edge.target} <= here
        )
        return is_bound and not _absent(self._lab, self._wanted)


def _is_known(library: ComponentLibrary, component: str, known: Collection[str]) -> bool:
    try:
        return bool(component) and library.find(component).name in known
    except UnknownName:
        return False


async def start(lab: Lab, url: str, voices: Voices, *, seconds: float) -> None:
    """Start what the graph of a lab names, and wait until all of it has announced itself.

    Raises:
        Timeout: Somebody has not; says who, and what is known of it.
        TransportError: The broker cannot be reached.
    """
    await asyncio.to_thread(lab.start, url)
    wanted = list(lab.graph.nodes)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    absent: list[Role] = wanted

    def waits() -> str:
        return f"starting, {max(end - loop.time(), 0):.0f} s more: waiting for {listed(absent, 3)}"

    with progress.showing(waits):
        while absent := _absent(lab, wanted):
            voices.tell()
            if loop.time() > end:
                raise Timeout(
                    f"not all participants have announced themselves within {seconds:g} s: "
                    + "; ".join(_doing(lab, role) for role in absent)
                )
            await asyncio.sleep(_LOOK)
    voices.tell()


async def go_on(voices: Voices) -> NoReturn:
    """Print what they print, for ever."""
    while True:
        voices.tell()
        await asyncio.sleep(_LOOK)


def _absent(lab: Lab, wanted: Collection[Role]) -> list[Role]:
    here = {role.role for role in lab.network().roles if role.workers or role.local}
    return [role for role in wanted if role not in here]


def _doing(lab: Lab, role: Role) -> str:
    notes = {each.role: each.note for each in lab.network().roles}
    return f"`{shown(role)}` ({notes.get(role) or NOT_HERE})"
