"""The participants of this process: put in, taken out, renamed, looked after."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar, Unpack, cast, overload

from ..errors import UnknownName
from ..names import Role
from ..runtime.behaviour import Behaviour, Details, behaviour_of
from ..runtime.failure import Failure
from ..runtime.output import STREAMS, OutputLog, Voice
from ..runtime.participant import LocalParticipant
from ..runtime.session import Session
from .core import Core

Code = TypeVar("Code", bound=Callable[..., Any])


class Participants(Core):
    """The part of `Lab` that deals with participants."""

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
        return cast(bool, self._do(lambda _: self._host.put(name, behaviour)))

    def behaviour(self, role: str) -> Behaviour:
        """What the code does that somebody has put into this lab for a role.

        Raises:
            UnknownName: There is none; what the library runs for a node is not meant.
        """
        found = self.behaviours().get(Role(role))
        if found is None:
            raise UnknownName("participant of this lab", role, known=self.behaviours())
        return found

    def behaviours(self) -> dict[Role, Behaviour]:
        """The same, of all of them."""
        found = self._do(lambda _: dict(self._host.workspace.behaviours))
        return cast(dict[Role, Behaviour], found)

    def remove(self, role: str, *, edges: bool = False) -> None:
        """Stop a participant of this lab, or forget one that is no longer heard.

        While edges or initial packets of the role are in the graph, its node stays there, and
        waits for the next who plays it.

        Args:
            edges: Take the role's edges and initial packets out of the graph as well.

        Raises:
            UnknownName: Nobody plays the role.
        """
        self._do(lambda _: self._host.remove(Role(role), edges=edges))

    def rename(self, before: str, after: str) -> None:
        """Give a participant of this lab another role; edges come along, no message is lost.

        Raises:
            UnknownName: It is not a participant of this lab.
            InvalidName: The role is taken.
        """
        self._do(lambda _: self._host.rename(Role(before), Role(after)))

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

        Of a program that the lab runs, what it has printed in all its lives; of several that play
        the role, one after the other.

        Raises:
            UnknownName: It is not a participant of this lab.
        """

        def output(session: Session | None) -> str:
            programs = [each for each in self._host.outputs if each[0].role == role]
            if programs and (session is None or role not in session.local):
                return "\n".join(
                    f"{voice}:\n{log.text()}" if voice.worker else log.text()
                    for voice, log in sorted(programs, key=lambda each: each[0])
                )
            return "".join(participant.output.text() for participant in self._locals(session, role))

        return cast(str, self._do(output))

    def printed(
        self, seen: dict[OutputLog, int], streams: Collection[str] = STREAMS
    ) -> list[tuple[Voice, str]]:
        """The lines that participants of this lab have printed since, each with who it was.

        Args:
            seen: How many lines of each are known; kept up to date. Empty: all that are kept.
            streams: Only those of `stdout`, or of `stderr`. What programs print is all of `stdout`
                in a lab that does not keep it apart.
        """

        def look(session: Session | None) -> list[tuple[Voice, str]]:
            here = session.local.items() if session is not None else ()
            logs = [*self._host.outputs, *((Voice(role), each.output) for role, each in here)]
            found: list[tuple[Voice, str]] = []
            known = dict(seen)
            seen.clear()
            for voice, log in logs:
                found += [(voice, line) for line in log.since(known.get(log, 0), streams)]
                seen[log] = log.count
            return found

        return cast(list[tuple[Voice, str]], self._do(look))

    def _locals(self, session: Session | None, role: str | None) -> list[LocalParticipant]:
        here = session.local if session is not None else {}
        if role is None:
            return list(here.values())
        if Role(role) not in {**here, **self._host.workspace.behaviours}:
            raise UnknownName(
                "participant of this lab", role, known=self._host.workspace.behaviours
            )
        return [here[Role(role)]] if Role(role) in here else []
