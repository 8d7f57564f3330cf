"""A program that plays a role: begun, heard, begun again when it fails, ended.

A play is a task, one of as many of its role as its `cast` has. It starts the program, waits until
it has announced itself, starts it again when it fails, and ends it with its whole process group. At
any time it can say what it is doing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ..discovery import Member
from ..library import Program
from ..names import ParticipantId, shown
from . import limits
from .child import SHELL, Child
from .guard import Guard
from .output import STREAMS, OutputLog
from .printed import Hidden, Lines
from .restarts import Pauses, Restart, ended_with
from .session import Session

if TYPE_CHECKING:
    from .cast import Cast, Piece

_LOOK = 0.5
"""Seconds between two looks for somebody who is only heard again."""


@dataclass(slots=True)
class Stage:
    """What all plays of a session share.

    Attributes:
        report: Takes one line for people.
        slots: As many as may start at once.
        shell: What runs the commands.
        apart: Whether stdout and stderr are told apart in what is kept of them.
        closing: Set when all are to end: nobody cares what is heard then.
    """

    session: Session
    report: Callable[[str], object]
    guard: Guard
    hidden: Hidden
    shell: str = SHELL
    apart: bool = False
    slots: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(limits.STARTING_AT_ONCE)
    )
    closing: asyncio.Event = field(default_factory=asyncio.Event)


class Play:
    """One life of a program after the other. On the session's loop.

    Attributes:
        number: Among those who play its role, from 1.
        child: The process, if there is one now.
        task: What carries the play out, once somebody has begun it.
        members: The participants that the process is, as far as they are known.
    """

    def __init__(
        self,
        cast: Cast,
        number: int,
        piece: Piece,
        policy: Restart,
        output: OutputLog,
        stage: Stage,
    ) -> None:
        """Create it.

        Args:
            cast: All who play its role.
            output: Takes what is printed.
        """
        assert isinstance(piece.component.how, Program)
        self.number = number
        self.child: Child | None = None
        self.task: asyncio.Task[None] | None = None
        self.members: set[ParticipantId] = set()
        self._cast = cast
        self._role = cast.role
        self._policy = policy
        self._policy_changed = asyncio.Event()
        self._folder = piece.component.how.folder
        self._command = piece.command
        self._environment = piece.environment
        self._output = output
        self._stage = stage
        self._clock = asyncio.get_running_loop().time
        self._since = 0.0
        self._words: Callable[[float], str] = lambda _: "waits for its turn"

    @property
    def doing(self) -> str:
        """What keeps it from being there, in words; "" if nothing does."""
        return self._words(self._clock() - self._since)

    def heed(self, policy: Restart) -> None:
        """From now on, this says whether it is started again; also of one that is over."""
        self._policy = policy
        self._policy_changed.set()

    async def run(self, before: Collection[asyncio.Task[None]]) -> None:
        """Until this is cancelled. `before` are plays of the role that end first."""
        if before:
            self._say(lambda _: "waits for the end of the program before it")
            await asyncio.wait(before)
        pauses, ends = Pauses(limits.RESTART, limits.RESTART_CALM), 0
        try:
            while True:
                begun = self._clock()
                code = await self._live()
                ends += 1
                await self._rest(pauses, code, self._clock() - begun, ends)
        finally:
            # Who plays the role next is to be told apart from what is still heard of this one.
            if self._cast.echo is not None:
                await asyncio.wait([self._cast.echo])

    async def _rest(self, pauses: Pauses, code: int, lived: float, ends: int) -> None:
        """Wait until it is to be started again: for ever, if it is over."""
        said = self._last_line()
        self._policy_changed.clear()
        pause = pauses.after(self._policy, code, lived)
        self._report_end(code, pause, said)
        while True:
            self._say(partial(_resting, ended_with(code), pause, ends, said))
            try:
                async with asyncio.timeout(pause):
                    await self._policy_changed.wait()
            except TimeoutError:
                return
            self._policy_changed.clear()
            pause = pauses.after(self._policy, code, lived)

    async def _live(self) -> int:
        """One process, from its beginning to its end."""
        lines = [Lines(self._output, self._stage.hidden, stream) for stream in STREAMS]
        there: set[ParticipantId] = set()
        is_here = False
        late = (
            f"{self._cast.called(self.number)} has not announced itself in "
            f"{limits.PROGRAM_PATIENCE:.0f} s; its program goes on"
        )
        self._say(lambda _: "waits for its turn: another of its role is starting")
        try:
            async with self._cast.turn, self._slot():
                self._cast.expect(self)
                there = {member.definition.id for member in self._playing()}
                self._say(lambda past: f"started {past:.0f} s ago, not announced yet")
                child = self.child = await Child.begin(
                    self._command,
                    folder=self._folder,
                    environment=self._environment,
                    take=lines[0].take,
                    take_err=lines[1].take if self._stage.apart else None,
                    guard=self._stage.guard,
                    shell=self._stage.shell,
                )
                is_here = await self._announced(child, there, limits.PROGRAM_PATIENCE)
            if not is_here and not child.exited.done():
                self._stage.report(late)
                is_here = await self._announced(child, there, None)
            if is_here:
                self._cast.expected.discard(self)
                self._say(lambda _: "")
                self._stage.session.coordinator.withdraw(late)
            return await asyncio.shield(child.exited)
        except OSError as error:
            self._output.write(f"{error}\n")
            return 127
        finally:
            self._stage.session.coordinator.withdraw(late)
            self._cast.expected.discard(self)
            await self._clean_up(lines, None if is_here else there)

    async def _announced(
        self, child: Child, there: set[ParticipantId], patience: float | None
    ) -> bool:
        """Wait until its role is discovered, for so long, and while it lives. False if it is not.

        One that keeps its id over restarts may be known from before; then it is heard again.
        """
        news, begun = asyncio.Event(), self._clock()

        def tell(_: object) -> None:
            news.set()

        self._stage.session.roles_changed.connect(tell)
        child.exited.add_done_callback(tell)
        try:
            async with asyncio.timeout(patience):
                while not child.exited.done():
                    news.clear()
                    playing = self._playing()
                    self.members = {member.definition.id for member in playing} - there
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

    @contextlib.asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """One of those that may start at once, over all roles."""
        self._say(lambda _: f"waits for its turn: {limits.STARTING_AT_ONCE} are starting")
        async with self._stage.slots:
            yield

    def _playing(self) -> list[Member]:
        """Who plays the role, and is neither another program of its cast, nor a cell's."""
        others = self._cast.of_others(self)
        here = self._stage.session.local.get(self._role)
        if here is not None:
            others.add(here.id)
        members = self._stage.session.coordinator.roster.members(self._role)
        return [member for member in members if member.definition.id not in others]

    async def _clean_up(self, lines: Iterable[Lines], there: set[ParticipantId] | None) -> None:
        """End what there is of a process; `there` were before it, if it was not heard of yet."""
        child, self.child = self.child, None
        if child is not None:
            await asyncio.shield(asyncio.ensure_future(child.end(limits.PROGRAM_FINISH)))
        for each in lines:
            each.close()
        members, self.members = self.members, set()
        for who in members:
            # Devices keep their id over restarts, so it may come again.
            self._stage.session.coordinator.forget(who, for_good=False)
        if child is not None and there is not None and not self._cast.expected:
            self._cast.echo = asyncio.create_task(
                self._forget_late(there), name=f"{self._role}: echo of a program"
            )

    async def _forget_late(self, there: set[ParticipantId]) -> None:
        """What it has said may be under way still. So nobody comes who was not there before it."""
        session = self._stage.session

        def forget(_: object = None) -> None:
            for who in {member.definition.id for member in self._playing()} - there:
                session.coordinator.forget(who, for_good=False)

        session.roles_changed.connect(forget)
        forget()
        try:
            async with asyncio.timeout(limits.PROGRAM_ECHO):
                await self._stage.closing.wait()
        except TimeoutError:
            pass
        finally:
            session.roles_changed.disconnect(forget)

    def _say(self, words: Callable[[float], str]) -> None:
        """From now on it does this; `words` are given the seconds that it has been doing so."""
        self._words, self._since = words, self._clock()
        self._stage.session.observer.mark([self._role], [])

    def _last_line(self) -> str:
        last = next((line for line in reversed(self._output.lines) if line.strip()), "")
        return f": {shown(last.strip(), 200)}" if last else ""

    def _report_end(self, code: int, pause: float | None, said: str) -> None:
        then = (
            "it is over" if pause is None else "it is started again, after longer pauses each time"
        )
        self._stage.report(
            f"Child `{shown(self._command, 120)}` of {self._cast.called(self.number)} exited with "
            f"{ended_with(code)}{said}; {then}"
        )


def _resting(code: str, pause: float | None, ends: int, said: str, past: float) -> str:
    """What is said of a program that does not run."""
    how = "ended" if code == "0" else "failed"
    if pause is None:
        return f"over (exit {code})" if code == "0" else f"over (exit {code}){said}"
    times = "once" if ends == 1 else f"{ends} times"
    return f"{how} {times} (exit {code}), next try in {max(0, pause - past):.0f} s{said}"
