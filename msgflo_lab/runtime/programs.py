"""Components that are programs: each role is a process of its own, begun, watched, begun again.

Each role has a cast of as many plays as its node says, see `cast` and `play`. Nobody waits for a
play but who closes the runner, so that a program which takes its time delays nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping

from ..errors import MsgFloLabError
from ..library import Program, command_line
from ..library.languages import PROGRAMS
from ..names import Role, shown
from ..transport import BrokerUrl
from . import limits
from .cast import Cast, Piece
from .child import SHELL
from .guard import Guard
from .output import OutputLogs
from .play import Stage
from .printed import Hidden
from .session import Session
from .supervisor import Assignment

BROKER = "MSGFLO_BROKER"
"""The environment variable that MsgFlo's programs find their broker by."""
UNREACHABLE = "direct"
"""The transport that ends with the process."""

Report = Callable[[str], object]


class ProgramRunner:
    """Runs programs, for one session. On its loop.

    Attributes:
        outputs: What they have printed.
    """

    def __init__(
        self,
        session: Session,
        outputs: OutputLogs,
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
        self._casts: dict[Role, Cast] = {}
        self._keeper: asyncio.Task[None] | None = None
        self._told = False

    def pids(self, role: Role) -> list[int]:
        """The processes that play a role now."""
        cast = self._casts.get(role)
        return cast.pids if cast is not None else []

    def doing(self, role: Role) -> str:
        """What keeps those who play a role from being there, in words; "" if nothing does."""
        cast = self._casts.get(role)
        return cast.doing if cast is not None else ""

    def is_coming(self, role: Role) -> bool:
        """True if nobody of them is there yet."""
        cast = self._casts.get(role)
        return cast is not None and cast.is_coming

    async def run(self, assignment: Assignment) -> None:
        """Let a program play a role, so many times, in place of the one that does.

        The same program goes on; how many of it there are, and whether they are started again when
        they end, may be different now.

        Raises:
            MsgFloLabError: It cannot be started; said once where that holds for every program.
        """
        role, component = assignment.role, assignment.component
        cast = self._casts.get(role)
        if cast is not None and cast.plays(component):
            cast.heed(assignment.restart)
            cast.become(assignment.workers, assignment.restart)
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
        self._stage.guard.begin()
        if cast is None:
            cast = self._casts[role] = Cast(role, self._stage, self.outputs)
        cast.put_on(Piece(component, command, environment))
        cast.become(assignment.workers, assignment.restart)
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep_guard(), name="guard of programs")

    async def end(self, role: Role) -> None:
        """Let it end. This does not wait for that; `close` does."""
        cast = self._casts.get(role)
        if cast is not None:
            cast.become(0)
        for each in [each for each in self._casts.values() if each.is_empty]:
            del self._casts[each.role]

    async def close(self) -> None:
        """End them all, and wait until they are gone. Idempotent."""
        self._stage.closing.set()
        for cast in self._casts.values():
            cast.become(0)
        leaving = [task for cast in self._casts.values() for task in cast.leaving]
        await asyncio.gather(*leaving, return_exceptions=True)
        self._casts.clear()
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        await self._stage.guard.close()

    async def _keep_guard(self) -> None:
        while True:
            await asyncio.sleep(limits.SWEEP_INTERVAL)
            self._stage.guard.begin()


def _environment(program: Program, url: BrokerUrl) -> dict[str, str]:
    environment = {"PYTHONUNBUFFERED": "1", **os.environ, BROKER: url.revealed()}
    paths = environment.get("PATH", os.defpath).split(os.pathsep)
    ours = os.path.dirname(sys.executable)
    if sys.prefix != sys.base_prefix and ours not in paths:
        # As if our virtual environment were active: `python3` has what we have.
        paths.insert(0, ours)
    if program.folder is not None:
        # Where npm puts the programs of a project's packages; npm's own scripts find them, too.
        paths.insert(0, str(program.folder / "node_modules" / ".bin"))
    environment["PATH"] = os.pathsep.join(paths)
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
