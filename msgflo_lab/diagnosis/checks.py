"""The checks, each a generator of findings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ..definition import Side
from ..graph import Edge, Graph, Initial, Junction
from ..graph.junction import IN, OUT
from ..message import as_text, from_text, shortened
from ..names import PortName, QueueName, Role, listed, nearest, shown
from ..network import EdgeState, EdgeView, NetworkView, PortView, RoleState
from .model import Components, Finding, Kind, Needs
from .types import differ, misfit, with_article


def diagnose(
    graph: Graph,
    view: NetworkView,
    *,
    library: Components,
    needs: Mapping[Role, Needs] | None = None,
    is_running: bool = True,
) -> list[Finding]:
    """What is probably not meant so, by kind, and in the order of the graph.

    Args:
        graph: What is wanted.
        view: What is there.
        library: What nodes can run here.
        needs: What participants wait for, as far as it is known.
        is_running: Whether anybody can be heard. If not, nobody is called absent.
    """
    case = _Case(graph, view, library, needs or {})
    present = case.presence() if is_running else ()
    unconnected = (*case.inports(), *case.junctions())
    return [
        *present,
        *case.ports(),
        *case.queues(),
        *case.types(),
        *unconnected,
        *case.packets(),
    ]


SUGGESTIONS = 20
"""Names for which it is looked up what was probably meant; for more, it would take too long."""


class _Case:
    def __init__(
        self, graph: Graph, view: NetworkView, library: Components, needs: Mapping[Role, Needs]
    ) -> None:
        self._graph = graph
        self._edges = view.edges
        self._library = library
        self._needs = needs
        self._roles = {role.role: role for role in view.roles}
        self._suggestions = SUGGESTIONS
        self._known: dict[Role, Mapping[Side, Collection[str]]] = {}
        self._ports = {
            (role.role, side, port.id): port
            for role in view.roles
            for side in Side
            for port in role.ports(side)
            if port.known
        }

    def presence(self) -> Iterator[Finding]:
        """Nodes that nobody plays."""
        found = [self._absent(role) for role in self._graph.nodes if self._is_absent(role)]
        yield from (each for each in found if each.kind is Kind.COMPONENT)
        yield from (each for each in found if each.kind is not Kind.COMPONENT)

    def _is_absent(self, role: Role) -> bool:
        view = self._roles.get(role)
        return view is None or (view.state is RoleState.ABSENT and not view.local)

    def _absent(self, role: Role) -> Finding:
        name, roles = shown(role), (role,)
        component = self._graph.nodes[role].component
        todo = f"start its program, or define it with `%%participant {name}`"
        if not component:
            return Finding(Kind.ABSENT, name, f"nobody plays this role: {todo}", roles)
        known = self._library.find(component)
        if known is not None and known.how is not None:
            why = f"`{shown(component)}` can run here and does not: `%msgflo status` may say why"
            return Finding(Kind.ABSENT, name, why, roles)
        if known is not None:
            why = f"nobody plays this role, and `{shown(component)}` cannot be started from here"
            return Finding(Kind.ABSENT, name, f"{why}: {todo}", roles)
        hint = self._suggested(component, [*Junction, *self._library.components])
        why = f"nobody plays this role, and nothing here can run `{shown(component)}`{hint}"
        return Finding(Kind.COMPONENT, name, f"{why}: {todo}", roles)

    def _suggested(self, name: str, known: Collection[str]) -> str:
        self._suggestions -= 1
        meant = nearest(name, known) if self._suggestions >= 0 else None
        return f" (did you mean `{shown(meant)}`?)" if meant is not None else ""

    def ports(self) -> Iterator[Finding]:
        """Edges and initial packets to ports that a role, or the component it is to run, lacks."""
        for edge in self._edges:
            if edge.state is not EdgeState.PENDING:
                continue  # who carries it knows better
            source = (edge.source, Side.OUT, edge.outport)
            target = (edge.target, Side.IN, edge.inport)
            for end in (source, target):
                if why := self._lacks(*end) or self._takes_no_edge(*end):
                    key = Edge(*edge.key)
                    yield Finding(Kind.PORT, shown(str(key), 120), why, (end[0],), key)
        for role, inport in self._graph.initials:
            if why := self._lacks(role, Side.IN, inport):
                where = f"{shown(role)}.{shown(inport)}"
                text = f"its initial packet goes nowhere: {why}"
                yield Finding(Kind.PORT, where, text, (role,))

    def _lacks(self, role: Role, side: Side, port: PortName) -> str:
        """Why this cannot be a port, in a sentence; "" if it is one, or if nobody knows."""
        if role not in self._known:
            self._known[role] = self._known_ports(role)
        known = self._known[role]
        # To a junction, any capitals will do.
        asked = port.lower() if self._is_junction(role) else port
        if not any(known.values()) or asked in known[side]:
            return ""
        why = f"`{shown(role)}` has no {side.noun} `{shown(port)}`"
        if not known[side]:
            return f"{why}, nor any other"
        hint = self._suggested(port, known[side])
        return f"{why}{hint or f'; it has: {listed(known[side])}'}"

    def _known_ports(self, role: Role) -> Mapping[Side, Collection[str]]:
        """The ports that are known of whoever plays a role, or else of what is to play it."""
        junction = self._graph.junction(role)
        if junction is not None:
            return {Side.IN: (IN,), Side.OUT: junction.outports}
        if self._is_absent(role):
            node = self._graph.nodes.get(role)
            component = self._library.find(node.component) if node is not None else None
            if component is None:
                return dict.fromkeys(Side, ())
            into, out = component.inports, component.outports
            # In their order, and quick to look up.
            return {
                Side.IN: dict.fromkeys(port.id for port in into),
                Side.OUT: dict.fromkeys(port.id for port in out),
            }
        ports = self._roles[role].ports
        return {side: dict.fromkeys(p.id for p in ports(side) if p.known) for side in Side}

    def _takes_no_edge(self, role: Role, side: Side, port: PortName) -> str:
        """Why no edge can be made here, although there is such a port; "" if one can be."""
        view, known = self._roles.get(role), self._ports.get((role, side, port))
        if view is None or known is None or known.queue is not None or self._is_junction(role):
            return ""
        if view.state is RoleState.ABSENT:
            return ""  # of a lab that is stopped: no port has a queue
        return (
            f"`{shown(role)}.{shown(port)}` is a setting and takes no messages: give it an "
            f"initial packet, as in `'...' -> {shown(port.upper())} {shown(role)}`"
        )

    def queues(self) -> Iterator[Finding]:
        """Queues that ports of several roles have on the same side.

        An outport that has an inport's queue is none of them: the two are connected that way.
        """
        users: dict[tuple[Side, QueueName], list[tuple[Role, PortName]]] = {}
        for (role, side, port), view in self._ports.items():
            if view.queue is not None:
                users.setdefault((side, view.queue), []).append((role, port))
        for (side, queue), ports in users.items():
            roles = tuple(dict.fromkeys(role for role, _ in ports))
            if len(roles) < 2:
                continue
            names = [f"{role}.{port}" for role, port in ports]
            text = f"{listed(f'`{shown(each)}`' for each in names)} have the same queue "
            text += f"`{shown(queue)}`: "
            text += (
                "on some brokers each message comes to only one of them"
                if side is Side.IN
                else "who is connected to one of them gets the messages of all"
            )
            yield Finding(Kind.QUEUE, shown(names[0]), text, roles)

    def types(self) -> Iterator[Finding]:
        """Edges from one type to another."""
        for edge in self._edges:
            for source, target in self._ends(edge):
                out, into = self._ports.get(source), self._ports.get(target)
                if out is None or into is None or not differ(out.type, into.type):
                    continue
                sends = f"`{shown(source[0])}.{shown(out.id)}` sends {with_article(out.type)}"
                takes = f"`{shown(target[0])}.{shown(into.id)}` expects {with_article(into.type)}"
                key = Edge(*edge.key)
                roles = (edge.source, edge.target)
                yield Finding(Kind.TYPES, shown(str(key), 120), f"{sends}, {takes}", roles, key)
                break

    def _ends(self, edge: EdgeView) -> Iterator[tuple[_At, _At]]:
        """From where to where messages go on an edge; what comes out of a junction went into it."""
        target = (edge.target, Side.IN, edge.inport)
        if self._is_junction(edge.target):
            return
        if not self._is_junction(edge.source):
            yield (edge.source, Side.OUT, edge.outport), target
        elif edge.outport.lower() == OUT:
            for other in self._into(edge.source):
                yield (other.source, Side.OUT, other.outport), target

    def _into(self, junction: Role) -> list[EdgeView]:
        return [e for e in self._edges if e.target == junction and e.inport.lower() == IN]

    def _is_junction(self, role: Role) -> bool:
        return self._graph.junction(role) is not None

    def inports(self) -> Iterator[Finding]:
        """Inports without which a participant of the graph does nothing, and nothing leads there.

        Only of those whose needs are known: a sensor's `interval` is nothing that it waits for.
        """
        if not self._needs:
            return
        fed = {(e.target, e.inport) for e in self._edges} | self._graph.initials.keys()
        fed |= {(e.role, e.port) for e in self._graph.exports.values() if e.side is Side.IN}
        for role in self._graph.nodes:
            need = self._needs.get(role)
            missing = [port for port in need.inports if (role, port) not in fed] if need else []
            if need is None or (not need.each and len(missing) < len(need.inports)):
                continue
            yield from self._unfed(role, need, missing)

    def _unfed(self, role: Role, need: Needs, missing: Collection[PortName]) -> Iterator[Finding]:
        name = shown(role)
        if missing and not need.each and len(missing) > 1:
            text = "nothing leads to any of its inports, so it does nothing by itself"
            yield Finding(Kind.INPORT, name, text)
            return
        # Who has one inport, or none that is fed, may well be fed by hand: no mark for that.
        marked = (role,) if len(missing) < len(need.inports) else ()
        for port in missing:
            where = f"{name}.{shown(port)}"
            text = f"nothing leads to `{where}`, so `{name}` does nothing by itself"
            if len(need.inports) > 1:
                text = f"nothing leads to `{where}`, and `{name}` waits for all of its inports"
            yield Finding(Kind.INPORT, where, text, marked)

    def junctions(self) -> Iterator[Finding]:
        """Junctions to which something leads, and nothing leads on."""
        fed = {e.target for e in self._edges if e.inport.lower() == IN}
        leading = {(e.source, e.outport.lower()) for e in self._edges}
        leading |= {
            (e.role, e.port.lower()) for e in self._graph.exports.values() if e.side is Side.OUT
        }
        for role in self._graph.nodes:
            if self._is_junction(role) and role in fed and (role, OUT) not in leading:
                where = f"{shown(role)}.{OUT}"
                text = f"nothing leads on from `{where}`, so what comes to `{shown(role)}` "
                yield Finding(Kind.OUTPORT, where, f"{text}goes nowhere", (role,))

    def packets(self) -> Iterator[Finding]:
        """Initial packets that are not of their port's type."""
        for (role, inport), initial in self._graph.initials.items():
            port = self._ports.get((role, Side.IN, inport))
            why = misfit(initial.value, port.type) if port is not None else ""
            if port is not None and why:
                yield _unfit(initial, port, why)


def _unfit(initial: Initial, port: PortView, why: str) -> Finding:
    where = f"{shown(initial.role)}.{shown(initial.inport)}"
    value = shortened(as_text(initial.value), 40)
    text = f"its initial packet {value} {why}; the port expects {with_article(port.type)}"
    inside = from_text(initial.value) if isinstance(initial.value, str) else initial.value
    if inside is not initial.value and not misfit(inside, port.type):
        text += f": without quotes, {shortened(as_text(inside), 40)} is one"
    return Finding(Kind.PACKET, where, text, (initial.role,))


_At = tuple[Role, Side, PortName]
"""A port of a role."""

__all__ = ["diagnose"]
