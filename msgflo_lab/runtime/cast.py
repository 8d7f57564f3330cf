"""All who play one role here: as many programs as its node says, and who of the roster is whose.

A program announces a role and an id, which it makes up, and not its process. So programs of one
role begin one after the other: who is new while one begins belongs to that one, or to one that
takes longer than `limits.PROGRAM_PATIENCE`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ..library import Component
from ..names import ParticipantId, Role, shown
from .output import OutputLogs, Voice
from .play import Play, Stage
from .restarts import Restart

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What is played.

    Attributes:
        command: For the shell.
    """

    component: Component
    command: str
    environment: Mapping[str, str]


class Cast:
    """For one role. On the session's loop.

    Attributes:
        role: What they play.
        turn: Held by the one that begins.
        expected: Those that have begun, and have not announced themselves.
        echo: Forgets what is still heard of one that has ended before it was heard.
        leaving: Plays that are being ended.
    """

    def __init__(self, role: Role, stage: Stage, outputs: OutputLogs) -> None:
        """`outputs` takes what they print, each for itself."""
        self.role = role
        self.turn = asyncio.Lock()
        self.expected: set[Play] = set()
        self.echo: asyncio.Task[None] | None = None
        self.leaving: dict[asyncio.Task[None], Play] = {}
        self._stage = stage
        self._outputs = outputs
        self._plays: list[Play] = []
        self._piece: Piece | None = None

    @property
    def is_empty(self) -> bool:
        """True if nothing of it is left."""
        return not self._plays and not self.leaving

    @property
    def pids(self) -> list[int]:
        """Its processes, in the order of their numbers."""
        return [play.child.pid for play in self._plays if play.child is not None]

    @property
    def doing(self) -> str:
        """What keeps some from being there, in words; "" if nothing does."""
        found = [(play.number, play.doing) for play in self._plays if play.doing]
        if len(self._plays) < 2:
            return "".join(words for _, words in found)
        return "; ".join(f"#{number} {words}" for number, words in found)

    @property
    def is_coming(self) -> bool:
        """True if nobody is there yet."""
        return bool(self._plays) and all(play.doing for play in self._plays)

    def called(self, number: int) -> str:
        """One of them, for people: `work`, or `work` #2 where there are several."""
        return f"`{shown(self.role)}`" + (f" #{number}" if len(self._plays) > 1 else "")

    def plays(self, component: Component) -> bool:
        """Whether that is what they play."""
        piece = self._piece if self._plays else None
        return piece is not None and piece.component.is_like(component)

    def put_on(self, piece: Piece) -> None:
        """End those who play something else; `become` begins this one, when they have ended."""
        self.become(0)
        self._piece = piece

    def heed(self, policy: Restart) -> None:
        """From now on, this says whether they are started again; also those that are over."""
        for play in self._plays:
            play.heed(policy)

    def become(self, number: int, policy: Restart = Restart.ON_FAILURE) -> None:
        """Be so many. Those that go on do so undisturbed; the last to come go first.

        This does not wait for who leaves: they are in `leaving` as long as they do.
        """
        while len(self._plays) > number:
            self._leave(self._plays.pop())
        before = list(self.leaving)
        while len(self._plays) < number:
            self._join(before, policy)

    def _join(self, before: list[asyncio.Task[None]], policy: Restart) -> None:
        assert self._piece is not None
        number = len(self._plays) + 1
        output = self._outputs.begin(Voice(self.role, number))
        play = Play(self, number, self._piece, policy, output, self._stage)
        self._plays.append(play)
        play.task = asyncio.create_task(play.run(before), name=f"{self.role} #{number}: program")

    def _leave(self, play: Play) -> None:
        assert play.task is not None
        self.leaving[play.task] = play
        play.task.add_done_callback(self._left)
        play.task.cancel()

    def _left(self, task: asyncio.Task[None]) -> None:
        del self.leaving[task]
        if not task.cancelled() and task.exception() is not None:
            log.error("a program was not ended in order", exc_info=task.exception())

    # -- who of the roster is whose ------------------------------------------------------------

    def expect(self, play: Play) -> None:
        """It begins: who is new from now on is not to be forgotten."""
        if self.echo is not None:
            self.echo.cancel()
        self.expected.add(play)

    def of_others(self, play: Play) -> set[ParticipantId]:
        """The participants that other programs of the role are."""
        others = (each for each in (*self._plays, *self.leaving.values()) if each is not play)
        return set().union(*(each.members for each in others))
