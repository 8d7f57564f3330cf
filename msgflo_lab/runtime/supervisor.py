"""Runs the nodes that the library knows how to run, and lets them end with their nodes.

Like the coordinator, it is told what happens and drives what is towards what should be: there is
one task, and no order in which things must happen. It leaves the roles alone that people have put
in themselves, and those whose component nobody here can run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import MsgFloLabError
from ..library import Component, InProcess, Library, Program
from ..names import PortName, Role, shown
from .failure import failure_of
from .limits import SETTLE, STARTING_AT_ONCE
from .session import Session
from .workspace import Phase, Workspace


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Who is to run what.

    Attributes:
        settings: What the graph says for the component's private ports.
    """

    role: Role
    component: Component
    settings: Mapping[PortName, Any] = field(default_factory=dict)

    def is_like(self, other: Assignment | None) -> bool:
        """True if the same is run, whatever has been learned of the component's ports."""
        return (
            other is not None
            and (self.role, self.settings) == (other.role, other.settings)
            and self.component.is_like(other.component)
        )


class Runner(Protocol):
    """How components of one kind are run."""

    async def run(self, assignment: Assignment) -> None:
        """Let somebody play the role, in place of whoever we let play it before."""

    async def end(self, role: Role) -> None:
        """Let nobody of ours play it any more."""


class InProcessRunner:
    """Participants of this process."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def run(self, assignment: Assignment) -> None:
        """Start it, or put other code in between two messages."""
        how = assignment.component.how
        assert isinstance(how, InProcess)
        await self._session.put(assignment.role, how.make(assignment.settings))

    async def end(self, role: Role) -> None:
        """Stop it."""
        if role in self._session.local:
            await self._session.remove(role)


class Supervisor:
    """For one session. On its loop."""

    def __init__(
        self,
        session: Session,
        workspace: Workspace,
        library: Library,
        *,
        report: Callable[[str], object],
        runners: Mapping[type, Runner],
    ) -> None:
        """`report` takes one line for people; `runners` are by the kind of `Component.how`."""
        self._session = session
        self._workspace = workspace
        self._library = library
        self._report = report
        self._runners = runners
        self._running: dict[Role, Assignment] = {}
        self._failed: dict[Role, Assignment] = {}
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._busy_until = 0.0
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to run nodes.

        Initial packets wait for that, for a moment: what they lead to is to find somebody there.
        """
        self._session.coordinator.packets.wait_while = self._is_busy
        self._workspace.network_edited.connect(self._changed)
        self._workspace.entered.connect(self._changed)
        self._library.changed.connect(self._changed)
        self._changed()
        self._task = asyncio.create_task(self._run(), name="supervisor")

    async def close(self) -> None:
        """Run nothing any more. What runs here ends with the session; programs end now."""
        self._workspace.network_edited.disconnect(self._changed)
        self._workspace.entered.disconnect(self._changed)
        self._library.changed.disconnect(self._changed)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.gather(*map(self._end, list(self._running)), return_exceptions=True)

    def is_running(self, role: Role) -> bool:
        """True if we let somebody play the role."""
        return role in self._running

    def program(self, role: Role) -> Component | None:
        """The component that we let play a role in a process of its own, if it is one."""
        assignment = self._running.get(role)
        is_program = assignment is not None and isinstance(assignment.component.how, Program)
        return assignment.component if assignment is not None and is_program else None

    def renamed(self, before: Role, after: Role) -> None:
        """A participant of ours has another role now; it goes on."""
        assignment = self._running.pop(before, None)
        if assignment is not None:
            self._running[after] = Assignment(after, assignment.component, assignment.settings)

    async def settled(self) -> None:
        """Wait until all that is to run has been tried."""
        await self._settled.wait()

    def _is_busy(self) -> bool:
        loop = asyncio.get_running_loop()
        return not self._settled.is_set() and loop.time() < self._busy_until

    def _changed(self, *_: object) -> None:
        if self._settled.is_set() or not self._busy_until:
            loop = asyncio.get_running_loop()
            self._busy_until = loop.time() + SETTLE
            loop.call_at(self._busy_until, self._session.coordinator.carrier.awaken)
        self._settled.clear()
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._reconcile()
            if not self._wake.is_set():
                self._settled.set()
                self._session.coordinator.carrier.awaken()

    async def _reconcile(self) -> None:
        wanted = self._wanted()
        await asyncio.gather(*(self._end(role) for role in self._running.keys() - wanted.keys()))
        self._failed = {r: e for r, e in self._failed.items() if e.is_like(wanted.get(r))}
        due = [
            each
            for role, each in wanted.items()
            if not each.is_like(self._running.get(role))
            and not each.is_like(self._failed.get(role))
        ]
        for start in range(0, len(due), STARTING_AT_ONCE):
            await asyncio.gather(*map(self._start, due[start : start + STARTING_AT_ONCE]))

    def _wanted(self) -> dict[Role, Assignment]:
        network, workspace = self._workspace.network, self._workspace
        wanted: dict[Role, Assignment] = {}
        for role, node in network.nodes.items():
            if not node.component or role in workspace.behaviours:
                continue
            component = self._library.find(node.component)
            if component is None or type(component.how) not in self._runners:
                continue
            if isinstance(component.how, InProcess) and self._is_foreign(role):
                continue
            if workspace.node_phase(role) is not Phase.IDLE:
                wanted[role] = Assignment(role, component, self._settings(role, component))
        return wanted

    def _is_foreign(self, role: Role) -> bool:
        """True if somebody else plays it already: a graph may name their component like ours."""
        return role not in self._running and bool(self._session.coordinator.roster.members(role))

    def _settings(self, role: Role, component: Component) -> Mapping[PortName, Any]:
        how, initials = component.how, self._workspace.network.initials
        private = how.private if isinstance(how, InProcess) else ()
        return {port: initials[role, port].value for port in private if (role, port) in initials}

    async def _start(self, assignment: Assignment) -> None:
        role, kind = assignment.role, type(assignment.component.how)
        before = self._running.get(role)
        try:
            if before is not None and type(before.component.how) is not kind:
                await self._end(role)
            await self._runners[kind].run(assignment)
            self._running[role] = assignment
        except Exception as error:
            self._failed[role] = assignment
            ours = isinstance(error, MsgFloLabError)
            why = str(error) if ours else failure_of(role, error, "").summary
            self._report(f"`{shown(role)}` could not be started: {why}")

    async def _end(self, role: Role) -> None:
        assignment = self._running.pop(role)
        await self._runners[type(assignment.component.how)].end(role)
