"""Components that are programs: each role is a process of its own, begun, watched, begun again.

Each role has one play, see `play`. Nobody waits for a play but who closes the runner, so that a
program which takes its time delays nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shlex
import shutil
from collections.abc import Callable, Mapping

from ..errors import MsgFloLabError
from ..library import Program, command_line
from ..library.languages import PROGRAMS
from ..names import Role, shown
from ..transport import BrokerUrl
from . import limits
from .child import SHELL
from .guard import Guard
from .output import OutputLog
from .play import Play, Stage
from .printed import Hidden
from .session import Session
from .supervisor import Assignment

log = logging.getLogger(__name__)

BROKER = "MSGFLO_BROKER"
"""The environment variable that MsgFlo's programs find their broker by."""
UNREACHABLE = "direct"
"""The transport that ends with the process."""

Report = Callable[[str], object]


class ProgramRunner:
    """Runs programs, for one session. On its loop.

    Attributes:
        outputs: What they have printed, by role.
    """

    def __init__(
        self,
        session: Session,
        outputs: dict[Role, OutputLog],
        report: Report,
        shell: str = SHELL,
        apart: bool = False,
    ) -> None:
        """Create it.

        Args:
            report: Takes one line for people.
            shell: What runs the commands.
            apart: Whether stdout and stderr are told apart in the outputs.
        """
        self.outputs = outputs
        self._stage = Stage(session, report, Guard(), Hidden(session.url), shell, apart)
        self._plays: dict[Role, Play] = {}
        self._ending: dict[asyncio.Task[None], Role] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._told = False

    def pid(self, role: Role) -> int | None:
        """The process that plays a role now."""
        play = self._plays.get(role)
        return play.child.pid if play is not None and play.child is not None else None

    def doing(self, role: Role) -> str:
        """What keeps a role from being there, in words; "" if nothing does."""
        play = self._plays.get(role)
        return play.doing if play is not None else ""

    async def run(self, assignment: Assignment) -> None:
        """Let a program play a role, in place of the one that does.

        The same program goes on; whether it is started again when it ends, may be different now.

        Raises:
            MsgFloLabError: It cannot be started; said once where that holds for every program.
        """
        role, component = assignment.role, assignment.component
        play = self._plays.get(role)
        if play is not None and play.component.is_like(component):
            play.heed(assignment.restart)
            return
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
        play = Play(assignment, command, environment, output, self._stage)
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
        self._stage.closing.set()
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
