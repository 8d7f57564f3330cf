"""Components that are programs: each role is a process of its own, begun, watched, begun again.

A role has one *play*: a task that starts the program, waits until it has announced itself, starts
it again when it fails, and ends it with its whole process group. Nobody waits for a play but who
closes the runner, so that a program which takes its time delays nobody else.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import logging
import os
import shlex
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from ..discovery import Member
from ..errors import MsgFloLabError
from ..library import Program, command_line
from ..library.languages import PROGRAMS
from ..names import ParticipantId, Role, shown
from ..transport import BrokerUrl
from . import limits
from .child import Child
from .guard import Guard
from .output import OutputLog
from .restarts import KEY, Pauses, Restart, ended_with
from .session import Session
from .supervisor import Assignment

log = logging.getLogger(__name__)

BROKER = "MSGFLO_BROKER"
"""The environment variable that MsgFlo's programs find their broker by."""
UNREACHABLE = "direct"
"""The transport that ends with the process."""
_LOOK = 0.5
"""Seconds between two looks for somebody who is only heard again."""
_SECRET_LEAST = 6
"""Characters of a password from which on it is hidden wherever it is printed."""

Report = Callable[[str], object]


class ProgramRunner:
    """Runs programs, for one session. On its loop.

    Attributes:
        outputs: What they have printed, by role.
    """

    def __init__(self, session: Session, outputs: dict[Role, OutputLog], report: Report) -> None:
        """`report` takes one line for people."""
        self.outputs = outputs
        self._stage = _Stage(
            session,
            report,
            Guard(),
            asyncio.Semaphore(limits.STARTING_AT_ONCE),
            _Hidden(session.url),
        )
        self._plays: dict[Role, _Play] = {}
        self._ending: dict[asyncio.Task[None], Role] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._told = False

    def pid(self, role: Role) -> int | None:
        """The process that plays a role now."""
        play = self._plays.get(role)
        return play.child.pid if play is not None and play.child is not None else None

    async def run(self, assignment: Assignment) -> None:
        """Let a program play a role, in place of the one that does.

        Raises:
            MsgFloLabError: It cannot be started; said once where that holds for every program.
        """
        role, component = assignment.role, assignment.component
        url = self._stage.session.url
        if url.scheme == UNREACHABLE:
            if self._told:
                return
            self._told = True
            raise MsgFloLabError(
                f"`{shown(component.name)}` is a program of its own, and programs cannot reach "
                f"{url}, which is inside of this process; start the lab on a broker "
                "(mqtt://, amqp://), and all of them run"
            )
        assert isinstance(component.how, Program)
        command = command_line(component.how, role)
        environment = _environment(component.how, url)
        _check_installed(command, environment, component.name)
        await self.end(role)
        self._stage.guard.begin()
        before = [task for task, ending in self._ending.items() if ending == role]
        output = self.outputs.pop(role, None) or OutputLog()
        self.outputs[role] = output
        while len(self.outputs) > limits.OUTPUTS_KEPT:
            del self.outputs[next(iter(self.outputs))]
        play = _Play(assignment, component.how, command, environment, output, self._stage)
        play.task = asyncio.create_task(play.run(before), name=f"{role}: program")
        self._plays[role] = play
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep_guard(), name="guard of programs")

    async def end(self, role: Role) -> None:
        """Let it end. This does not wait for that; `close` does."""
        play = self._plays.pop(role, None)
        if play is None or play.task is None:
            return
        self._ending[play.task] = role
        play.task.add_done_callback(self._ended)
        play.task.cancel()

    async def close(self) -> None:
        """End them all, and wait until they are gone. Idempotent."""
        for role in list(self._plays):
            await self.end(role)
        await asyncio.gather(*self._ending, return_exceptions=True)
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        await self._stage.guard.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._ending.pop(task, None)
        if not task.cancelled() and task.exception() is not None:
            log.error("a program was not ended in order", exc_info=task.exception())

    async def _keep_guard(self) -> None:
        while True:
            await asyncio.sleep(limits.SWEEP_INTERVAL)
            self._stage.guard.begin()


@dataclass(slots=True)
class _Stage:
    """What all plays of a session share."""

    session: Session
    report: Report
    guard: Guard
    slots: asyncio.Semaphore
    hidden: _Hidden


class _Play:
    """One role, played by one program after the other."""

    def __init__(
        self,
        assignment: Assignment,
        program: Program,
        command: str,
        environment: Mapping[str, str],
        output: OutputLog,
        stage: _Stage,
    ) -> None:
        self.child: Child | None = None
        self.task: asyncio.Task[None] | None = None
        self._role = assignment.role
        self._folder = program.folder
        self._command = command
        self._environment = environment
        self._output = output
        self._stage = stage
        self._members: set[ParticipantId] = set()

    async def run(self, before: Collection[asyncio.Task[None]]) -> None:
        """Until it is over, or this is cancelled. `before` are plays that end first."""
        if before:
            await asyncio.wait(before)
        pauses, clock = Pauses(limits.RESTART, limits.RESTART_CALM), asyncio.get_running_loop().time
        pause: float | None = 0.0
        while pause is not None:
            await asyncio.sleep(pause)
            begun = clock()
            code = await self._live()
            pause = pauses.after(self._policy(), code, clock() - begun)
            self._report_end(code, pause)

    async def _live(self) -> int:
        """One process, from its beginning to its end."""
        there = {member.definition.id for member in self._playing()}
        lines = _Lines(self._output, self._stage.hidden)
        try:
            async with self._stage.slots:
                child = self.child = await Child.begin(
                    self._command,
                    folder=self._folder,
                    environment=self._environment,
                    take=lines.take,
                    guard=self._stage.guard,
                )
                is_here = await self._announced(child, there, limits.PROGRAM_PATIENCE)
            if not is_here and not child.exited.done():
                self._stage.report(
                    f"`{shown(self._role)}` has not announced itself in "
                    f"{limits.PROGRAM_PATIENCE:.0f} s; its program goes on"
                )
                await self._announced(child, there, None)
            return await asyncio.shield(child.exited)
        except OSError as error:
            self._output.write(f"{error}\n")
            return 127
        finally:
            await self._clean_up(lines)

    async def _announced(
        self, child: Child, there: set[ParticipantId], patience: float | None
    ) -> bool:
        """Wait until its role is discovered, for so long, and while it lives. False if it is not.

        One that keeps its id over restarts may be known from before; then it is heard again.
        """
        news, begun = asyncio.Event(), asyncio.get_running_loop().time()

        def tell(_: object) -> None:
            news.set()

        self._stage.session.roles_changed.connect(tell)
        child.exited.add_done_callback(tell)
        try:
            async with asyncio.timeout(patience):
                while not child.exited.done():
                    news.clear()
                    playing = self._playing()
                    self._members = {member.definition.id for member in playing} - there
                    if any(member.last_seen >= begun for member in playing):
                        return True
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_LOOK):
                            await news.wait()
        except TimeoutError:
            pass
        finally:
            self._stage.session.roles_changed.disconnect(tell)
            child.exited.remove_done_callback(tell)
        return False

    def _playing(self) -> list[Member]:
        return self._stage.session.coordinator.roster.members(self._role)

    async def _clean_up(self, lines: _Lines) -> None:
        child, self.child = self.child, None
        if child is not None:
            await asyncio.shield(asyncio.ensure_future(child.end(limits.PROGRAM_FINISH)))
        lines.close()
        members, self._members = self._members, set()
        for who in members:
            # Devices keep their id over restarts, so it may come again.
            self._stage.session.coordinator.forget(who, for_good=False)

    def _policy(self) -> Restart:
        node = self._stage.session.workspace.network.nodes.get(self._role)
        said = node.metadata.get(KEY) if node is not None else None
        policy = Restart.of(said)
        if policy is None:
            words = ", ".join(Restart)
            self._stage.report(
                f"`{shown(self._role)}`: `{KEY}: {shown(str(said))}` is none of {words}"
            )
        return policy or Restart.ON_FAILURE

    def _report_end(self, code: int, pause: float | None) -> None:
        last = next((line for line in reversed(self._output.lines) if line.strip()), "")
        said = f": {shown(last.strip(), 200)}" if last else ""
        then = (
            "it is over" if pause is None else "it is started again, after longer pauses each time"
        )
        self._stage.report(
            f"Child `{shown(self._command, 120)}` of `{shown(self._role)}` exited with "
            f"{ended_with(code)}{said}; {then}"
        )


class _Lines:
    """From what a process prints to the lines that are kept."""

    def __init__(self, output: OutputLog, hidden: _Hidden) -> None:
        self._output = output
        self._hidden = hidden
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def take(self, data: bytes) -> None:
        """Some more. Whole lines are passed on: a password must not pass in two pieces."""
        text = self._rest + self._decoder.decode(data).replace("\r\n", "\n")
        whole, end, self._rest = text.rpartition("\n")
        if len(self._rest) > limits.LOG_LINE:
            whole, end, self._rest = text, "\n", ""
        if end:
            self._output.write(self._hidden(whole) + end)

    def close(self) -> None:
        """There is no more."""
        rest, self._rest = self._rest, ""
        if rest:
            self._output.write(self._hidden(rest) + "\n")


class _Hidden:
    """Takes the broker's password out of a text: programs like to say where they connect to."""

    def __init__(self, url: BrokerUrl) -> None:
        self._pairs: list[tuple[str, str]] = []
        password = url.password
        if not password:
            return
        full = url.revealed()
        self._pairs = [(full, str(url)), (full.partition("?")[0], str(url))]
        quoted = full.rpartition("@")[0].rpartition(":")[2]
        for secret in (password, quoted):
            self._pairs.append((f":{secret}@", ":***@"))
            if len(secret) >= _SECRET_LEAST and secret != url.user:
                self._pairs.append((secret, "***"))

    def __call__(self, text: str) -> str:
        for secret, instead in self._pairs:
            text = text.replace(secret, instead)
        return text


def _environment(program: Program, url: BrokerUrl) -> dict[str, str]:
    environment = {"PYTHONUNBUFFERED": "1", **os.environ, BROKER: url.revealed()}
    if program.folder is not None:
        # Where npm puts the programs of a project's packages; npm's own scripts find them, too.
        own = str(program.folder / "node_modules" / ".bin")
        environment["PATH"] = f"{own}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


def _check_installed(command: str, environment: Mapping[str, str], component: str) -> None:
    """Raise if a program of the MsgFlo world is missing: the shell would not say what it is."""
    with contextlib.suppress(ValueError):
        first = next(iter(shlex.split(command)), "")
        if first in PROGRAMS and shutil.which(first, path=environment["PATH"]) is None:
            raise MsgFloLabError(
                f"`{shown(component)}` needs the program `{first}`, which is not installed "
                f"({PROGRAMS[first]})"
            )
