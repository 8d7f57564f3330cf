"""Foreign participants and device adapters of one lab: what is registered outlives its sessions."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ..definition import ParticipantDefinition
from ..devices.adapters import ADAPTERS, adapter_of
from ..errors import InvalidName, InvalidUrl, MsgFloLabError, UnknownName
from ..names import ParticipantId, Role, shown
from ..transport import BrokerUrl, HasTopics, Topics, transport_for
from .adapters import Adapting
from .crossing import beside
from .foreigner import ForeignParticipant
from .foreigners import Foreigners
from .limits import ADAPTER_AGAIN
from .session import Session, running

if TYPE_CHECKING:
    from ..devices.scan import Proposal


class Registry:
    """All of it on the loop.

    Attributes:
        described: Whom somebody has registered.
        where: Where the devices are; None for the lab's own broker.
    """

    def __init__(self, name: str) -> None:
        self.described: dict[ParticipantId, ParticipantDefinition] = {}
        self.where: BrokerUrl | None = None
        self._name = name
        self._session: Session | None = None
        self._foreigners: Foreigners | None = None
        self._prefixes: dict[str, str | None] = {}
        self._adapting: dict[str, Adapting] = {}
        self._roles: dict[ParticipantId, Role] = {}
        self._missing: set[str] = set()
        self._trying: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._switching = asyncio.Lock()

    @property
    def members(self) -> Mapping[ParticipantId, ForeignParticipant]:
        """Those who are announced and interpreted now, also of adapters."""
        return self._foreigners.members if self._foreigners is not None else {}

    def found_by(self, participant: ParticipantId) -> tuple[str, tuple[str, ...]]:
        """The adapter that has found it ("" if it was registered), and its notes."""
        for name, adapting in self._adapting.items():
            found = adapting.adapter.found.get(participant)
            if found is not None:
                return name, found.notes
        return "", ()

    def ignored(self) -> dict[str, str]:
        """By topic, why a description that an adapter has heard is of no use."""
        adapters = [each.adapter for each in self._adapting.values()]
        return {topic: why for each in adapters for topic, why in each.ignored.items()}

    def switches(self) -> dict[str, bool]:
        """All adapters there are, and whether each is on."""
        return {name: name in self._prefixes for name in ADAPTERS}

    async def begin(self, session: Session) -> None:
        """A session has begun: go on with what there is; what fails is tried again."""
        self._session = session
        self._missing = {*self.described, *self._prefixes}
        await self._begin_missing(session)
        if self._missing:
            self._trying = asyncio.create_task(self._keep_trying(session), name="foreign: again")

    async def _keep_trying(self, session: Session) -> None:
        while self._missing:
            await asyncio.sleep(ADAPTER_AGAIN)
            await self._begin_missing(session)

    async def _begin_missing(self, session: Session) -> None:
        for described in list(self.described.values()):
            if described.id in self._missing:
                await self._try(session, described.id, self._register(described))
        for name, prefix in list(self._prefixes.items()):
            if name in self._missing:
                await self._try(session, name, self._turn_on(name, prefix))

    async def end(self) -> None:
        """The session ends. Idempotent."""
        trying, self._trying = self._trying, None
        if trying is not None:
            trying.cancel()
            await asyncio.wait([trying])
        async with self._lock:
            self._session = None
            adapting, self._adapting = self._adapting, {}
            for each in adapting.values():
                await each.stop()
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
        self._missing.discard(described.id)

    async def forget(self, role: Role) -> bool:
        """Announce and interpret those of a role no more. False if there are none."""
        gone = {id for id, each in self.described.items() if each.role == role}
        gone |= {id for id, each in self.members.items() if each.described.role == role}
        for participant in gone:
            self.described.pop(participant, None)
            self._missing.discard(participant)
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
        """Let an adapter work from now on, also in later sessions.

        Args:
            prefix: The first level of its topics, if not the usual one.

        Raises:
            UnknownName: There is no such adapter.
            TransportError: The broker refuses, or has no topics.
        """
        adapter_of(name, prefix)
        async with self._switching:
            if self._session is not None:
                await self._turn_on(name, prefix)
            self._prefixes[name] = prefix

    async def turn_off(self, name: str) -> None:
        """Let it work no more; whom it has found leaves.

        Raises:
            UnknownName: It does not work.
        """
        async with self._switching:
            if name not in self._prefixes:
                raise UnknownName("adapter at work", name, known=self._prefixes)
            del self._prefixes[name]
            self._missing.discard(name)
            adapting = self._adapting.pop(name, None)
            if adapting is not None:
                await adapting.stop()

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
        session = running(self._session)
        url = self.where or session.url
        transport = transport_for(url)
        if not isinstance(transport, HasTopics):
            raise InvalidUrl(f"{url} has no topics that could be looked at: that takes MQTT")
        # One that goes again: nothing of it is to be in the way of others.
        topics = await transport.topics(url, name=f"{self._name}-scan")
        try:
            return await self._scan(session, topics, seconds, pattern)
        finally:
            await topics.close()

    async def _scan(
        self, session: Session, topics: Topics, seconds: float, pattern: str
    ) -> list[Proposal]:
        from ..devices.scan import Scan, owned_by

        announced = [member.definition for member in session.coordinator.roster]
        described = [member.described for member in self.members.values()]
        ports = (p for each in (*announced, *described) for p in (*each.inports, *each.outports))
        known = [port.queue for port in ports if port.queue is not None]
        scan = Scan([*known, *owned_by([each.adapter for each in self._adapting.values()])])
        subscription = await topics.listen(pattern, onlooking=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for delivery in subscription:
                    retained = bool(getattr(delivery, "is_retained", False))
                    scan.hear(delivery.queue, delivery.payload, retained)
                    delivery.ack()
        return await beside(scan.proposals)

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

    async def _turn_on(self, name: str, prefix: str | None) -> None:
        foreigners = await self._open()
        session = running(self._session)
        before = self._adapting.pop(name, None)
        if before is not None:
            await before.stop()
        self._adapting[name] = await Adapting.start(
            adapter_of(name, prefix),
            foreigners,
            free_role=partial(self._free_role, session),
            report=session.coordinator.report,
            gone=partial(session.coordinator.forget, for_good=False),
        )

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

    def _free_role(self, session: Session, definition: ParticipantDefinition) -> Role:
        if definition.id in self._roles:
            return self._roles[definition.id]
        role, number = definition.role, 1
        while self._is_played(session, role, definition.id):
            number += 1
            role = Role(f"{definition.role}_{number}")
        # It keeps that, also in the next session: edges lead there.
        self._roles[definition.id] = role
        return role

    def _is_played(self, session: Session, role: Role, by: ParticipantId) -> bool:
        others = (each.definition.id for each in session.coordinator.roster.members(role))
        return role in session.local or any(each != by for each in others)

    async def _try(self, session: Session, what: str, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except MsgFloLabError as error:
            session.coordinator.report(f"foreign participants: {shown(str(error), 200)}")
        else:
            self._missing.discard(what)
