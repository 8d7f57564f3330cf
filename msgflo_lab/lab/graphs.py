"""The graph as a whole: as text, in files, and what is probably not meant so in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from .. import deployment, fbp
from ..definition import Side
from ..diagnosis import SUGGESTIONS, Finding, Needs, diagnose
from ..fbp import Notice, Parsed, Place
from ..graph import (
    Change,
    Edited,
    Graph,
    edit_into,
    graph_of,
    losses_of,
    spelled,
    with_places_of,
)
from ..names import Role, nearest, shown
from ..network import NetworkView
from ..runtime.behaviour import Behaviour
from ..runtime.session import Session
from . import graph_files
from .core import Core


@dataclass(frozen=True, slots=True)
class Applied:
    """What has become of a graph that somebody has put in.

    Attributes:
        changes: What is different now, in the order in which it was carried out.
        notices: What in the text is allowed and probably not meant, and what is not kept of it.
    """

    changes: tuple[Change, ...]
    notices: tuple[Notice, ...] = ()


class Graphs(Core):
    """The part of `Lab` that takes graphs in and gives them out."""

    def fbp(self, text: str, *, case_sensitive: bool = False, file: str = "<fbp>") -> Applied:
        """Make the network equal to a text of the graph language; see `set_graph`.

        Nodes need no component here: somebody may play the role already.

        Args:
            case_sensitive: Take the capitals of ports as they stand. Otherwise a port is the
                announced one that differs in capitals only, or else has small letters.
            file: What the text is called in errors and notices.

        Raises:
            InvalidFbp: The language does not allow it; says where. Nothing has changed.
        """
        return self._put_text(text, file, lambda data: (data, []), case_sensitive=case_sensitive)

    def set_graph(self, graph: Graph) -> Applied:
        """Make the network equal to a graph: only what is different is carried out.

        Bindings that both have are not touched, and the same initial packets are not sent again.
        Nodes that the graph does not have leave the network; participants of cells stay alive,
        what the lab runs for a node ends. Places in the picture that the graph does not mention
        are kept.
        """
        return Applied(self._become(graph)[0])

    def procfile(self, *, ignore: Collection[str] = (), include: Iterable[str] = ()) -> str:
        """A line for each program of the graph, for Heroku, foreman and their like.

        See `deployment.procfile`.
        """

        def write(_: Session | None) -> str:
            graph, library = self._host.workspace.graph, self._host.library
            return deployment.procfile(graph, library, ignore=ignore, include=include)

        return cast(str, self._do(write))

    def diagnose(self) -> list[Finding]:
        """What is probably not meant so in the network, as it is now."""

        def look(session: Session | None) -> tuple[NetworkView, Graph, Mapping[Role, Needs], bool]:
            needs = dict(_needs(self._behaviours(session)))
            return self._host.view(), self._host.workspace.network, needs, session is not None

        view, graph, needs, is_running = self._do(look)
        return diagnose(graph, view, library=self._host.library, needs=needs, is_running=is_running)

    def _put_text(
        self,
        text: str,
        file: str,
        complete: Callable[[dict[str, Any]], tuple[dict[str, Any], list[Notice]]],
        *,
        case_sensitive: bool = False,
    ) -> Applied:
        """`fbp`; `complete` adds what stands beside the text, and tells what of that is useless."""
        parsed = fbp.parse(text, case_sensitive=case_sensitive, validate_contents=False, file=file)
        data, useless = complete(parsed.graph)
        wanted = graph_of(graph_files.without_runtime(data))
        changes, view = self._become(wanted)
        lost = lost_of(parsed.graph, file, parsed.connections)
        notices = [*parsed.warnings, *useless, *lost, *_strangers(parsed, file, view)]
        return Applied(changes, tuple(sorted(notices, key=lambda each: each.place or (0, 0))))

    def _behaviours(self, session: Session | None) -> Mapping[Role, Behaviour]:
        if session is None:
            return self._host.workspace.behaviours
        return {role: each.behaviour for role, each in session.local.items()}

    def _become(self, wanted: Graph) -> tuple[tuple[Change, ...], NetworkView]:
        made: list[Change] = []
        views: list[NetworkView] = []

        def edit(before: Graph) -> Edited:
            views.append(self._host.view())
            after = spelled(wanted, *self._knowledge(before, wanted, views[0]))
            edited = edit_into(before, with_places_of(after, before))
            made.extend(edited[1])
            return edited

        self._do(lambda _: self._host.edit(edit, again=True))
        return tuple(made), views[0]

    def _knowledge(
        self, before: Graph, wanted: Graph, view: NetworkView
    ) -> Iterator[Callable[[Role, Side], list[str]]]:
        """Who knows how ports are written: those that are there, the library, the graph so far."""
        roles = {role.role: role for role in view.roles}
        used = _ports_of(before)

        def announced(role: Role, side: Side) -> list[str]:
            found = roles.get(role)
            if found is None or found.is_junction:
                return []
            return [port.id for port in found.ports(side) if port.known]

        def declared(role: Role, side: Side) -> list[str]:
            node = wanted.nodes.get(role)
            component = self._host.library.find(node.component) if node is not None else None
            if component is None:
                return []
            return [p.id for p in (component.inports if side is Side.IN else component.outports)]

        yield announced
        yield declared
        yield lambda role, side: used.get((role, side), [])


def _ports_of(graph: Graph) -> dict[tuple[Role, Side], list[str]]:
    found: dict[tuple[Role, Side], list[str]] = {}
    for edge in graph.edges:
        found.setdefault((edge.source, Side.OUT), []).append(edge.outport)
        found.setdefault((edge.target, Side.IN), []).append(edge.inport)
    for role, inport in graph.initials:
        found.setdefault((role, Side.IN), []).append(inport)
    return found


def _needs(behaviours: Mapping[Role, Behaviour]) -> Iterator[tuple[Role, Needs]]:
    for role, behaviour in behaviours.items():
        if not behaviour.is_object:
            yield role, Needs(tuple(behaviour.required), each=True)
        elif not behaviour.streams and behaviour.every is None:
            yield role, Needs(tuple(port.name for port in behaviour.inports), each=False)


def lost_of(data: Mapping[str, Any], file: str, places: Sequence[Place] = ()) -> Iterator[Notice]:
    """What is not kept of a JSON graph; `places` are those of its connections, in a text."""
    for loss in losses_of(data):
        if places and loss.connection is not None:
            yield Notice(loss.problem, places[loss.connection], file)
        else:
            yield Notice(str(loss), None, file)


def _strangers(parsed: Parsed, file: str, view: NetworkView) -> Iterator[Notice]:
    """Names without a component that nobody plays: perhaps a typing error."""
    processes = parsed.graph.get("processes", {})
    known = {role.role for role in view.roles if role.workers or role.local}
    suggestions = SUGGESTIONS
    named = [*known, *(name for name, each in processes.items() if each.get("component"))]
    for name, place in parsed.processes.items():
        component = processes.get(name, {}).get("component")
        if component or Role(name) in known:
            continue
        suggestions -= 1
        meant = nearest(name, named) if suggestions >= 0 else None
        hint = f"did you mean `{shown(meant)}`?" if meant else f"as in `{shown(name)}(Component)`"
        why = f"nobody plays `{shown(name)}` yet, and no component is given for it ({hint})"
        yield Notice(why, place, file)


__all__ = ["Applied", "Graphs", "lost_of"]
