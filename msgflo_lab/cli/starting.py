"""The participants of a graph that a command starts itself: which, and until they are up."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from types import MappingProxyType
from typing import NoReturn

from ..errors import MsgFloLabError, Timeout, UnknownName
from ..graph import Graph
from ..lab import ComponentLibrary, Lab
from ..library import InProcess
from ..names import Role, listed, shown
from ..network import NOT_HERE
from . import progress
from .voices import Voices

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
        UnknownName: One of `only` is not in the graph.
        MsgFloLabError: The library has no component for some. All those are named.
    """
    for role in only:
        if Role(role) not in graph.nodes:
            raise UnknownName("role", role, known=graph.nodes)
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


def without_packets(graph: Graph, library: ComponentLibrary) -> Graph:
    """The same without the initial packets that are sent: settings are there from the beginning.

    What a packet leads to is lost while nothing is bound.
    """
    initials = {
        (role, inport): each
        for (role, inport), each in graph.initials.items()
        if isinstance(how := library.find(graph.nodes[role].component).how, InProcess)
        and inport in how.private
    }
    return replace(graph, initials=MappingProxyType(initials))


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
