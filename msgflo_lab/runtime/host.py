"""A runtime as FBP means it: a workspace, and the session that carries it out on a broker, if any.

The lab (synchronous, from other threads) and the protocol (from the same loop) are two ways in.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

from ..discovery.limits import HEARTBEAT
from ..errors import InvalidDefinition, InvalidName, UnknownName
from ..graph import Edited, Graph
from ..library import InProcess, Library, Program
from ..names import Role, shown
from ..network import EdgeTraffic, NetworkView
from ..signal import Signal
from ..transport import BrokerUrl
from .behaviour import Behaviour
from .child import SHELL
from .components import as_component, component_from, namespace_of
from .crossing import beside
from .failure import failure_of
from .librarian import Librarian
from .limits import SETTLE, SOURCE_SECONDS
from .observer import News, Watcher, tell
from .output import OutputLogs
from .programs import UNREACHABLE, ProgramRunner
from .registry import Registry
from .session import Session
from .stopped import stopped_view
from .supervisor import InProcessRunner, Runner, Supervisor
from .within import WithinRunner
from .workspace import Phase, Workspace


class Server(Protocol):
    """A way in for clients."""

    async def stop(self) -> None:
        """Let everybody go. Idempotent."""


class Keeper(Protocol):
    """Saves what is to be saved."""

    async def save(self) -> None:
        """Save it now. Raises MsgFloLabError."""

    async def close(self) -> None:
        """Save what is not saved yet, and then no more."""


class Host:
    """Everything runs on one loop, but for `name`, `workspace.graph` and what is said to be safe.

    Attributes:
        shell: What runs the commands of programs.
        apart: Whether what they print on stdout and on stderr is told apart.
        ignored: Roles that nothing is run for: others play them.
        workspace: Graph and participants; they outlive sessions.
        library: What nodes can run.
        librarian: Keeps that up to date.
        outputs: What programs have printed.
        session: On a broker, between `start` and `stop`.
        began: When that began (monotonic).
        broker: The one that it is on, or was on last; None before, and none inside of the process.
        supervisor: Runs nodes, in that time.
        servers: Ways in for clients; they end with the host.
        companions: What else ends with the host.
        keeper: Saves the graph, if somebody has asked for that.
        registry: Foreign participants, and adapters of devices.
        namespace: What code that clients set finds; in a notebook, its variables.
        moved: Told of each session that has begun, and (None) that one has ended.
    """

    def __init__(self, name: str = "lab", *, heartbeat: float = HEARTBEAT) -> None:
        """`heartbeat`: seconds of silence after which a participant counts as gone."""
        self.name = name
        self.shell = SHELL
        self.apart = False
        self.ignored: frozenset[Role] = frozenset()
        self.workspace = Workspace()
        self.session: Session | None = None
        self.began = 0.0
        self.broker: BrokerUrl | None = None
        self.library = Library()
        self.librarian = Librarian(self.library)
        self.outputs = OutputLogs()
        self.supervisor: Supervisor | None = None
        self.servers: list[Server] = []
        self.companions: list[Server] = []
        self.keeper: Keeper | None = None
        self.registry = Registry(name)
        self.namespace: dict[str, Any] = {}
        self.moved: Signal[Session | None] = Signal()
        self._heartbeat = heartbeat
        self._programs: ProgramRunner | None = None
        self._watchers: dict[Watcher, None] = {}

    async def start(self, url: BrokerUrl) -> None:
        """Connect, and bring graph and participants along; leave the broker that we are on.

        Raises:
            TransportError: The broker cannot be reached; everything is as it was then.
        """
        session = await Session.open(
            url,
            self.workspace,
            name=self.name,
            heartbeat=self._heartbeat,
            # Nobody else can reach what is inside of this process.
            elsewhere=() if url.scheme == UNREACHABLE else self.ignored,
        )
        gone = [p.id for p in self.session.local.values()] if self.session is not None else []
        await self.stop()
        session.begin(gone)
        self.session, self.began = session, time.monotonic()
        if url.scheme != UNREACHABLE:
            self.broker = url
        for watcher in self._watchers:
            session.observer.watch(watcher)
        report = session.coordinator.report
        self._programs = ProgramRunner(session, self.outputs, report, self.shell, self.apart)
        self.supervisor = Supervisor(
            session,
            self.workspace,
            self.library,
            report=report,
            withdraw=session.coordinator.withdraw,
            runners=self._runners(session, self._programs),
            ignored=self.ignored,
        )
        self.librarian.begin(session, self.supervisor.program)
        self.supervisor.begin()
        self.moved(session)
        await self.registry.begin(session)
        for role, behaviour in list(self.workspace.behaviours.items()):
            try:
                await session.put(role, behaviour)
            except Exception as error:
                summary = failure_of(role, error, "").summary
                session.coordinator.problems.append(
                    f"`{shown(role)}` could not be started: {summary}"
                )

    async def stop(self) -> None:
        """Leave the broker. Idempotent."""
        session, self.session = self.session, None
        supervisor, self.supervisor = self.supervisor, None
        programs, self._programs = self._programs, None
        await self.librarian.close()
        await self.registry.end()
        if supervisor is not None:
            await supervisor.close()
        if programs is not None:
            await programs.close()
        if session is not None:
            self.moved(None)
            await session.close()

    async def end(self) -> None:
        """Leave the broker, and let no clients in: the loop is about to end. Idempotent."""
        await self.unserve()
        companions, self.companions = self.companions, []
        await asyncio.gather(*(companion.stop() for companion in companions))
        await self.keep(None)
        await self.stop()

    async def edit(self, edit: Callable[[Graph], Edited], *, again: bool = False) -> None:
        """Edit the graph, and wait until the broker has followed.

        Args:
            again: Try again what could not be started, or has been removed: somebody has put in
                the graph as a whole, perhaps to get just that.
        """
        self.workspace.apply(edit(self.workspace.graph))
        if again and self.supervisor is not None:
            self.supervisor.again()
        await self.settle()

    def doings(self) -> Mapping[Role, str]:
        """What keeps nodes that are to run here from doing so, in words."""
        return self.supervisor.doings() if self.supervisor is not None else {}

    async def settle(self) -> None:
        """Wait until nodes run and the broker has followed, at most `SETTLE` seconds for each."""
        if self.supervisor is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLE):
                    await self.supervisor.settled()
        if self.session is not None:
            await self.session.settle()

    async def put(self, role: Role, behaviour: Behaviour) -> bool:
        """Run a participant in this role, or give the one that is there other code.

        Returns:
            False if its handler is busy; then it gets the code as soon as that returns.

        Raises:
            InvalidDefinition, TransportError: Nobody could read or have it; all is as it was.
        """
        behaviours = self.workspace.behaviours
        before = behaviours.get(role)
        behaviours[role] = behaviour
        component = as_component(behaviour)
        if self.session is None:
            self.library.put(component)
            return True
        try:
            is_done = await self.session.put(role, behaviour)
            self.library.put(component)
            return is_done
        except Exception:
            if behaviours.get(role) is behaviour:
                del behaviours[role]
                if before is not None:
                    behaviours[role] = before
            raise
        finally:
            self._look_again()

    def _look_again(self) -> None:
        """Let the library's components follow: a role has been taken over, or given back."""
        if self.supervisor is not None:
            self.supervisor.look_again()

    async def remove(self, role: Role, *, edges: bool = False) -> None:
        """Stop our participant of a role, or forget others of it, until they are heard again.

        Its node leaves the graph, unless something there needs it and `edges` is not set. Code that
        has taken the place of a component gives it back; a component is away until the graph is put
        in again.

        Raises:
            UnknownName: Nobody plays the role.
        """
        workspace, session = self.workspace, self.session
        known = workspace.behaviours.pop(role, None)
        is_run = known is None and self.supervisor is not None and self.supervisor.is_running(role)
        if is_run and self.supervisor is not None:
            await self.supervisor.let_go(role)
        is_foreign = await self.registry.forget(role)
        if session is not None and (session.is_played(role) or not (edges or is_run or is_foreign)):
            await session.remove(role)
        elif (
            known is None
            and not (is_run or is_foreign)
            and not (edges and role in workspace.graph.nodes)
        ):
            raise UnknownName("role", role, known=[*workspace.behaviours, *workspace.graph.nodes])
        node = workspace.graph.nodes.get(role)
        if node is not None and (edges or not workspace.graph.is_used(role)):
            workspace.apply(workspace.graph.remove_node(role))
        self._look_again()
        await self.settle()

    async def rename(self, before: Role, after: Role) -> None:
        """Give our participant of a role another one; all that names it comes along.

        Raises:
            UnknownName: We have no participant `before`.
            InvalidName: The role is taken.
        """
        if self.supervisor is not None and self.supervisor.program(before) is not None:
            await self._rename_program(before, after)
            return
        workspace, session = self.workspace, self.session
        is_run = session is not None and before in session.local
        if before not in workspace.behaviours and not is_run:
            raise UnknownName("participant of this lab", before, known=workspace.behaviours)
        if before == after:
            return

        def prepare() -> Callable[[], None]:
            edits = [
                (name, graph.rename_node(before, after))
                for name, graph in workspace.graphs.items()
                if before in graph.nodes
            ]

            def edit() -> None:
                if self.supervisor is not None:
                    self.supervisor.renamed(before, after)
                workspace.behaviours = {
                    after if role == before else role: code
                    for role, code in workspace.behaviours.items()
                }
                for name, edited in edits:
                    workspace.apply(edited, name)

            return edit

        if session is not None:
            await session.rename(before, after, prepare)
            return
        if not after or after in workspace.behaviours:
            raise InvalidName(f"`{shown(after)}` is taken, or no name for a role")
        prepare()()

    def _runners(self, session: Session, programs: ProgramRunner) -> dict[type, Runner]:
        here = InProcessRunner(session)
        if session.url.scheme == UNREACHABLE:
            return {InProcess: here, Program: WithinRunner(here, programs)}
        return {InProcess: here, Program: programs}

    async def _rename_program(self, before: Role, after: Role) -> None:
        """A program is told its role when it begins, so it begins anew, with other queues."""
        if self.session is not None and self.session.is_played(after):
            raise InvalidName(f"`{shown(after)}` is taken")
        graphs = self.workspace.graphs.items()
        edits = [(n, g.rename_node(before, after)) for n, g in graphs if before in g.nodes]
        for name, edited in edits:
            self.workspace.apply(edited, name)
        await self.settle()

    async def enter(self, name: str, phase: Phase) -> None:
        """Start a graph, or stop it.

        Raises:
            UnknownName: There is none of that name.
        """
        self.workspace.enter(name, phase)
        await self.settle()

    async def set_source(self, name: str, language: str, code: str) -> None:
        """Give a component another source, or make a new one. This runs the code.

        What is a program of a project, or not written in Python, is written to a file.

        Raises:
            InvalidDefinition: It is no component.
            InvalidConfig: No project is loaded, or its directory cannot be written to.
            InvalidName: It cannot be a file there.
        """
        known = self.library.find(name)
        is_program = known is not None and isinstance(known.how, Program)
        if is_program or language.lower() != "python":
            self.librarian.add(known.name if known and is_program else name, language, code)
            await self.settle()
            return
        namespace = namespace_of(known, self.namespace)
        # Whoever works meanwhile is not to wait for what somebody else has written.
        try:
            async with asyncio.timeout(SOURCE_SECONDS):
                fresh = await beside(partial(component_from, name, code, namespace))
        except TimeoutError:
            raise InvalidDefinition(
                f"the source of `{shown(name)}` runs for longer than {SOURCE_SECONDS:g} s; the "
                "component stays as it was"
            ) from None
        for role, behaviour in list(self.workspace.behaviours.items()):
            if behaviour.component == name:
                await self.put(role, fresh)
        self.library.put(as_component(fresh))

    async def keep(self, keeper: Keeper | None) -> None:
        """Let this one save the graph from now on, in place of any other."""
        before, self.keeper = self.keeper, keeper
        if before is not None:
            await before.close()

    async def unserve(self) -> None:
        """Let no clients in any more. Idempotent."""
        servers, self.servers = self.servers, []
        await asyncio.gather(*(server.stop() for server in servers))

    def watch(self, watcher: Watcher) -> None:
        """Call it with all that changes, 30 times a second at most, over all sessions."""
        self._watchers[watcher] = None
        if self.session is not None:
            self.session.observer.watch(watcher)
        else:
            tell(watcher, News(self.view(), {}))

    def unwatch(self, watcher: Watcher) -> None:
        """Undo `watch`. Idempotent."""
        self._watchers.pop(watcher, None)
        if self.session is not None:
            self.session.observer.unwatch(watcher)

    def view(self) -> NetworkView:
        """The living network, or what is left of it without a broker."""
        if self.session is not None:
            return self.session.observer.view()
        return self.stopped_view()

    def stopped_view(self) -> NetworkView:
        """The network as it is without a broker. Any thread may ask."""
        return stopped_view(self.name, self.workspace.network, self.workspace.behaviours)

    def tell_stopped(self) -> None:
        """Tell all who watch that the loop has ended. From whichever thread ended it."""
        edges = self.workspace.network.edges
        news = News(self.stopped_view(), dict.fromkeys(edges, EdgeTraffic()))
        for watcher in list(self._watchers):
            tell(watcher, news)
