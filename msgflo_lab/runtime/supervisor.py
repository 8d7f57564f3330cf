"""Runs the nodes that the library knows how to run, and lets them end with their nodes.

Like the coordinator, it is told what happens and drives what is towards what should be: there is
one task, and no order in which things must happen. It leaves the roles alone that people have put
in themselves, and those whose component nobody here can run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..deployment.scale import scale_of
from ..errors import MsgFloLabError
from ..graph.entries import Node
from ..library import Component, InProcess, Library, Program
from ..names import PortName, Role, shown
from .failure import failure_of
from .limits import SETTLE, STARTING_AT_ONCE
from .restarts import KEY, Restart
from .session import Session
from .workspace import Phase, Workspace

REMOVED = "removed; it runs again when its graph is put in again"
"""What is said of a role whose component somebody has removed."""


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Who is to run what.

    Attributes:
        settings: What the graph says for the component's private ports.
        restart: When a program that has ended is started again.
        workers: As many programs play it, if it is one.
        life: Of the role; in another one, it begins anew.
    """

    role: Role
    component: Component
    settings: Mapping[PortName, Any] = field(default_factory=dict)
    restart: Restart = Restart.ON_FAILURE
    workers: int = 1
    life: int = 0

    def is_like(self, other: Assignment | None) -> bool:
        """True if the same is run, whatever has been learned of the component's ports."""
        return (
            other is not None
            and (self.role, self.settings, self.restart, self.workers, self.life)
            == (other.role, other.settings, other.restart, other.workers, other.life)
            and self.component.is_like(other.component)
        )


@dataclass(frozen=True, slots=True)
class _Aside:
    """What is not tried again before something of it changes, or somebody asks for it.

    Attributes:
        why: In words, for who asks what the role is doing.
        problem: The line that was reported; "" if nothing went wrong.
    """

    assignment: Assignment
    why: str
    problem: str = ""


class Runner(Protocol):
    """How components of one kind are run."""

    async def run(self, assignment: Assignment) -> None:
        """Let somebody play the role, in place of whoever we let play it before."""

    async def end(self, role: Role) -> None:
        """Let nobody of ours play it any more."""

    def doing(self, role: Role) -> str:
        """What keeps a role that is run from being there, in words; "" if nothing does.

        Where several play it, what keeps any of them.
        """

    def is_coming(self, role: Role) -> bool:
        """True if a role that is run is not there yet."""


class InProcessRunner:
    """Participants of this process. Those with code that people have put in are left to them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def run(self, assignment: Assignment) -> None:
        """Start it, or put other code in between two messages."""
        how = assignment.component.how
        assert isinstance(how, InProcess)
        if not self._is_taken_over(assignment.role):
            await self._session.put(assignment.role, how.make(assignment.settings))

    async def end(self, role: Role) -> None:
        """Stop it."""
        if role in self._session.local and not self._is_taken_over(role):
            await self._session.remove(role)

    def doing(self, role: Role) -> str:
        """Nothing that takes time."""
        del role
        return ""

    def is_coming(self, role: Role) -> bool:
        """Never: it is there as soon as it is run."""
        del role
        return False

    def _is_taken_over(self, role: Role) -> bool:
        return role in self._session.workspace.behaviours


class Supervisor:
    """For one session. On its loop."""

    def __init__(
        self,
        session: Session,
        workspace: Workspace,
        library: Library,
        *,
        report: Callable[[str], object],
        withdraw: Callable[[str], object],
        runners: Mapping[type, Runner],
        ignored: Iterable[Role] = (),
    ) -> None:
        """Create it.

        Args:
            report: Takes one line for people.
            withdraw: Takes a line back whose problem is mended.
            runners: By the kind of `Component.how`.
            ignored: Roles that are left to others, whatever their component.
        """
        self._session = session
        self._workspace = workspace
        self._library = library
        self._report = report
        self._withdraw = withdraw
        self._runners = runners
        self._ignored = frozenset(ignored)
        self._running: dict[Role, Assignment] = {}
        self._aside: dict[Role, _Aside] = {}
        self._due: dict[Role, Assignment] = {}
        self._foreign: set[Role] = set()
        self._misspelt: tuple[str, ...] = ()
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._busy_until = 0.0
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to run nodes.

        Initial packets wait for that, for a moment: what they lead to is to find somebody there.
        """
        self._session.coordinator.packets.wait_while = self._is_busy
        self._session.observer.doing = self.doing
        self._session.roles_changed.connect(self._roles_changed)
        self._workspace.network_edited.connect(self._changed)
        self._workspace.entered.connect(self._changed)
        self._library.changed.connect(self._changed)
        self._changed()
        self._task = asyncio.create_task(self._run(), name="supervisor")

    async def close(self) -> None:
        """Run nothing any more. What runs here ends with the session; programs end now."""
        self._session.roles_changed.disconnect(self._roles_changed)
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
            self._running[after] = replace(assignment, role=after)

    def doing(self, role: Role) -> str:
        """What keeps a node that is to run here from doing so, in words; "" if nothing does."""
        if (aside := self._aside.get(role)) is not None:
            return aside.why
        if (assignment := self._running.get(role)) is not None:
            return self._runners[type(assignment.component.how)].doing(role)
        return "waits for its turn" if role in self._due else ""

    def is_coming(self, role: Role) -> bool:
        """True if a node is being started: whoever has something for it may wait."""
        if role in self._aside:
            return False
        if (assignment := self._running.get(role)) is not None:
            return self._runners[type(assignment.component.how)].is_coming(role)
        return role in self._due

    def doings(self) -> dict[Role, str]:
        """The same for all nodes, without those that nothing keeps."""
        roles = dict.fromkeys((*self._running, *self._aside, *self._due))
        return {role: words for role in roles if (words := self.doing(role))}

    async def let_go(self, role: Role) -> None:
        """End what we let play a role, until its node changes, or somebody asks for it `again`."""
        assignment = self._running.get(role)
        if assignment is not None:
            self._put_aside(_Aside(assignment, REMOVED))
            await self._end(role)

    def again(self) -> None:
        """Try again what has failed, or was let go."""
        for role in list(self._aside):
            self._forget_aside(role)
        self.look_again()

    def look_again(self) -> None:
        """See whether what runs is what should: something has changed that nobody else tells."""
        self._changed()

    async def settled(self) -> None:
        """Wait until all that is to run has been tried."""
        await self._settled.wait()

    def _is_busy(self) -> bool:
        loop = asyncio.get_running_loop()
        return not self._settled.is_set() and loop.time() < self._busy_until

    def _roles_changed(self, roles: Iterable[Role]) -> None:
        """Somebody else may have left a role that is ours to run."""
        if self._foreign and any(r in self._foreign and not self._others(r) for r in roles):
            self._changed()

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
        for role, aside in list(self._aside.items()):
            if not aside.assignment.is_like(wanted.get(role)):
                self._forget_aside(role)
        self._due = {
            role: each
            for role, each in wanted.items()
            if role not in self._aside and not each.is_like(self._running.get(role))
        }
        self._mark(self._due)
        due = list(self._due.values())
        for start in range(0, len(due), STARTING_AT_ONCE):
            await asyncio.gather(*map(self._start, due[start : start + STARTING_AT_ONCE]))

    def _wanted(self) -> dict[Role, Assignment]:
        network, workspace = self._workspace.network, self._workspace
        wanted: dict[Role, Assignment] = {}
        misspelt: list[str] = []
        self._foreign.clear()
        for role, node in network.nodes.items():
            if not node.component or role in workspace.behaviours or role in self._ignored:
                continue
            component = self._library.find(node.component)
            if component is None or type(component.how) not in self._runners:
                continue
            if isinstance(component.how, InProcess) and self._is_foreign(role):
                self._foreign.add(role)
                continue
            phase = workspace.node_phase(role)
            if phase is Phase.IDLE:
                continue
            if phase is Phase.HELD and role in self._running:
                wanted[role] = self._running[role]  # what rests is left as it is, until its start
                continue
            policy, workers = Restart.ON_FAILURE, 1
            if isinstance(component.how, Program):
                policy, workers = _said_of(node, misspelt)
            settings, life = self._settings(role, component), workspace.lives[role]
            wanted[role] = Assignment(role, component, settings, policy, workers, life)
        self._report_misspelt(misspelt)
        return wanted

    def _is_foreign(self, role: Role) -> bool:
        """True if somebody else plays it already: a graph may name their component like ours."""
        return role not in self._running and self._others(role)

    def _others(self, role: Role) -> bool:
        here = self._session.local.get(role)
        members = self._session.coordinator.roster.members(role)
        return any(here is None or member.definition.id != here.id for member in members)

    def _settings(self, role: Role, component: Component) -> Mapping[PortName, Any]:
        how, initials = component.how, self._workspace.network.initials
        private = how.private if isinstance(how, InProcess) else ()
        return {port: initials[role, port].value for port in private if (role, port) in initials}

    async def _start(self, assignment: Assignment) -> None:
        role, kind = assignment.role, type(assignment.component.how)
        before = self._running.get(role)
        try:
            if before is not None and (
                type(before.component.how) is not kind or before.life != assignment.life
            ):
                await self._end(role)
            await self._runners[kind].run(assignment)
            self._running[role] = assignment
        except Exception as error:
            ours = isinstance(error, MsgFloLabError)
            why = str(error) if ours else failure_of(role, error, "").summary
            what = "still runs what it had" if role in self._running else "could not be started"
            problem = f"`{shown(role)}` {what}: {why}"
            self._report(problem)
            self._put_aside(_Aside(assignment, f"{what}: {why}", problem))
        finally:
            self._due.pop(role, None)
            self._mark([role])

    async def _end(self, role: Role) -> None:
        assignment = self._running.pop(role, None)
        if assignment is not None:
            await self._runners[type(assignment.component.how)].end(role)

    def _put_aside(self, aside: _Aside) -> None:
        self._aside[aside.assignment.role] = aside
        self._mark([aside.assignment.role])

    def _forget_aside(self, role: Role) -> None:
        """It is tried again, or is not wanted any more: what was wrong with it is over."""
        self._withdraw(self._aside.pop(role).problem)
        self._mark([role])

    def _report_misspelt(self, misspelt: Collection[str]) -> None:
        before, self._misspelt = self._misspelt, tuple(misspelt)
        for problem in before:
            if problem not in misspelt:
                self._withdraw(problem)
        for problem in misspelt:
            if problem not in before:
                self._report(problem)

    def _mark(self, roles: Iterable[Role]) -> None:
        self._session.observer.mark(roles, [])


def _said_of(node: Node, misspelt: list[str]) -> tuple[Restart, int]:
    """What a program's node says: when it is started again, and how many of it there are."""
    said, workers = node.metadata.get(KEY), 1
    policy = Restart.of(said)
    if policy is None:
        words = ", ".join(Restart)
        misspelt.append(f"`{shown(node.role)}`: `{KEY}: {shown(str(said))}` is none of {words}")
    try:
        scale = scale_of(node)
        workers = scale.instances if scale is not None else 1
    except MsgFloLabError as error:
        misspelt.append(str(error))
    return policy or Restart.ON_FAILURE, workers
