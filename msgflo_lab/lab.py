"""The lab: a synchronous, thread-safe object over the runtime, which has a thread of its own.

Everything a magic or a widget can do is a method here, of the same name. This is the only place
that owns a thread: a cell that blocks, or a kernel's loop that stands still, delays nothing in the
runtime. Participants and the graph belong to the lab, not to a broker: `start` with another URL
takes them along.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast, overload

from anyio.from_thread import BlockingPortal, start_blocking_portal

from .definition import Side
from .discovery.roster import HEARTBEAT
from .errors import MsgFloLabError, NotRunning, UnknownName
from .graph import Change, Edge, Graph
from .graph.model import Edited
from .message import encode
from .names import Role
from .network import EdgeTraffic, NetworkView
from .runtime.addresses import Address, look_up
from .runtime.behaviour import Behaviour, Ports, behaviour_of
from .runtime.history import Seen
from .runtime.observer import Watcher
from .runtime.participant import Failure, LocalParticipant
from .runtime.session import Session
from .runtime.status import Status, status_of
from .transport import BrokerUrl

DEFAULT_URL = "direct://"

_STOPPED = "the lab is stopped; start it first (`%msgflo start` in a notebook)"

Code = TypeVar("Code", bound=Callable[..., Any])


class Lab:
    """A laboratory: participants of this process, whoever else is on the broker, and a graph.

    All methods may be called from any thread but the runtime's own (an `async` handler must not
    call them: it would wait for itself). A lab is also a context manager that stops at its end.

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
        self._portal: BlockingPortal | None = None
        self._portal_manager: AbstractContextManager[BlockingPortal] | None = None
        self._lock = threading.RLock()
        self._thread: int | None = None

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
        with self._lock:
            before = self._portal
            try:
                self._open_thread()
                self._call(self._start, address)
            except BaseException:
                if before is None:
                    self._end_thread()
                raise
            return self.status()

    def stop(self) -> None:
        """Leave the broker and end the runtime's thread. Participants and graph are kept."""
        with self._lock:
            if self._portal is not None:
                try:
                    self._call(self._stop)
                finally:
                    self._end_thread()

    def status(self) -> Status:
        """How the lab is: where it is connected, who is there, what went wrong lately."""
        with self._lock:
            if self._session is None:
                return Status.stopped(self.name)
            return self._call(self._on_loop, lambda session: status_of(session, self.name))

    # -- participants ------------------------------------------------------------------------

    @overload
    def participant(self, role: Code) -> Code: ...

    @overload
    def participant(
        self,
        role: str | None = None,
        *,
        every: float | None = None,
        outports: Ports | None = None,
        icon: str | None = None,
        label: str | None = None,
        component: str | None = None,
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
            self.add(code, role, **details)
            return code

        return put

    def add(
        self,
        code: Callable[..., Any],
        role: str | None = None,
        *,
        every: float | None = None,
        outports: Ports | None = None,
        icon: str | None = None,
        label: str | None = None,
        component: str | None = None,
    ) -> None:
        """Run a function or class as a participant; `participant` as a plain call.

        Args:
            role: Its node in the graph; the code's name by default.
            every: Seconds between two runs of a source.
            outports: Names (or a mapping of names to types); `out` and `error` by default.
            icon: A Font Awesome 4 name, e.g. `lightbulb-o`.

        Raises:
            InvalidDefinition: The code cannot be a participant.
            TransportError: The broker refused it.
        """
        behaviour = behaviour_of(
            code, every=every, outports=outports, icon=icon, label=label, component=component
        )
        name = Role(role or behaviour.component)
        with self._lock:
            if self._session is not None:
                self._call(self._on_loop, lambda session: session.put(name, behaviour))
            self._behaviours[name] = behaviour

    def remove(self, role: str) -> None:
        """Stop a participant of this lab, or forget one that is no longer heard.

        Its edges stay in the graph, pending.

        Raises:
            UnknownName: Nobody plays the role.
        """
        with self._lock:
            known = self._behaviours.pop(Role(role), None)
            if self._session is not None:
                self._call(self._on_loop, lambda session: session.remove(Role(role)))
            elif known is None:
                raise UnknownName("role", role, known=self._behaviours)

    def rename(self, before: str, after: str) -> None:
        """Give a participant of this lab another role; edges come along, no message is lost.

        Raises:
            UnknownName: It is not a participant of this lab.
            InvalidName: The role is taken.
        """
        with self._lock:
            old, new = Role(before), Role(after)
            if old not in self._behaviours:
                raise UnknownName("participant of this lab", before, known=self._behaviours)

            def edit() -> None:
                if old in self._graph.nodes:
                    self._edit(lambda graph: graph.rename_node(old, new))

            if self._session is not None:
                self._call(self._on_loop, lambda session: session.rename(old, new, edit))
            else:
                edit()
            self._behaviours = {
                new if role == old else role: code for role, code in self._behaviours.items()
            }

    def errors(self, role: str | None = None, *, wait: float = 0.0) -> list[Failure]:
        """What handlers of this lab have raised, oldest first, of one role or of all.

        Args:
            wait: Seconds to wait at most until there is one.

        Raises:
            UnknownName: It is not a participant of this lab.
        """

        def there(session: Session) -> bool:
            asked = (p for p in session.local.values() if role in (None, p.role))
            return any(participant.health.failures for participant in asked)

        if wait > 0:
            self._call(self._on_loop, lambda s: s.until(lambda: there(s), wait))
        kept = [failure for p in self._locals(role) for failure in p.health.failures]
        return sorted(kept, key=lambda failure: failure.at)

    def output(self, role: str) -> str:
        """What a participant's handler has printed lately, where output is captured.

        Raises:
            UnknownName: It is not a participant of this lab.
        """
        return self._locals(role)[0].output.text()

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

    def disconnect(self, source: str, target: str) -> Edge:
        """Undo `connect`. No message of any other edge is lost.

        Raises:
            UnknownName: There is no such edge.
        """
        return self._edit_edge(source, target, lambda graph, edge: graph.disconnect(edge))

    def move(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Remember where somebody has put nodes in the picture (upper left corners, in pixels)."""

        def place(graph: Graph) -> Edited:
            changes: list[Change] = []
            for role, (x, y) in places.items():
                graph, more = graph.add_node(Role(role), metadata={"x": x, "y": y})
                changes += more
            return graph, tuple(changes)

        self._edit_on_loop(lambda _: place)

    def unpin(self) -> None:
        """Forget where nodes have been put: the picture may place them again."""

        def release(graph: Graph) -> Edited:
            changes: list[Change] = []
            for role, node in graph.nodes.items():
                if "x" in node.metadata or "y" in node.metadata:
                    graph, more = graph.add_node(role, metadata={"x": None, "y": None})
                    changes += more
            return graph, tuple(changes)

        self._edit_on_loop(lambda _: release)

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

        async def send(session: Session) -> None:
            await session.send(session.look_up(port, Side.IN, Side.OUT), value)

        self._call(self._on_loop, send)

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

        async def inspect(session: Session) -> list[Seen]:
            address = session.look_up(port, Side.IN, Side.OUT)
            return await session.inspect(address, n, wait=wait, new=new)

        return cast(list[Seen], self._call(self._on_loop, inspect))

    # -- watching ----------------------------------------------------------------------------

    def network(self) -> NetworkView:
        """The living network, as it is now."""
        with self._lock:
            if self._session is None:
                return NetworkView(self.name)
            return cast(NetworkView, self._call(self._on_loop, lambda s: s.observer.view()))

    def traffic(self) -> dict[Edge, EdgeTraffic]:
        """What has passed on each edge."""
        with self._lock:
            if self._session is None:
                return {}
            return cast(
                dict[Edge, EdgeTraffic], self._call(self._on_loop, lambda s: s.observer.traffic())
            )

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` with all that changes, in the runtime's thread, 30 times a second at most.

        It goes on over `stop` and `start` until `unwatch`.
        """
        with self._lock:
            self._watchers[watcher] = None
            if self._session is not None:
                self._call(self._on_loop, lambda session: session.observer.watch(watcher))

    def unwatch(self, watcher: Watcher) -> None:
        """Undo `watch`."""
        with self._lock:
            self._watchers.pop(watcher, None)
            if self._session is not None:
                self._call(self._on_loop, lambda session: session.observer.unwatch(watcher))

    # -- inside ------------------------------------------------------------------------------

    def _locals(self, role: str | None) -> list[LocalParticipant]:
        with self._lock:
            here = self._session.local if self._session is not None else {}
            if role is None:
                return list(here.values())
            if Role(role) not in here:
                raise UnknownName("participant of this lab", role, known=here)
            return [here[Role(role)]]

    def _set_initial(self, port: str, value: Any) -> None:
        encode(value)  # what cannot be sent is refused now, not when the participant appears

        def keep(session: Session | None) -> Callable[[Graph], Edited]:
            at = self._address(session, port, Side.IN)
            return lambda graph: graph.set_initial(at.role, at.port, value)

        self._edit_on_loop(keep)

    def _edit_edge(
        self, source: str, target: str, edit: Callable[[Graph, Edge], Edited]
    ) -> Edge:
        made: list[Edge] = []

        def find(session: Session | None) -> Callable[[Graph], Edited]:
            out = self._address(session, source, Side.OUT)
            into = self._address(session, target, Side.IN)
            made.append(Edge(out.role, out.port, into.role, into.port))
            return lambda graph: edit(graph, made[0])

        self._edit_on_loop(find)
        return made[0]

    def _address(self, session: Session | None, text: str, side: Side) -> Address:
        view = session.observer.view() if session is not None else NetworkView(self.name)
        return look_up(view, text, side, may_be_absent=True)

    def _edit_on_loop(self, prepare: Callable[[Session | None], Callable[[Graph], Edited]]) -> None:
        """Edit the graph where the coordinator lives, and wait until the broker has followed."""

        async def edit(session: Session) -> None:
            self._edit(prepare(session))
            await session.settle()

        with self._lock:
            if self._session is None:
                self._edit(prepare(None))
            else:
                self._call(self._on_loop, edit)

    def _edit(self, edit: Callable[[Graph], Edited]) -> None:
        self._graph, changes = edit(self._graph)
        if self._session is not None:
            self._session.edited(self._graph, changes)

    async def _start(self, url: BrokerUrl) -> None:
        session = await Session.open(
            url, name=self.name, graph=self._graph, heartbeat=self._heartbeat
        )
        await self._stop()
        self._session = session
        for watcher in self._watchers:
            session.observer.watch(watcher)
        for role, behaviour in self._behaviours.items():
            try:
                await session.put(role, behaviour)
            except MsgFloLabError as error:
                session.coordinator.problems.append(f"`{role}` could not be started: {error}")

    async def _stop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _on_loop(self, work: Callable[[Session], Any]) -> Any:
        if self._session is None:
            raise NotRunning(_STOPPED)
        result = work(self._session)
        return await result if inspect.isawaitable(result) else result

    def _call(self, work: Callable[..., Any], *args: Any) -> Any:
        if self._thread == threading.get_ident():
            raise MsgFloLabError(
                "an `async` handler runs in the lab's own thread and cannot call the lab: it would "
                "wait for itself. Make the handler a plain `def`"
            )
        if self._portal is None:
            raise NotRunning(_STOPPED)
        return self._portal.call(work, *args)

    def _open_thread(self) -> None:
        if self._portal is None:
            self._portal_manager = start_blocking_portal(name=f"msgflo lab {self.name}")
            self._portal = self._portal_manager.__enter__()
            self._thread = self._portal.call(threading.get_ident)

    def _end_thread(self) -> None:
        manager, self._portal_manager, self._portal = self._portal_manager, None, None
        self._thread = None
        if manager is not None:
            manager.__exit__(None, None, None)
