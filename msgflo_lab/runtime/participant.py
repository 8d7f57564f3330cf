"""A participant that runs in this process: a behaviour, a role, and a handle on the broker.

It behaves on the broker like any other: it declares its queues, announces itself and keeps doing
so. Messages are processed one at a time, in the order in which each inport received them. New code
is put in between two messages. The code itself runs in a thread of its own, see `handlers`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any

from ..definition import ParticipantDefinition, Side
from ..discovery import Diagnosis
from ..discovery import decode as decode_announcement
from ..discovery import encode as encode_announcement
from ..errors import InvalidDefinition, MsgFloLabError, Timeout
from ..message import encode
from ..names import ParticipantId, PortName, QueueName, Role, shown
from ..transport import Client, Delivery, Link, Subscription
from .behaviour import Behaviour
from .crossing import settle
from .failure import failure_of
from .fairness import TimeSlice
from .handlers import Handler
from .health import Health
from .history import History
from .jobs import Job, Sending
from .limits import AHEAD, AHEAD_BYTES, ANNOUNCE_AGAIN, ANNOUNCE_PERIOD, STOP_PATIENCE
from .measured import OF_PROCESS, Jobs, Measured
from .outbound import Outbound
from .output import OutputLog, current
from .period import intervals
from .window import Window

log = logging.getLogger(__name__)

QueueOf = Callable[[Role, PortName, Collection[QueueName]], QueueName]
"""Chooses a queue for a port of a role, other than those of the participant's other ports."""

Work = Callable[[], Coroutine[Any, Any, None]]


class LocalParticipant:
    """Create it, `start` it with a connected client, and `stop` it. All on one loop."""

    def __init__(
        self,
        role: Role,
        behaviour: Behaviour,
        *,
        queue_of: QueueOf,
        on_change: Callable[[LocalParticipant], None],
        period: float = ANNOUNCE_PERIOD,
        jobs: Jobs = OF_PROCESS,
        initials: Mapping[PortName, Any] | None = None,
    ) -> None:
        """`on_change` is called whenever health changes; `period` is MsgFlo's, in seconds.

        `initials` are values for inports that it gets before all messages, and before anybody
        hears of it.
        """
        self.id = ParticipantId(f"{role}-{uuid.uuid4()}")
        self.role = role
        self.behaviour = behaviour
        self._changed = partial(on_change, self)
        self.health = Health(self._changed)
        self.output = OutputLog()
        self.measured = Measured(jobs)
        self.histories: dict[tuple[Side, PortName], History] = {}
        self._queue_of = queue_of
        self._queues: dict[tuple[Side, PortName], QueueName] = {}
        self._period = period
        self._initials = dict(initials or {})
        self._replacing = asyncio.Lock()
        self._outbound = Outbound(
            record=self._sent,
            done=self._done,
            not_sent=lambda error: self.health.note(self.role, error, ""),
            has_more=lambda: self._handler is not None and self._handler.has_more,
        )
        # The handler always has a next message at hand, and need not wait for the loop. What is
        # ahead has been taken from the broker and is not settled: a prefetch counts it.
        self._ahead: Window[Job] = Window(AHEAD, AHEAD_BYTES)
        self._slice = TimeSlice()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._subscriptions: dict[PortName, Subscription] = {}
        self._handler: Handler | None = None
        self._client: Client | None = None
        self.link = Link.UP
        self._stopped = False
        self._held: list[Job] | None = None

    @property
    def definition(self) -> ParticipantDefinition:
        """What it announces."""
        return self.behaviour.definition(self.id, self.role, self.queue)

    def announcement(self) -> bytes:
        """The same, as it is sent."""
        return encode_announcement(self.definition)

    def queue(self, side: Side, port: PortName) -> QueueName:
        """The queue of a port. Chosen once: it stays when the participant is renamed."""
        at = (side, port)
        if at not in self._queues:
            self._queues[at] = self._queue_of(self.role, port, self._queues.values())
        return self._queues[at]

    def uses(self, queue: QueueName) -> bool:
        """True if one of its ports has this queue."""
        return queue in self._queues.values()

    @property
    def in_hand(self) -> int:
        """How much its handler has been given, and is not done with."""
        return len(self._ahead)

    def waiting(self) -> dict[PortName, int]:
        """Messages that are here and not done, by inport; none where the broker counts them.

        But for one of an inport, at most, that is on its way to a handler which has no room.
        """
        if self._client is None or self._client.traits.keeps:
            return {}
        found = {port: len(inbox) for port, inbox in self._subscriptions.items()}
        for job in self._ahead:
            if job.port in found:
                found[job.port] += 1
        return found

    @property
    def job(self) -> Job | None:
        """What its handler is doing now."""
        return self._handler.job if self._handler is not None else None

    @property
    def is_left(self) -> bool:
        """True if it was stopped, and its handler has not returned yet."""
        return self._stopped and self._handler is not None and self._handler.is_alive

    def has_private(self, inport: PortName) -> bool:
        """True if this inport is a setting that the graph alone gives."""
        return any(spec.name == inport for spec in self.behaviour.private)

    def check(self, behaviour: Behaviour | None = None) -> None:
        """Make sure that others can read what it will announce.

        Raises:
            InvalidDefinition: They could not: a name is empty, too long or no text, or an option
                is no JSON.
        """
        behaviour = behaviour or self.behaviour
        try:
            definition = behaviour.definition(self.id, self.role, lambda _, port: QueueName(port))
            found = decode_announcement(encode_announcement(definition))
        except UnicodeEncodeError as error:
            raise InvalidDefinition(
                f"a name of `{shown(self.role)}` is no text: {error}"
            ) from error
        except TypeError as error:
            raise InvalidDefinition(f"an option of `{shown(self.role)}`: {error}") from error
        if isinstance(found, Diagnosis):
            raise InvalidDefinition(f"`{shown(self.role)}` cannot be announced: {found.problem}")

    async def start(self, client: Client) -> None:
        """Declare, subscribe, announce, and begin to work. Takes over the client.

        Raises:
            TransportError: The broker refused something; the participant is stopped then.
        """
        self._client = client
        self._spawn("outbound", partial(self._outbound.run, client))
        try:
            self._handler = await self._new_handler(self.behaviour)
            await self._declare_outports()
            for port, value in self._initials.items():
                self._give(self._handler.initial(port, value))
            await self._open_inports()
            is_known = await self.introduce(client)
        except BaseException:
            await self.stop()
            raise
        self._spawn("announce", partial(self._keep_announcing, is_known=is_known))
        self._start_source()

    async def finish(self) -> None:
        """Take no more messages, and wait until what is in hand is done, and sent what it sends.

        To be stopped afterwards. What has been taken and not begun goes back to the broker; one
        that keeps nothing would lose it, so it is done as well.
        """
        subscriptions, self._subscriptions = dict(self._subscriptions), {}
        if self._client is not None and not self._client.traits.keeps:
            await self._finish_all(subscriptions)
            return
        waiting = asyncio.create_task(self._pause(), name=f"{self.role}: finishing")
        await asyncio.gather(*(each.close() for each in subscriptions.values()))
        for job in await waiting:
            if job.delivery is not None:
                job.delivery.give_back()

    async def _finish_all(self, subscriptions: Mapping[PortName, Subscription]) -> None:
        """What is closed gives out what is inside; then whoever listens to it comes to his end."""
        listening = [self._tasks[f"in {port}"] for port in subscriptions]
        await self._end_task("source")
        await asyncio.gather(*(each.close() for each in subscriptions.values()))
        await asyncio.gather(*listening)
        await self._ahead.none_left()

    async def stop(self) -> None:
        """Stop working and close the client. Idempotent."""
        if self._stopped:
            return
        self._stopped = True
        self._outbound.let_go()
        # What the handler is doing is let come to its end, and what it sends is sent.
        deadline = asyncio.get_running_loop().time() + STOP_PATIENCE
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                await self._pause()
        self._ahead.abandon()
        if self._handler is not None:
            self._handler.close()
            self._handler.interrupt()
        self._outbound.close()
        tasks, self._tasks = self._tasks, {}
        await _end(tasks.values())
        if self._client is not None:
            with contextlib.suppress(MsgFloLabError):
                await self._client.close()
        if self._handler is not None:
            patience = max(0.1, deadline - asyncio.get_running_loop().time())
            if not await self._handler.join(patience):
                log.warning("the handler of %s does not return; its thread is left", self.role)

    async def replace(self, behaviour: Behaviour) -> None:
        """Put other code in, between two messages. Ports that stay keep their queues.

        Raises:
            InvalidDefinition: Nobody could read what it would announce; the old code stays then.
            Exception: Whatever a class raises in `__init__`; the old code stays then.
        """
        self.check(behaviour)
        async with self._replacing:
            await self._replace(behaviour)

    async def _replace(self, behaviour: Behaviour) -> None:
        fresh = await self._new_handler(behaviour)
        waiting = await self._pause()
        try:
            if self._stopped:
                fresh.close()
                return
            before, self.behaviour = self.definition, behaviour
            if self._handler is not None:
                fresh.adopt(self._handler)
                self._handler.close()
            self._handler = fresh
            self.health.heal()
            await self._close_ports()
            await self._declare_outports()
            await self._open_inports()
            self._forget_ports()
        finally:
            self._go_on(waiting)
            if not self._stopped:
                self._start_source()
        if self.definition != before:
            await self.announce()
        self._changed()

    async def announce(self) -> None:
        """Tell everybody who we are, now."""
        if self._client is not None and not self._stopped:
            await self._client.announce(self.announcement())

    def link_changed(self, link: Link, _detail: str) -> None:
        """The client's way to the broker has changed: whoever lost us should hear of us.

        What a broker has taken back comes again: to do it now would be to do it twice.
        """
        self.link = link
        if self._handler is None or self._stopped:  # one that is closed is not to be looked into
            return
        if link is Link.UP:
            self._spawn("announce", self._keep_announcing)
            return
        for job in self._handler.take_back():
            if job.delivery is not None and job.delivery.is_void:
                self._ahead.remove(job)
            else:
                self._handler.put(job)

    def history(self, side: Side, port: PortName) -> History:
        """The last messages of a port."""
        found = self.histories.get((side, port))
        if found is None:
            found = self.histories[side, port] = History()
        return found

    def hold(self) -> None:
        """Begin with no message, and let nothing out, until `go_on`. Idempotent.

        What the handler has in hand comes to its end; what it sends waits. A source goes on until
        what it has sent fills the outlet.
        """
        if self._held is None:
            self._held = []
            self._ahead.hold()
            self._outbound.hold()
            for job in self._handler.take_back() if self._handler is not None else ():
                if job.delivery is None and self._handler is not None:
                    self._handler.put(job)
                else:
                    self._ahead.remove(job)
                    self._held.append(job)

    def go_on(self) -> None:
        """Undo `hold`. Idempotent."""
        if self._held is not None:
            held, self._held = self._held, None
            self._outbound.let_go()
            self._go_on(held)

    async def _pause(self) -> list[Job]:
        """Give the handler nothing more, wait for what it is doing, and take the rest back."""
        self._ahead.hold()
        await self._end_task("source")
        waiting = self._handler.take_back() if self._handler is not None else []
        for job in waiting:
            self._ahead.remove(job)
        try:
            async with asyncio.timeout(STOP_PATIENCE):
                await self._ahead.none_left()
        except TimeoutError:
            if self._handler is not None:
                self._handler.interrupt()
            await self._ahead.none_left()
        return [job for job in waiting if job.delivery is not None]

    def _go_on(self, waiting: Iterable[Job]) -> None:
        """Go on with the messages that wait since `_pause`, in the order in which they came."""
        if self._stopped:
            return
        if self._held is not None:
            self._held.extend(waiting)
            return
        for job in waiting:
            if job.delivery is None or job.delivery.is_void:
                continue
            if job.port in self._subscriptions:
                self._give(job)
            else:
                job.delivery.give_back()
        self._ahead.let_go()

    def _give(self, job: Job) -> None:
        assert self._handler is not None
        self._ahead.add(job, job.size)
        self._handler.put(job)

    async def _new_handler(self, behaviour: Behaviour) -> Handler:
        outlet, output = self._outbound.outlet, self.output
        handler = Handler(behaviour, outlet, self.role, output, self.measured)
        try:
            await handler.open()
        except BaseException:
            handler.close()
            raise
        return handler

    async def _declare_outports(self) -> None:
        assert self._client is not None
        for port in self.behaviour.outports:
            await self._client.declare(self.queue(Side.OUT, port.name), Side.OUT, port.options)

    async def _open_inports(self) -> None:
        assert self._client is not None
        for port in self.behaviour.inports:
            if port.name not in self._subscriptions:
                queue = self.queue(Side.IN, port.name)
                await self._client.declare(queue, Side.IN, port.options)
                subscription = await self._client.subscribe(queue)
                self._subscriptions[port.name] = subscription
                self._spawn(f"in {port.name}", partial(self._listen, port.name, subscription))

    async def _close_ports(self) -> None:
        names = {port.name for port in self.behaviour.inports}
        for port in [port for port in self._subscriptions if port not in names]:
            await self._subscriptions.pop(port).close()
            await self._end_task(f"in {port}")

    def _forget_ports(self) -> None:
        """Let go of what belonged to ports that are no more."""
        ports = {(Side.IN, spec.name) for spec in self.behaviour.inports}
        ports |= {(Side.OUT, spec.name) for spec in self.behaviour.outports}
        for gone in self.histories.keys() - ports:
            del self.histories[gone]
        for gone in self._queues.keys() - ports:
            del self._queues[gone]
        self.measured.forget({port for _, port in ports})

    async def _listen(self, port: PortName, subscription: Subscription) -> None:
        history = self.history(Side.IN, port)
        async for delivery in subscription:
            history.record(delivery.payload)
            job = Job(port, delivery, number=history.count)
            if self._ahead.is_full and not await self._has_room_for(delivery):
                continue
            self._give(job)
            if self._slice.is_over:
                await self._slice.give_way()

    async def _has_room_for(self, delivery: Delivery) -> bool:
        """Wait for room. False if the broker has taken the delivery back meanwhile."""
        try:
            await self._ahead.room()
        except asyncio.CancelledError:
            if not self._stopped:  # the port is no more; a broker takes back what we leave
                delivery.give_back()
            raise
        return not delivery.is_void

    def _start_source(self) -> None:
        assert self._handler is not None
        if self.behaviour.every is not None:
            self._spawn("source", partial(self._tick, self._handler, self.behaviour.every))
        elif self.behaviour.streams:
            self._handler.stream()

    async def _tick(self, handler: Handler, every: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not handler.is_over:
            job = handler.tick()
            assert job.done is not None
            self._give(job)
            try:
                await job.done
                self.health.succeeded()
            except Exception as error:
                self._failed(error, "")
            # A late tick is not made up for by a burst.
            due = max(due + every, loop.time())
            await asyncio.sleep(due - loop.time())

    def _sent(self, sending: Sending) -> QueueName | None:
        port, job = sending.port, sending.job
        queue = self._queues.get((Side.OUT, port))
        if queue is not None:  # else it is a port that other code has had
            cause = (job.port, job.number) if job is not None and job.number else None
            self.history(Side.OUT, port).record(sending.payload, cause)
        return queue

    def _done(self, job: Job) -> None:
        self._ahead.remove(job)
        if job.took:
            self.measured.tell(job, self)
        error = job.failure
        is_left = job.is_decided or (job.is_kept and error is None)
        if job.delivery is not None and not is_left:
            self._judge(job.delivery, error)
        if job.done is not None:
            settle(job.done, error)
        elif error is None:
            self.health.succeeded()
        else:
            self._failed(error, job.port)

    def _judge(self, delivery: Delivery, error: Exception | None) -> None:
        if error is None:
            delivery.ack()
        elif delivery.attempt <= self.behaviour.retries:
            delivery.retry(self.behaviour.retry_after)
        else:
            delivery.nack(failure_of(self.role, error, "").summary)

    def _failed(self, error: Exception, where: str) -> None:
        failure = self.health.failed(self.role, error, where)
        if any(spec.name == "error" for spec in self.behaviour.outports):
            news = {"message": failure.summary, "inport": where, "role": self.role}
            with contextlib.suppress(MsgFloLabError):
                self._outbound.outlet.put(Sending(None, PortName("error"), encode(news)))

    async def introduce(self, client: Client) -> bool:
        """Announce ourselves for the first time, before `start` returns.

        Returns:
            False if the broker takes no messages at present: it will hear of us later.
        """
        try:
            await client.announce(self.announcement())
        except Timeout as error:
            log.warning("%s is not announced yet: %s", self.role, error)
            return False
        return True

    async def _keep_announcing(self, *, is_known: bool = False) -> None:
        are_kept = self._client is not None and self._client.traits.keeps
        for interval in intervals(self._period, are_kept=are_kept):
            pause = interval
            try:
                if not is_known:
                    await self.announce()
            except MsgFloLabError as error:
                log.info("%s could not announce itself: %s", self.role, error)
                pause = min(pause, ANNOUNCE_AGAIN)
            is_known = False
            await asyncio.sleep(pause)

    def _spawn(self, name: str, work: Work) -> None:
        """Run a task of ours, in place of one of the same name."""
        if (before := self._tasks.get(name)) is not None:
            before.cancel()
        self._tasks[name] = asyncio.create_task(self._guard(work), name=f"{self.role}: {name}")

    async def _guard(self, work: Work) -> None:
        current.set(self.output)
        try:
            await work()
        except Exception as error:
            log.exception("a task of participant %s failed", self.role)
            self._failed(error, "")

    async def _end_task(self, name: str) -> None:
        if (task := self._tasks.pop(name, None)) is not None:
            await _end([task])


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel, and wait for the end; not for ever, because a handler may refuse to be cancelled."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=STOP_PATIENCE)
