"""Foreign participants and device adapters of one lab: what is registered outlives its sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING

from ..definition import ParticipantDefinition
from ..errors import InvalidName, MsgFloLabError
from ..names import ParticipantId, Role, shown
from ..transport import BrokerUrl
from .foreigner import ForeignParticipant
from .foreigners import Foreigners
from .limits import REGISTRY_AGAIN, REGISTRY_AGAIN_MOST
from .scanning import scanned
from .session import Session, running
from .switches import Switches

if TYPE_CHECKING:
    from ..devices.scan import Proposal


class Registry:
    """All of it on the loop.

    Attributes:
        described: Whom somebody has registered.
        switches: The adapters.
        where: Where the devices are; None for the lab's own broker.
    """

    def __init__(self, name: str) -> None:
        self.described: dict[ParticipantId, ParticipantDefinition] = {}
        self.switches = Switches()
        self.where: BrokerUrl | None = None
        self._name = name
        self._session: Session | None = None
        self._foreigners: Foreigners | None = None
        self._missing: dict[str, str] = {}
        """What could not be done when the session began, and why; "" before it was tried."""
        self._trying: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    @property
    def members(self) -> Mapping[ParticipantId, ForeignParticipant]:
        """Those who are announced and interpreted now, also of adapters."""
        return self._foreigners.members if self._foreigners is not None else {}

    async def begin(self, session: Session) -> None:
        """A session has begun: go on with what there is; what fails is tried again, less often."""
        self._session = session
        self._missing = dict.fromkeys((*self.described, *self.switches.prefixes), "")
        await self._begin_missing(session)
        if self._missing:
            self._trying = asyncio.create_task(self._keep_trying(session), name="foreign: again")

    async def _keep_trying(self, session: Session) -> None:
        pauses = _pauses()
        while self._missing:
            await asyncio.sleep(next(pauses))
            await self._begin_missing(session)

    async def _begin_missing(self, session: Session) -> None:
        for described in list(self.described.values()):
            if described.id in self._missing:
                await self._try(session, described.id, self._register(described))
        for name, prefix in list(self.switches.prefixes.items()):
            if name in self._missing:
                await self._try(session, name, self._turn_on_again(session, name, prefix))

    async def _try(self, session: Session, what: str, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except MsgFloLabError as error:
            why = shown(str(error), 200)
            # Once: it may be that it never succeeds.
            if what in self._missing and self._missing[what] != why:
                self._missing[what] = why
                session.coordinator.report(f"foreign participants: {why}")
        else:
            self._missing.pop(what, None)

    async def end(self) -> None:
        """The session ends. Idempotent."""
        trying, self._trying = self._trying, None
        if trying is not None:
            trying.cancel()
            await asyncio.wait([trying])
        async with self._lock:
            self._session = None
            await self.switches.end()
            foreigners, self._foreigners = self._foreigners, None
            if foreigners is not None:
                await foreigners.close()

    async def register(self, described: ParticipantDefinition) -> None:
        """Announce and interpret this one from now on, in place of any other with its id.

        Raises:
            MsgFloLabError: It cannot be; nothing has changed.
        """
        if self._session is not None:
            if described.role in self._session.local:
                raise InvalidName(
                    f"`{shown(described.role)}` is played by a participant of this lab: give "
                    "another role"
                )
            await self._register(described)
        self.described[described.id] = described
        self._missing.pop(described.id, None)

    async def forget(self, role: Role) -> bool:
        """Announce and interpret those of a role no more. False if there are none."""
        gone = {id for id, each in self.described.items() if each.role == role}
        gone |= {id for id, each in self.members.items() if each.described.role == role}
        for participant in gone:
            self.described.pop(participant, None)
            self._missing.pop(participant, None)
            if self._foreigners is not None:
                await self._foreigners.forget(participant)
            if self._session is not None:
                self._session.coordinator.forget(participant, for_good=False)
        return bool(gone)

    async def move(self, where: BrokerUrl | None) -> None:
        """Look for devices there from now on; None for the lab's own broker.

        Raises:
            TransportError: There is no way there; all is as it was.
        """
        session, before = self._session, self.where
        if session is None or where == before:
            self.where = where
            return
        await self.end()
        self.where, self._session = where, session
        try:
            await self._open()
        except MsgFloLabError:
            self.where = before
            raise
        finally:
            await self.begin(session)

    async def turn_on(self, name: str, prefix: str | None = None) -> None:
        """Let an adapter work from now on, also in later sessions; see `Switches`.

        Raises:
            UnknownName, InvalidName, TransportError: It cannot.
        """
        await self.switches.turn_on(name, prefix, self._session, self._open)
        self._missing.pop(name, None)

    async def turn_off(self, name: str) -> None:
        """Let it work no more; whom it has found leaves. Raises UnknownName: it is not on."""
        await self.switches.turn_off(name)
        self._missing.pop(name, None)

    async def say(self, topic: str, payload: bytes, retain: bool) -> None:
        """Publish on a topic, as a device would.

        Raises:
            NotRunning: There is no session.
            InvalidName: The broker cannot have that topic.
        """
        running(self._session)
        await (await self._open()).topics.say(topic, payload, qos=1, retain=retain)

    async def scan(self, seconds: float, pattern: str) -> list[Proposal]:
        """Listen for so long, and propose foreign participants for what is heard.

        Raises:
            NotRunning: There is no session.
            TransportError: The broker refuses, or has no topics.
        """
        from ..devices.scan import owned_by

        session = running(self._session)
        announced = [member.definition for member in session.coordinator.roster]
        described = [member.described for member in self.members.values()]
        ports = (p for each in (*announced, *described) for p in (*each.inports, *each.outports))
        known = [port.queue for port in ports if port.queue is not None]
        return await scanned(
            self.where or session.url,
            [*known, *owned_by(self.switches.adapters)],
            name=f"{self._name}-scan",
            seconds=seconds,
            pattern=pattern,
        )

    async def _register(self, described: ParticipantDefinition) -> None:
        foreigners = await self._open()
        member = await foreigners.register(described)
        session = running(self._session)
        roster = session.coordinator.roster

        def is_known() -> bool:
            found = roster.member(member.announced.id)
            return found is not None and found.definition == member.announced

        await session.until(is_known)
        await session.settle()

    async def _turn_on_again(self, session: Session, name: str, prefix: str | None) -> None:
        await self.switches.begin(name, prefix, session, await self._open())

    async def _open(self) -> Foreigners:
        """The connections, made when they are needed for the first time."""
        async with self._lock:
            session = running(self._session)
            if self._foreigners is None:
                self._foreigners = await Foreigners.open(
                    session.url,
                    session.binder,
                    where=self.where,
                    name=f"{self._name}-foreign",
                    queue_of=session.free_queue,
                    period=session.period,
                    report=session.coordinator.report,
                    silent=session.coordinator.silence,
                    is_theirs=session.coordinator.is_theirs,
                )
                session.coordinator.carrier.begun.connect(self._foreigners.begun)
            return self._foreigners


def _pauses() -> Iterator[float]:
    """Seconds until it is tried again: each pause is twice as long as the one before."""
    pause = REGISTRY_AGAIN
    while True:
        yield pause
        pause = min(2 * pause, REGISTRY_AGAIN_MOST)
