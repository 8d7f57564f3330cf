"""Foreign participants on one broker: announced for them, and interpreted where they need it.

A device does not announce itself, and often speaks no JSON. So it is announced here, as MsgFlo has
it, again and again as long as it is there; and interpreted, see `foreigner`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from weakref import WeakValueDictionary

from ..binding import Binding, Kind
from ..definition import ParticipantDefinition, Side
from ..discovery import encode as encode_announcement
from ..errors import InvalidDefinition, InvalidUrl, MsgFloLabError
from ..foreign import QueueOf
from ..names import ParticipantId, QueueName, shown
from ..transport import Binder, BrokerUrl, Client, HasTopics, Link, Topics, transport_for
from .foreigner import ForeignParticipant, Report, Saying
from .limits import FOREIGN_ANNOUNCE
from .period import intervals
from .queue_topics import QueueTopics

log = logging.getLogger(__name__)


class Foreigners:
    """All of them on one broker. Everything runs on its loop."""

    def __init__(
        self,
        client: Client,
        topics: Topics,
        *,
        queue_of: QueueOf,
        period: float,
        report: Report,
        silent: Callable[[ParticipantDefinition], object] = lambda _: None,
        is_theirs: Callable[[QueueName, bool], bool] = lambda _queue, _wide: False,
        is_elsewhere: bool = False,
    ) -> None:
        """Create it. Takes over client and topics.

        Args:
            client: Where they are announced, and JSON is spoken.
            topics: Where the devices are.
            queue_of: Chooses queues for ports that are interpreted.
            period: MsgFlo's, in seconds: see `intervals` for what follows of it.
            report: Told what could not be understood: of each port what is new, seldom.
            silent: Told who is not there, though it is described.
            is_theirs: Whether a topic is a participant's, and no device's; see `Coordinator`.
            is_elsewhere: The topics are on another broker than the client.
        """
        self._client, self._topics = client, topics
        self._queue_of = queue_of
        self._period = period
        self._report = report
        self._silent = silent
        self._is_elsewhere = is_elsewhere
        self._members: dict[ParticipantId, ForeignParticipant] = {}
        self._locks: WeakValueDictionary[ParticipantId, asyncio.Lock] = WeakValueDictionary()
        self._ours: Counter[QueueName] = Counter()
        self._is_theirs = is_theirs
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._announcing = asyncio.create_task(self._keep_announcing(), name="foreign: announce")

    @classmethod
    async def open(
        cls,
        url: BrokerUrl,
        binder: Binder,
        *,
        where: BrokerUrl | None = None,
        name: str,
        queue_of: QueueOf,
        period: float,
        report: Report,
        silent: Callable[[ParticipantDefinition], object] = lambda _: None,
        is_theirs: Callable[[QueueName, bool], bool] = lambda _queue, _wide: False,
    ) -> Foreigners:
        """Connect.

        Args:
            binder: A handle on the same broker; it stays open.
            where: Where the devices are, if not on that broker.

        Raises:
            TransportError: A broker cannot be reached.
        """
        made: list[Foreigners] = []

        def link_changed(link: Link, _detail: str) -> None:
            if link is Link.UP:
                for each in made:
                    each._spawn(each.announce_again())

        client = await transport_for(url).client(url, name=name, on_link=link_changed)
        try:
            there = transport_for(where or url)
            topics: Topics
            if isinstance(there, HasTopics):
                topics = await there.topics(where or url, name=name)
            elif where is None:
                topics = QueueTopics(binder)
            else:
                raise InvalidUrl(f"{where}: devices can be on this lab's broker, or on MQTT")
        except BaseException:
            await client.close()
            raise
        made.append(
            cls(
                client,
                topics,
                queue_of=queue_of,
                period=period,
                report=report,
                silent=silent,
                is_theirs=is_theirs,
                is_elsewhere=where is not None,
            )
        )
        return made[0]

    @property
    def members(self) -> Mapping[ParticipantId, ForeignParticipant]:
        """Everybody who is registered."""
        return self._members

    @property
    def topics(self) -> Topics:
        """Where the devices are."""
        return self._topics

    async def register(
        self, described: ParticipantDefinition, *, is_alive: bool = True
    ) -> ForeignParticipant:
        """Announce and interpret one from now on, in place of any other with its id.

        Raises:
            InvalidDefinition: Nobody could read what it would announce.
            InvalidName, TransportError: The broker cannot have a topic, or refuses.
        """
        if not described.id:
            raise InvalidDefinition(f"`{shown(described.role)}` has no id")
        async with self._lock(described.id):
            before = self._members.get(described.id)
            if before is not None and before.described == described:
                member = before
            else:
                member = await self._start(described, before)
                self._members[described.id] = member
                try:
                    if before is not None:
                        await self._end(before)
                finally:
                    member.begin()
            member.is_said_alive = is_alive
        await self._say_whether_alive(member)
        return member

    async def _start(
        self, described: ParticipantDefinition, before: ForeignParticipant | None
    ) -> ForeignParticipant:
        """It listens, and the one before it still works: nothing falls between the two."""
        member = ForeignParticipant(
            described,
            self._queue_of,
            before=before,
            all_ports=self._is_elsewhere,
            is_spoken_to=self._is_spoken_to,
            report=self._report,
            changed=self._life_changed,
        )
        # From now on, what comes on these is no device's.
        queues = member.queues
        self._ours.update(queues)
        try:
            await member.start(self._client, self._topics)
        except BaseException:
            self._ours.subtract(queues)
            raise
        return member

    def _is_spoken_to(self, queue: QueueName, wide: bool) -> bool:
        return self._ours[queue] > 0 or self._is_theirs(queue, wide)

    async def forget(self, participant: ParticipantId) -> ForeignParticipant | None:
        """Announce and interpret it no more; None if it is not registered."""
        async with self._lock(participant):
            return await self._stop(participant)

    async def set_alive(self, participant: ParticipantId, is_alive: bool) -> None:
        """It is there, or not. What it is to hear while it is not waits with the broker, or not."""
        member = self._members.get(participant)
        if member is None or member.is_said_alive == is_alive:
            return
        member.is_said_alive = is_alive
        await self._say_whether_alive(member)

    def _life_changed(self, member: ForeignParticipant) -> None:
        if self._members.get(member.described.id) is member:
            self._spawn(self._say_whether_alive(member))

    async def _say_whether_alive(self, member: ForeignParticipant) -> None:
        if member.is_alive:
            await self._announce(member)
        else:
            self._silent(member.announced)

    def begun(self, binding: Binding) -> None:
        """A binding is there: what is retained of its source is for its target, too."""
        if binding.source != binding.target and binding.kind is not Kind.DEAD_LETTER:
            for member in self._members.values():
                kept = member.kept(binding.source)
                if kept:
                    self._spawn(self._repeat(kept, binding.target))

    async def _repeat(self, kept: Sequence[Saying], target: QueueName) -> None:
        with contextlib.suppress(MsgFloLabError):
            for each in kept:
                await self._client.post(target, each.payload, Side.IN, metadata=each.metadata)

    async def announce_again(self) -> None:
        """A link is back: announce everybody now, and to those who come back a little later."""
        for pause in FOREIGN_ANNOUNCE:
            await asyncio.sleep(pause)
            await self.announce()

    async def announce(self) -> None:
        """Announce everybody, now."""
        for member in list(self._members.values()):
            if member.is_alive:
                await self._announce(member)

    async def close(self) -> None:
        """Leave. Idempotent."""
        tasks = [self._announcing, *self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for participant in list(self._members):
            await self.forget(participant)
        if self._ending:
            await asyncio.wait(self._ending)
        for handle in (self._topics, self._client):
            with contextlib.suppress(MsgFloLabError):
                await handle.close()

    def _lock(self, participant: ParticipantId) -> asyncio.Lock:
        lock = self._locks.get(participant)
        if lock is None:
            lock = self._locks[participant] = asyncio.Lock()
        return lock

    async def _stop(self, participant: ParticipantId) -> ForeignParticipant | None:
        member = self._members.pop(participant, None)
        if member is not None:
            await self._end(member)
        return member

    async def _end(self, member: ForeignParticipant) -> None:
        """It ends, also if whoever wants that does not wait for it: nothing may go on unseen."""

        async def end() -> None:
            await member.stop()
            self._ours.subtract(member.queues)

        ending = asyncio.create_task(end(), name=f"foreign {member.described.role}: end")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        await asyncio.shield(ending)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="foreign: announce")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self, member: ForeignParticipant) -> None:
        if self._members.get(member.described.id) is not member:
            return  # it has gone meanwhile, or another is in its place
        try:
            await self._client.announce(encode_announcement(member.announced))
        except MsgFloLabError as error:
            log.info("%s could not be announced: %s", member.described.role, error)
        except Exception:  # nobody else is to go without
            log.exception("%s cannot be announced", member.described.role)

    async def _keep_announcing(self) -> None:
        for interval in intervals(self._period, are_kept=self._client.traits.keeps):
            await asyncio.sleep(interval)
            await self.announce()
