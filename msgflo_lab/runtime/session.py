"""One lab on one broker: binder, coordinator, participants, observer.

Everything runs on one event loop. The graph and the behaviours outlive a session: the lab carries
them to the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

from ..definition import Side
from ..discovery.limits import HEARTBEAT
from ..errors import InvalidName, NotRunning, TransportError, UnknownName
from ..message import encode
from ..names import ParticipantId, PortName, QueueName, Role, queue_for, shown
from ..signal import Signal
from ..transport import Binder, BrokerUrl, Client, DeadLetters, Link, Subscription, transport_for
from .addresses import Address, look_up
from .behaviour import Behaviour
from .coordinator import Coordinator
from .failure import failure_of
from .fairness import TimeSlice
from .history import History, Seen
from .holding import Holding
from .limits import SETTLE, SWEEP_INTERVAL
from .observer import Observer
from .participant import LocalParticipant
from .period import announce_period
from .porttaps import PortTaps
from .spelling import Spelling
from .taps import Taps
from .workspace import Phase, Workspace

log = logging.getLogger(__name__)


class Session:
    """Make it with `open`.

    Attributes:
        taps: Told which outports are to be watched.
        passed: Told of each message that leaves one of those.
        sent_on: Told of each message that has waited while its graph was stopped, and of its
            binding, when it goes on.
        roles_changed: Told of roles that look different now. Often.
        binder: The handle on the broker.
        period: MsgFlo's discovery period, in seconds, of those who announce themselves here.
    """

    def __init__(
        self,
        url: BrokerUrl,
        name: str,
        binder: Binder,
        heartbeat: float,
        workspace: Workspace,
        elsewhere: Collection[Role] = (),
    ) -> None:
        loop = asyncio.get_running_loop()
        self.url = url
        self._name = name
        self.workspace = workspace
        self.roles_changed: Signal[Iterable[Role]] = Signal()
        self.passed: Signal[Role, PortName, bytes] = Signal()
        self.local: dict[Role, LocalParticipant] = {}
        self.link = Link.UP
        self.link_detail = ""
        self.binder = binder
        self.period = min(announce_period(), heartbeat / 2)
        self._taps = Taps(binder)
        self._locks: WeakValueDictionary[Role, asyncio.Lock] = WeakValueDictionary()
        self._starting: dict[asyncio.Task[None], Role] = {}
        self._replacing: set[asyncio.Task[None]] = set()
        self._left: list[LocalParticipant] = []
        self._holding = Holding(binder, self._connect_holding)
        self.sent_on = self._holding.sent_on
        self.coordinator = Coordinator(
            binder,
            clock=loop.time,
            on_change=self._mark,
            heartbeat=heartbeat,
            phases=workspace,
            holding=self._holding,
            is_private=self._is_private,
            elsewhere=elsewhere,
        )
        self._spelling = Spelling(workspace, self.coordinator.planner.edges_of)
        self.coordinator.announced.connect(self._spelling.heard)
        self.observer = Observer(name, self.coordinator, binder, self.local, loop.time)
        self.taps = PortTaps(binder, self._outqueues, self.passed)
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        self._discoveries: Subscription

    @classmethod
    async def open(
        cls,
        url: BrokerUrl,
        workspace: Workspace,
        *,
        name: str,
        heartbeat: float = HEARTBEAT,
        elsewhere: Collection[Role] = (),
    ) -> Session:
        """Connect.

        Args:
            elsewhere: Roles that others play; see `Coordinator`.

        Raises:
            TransportError: The broker cannot be reached, or there is no transport for the URL.
        """
        made: list[Session] = []

        def link_changed(link: Link, detail: str) -> None:
            for session in made:
                session._link_changed(link, detail)

        def noted(text: str) -> None:
            for session in made:
                session.coordinator.report(text)

        transport = transport_for(url)
        binder = await transport.binder(
            url, name=name or "lab", on_link=link_changed, on_note=noted
        )
        try:
            session = cls(url, name, binder, heartbeat, workspace, elsewhere)
            made.append(session)
            session._discoveries = await binder.discoveries()
        except BaseException:
            await binder.close()
            raise
        return session

    def begin(self, gone: Iterable[ParticipantId] = ()) -> None:
        """Begin to discover, and to carry out the workspace's graphs.

        Args:
            gone: Participants that have just left, and may have been heard here before they did.
        """
        for participant in gone:
            self.coordinator.forget(participant)
        self.coordinator.load(self.workspace.network)
        self.workspace.network_edited.connect(self.coordinator.edited)
        self.workspace.entered.connect(self._entered)
        self._work = asyncio.create_task(self._serve(self._discoveries), name="lab session")

    async def close(self) -> None:
        """Stop all participants, undo all bindings, leave the broker. Idempotent."""
        self.workspace.network_edited.disconnect(self.coordinator.edited)
        self.workspace.entered.disconnect(self._entered)
        await _cancelled([*self._starting, *self._replacing])
        await asyncio.gather(*(p.stop() for p in self.local.values()), return_exceptions=True)
        await _cancelled([self._work] if self._work else [])
        self.local.clear()
        self.observer.unwatch_all()
        try:
            await self._taps.close()
            await self._holding.close()
            await self.binder.close()
        except TransportError as error:
            log.info("%s was not left in order: %s", self.url, error)

    async def put(self, role: Role, behaviour: Behaviour) -> bool:
        """Start a participant in this role, or give the one that is there other code.

        Returns once the roster knows it and its initial packets are sent (or `SETTLE` is over: a
        handler that is still busy gets the new code when it is done).

        Returns:
            False if the handler is still busy.

        Raises:
            InvalidDefinition: Nobody could read what it would announce.
            TransportError: The broker refused it.
            Exception: What a class raised in `__init__`.
        """
        lock = self._lock(role)
        async with lock:
            participant = self.local.get(role)
            if participant is None:
                task = asyncio.create_task(self._start(role, behaviour), name=f"{role}: start")
                self._starting[task] = role
                task.add_done_callback(self._starting.pop)
                await task
                return True
            task = asyncio.create_task(participant.replace(behaviour), name=f"{role}: replace")
            self._replacing.add(task)
            task.add_done_callback(self._replacing.discard)
        done, _ = await asyncio.wait([task], timeout=SETTLE)
        if done:
            task.result()
        else:
            task.add_done_callback(partial(self._replaced_late, role))
        return bool(done)

    async def _start(self, role: Role, behaviour: Behaviour) -> None:
        participant = LocalParticipant(
            role,
            behaviour,
            queue_of=self.free_queue,
            on_change=self._health,
            period=self.period,
            jobs=self.workspace.jobs,
        )
        participant.check()
        transport = transport_for(self.url)
        client = await transport.client(
            self.url,
            name=role,
            on_link=partial(self._participant_link, participant),
            on_note=partial(self._participant_note, participant),
        )
        self.local[role] = participant
        self._let_work(participant)
        try:
            await participant.start(client)
        except BaseException:
            del self.local[role]
            raise
        finally:
            self._mark([role], [])
        await self.until(lambda: participant.id in self.coordinator.roster)
        await self.settle()

    def _replaced_late(self, role: Role, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            summary = failure_of(role, error, "").summary
            self.coordinator.problems.append(f"the new code of `{shown(role)}`: {summary}")

    @property
    def left(self) -> list[Role]:
        """Participants that were removed, and whose handlers still do not return."""
        return [participant.role for participant in self._left if participant.is_left]

    def is_played(self, role: Role) -> bool:
        """True if somebody plays the role, here or elsewhere."""
        return role in self.local or role in self.coordinator.roster.roles

    async def remove(self, role: Role) -> None:
        """Stop our participant of a role; or forget others of it, until they are heard again.

        Raises:
            UnknownName: Nobody plays the role.
        """
        for task, starting in list(self._starting.items()):
            if starting == role:
                task.cancel()
        async with self._lock(role):
            participant = self.local.pop(role, None)
            members = self.coordinator.roster.members(role)
            if participant is None and not members:
                raise UnknownName("role", role, known=self.coordinator.roster.roles)
            if participant is not None:
                # What it sends of its last message still goes where it should.
                await participant.stop()
                self._left = [each for each in (*self._left, participant) if each.is_left]
                self.coordinator.forget(participant.id)
            else:
                for member in members:
                    self.coordinator.forget(member.definition.id, for_good=False)
            self._mark([role], self.coordinator.planner.edges_of(role))
        await self.settle()

    async def rename(
        self, before: Role, after: Role, prepare: Callable[[], Callable[[], object]]
    ) -> None:
        """Let our participant play another role.

        Args:
            prepare: Finds out how to rename the node in the graph, or raises; what it returns is
                called to do so.

        Raises:
            UnknownName: No participant of ours plays `before`.
            InvalidName: Somebody plays `after` already.
        """
        first, second = sorted([before, after])
        async with (
            self._lock(first),
            self._lock(second) if first != second else contextlib.nullcontext(),
        ):
            participant = self.local.get(before)
            if participant is None:
                raise UnknownName("participant of this lab", before, known=self.local)
            if not after or after in self.local or after in self.coordinator.roster.roles:
                raise InvalidName(f"`{shown(after)}` is taken, or no name for a role")
            edit = prepare()
            participant.role = after
            try:
                participant.check()
            except BaseException:
                participant.role = before
                raise
            self.local[after] = self.local.pop(before)
            # The roster learns it in the same breath as the graph: no binding goes meanwhile.
            self.coordinator.rename(participant.definition)
            edit()
            self._mark([before, after], [])
            await participant.announce()
        await self.settle()

    async def settle(self) -> None:
        """Wait until the broker has followed all edits, at most `SETTLE` seconds."""
        try:
            async with asyncio.timeout(SETTLE):
                await self.coordinator.settled()
        except TimeoutError:
            return

    async def send(self, address: Address, value: Any) -> None:
        """Publish one message to a port: into an inport, or as if out of an outport.

        Raises:
            UnknownName: Nobody has announced the port.
        """
        queue, payload = self._announced(address), encode(value)
        participant = self.local.get(address.role)
        if participant is not None and address.side is Side.OUT:
            participant.history(Side.OUT, address.port).record(payload)
        await self.binder.publish(queue, payload, address.side)

    async def inspect(
        self, address: Address, n: int, *, wait: float, new: bool = False
    ) -> list[Seen]:
        """The last messages of a port, oldest first.

        A port of ours remembers its messages from the start, any other from its first inspection.

        Args:
            wait: Seconds to wait at most for `n` messages to be there.
            new: Wait for messages that come from now on, and return only those.
        """
        history = await self._history(address)
        before = history.count
        if wait > 0:
            await history.wait_for(n, wait, new=new)
        return history.last(min(n, history.count - before) if new else n)

    @property
    def dead_letters(self) -> DeadLetters:
        """What was rejected, on this broker."""
        return self.binder.dead_letters

    def inqueues(self) -> set[QueueName]:
        """The queues of all inports that are announced."""
        ports = (port for view in self.observer.roles().values() for port in view.inports)
        return {port.queue for port in ports if port.queue is not None}

    def inport_of(self, queue: QueueName) -> str:
        """The inport that has a queue, as `role.port`; the queue itself if nobody announced it."""
        for role, view in self.observer.roles().items():
            for port in view.inports:
                if port.queue == queue:
                    return f"{role}.{port.id}"
        return queue

    def look_up(self, text: str, *sides: Side, may_be_absent: bool = False) -> Address:
        """Find a port by `role.port`; see `addresses.look_up`."""
        return look_up(self.observer.roles(), text, *sides, may_be_absent=may_be_absent)

    async def _history(self, address: Address) -> History:
        participant = self.local.get(address.role)
        if participant is not None:
            return participant.history(address.side, address.port)
        return await self._taps.history(self._announced(address), address.side)

    def _announced(self, address: Address) -> QueueName:
        if address.queue is None:
            noun = address.side.noun
            raise UnknownName(f"announced {noun}", address.port, where=address.role)
        return address.queue

    def free_queue(self, role: Role, port: PortName, mine: Collection[QueueName]) -> QueueName:
        """The queue that a new port of ours gets: the usual one, if nobody else has it.

        Args:
            mine: The queues of the participant's other ports.
        """
        usual = queue_for(role, port)
        queue, number = usual, 2
        while (
            queue in mine
            or self.coordinator.roles_using(queue) - {role}
            or any(p.role != role and p.uses(queue) for p in self.local.values())
        ):
            queue, number = QueueName(f"{usual}~{number}"), number + 1
        return queue

    def _lock(self, role: Role) -> asyncio.Lock:
        """Held while a role is put, removed or renamed: one after the other."""
        return self._locks.setdefault(role, asyncio.Lock())

    async def _serve(self, discoveries: Subscription) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.coordinator.run(), name="coordinator")
                group.create_task(self._discover(discoveries), name="discovery")
                group.create_task(self._let_time_pass(), name="clock")
                if self.binder.traits.keeps:
                    group.create_task(self._adopt(), name="adoption")
                group.create_task(self.observer.run(), name="observer")
                group.create_task(self.taps.run(), name="port taps")
        except Exception:
            log.exception("the session on %s has failed", self.url)
            self._link_changed(Link.DOWN, "the session has failed; stop and start the lab")

    async def _discover(self, discoveries: Subscription) -> None:
        fairly = TimeSlice()
        async for delivery in discoveries:
            self.coordinator.heard(delivery.payload)
            delivery.ack()
            await fairly.give_way()
        raise TransportError("the transport has ended the subscription to the announcements")

    async def _adopt(self) -> None:
        try:
            self.coordinator.adopt(await self.binder.bindings())
        except TransportError as error:
            self.coordinator.report(f"what was bound before is not known: {error}")

    async def _let_time_pass(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_INTERVAL)
            self.coordinator.sweep()
            self.observer.tick()

    async def until(self, condition: Callable[[], bool], timeout: float = SETTLE) -> None:
        """Wait until something is so that `_mark` is told of, at most `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()

    def _mark(self, roles: Any, edges: Any) -> None:
        self._changed.set()
        self.observer.mark(roles, edges)
        self.taps.look_again()
        self.roles_changed(roles)

    def _outqueues(self, role: Role, port: PortName) -> Collection[QueueName]:
        return self.coordinator.roster.queues(role, Side.OUT, port)

    def _is_private(self, role: Role, inport: PortName) -> bool:
        participant = self.local.get(role)
        return participant is not None and participant.has_private(inport)

    def _entered(self, name: str, phase: Phase) -> None:
        graph = self.workspace.graphs[name]
        for role in graph.nodes:
            if role in self.local:
                self._let_work(self.local[role])
        self.coordinator.entered(graph, phase)

    def _let_work(self, participant: LocalParticipant) -> None:
        """Or not: those of a graph that has been stopped wait."""
        if self.workspace.node_phase(participant.role) is Phase.HELD:
            participant.hold()
        else:
            participant.go_on()

    async def _connect_holding(self) -> Client:
        return await transport_for(self.url).client(self.url, name=f"{self._name} held")

    def _health(self, participant: LocalParticipant) -> None:
        self._mark([participant.role], [])

    def _participant_link(self, participant: LocalParticipant, link: Link, detail: str) -> None:
        self.coordinator.report(f"`{shown(participant.role)}`: link {link.value}: {detail}")
        participant.link_changed(link, detail)

    def _participant_note(self, participant: LocalParticipant, text: str) -> None:
        self.coordinator.report(f"`{shown(participant.role)}`: {text}")

    def _link_changed(self, link: Link, detail: str) -> None:
        self.link, self.link_detail = link, detail
        self.coordinator.link_changed(link, detail)


def running(session: Session | None) -> Session:
    """The session. Raises NotRunning if there is none."""
    if session is None:
        raise NotRunning("the lab is stopped; start it first (`%msgflo start` in a notebook)")
    return session


async def _cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
