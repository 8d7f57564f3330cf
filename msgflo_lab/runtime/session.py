"""One lab on one broker, from `open` to `close`: binder, coordinator, participants, observer.

Everything runs on one event loop. The graph and the behaviours outlive a session: the lab carries
them to the next one.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

from ..definition import Side
from ..discovery.roster import HEARTBEAT
from ..errors import InvalidName, UnknownName
from ..graph import Change, Graph
from ..message import encode
from ..names import PortName, QueueName, Role, queue_for, shown
from ..transport import Binder, BrokerUrl, Link, Subscription, transport_for
from .addresses import Address, look_up
from .behaviour import Behaviour
from .coordinator import Coordinator
from .history import History, Seen
from .limits import ANNOUNCE_PERIOD, SWEEP_INTERVAL, TAPS
from .observer import Observer
from .participant import LocalParticipant

log = logging.getLogger(__name__)

SETTLE = 2.0
"""Seconds that an edit waits for the broker to follow, before it returns all the same."""


class Session:
    """Make it with `open`."""

    def __init__(
        self, url: BrokerUrl, name: str, binder: Binder, graph: Graph, heartbeat: float
    ) -> None:
        loop = asyncio.get_running_loop()
        self.url = url
        self.local: dict[Role, LocalParticipant] = {}
        self.link = Link.UP
        self.link_detail = ""
        self._binder = binder
        self._taps: dict[QueueName, tuple[History, Subscription, asyncio.Task[None]]] = {}
        self._replacing: set[asyncio.Task[None]] = set()
        self.coordinator = Coordinator(
            binder, graph, clock=loop.time, on_change=self._mark, heartbeat=heartbeat
        )
        self.observer = Observer(name, self.coordinator, binder, self.local, loop.time)
        self._mark(graph.nodes, graph.edges)
        self._work: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, url: BrokerUrl, *, name: str, graph: Graph, heartbeat: float = HEARTBEAT
    ) -> Session:
        """Connect and begin to discover and to bind.

        Raises:
            TransportError: The broker cannot be reached, or there is no transport for the URL.
        """
        made: list[Session] = []

        def link_changed(link: Link, detail: str) -> None:
            for session in made:
                session._link_changed(link, detail)

        transport = transport_for(url)
        binder = await transport.binder(url, name=name or "lab", on_link=link_changed)
        try:
            session = cls(url, name, binder, graph, heartbeat)
            made.append(session)
            discoveries = await binder.discoveries()
        except BaseException:
            await binder.close()
            raise
        session._work = asyncio.create_task(session._serve(discoveries), name="lab session")
        return session

    async def close(self) -> None:
        """Stop all participants, undo all bindings, leave the broker. Idempotent."""
        await asyncio.gather(*(p.stop() for p in self.local.values()), return_exceptions=True)
        for task in [self._work, *self._replacing, *(tap[2] for tap in self._taps.values())]:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        self.local.clear()
        self._taps.clear()
        self.observer.unwatch_all()
        await self._binder.close()

    async def put(self, role: Role, behaviour: Behaviour) -> LocalParticipant:
        """Start a participant in this role, or give the one that is there other code.

        Returns once the roster knows it and its initial packets are sent (or `SETTLE` is over: a
        handler that is still busy gets the new code when it is done).
        """
        participant = self.local.get(role)
        if participant is not None:
            task = asyncio.create_task(participant.replace(behaviour), name=f"{role}: replace")
            self._replacing.add(task)
            task.add_done_callback(self._replaced)
            done, _ = await asyncio.wait([task], timeout=SETTLE)
            if done:
                task.result()
            return participant
        participant = LocalParticipant(
            role, behaviour, queue_of=self._free_queue, on_change=self._health, period=_period()
        )
        transport = transport_for(self.url)
        client = await transport.client(self.url, name=role, on_link=participant.link_changed)
        self.local[role] = participant
        try:
            await participant.start(client)
        except BaseException:
            del self.local[role]
            raise
        finally:
            self._mark([role], [])
        await self.until(lambda: participant.id in self.coordinator.roster)
        await self.settle()
        return participant

    async def remove(self, role: Role) -> None:
        """Stop our participant of a role; forget others of it that are no longer heard.

        Raises:
            UnknownName: Nobody plays the role, and nobody did.
        """
        participant = self.local.pop(role, None)
        members = self.coordinator.roster.members(role)
        if participant is None and not members:
            raise UnknownName("role", role, known=self.coordinator.roster.roles)
        if participant is not None:
            self.coordinator.forget(participant.id)
            await participant.stop()
        else:
            for member in members:
                self.coordinator.forget(member.definition.id)
        self._mark([role], self.coordinator.planner.edges_of(role))
        await self.settle()

    async def rename(self, before: Role, after: Role, edit: Callable[[], object]) -> None:
        """Let our participant play another role; `edit` renames the node, if there is one.

        Raises:
            UnknownName: No participant of ours plays `before`.
            InvalidName: Somebody plays `after` already.
        """
        participant = self.local.get(before)
        if participant is None:
            raise UnknownName("participant of this lab", before, known=self.local)
        if not after or after in self.local or after in self.coordinator.roster.roles:
            raise InvalidName(f"`{shown(after)}` is taken, or no name for a role")
        self.local[after] = self.local.pop(before)
        participant.role = after
        # The roster learns it in the same breath as the graph, so that no binding goes meanwhile.
        self.coordinator.rename(participant.definition)
        edit()
        self._mark([before, after], [])
        await participant.announce()
        await self.settle()

    def edited(self, graph: Graph, changes: tuple[Change, ...]) -> None:
        """The graph has been edited: let the broker follow."""
        self.coordinator.edited(graph, changes)

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
        queue = self._announced(address)
        await self._binder.publish(queue, encode(value), address.side)

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

    def look_up(self, text: str, *sides: Side, may_be_absent: bool = False) -> Address:
        """Find a port by `role.port`; see `addresses.look_up`."""
        return look_up(self.observer.view(), text, *sides, may_be_absent=may_be_absent)

    async def _history(self, address: Address) -> History:
        participant = self.local.get(address.role)
        if participant is not None:
            return participant.history(address.side, address.port)
        queue = self._announced(address)
        if queue not in self._taps:
            while len(self._taps) >= TAPS:
                await self._end_tap(next(iter(self._taps)))
            history = History()
            subscription = await self._binder.tap(queue, address.side)
            task = asyncio.create_task(_record(subscription, history), name=f"tap {queue}")
            self._taps[queue] = (history, subscription, task)
        return self._taps[queue][0]

    async def _end_tap(self, queue: QueueName) -> None:
        _, subscription, task = self._taps.pop(queue)
        await subscription.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def _announced(self, address: Address) -> QueueName:
        if address.queue is None:
            noun = address.side.noun
            raise UnknownName(f"announced {noun}", address.port, where=address.role)
        return address.queue

    def _free_queue(self, role: Role, side: Side, port: PortName) -> QueueName:
        """The queue that a new port of ours gets: the usual one, if no other role has it."""
        usual = queue_for(role, port)
        taken = {
            entry.queue
            for member in self.coordinator.roster
            if member.definition.role != role
            for at in Side
            for entry in member.definition.ports(at)
        }
        taken |= {
            participant.queue(at, spec.name)
            for participant in self.local.values()
            if participant.role != role
            for at, specs in (
                (Side.IN, participant.behaviour.inports),
                (Side.OUT, participant.behaviour.outports),
            )
            for spec in specs
        }
        queue, number = usual, 2
        while queue in taken:
            queue, number = QueueName(f"{usual}~{number}"), number + 1
        return queue

    async def _serve(self, discoveries: Subscription) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.coordinator.run(), name="coordinator")
                group.create_task(self._discover(discoveries), name="discovery")
                group.create_task(self._let_time_pass(), name="clock")
                group.create_task(self.observer.run(), name="observer")
        except Exception:
            log.exception("the session on %s has failed", self.url)
            self._link_changed(Link.DOWN, "the session has failed; stop and start the lab")

    async def _discover(self, discoveries: Subscription) -> None:
        async for delivery in discoveries:
            self.coordinator.heard(delivery.payload)
            delivery.ack()

    async def _let_time_pass(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_INTERVAL)
            self.coordinator.sweep()
            self.observer.tick()

    async def until(self, condition: Callable[[], bool], timeout: float = SETTLE) -> None:
        """Wait until something is so, at most `timeout` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not condition() and loop.time() < deadline:
            await asyncio.sleep(0.005)

    def _mark(self, roles: Any, edges: Any) -> None:
        self.observer.mark(roles, edges)

    def _health(self, participant: LocalParticipant) -> None:
        self._mark([participant.role], [])

    def _link_changed(self, link: Link, detail: str) -> None:
        self.link, self.link_detail = link, detail
        self.coordinator.link_changed(link, detail)

    def _replaced(self, task: asyncio.Task[None]) -> None:
        self._replacing.discard(task)


async def _record(subscription: Subscription, history: History) -> None:
    async for delivery in subscription:
        history.record(delivery.payload)
        delivery.ack()


def _period() -> float:
    """MsgFlo's discovery period in seconds, from its environment variable where that is sound."""
    try:
        period = int(os.environ.get("MSGFLO_DISCOVERY_PERIOD", ""))
    except ValueError:
        return ANNOUNCE_PERIOD
    return float(period) if period > 0 else ANNOUNCE_PERIOD

