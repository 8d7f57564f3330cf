"""The lab: a synchronous, thread-safe object over the runtime, which has a thread of its own.

Everything a magic or a widget can do is a method here, of the same name. This is the only place
that owns a thread: a cell that blocks, or a kernel's loop that stands still, delays nothing in the
runtime. Participants and the graph belong to the lab, not to a broker: `start` with another URL
takes them along.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, Unpack, cast, overload

from .definition import Side
from .desk import DeadLetterDesk
from .discovery.limits import HEARTBEAT
from .errors import InvalidName, MsgFloLabError, UnknownName
from .graph import Edge, Graph
from .graph.model import Edited
from .loopthread import LoopThread
from .message import decode, encode
from .names import Role, shown
from .network import EdgeTraffic, NetworkView
from .runtime.addresses import Address, look_up
from .runtime.behaviour import Behaviour, Details, behaviour_of
from .runtime.failure import Failure, failure_of
from .runtime.history import Seen
from .runtime.observer import News, Watcher, tell
from .runtime.participant import LocalParticipant
from .runtime.session import Session, running
from .runtime.status import Status, status_of
from .runtime.stopped import stopped_view
from .transport import BrokerUrl

DEFAULT_URL = "direct://"

Code = TypeVar("Code", bound=Callable[..., Any])


class Lab:
    """A laboratory: participants of this process, whoever else is on the broker, and a graph.

    All methods may be called from any thread but the runtime's own, where watchers are called: one
    that called them would wait for itself. A lab is also a context manager that stops at its end.

    Attributes:
        dead: What was rejected, and what becomes of it.

    Args:
        name: Shown in the picture, and in the broker's log.
        heartbeat: Seconds of silence after which a participant counts as gone.
    """

    def __init__(self, name: str = "lab", *, heartbeat: float = HEARTBEAT) -> None:
        self.name = name
        self._heartbeat = heartbeat
        self._behaviours: dict[Role, Behaviour] = {}
        self._graph = Graph()
        self._watchers: dict[Watcher, None] = {}
        self._session: Session | None = None
        self._thread = LoopThread(f"msgflo lab {name}")
        self._lifecycle = threading.Lock()
        self.dead = DeadLetterDesk(self._do)

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = f"on {self._session.url}" if self._session is not None else "stopped"
        return f"<Lab {self.name!r} {where}>"

    # -- from start to stop ------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """True between `start` and `stop`."""
        return self._session is not None

    def start(self, url: str | None = None, **options: object) -> Status:
        """Connect to a broker, and bring along the participants and the graph there are.

        A lab that runs already leaves its broker first; if the new one cannot be reached, it
        stays where it is.

        Args:
            url: `direct://` (the default), `mqtt://[user:password@]host[:port]`, ...
            options: Transport options, as in the URL's query, e.g. `qos=1`.

        Raises:
            TransportError: The broker cannot be reached, or an option is wrong.
        """
        address = BrokerUrl.parse(url or DEFAULT_URL, **options)
        self._thread.refuse_itself()
        with self._lifecycle:
            is_new = not self._thread.is_open
            try:
                self._thread.open()
                self._do(lambda _: self._start(address))
            except BaseException:
                if is_new:
                    self._shut_down()
                raise
        return self.status()

    def stop(self) -> None:
        """Leave the broker and end the runtime's thread. Participants and graph are kept.

        A handler that does not return is left to its thread. Calls of other threads that are still
        waiting for something end with `NotRunning`.
        """
        self._thread.refuse_itself()
        with self._lifecycle:
            if self._thread.is_open:
                self._shut_down()

    def status(self) -> Status:
        """How the lab is: where it is connected, who is there, what went wrong lately."""

        def status(session: Session | None) -> Status:
            return status_of(session, self.name) if session else Status.stopped(self.name)

        return cast(Status, self._do(status))

    # -- participants ------------------------------------------------------------------------

    @overload
    def participant(self, role: Code) -> Code: ...

    @overload
    def participant(
        self, role: str | None = None, **details: Unpack[Details]
    ) -> Callable[[Code], Code]: ...

    def participant(self, role: Any = None, **details: Any) -> Any:
        """Decorator: let a function or class run as a participant of this lab.

        The role is the function's name unless one is given. Applied again to the same role, it
        replaces the code between two messages. See `add` for the details.
        """
        if callable(role) and not isinstance(role, str):
            self.add(role)
            return role

        def put(code: Code) -> Code:
            self.add(code, role, **cast(Details, details))
            return code

        return put

    def add(
        self, code: Callable[..., Any], role: str | None = None, **details: Unpack[Details]
    ) -> bool:
        """Run a function or class as a participant; `participant` as a plain call.

        Args:
            role: Its node in the graph; the code's name by default.
            details: `every` (seconds: a source), `outports` (names, or a mapping of names to
                types), `icon`, `label`, `component`, `retries` and `retry_after` (seconds),
                `share`, and `options` (queue options by port); see `Details`.

        Returns:
            True if the code is in place; False if it will be as soon as the handler that is
            running now returns.

        Raises:
            InvalidDefinition: The code cannot be a participant.
            TransportError: The broker refused it.
        """
        behaviour = behaviour_of(code, **details)
        name = Role(role or behaviour.component)

        async def put(session: Session, before: Behaviour | None) -> bool:
            try:
                return await session.put(name, behaviour)
            except Exception:
                if self._behaviours.get(name) is behaviour:
                    del self._behaviours[name]
                    if before is not None:
                        self._behaviours[name] = before
                raise

        def keep(session: Session | None) -> Awaitable[bool] | bool:
            before = self._behaviours.get(name)
            self._behaviours[name] = behaviour
            return put(session, before) if session is not None else True

        return cast(bool, self._do(keep))

    def remove(self, role: str, *, edges: bool = False) -> None:
        """Stop a participant of this lab, or forget one that is no longer heard.

        While edges or initial packets of the role are in the graph, its node stays there, and
        waits for the next who plays it.

        Args:
            edges: Take the role's edges and initial packets out of the graph as well.

        Raises:
            UnknownName: Nobody plays the role.
        """
        name = Role(role)

        def leave_graph() -> None:
            node = self._graph.nodes.get(name)
            if node is not None and (edges or not self._graph.is_used(name)):
                self._apply(self._graph.remove_node(name))

        async def leave(session: Session) -> None:
            await session.remove(name)
            leave_graph()
            await session.settle()

        def remove(session: Session | None) -> Awaitable[None] | None:
            known = self._behaviours.pop(name, None)
            if session is not None and (session.is_played(name) or not edges):
                return leave(session)
            if known is None and not (edges and name in self._graph.nodes):
                raise UnknownName("role", role, known=[*self._behaviours, *self._graph.nodes])
            leave_graph()
            return None

        self._do(remove)

    def rename(self, before: str, after: str) -> None:
        """Give a participant of this lab another role; edges come along, no message is lost.

        Raises:
            UnknownName: It is not a participant of this lab.
            InvalidName: The role is taken.
        """
        old, new = Role(before), Role(after)

        def prepare() -> Callable[[], None]:
            in_graph = old in self._graph.nodes
            edited = self._graph.rename_node(old, new) if in_graph else (self._graph, ())

            def edit() -> None:
                self._apply(edited)
                self._behaviours = {
                    new if role == old else role: code for role, code in self._behaviours.items()
                }

            return edit

        def rename(session: Session | None) -> Awaitable[None] | None:
            if old not in self._behaviours:
                raise UnknownName("participant of this lab", before, known=self._behaviours)
            if old == new:
                return None
            if session is not None:
                return session.rename(old, new, prepare)
            if not new or new in self._behaviours:
                raise InvalidName(f"`{shown(new)}` is taken, or no name for a role")
            prepare()()
            return None

        self._do(rename)

    def errors(self, role: str | None = None, *, wait: float = 0.0) -> list[Failure]:
        """What handlers of this lab have raised, oldest first, of one role or of all.

        Args:
            wait: Seconds to wait at most until there is one.

        Raises:
            UnknownName: It is not a participant of this lab.
        """

        def kept(session: Session | None) -> list[Failure]:
            asked = self._locals(session, role)
            return sorted(
                (failure for participant in asked for failure in participant.health.failures),
                key=lambda failure: failure.at,
            )

        async def kept_soon(session: Session) -> list[Failure]:
            await session.until(lambda: bool(kept(session)), wait)
            return kept(session)

        soon = self._do(lambda s: kept_soon(s) if s is not None and wait > 0 else kept(s))
        return cast(list[Failure], soon)

    def output(self, role: str) -> str:
        """What a participant's handler has printed lately, where output is captured.

        Raises:
            UnknownName: It is not a participant of this lab.
        """

        def output(session: Session | None) -> str:
            return "".join(participant.output.text() for participant in self._locals(session, role))

        return cast(str, self._do(output))

    # -- the graph ---------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """What should be connected. Immutable."""
        return self._graph

    def connect(self, source: str, target: str) -> Edge:
        """Bind an outport to an inport, both as `role.port`; now, or as soon as both are there.

        Raises:
            UnknownName: A role that is there has no such port.
        """
        return self._edit_edge(source, target, lambda graph, edge: graph.connect(edge))

    def balance(self, source: str, target: str, *, dead_letters: str | None = None) -> Role:
        """Hand the messages of an outport out to the workers of a role, in turn.

        A node of the component `msgflo/RoundRobin` is put between them, or taken if the outport
        leads to one already.

        Args:
            dead_letters: The inport for what the workers reject, as `role.port`. Without it, it
                waits among the dead letters.

        Returns:
            The node's role.

        Raises:
            UnknownName: A role that is there has no such port.
        """
        made: list[Role] = []

        def find(session: Session | None) -> Callable[[Graph], Edited]:
            out = self._address(session, source, Side.OUT)
            into = self._address(session, target, Side.IN)
            dead = self._address(session, dead_letters, Side.IN) if dead_letters else None

            def edit(graph: Graph) -> Edited:
                role, edited = graph.balance(
                    (out.role, out.port),
                    (into.role, into.port),
                    (dead.role, dead.port) if dead else None,
                )
                made.append(role)
                return edited

            return edit

        self._edit(find)
        return made[0]

    def disconnect(self, source: str, target: str) -> Edge:
        """Undo `connect`. No message of any other edge is lost.

        Raises:
            UnknownName: There is no such edge.
            MsgFloLabError: The two ports share a queue; nobody bound them.
        """

        def undo(graph: Graph, edge: Edge) -> Edited:
            session = self._session
            if edge not in graph.edges and session and session.coordinator.has_edge(edge):
                raise MsgFloLabError(
                    f"`{source}` and `{target}` use the same queue: nobody has bound them, and "
                    "nobody but the participants themselves can take them apart"
                )
            return graph.disconnect(edge)

        return self._edit_edge(source, target, undo)

    def move(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Remember where somebody has put nodes in the picture (upper left corners, in pixels)."""

        metadata = {Role(role): {"x": x, "y": y} for role, (x, y) in places.items()}
        self._edit(lambda _: lambda graph: graph.add_nodes(metadata))

    def unpin(self) -> None:
        """Forget where nodes have been put: the picture may place them again."""

        def release(graph: Graph) -> Edited:
            placed = [role for role, node in graph.nodes.items() if "x" in node.metadata]
            return graph.add_nodes({role: {"x": None, "y": None} for role in placed})

        self._edit(lambda _: release)

    # -- messages ----------------------------------------------------------------------------

    def send(self, port: str, value: Any, *, initial: bool = False) -> None:
        """Send one message to `role.port`: into an inport, or as if it came out of an outport.

        Args:
            initial: Also keep it as the inport's initial packet: it is sent again whenever a
                participant of the role appears.

        Raises:
            UnknownName: No such role or port.
            InvalidMessage: The value has no JSON form.
        """
        if initial:
            self._set_initial(port, value)
            return

        def send(session: Session | None) -> Awaitable[None]:
            session = running(session)
            return session.send(session.look_up(port, Side.IN, Side.OUT), value)

        self._do(send)

    def inspect(
        self, port: str, n: int = 10, *, wait: float = 0.0, new: bool = False
    ) -> list[Seen]:
        """The last `n` messages that passed `role.port`, oldest first.

        Args:
            wait: Seconds to wait at most until there are `n` of them.
            new: Only those that come from now on.

        Raises:
            UnknownName: No such role or port.
        """

        def inspect(session: Session | None) -> Awaitable[list[Seen]]:
            session = running(session)
            address = session.look_up(port, Side.IN, Side.OUT)
            return session.inspect(address, n, wait=wait, new=new)

        return cast(list[Seen], self._do(inspect))

    # -- watching ----------------------------------------------------------------------------

    def network(self) -> NetworkView:
        """The living network, as it is now."""
        return cast(NetworkView, self._do(lambda s: s.observer.view() if s else self._stopped()))

    def traffic(self) -> dict[Edge, EdgeTraffic]:
        """What has passed on each edge."""
        traffic = self._do(lambda s: s.observer.traffic() if s else {})
        return cast(dict[Edge, EdgeTraffic], traffic)

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` with all that changes, in the runtime's thread, 30 times a second at most.

        It goes on over `stop` and `start` until `unwatch`.
        """

        def watch(session: Session | None) -> None:
            self._watchers[watcher] = None
            if session is not None:
                session.observer.watch(watcher)
            else:
                tell(watcher, News(self._stopped(), {}))

        self._do(watch)

    def unwatch(self, watcher: Watcher) -> None:
        """Undo `watch`."""

        def unwatch(session: Session | None) -> None:
            self._watchers.pop(watcher, None)
            if session is not None:
                session.observer.unwatch(watcher)

        self._do(unwatch)

    # -- inside ------------------------------------------------------------------------------

    def _locals(self, session: Session | None, role: str | None) -> list[LocalParticipant]:
        here = session.local if session is not None else {}
        if role is None:
            return list(here.values())
        if Role(role) not in {**here, **self._behaviours}:
            raise UnknownName("participant of this lab", role, known=self._behaviours)
        return [here[Role(role)]] if Role(role) in here else []

    def _set_initial(self, port: str, value: Any) -> None:
        # What cannot be sent is refused now, and what is changed later does not change the packet.
        payload = encode(value)
        kept = payload if isinstance(value, bytes | bytearray | memoryview) else decode(payload)

        def keep(session: Session | None) -> Callable[[Graph], Edited]:
            at = self._address(session, port, Side.IN)
            return lambda graph: graph.set_initial(at.role, at.port, kept)

        self._edit(keep)

    def _edit_edge(self, source: str, target: str, edit: Callable[[Graph, Edge], Edited]) -> Edge:
        made: list[Edge] = []

        def find(session: Session | None) -> Callable[[Graph], Edited]:
            out = self._address(session, source, Side.OUT)
            into = self._address(session, target, Side.IN)
            made.append(Edge(out.role, out.port, into.role, into.port))
            return lambda graph: edit(graph, made[0])

        self._edit(find)
        return made[0]

    def _address(self, session: Session | None, text: str, side: Side) -> Address:
        stopped = {role.role: role for role in self._stopped().roles}
        roles = session.observer.roles() if session is not None else stopped
        return look_up(roles, text, side, may_be_absent=True)

    def _edit(self, prepare: Callable[[Session | None], Callable[[Graph], Edited]]) -> None:
        """Edit the graph, and wait until the broker has followed."""

        def edit(session: Session | None) -> Awaitable[None] | None:
            self._apply(prepare(session)(self._graph))
            return session.settle() if session is not None else None

        self._do(edit)

    def _apply(self, edited: Edited) -> None:
        self._graph, changes = edited
        if self._session is not None:
            self._session.edited(self._graph, changes)

    async def _start(self, url: BrokerUrl) -> None:
        session = await Session.open(url, name=self.name, heartbeat=self._heartbeat)
        gone = [p.id for p in self._session.local.values()] if self._session is not None else []
        await self._stop()
        session.begin(self._graph, gone)
        self._session = session
        for watcher in self._watchers:
            session.observer.watch(watcher)
        for role, behaviour in list(self._behaviours.items()):
            try:
                await session.put(role, behaviour)
            except Exception as error:
                summary = failure_of(role, error, "").summary
                session.coordinator.problems.append(
                    f"`{shown(role)}` could not be started: {summary}"
                )

    async def _stop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _do(self, work: Callable[[Session | None], Any]) -> Any:
        """Do something with the session, where its loop is. Waits for the end.

        Raises:
            NotRunning: The lab was stopped meanwhile.
        """
        return self._thread.do(lambda: work(self._session))

    def _stopped(self) -> NetworkView:
        return stopped_view(self.name, self._graph, self._behaviours)

    def _shut_down(self) -> None:
        try:
            self._do(lambda _: self._stop())
        finally:
            self._thread.close()
            news = News(self._stopped(), dict.fromkeys(self._graph.edges, EdgeTraffic()))
            for watcher in list(self._watchers):
                tell(watcher, news)
