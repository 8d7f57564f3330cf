"""The coordinator's handle on an AMQP broker, which carries out bindings by itself."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import TypeVar

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName, dead_letters_of, is_waiting_room, shown
from msgflo_lab.transport import OnLink, OnNote, Subscription

from ..limits import DISCOVERY
from .binders import Answering, Leads, Touched
from .channel import Channel
from .claim import Claim
from .client import AmqpClient
from .connection import Connection
from .dead_letters import AmqpDeadLetters
from .declarer import IN_USE, LOCKED, NOT_FOUND, Declarer, ignoring
from .depths import depths
from .errors import ChannelClosed, ConnectionLost
from .identity import identity
from .limits import AMQP_REASSERT_SECONDS, AMQP_REASSERTED
from .management import MARK, Management
from .objects import Declared, check_name, turns_of
from .observing import Counting, Observer, published_to, relay_announcements
from .refill import Refill
from .settings import Settings
from .topology import QueueState

T = TypeVar("T")

_log = logging.getLogger(__name__)

NAMELESS = "msgflo-lab"
"""What a binder without a name is called in the broker's log."""


class AmqpBinder(AmqpClient):
    """A `Binder`. Bindings are the broker's: they stay, and work, when this handle is gone.

    *Pub-sub*: the target queue is bound to the source exchange. *Round robin*: the same with the
    exchange `out-<source>` in between; its workers share the queue. *Dead letter*: the target
    queue is bound to the exchange `dead-<source>`, in place of the queue of that name. This is how
    msgflo lays them out. Ours carry `x-msgflo-lab` among their arguments, so that a lab that starts
    anew knows which are its own (see `identity`). A binder without a name leaves no mark: what it
    binds is like what msgflo has bound, and whoever binds the same may undo it.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        on_link: OnLink,
        on_note: OnNote,
    ) -> None:
        super().__init__(settings, name or NAMELESS, on_link, on_note)
        self._mark = {MARK: identity(name)} if name else {}
        self._claim = Claim(self._mark.get(MARK, ""))
        self._claims = bool(name)
        self._bound: dict[Binding, None] = {}
        self._missing: set[Binding] = set()
        self._observers: list[Observer] = []
        self._counting = Counting()
        self._refill = Refill(
            self._counting.recent,
            caught_up=self._counting.caught_up,
            channel=partial(self.fresh_channel, confirms=True),
            note=on_note,
        )
        self._answering = Answering(self.reassert)
        self._hears = False
        self._is_deaf = False
        self._hearing: asyncio.Task[None] | None = None
        self._management = Management(settings)
        self._dead_letters = AmqpDeadLetters(self, self._management)
        self._reasserting: asyncio.Task[None] | None = None

    @property
    def dead_letters(self) -> AmqpDeadLetters:
        """What lies in the queues `dead-<queue>`."""
        return self._dead_letters

    async def start(self) -> None:
        """Connect.

        Raises:
            ConnectionFailed: No link.
            Timeout: The broker takes no messages at present, so that nobody can say whether
                somebody else has our name.
        """
        await super().start()
        self._reasserting = asyncio.create_task(self._reassert(), name="amqp bindings")
        if self._claims and not await self._steadily(self._is_first):
            # The same notebook runs twice: what the other one has bound is not ours.
            self._claims = False
            self._mark = {MARK: f"{self._mark[MARK]} {secrets.token_hex(4)}"}
        if self._claim.obstacle:
            self.note(
                "if this notebook or program runs twice at the same time, the two undo each "
                f"other's bindings: the broker lets neither know ({self._claim.obstacle})"
            )

    async def bind(self, binding: Binding) -> None:
        """Carry out a binding. Idempotent.

        Raises:
            InvalidName: AMQP cannot have one of the queues.
            TransportError: The source or the target is not there (yet), or we may not bind it.
            ConnectionFailed: No link, and none came back within the transport's patience.
        """
        check_name(binding.source)
        check_name(binding.target)
        await self._steadily(partial(self._bind_here, binding))
        self._bound[binding] = None

    async def unbind(self, binding: Binding) -> None:
        """Undo a binding, whoever made it. Idempotent. Loses no message of any other binding."""
        self._bound.pop(binding, None)
        self._missing.discard(binding)
        await self._steadily(lambda: self._unbind(self._declaring, binding))

    async def bindings(self, *, everybodys: bool = False) -> frozenset[Binding]:
        """What this lab has bound on the broker, now or in an earlier life.

        The broker tells only through its management interface; without that, it is what this
        handle has bound.

        Args:
            everybodys: Also what others have bound.
        """
        ours = frozenset(self._bound)
        if not self._mark and not everybodys:
            return ours
        found = await self._management.bindings(None if everybodys else self._mark[MARK])
        if found is None:
            unseen = (
                "what others have bound is not seen"
                if everybodys
                else "what this lab has bound in an earlier run is not known, and stays bound if "
                "the graph has it no more"
            )
            self.note(self._management.misses(unseen))
        return ours if found is None else found

    async def is_declared(self, queue: QueueName, side: Side) -> bool:
        """Whether an inport's queue, or an outport's exchange, is there."""
        check_name(queue)
        if side is Side.IN:
            return await self._steadily(lambda: self._declaring.exists(queue))
        return await self._steadily(lambda: self._declaring.has_exchange(queue))

    def traffic(self) -> Iterable[tuple[Binding, int]]:
        """For each binding, how many messages have passed since it was bound here. Cheap."""
        return self._counting.counts()

    async def waiting(self, queues: Collection[QueueName]) -> Mapping[QueueName, int]:
        """See `depths`: with those in hand, where the management interface tells."""
        return await depths(self, self._management, queues)

    async def tap(self, queue: QueueName, side: Side) -> Subscription:
        """A copy of what passes a queue's exchange, or those that are bound to the queue.

        What somebody sends straight into an inport's queue is seen by its reader only: AMQP hands
        out no copies of that.
        """
        sources = [queue]
        if side is Side.IN:
            sources += [binding.source for binding in self._bound if binding.target == queue]
        return await self._observe(Observer(queue, sources, self._stop_observing))

    async def discoveries(self) -> Subscription:
        """All announcements from now on.

        The queue `fbp` is read (and acknowledged), and every announcement that comes that way is
        sent once more over the exchange `fbp`, so that any number of observers see it.
        """
        await self._steadily(lambda: self._declaring.exchange(DISCOVERY, Declared()))
        # First look on, then read: what has waited in the queue is shown only once.
        inbox = await self._observe(Observer(DISCOVERY, [DISCOVERY], self._stop_observing))
        if not self._hears:
            await self._steadily(lambda: self._hear(self._connected, self._declaring))
            self._hears = True
        return inbox

    def inports(self) -> set[QueueName]:
        """The queues that this handle knows of, whose dead letters there may be."""
        known = {queue for queue, side in self._ports if side is Side.IN}
        return known | {binding.target for binding in self._bound}

    async def state_of(self, name: str) -> QueueState:
        """What a queue says of itself. Soon: see `Lasting.ready`. Raises ChannelClosed."""
        return await self._steadily(
            lambda: self._declaring.ask(lambda c: c.declare_queue(name, passive=True)), soon=True
        )

    async def fresh_channel(self, *, confirms: bool = False) -> Channel:
        """A channel for a piece of work; whoever asks closes it. Soon: see `Lasting.ready`."""
        return await self._steadily(lambda: self._connected.channel(confirms=confirms), soon=True)

    async def unless_blocked(self, work: Callable[[], Coroutine[None, None, T]]) -> T:
        """See `Connection.unless_blocked`. Soon: see `Lasting.ready`."""
        connection = await self._link.ready(soon=True)
        return await connection.unless_blocked(work())

    async def delete_queue(self, name: str) -> None:
        """Delete a queue that is our own. Soon: see `Lasting.ready`."""
        await self._steadily(
            lambda: ignoring(self._declaring.ask(lambda c: c.delete_queue(name)), LOCKED),
            soon=True,
        )

    async def reassert(self, queues: Touched) -> Leads:
        """Bind what touches these queues again: somebody may have deleted that.

        Those that were deleted get back what went with them.
        """
        now = asyncio.get_running_loop().time()
        touched = [each for each in self._bound if each.source in queues or each.target in queues]
        await self._bind_again(touched, queues)
        for queue, deleted in queues.items():
            sources = {published_to(each) for each in touched if each.target == queue}
            if deleted is not None and sources:
                await self._refill.send(queue, sources, deleted, now)
        edges = {
            each for each in touched if each.source in queues and each.kind is not Kind.DEAD_LETTER
        }
        if not edges:
            return Leads.NOWHERE
        return Leads.SOMEWHERE if edges - self._missing else Leads.NOT_NOW

    async def close(self) -> None:
        """Leave in order. The bindings stay."""
        await self._answering.end()
        if self._hearing is not None:
            self._hearing.cancel()
        if self._reasserting is not None:
            self._reasserting.cancel()
            await asyncio.wait([self._reasserting])
        for observer in self._observers:
            observer.inbox.end()
        await super().close()

    @property
    def _connected(self) -> Connection:
        if self._link.connection is None:
            raise ConnectionLost("lost again at once")
        return self._link.connection

    # what a connection is made into

    async def _restore(self, connection: Connection) -> None:
        await super()._restore(connection)
        assert self._declarer is not None
        if self._claims:
            await self._claim.take(connection)
        await self._restore_bindings(connection, self._declarer)
        # Only now those who look on: where only copies are bound, what is sent counts as sent to
        # somebody.
        if self._hears:
            await self._declarer.exchange(DISCOVERY, Declared())
        for observer in self._observers:
            await observer.begin(connection, self._declarer)
        await self._counting.begin(connection, self._declarer)
        for binding in list(self._bound):
            await self._count_again(connection, self._declarer, binding)
        self._is_deaf = False
        if self._hears:
            await self._hear_again(connection, self._declarer)
        await self._answering.begin(connection)

    async def _restore_bindings(self, connection: Connection, declarer: Declarer) -> None:
        # A queue that went with the broker comes back with its participant, if that comes back.
        self._missing.clear()
        for binding in list(self._bound):
            try:
                await self._bind(declarer, binding)
            except TransportError as error:
                if connection.lost is not None:
                    raise
                self.note(f"not restored yet: {error}")
                self._missing.add(binding)

    async def _count_again(
        self, connection: Connection, declarer: Declarer, binding: Binding
    ) -> None:
        await self._counting.again(binding)
        try:
            await self._attach(declarer, binding)  # the exchange may be another one by now
        except TransportError:
            if connection.lost is not None:
                raise
            self._missing.add(binding)
        else:
            self._missing.discard(binding)

    async def _hear(self, connection: Connection, declarer: Declarer) -> None:
        await declarer.queue(DISCOVERY, Declared())
        await relay_announcements(connection, partial(self._deafened, connection, declarer))

    def _deafened(self, connection: Connection, declarer: Declarer) -> None:
        """Somebody has deleted the queue. The link is needed: what passes is remembered there."""
        self._is_deaf = True
        self._hearing = asyncio.create_task(
            self._hear_soon(connection, declarer), name="amqp announcements"
        )

    async def _hear_soon(self, connection: Connection, declarer: Declarer) -> None:
        with suppress(TransportError):
            await declarer.exchange(DISCOVERY, Declared())
            for observer in self._observers:
                await observer.copies.again(DISCOVERY)
            await self._hear_again(connection, declarer)
            self.note(f"the queue `{DISCOVERY}` was deleted, and has been declared again")

    async def _hear_again(self, connection: Connection, declarer: Declarer) -> None:
        """In a cluster, the queue may be on a node that is down."""
        try:
            await self._hear(connection, declarer)
            self._is_deaf = False
        except TransportError as error:
            if connection.lost is not None:
                raise
            self._is_deaf = True
            self.note(f"nobody who joins is heard at present: {error}")

    async def _is_first(self) -> bool:
        connection = self._connected
        if await self._claim.take(connection):
            return True
        # A broker that takes no messages does not notice that who had the name has left, either.
        return not await connection.unless_blocked(self._claim.is_answered(connection))

    async def _reassert(self) -> None:
        """Bind again what is bound, a part of it each time.

        Bindings go with their queue or exchange when somebody deletes that, and nobody tells.
        """
        turn: Iterator[Binding] = iter(())
        while True:
            await asyncio.sleep(AMQP_REASSERT_SECONDS)
            if self._is_deaf:
                with suppress(TransportError):
                    await self._hear_again(self._connected, self._declaring)
            if self._claims:  # who has our name may be dead, and the broker notices at last
                with suppress(TransportError):
                    await self._claim.take(self._connected)
            due = [*self._missing, *islice(turn, AMQP_REASSERTED)]
            if len(due) < AMQP_REASSERTED:
                turn = iter(list(self._bound))
                due += islice(turn, AMQP_REASSERTED)
            for binding in dict.fromkeys(due):
                if binding in self._bound:
                    with suppress(TransportError):
                        await self._bind_again([binding], [binding.source])

    async def _bind_again(
        self, bindings: Collection[Binding], queues: Collection[QueueName]
    ) -> None:
        """These bindings, and then whoever looks at them, or at these queues."""
        # At the same time: what passes is for all of them.
        await asyncio.gather(*map(self._reassert_one, bindings))
        # Where only copies are bound, what is sent counts as sent to somebody.
        missing = {each for each in bindings if each in self._missing}
        for binding in bindings:
            if binding not in missing:
                await self._counting.again(binding)
        for queue in set(queues) - {each.source for each in missing}:
            for observer in self._observers:
                await observer.copies.again(queue)
        # Once more: the exchange may be another one by now.
        await asyncio.gather(*map(self._reassert_one, bindings))

    async def _reassert_one(self, binding: Binding) -> None:
        try:
            await self._steadily(partial(self._bind_here, binding))
            if binding not in self._bound:  # not any more, since we began
                await self._steadily(lambda: self._unbind(self._declaring, binding))
        except TransportError as error:
            if binding not in self._missing and self._link.connection is not None:
                self._missing.add(binding)
                self.note(f"gone: {error}")
        else:
            if binding in self._missing:
                self._missing.discard(binding)
                self.note(f"restored: {binding}")

    async def _bind_here(self, binding: Binding) -> None:
        await self._bind(self._declaring, binding)

    async def _bind(self, declarer: Declarer, binding: Binding) -> None:
        await self._attach(declarer, binding)
        source, target, kind = binding
        buried = any(b.kind is Kind.DEAD_LETTER and b.source == target for b in self._bound)
        is_ours = source == target or is_waiting_room(target)
        if kind is not Kind.DEAD_LETTER and not is_ours and not buried:
            await declarer.park(target, quorum=self._settings.quorum)
        await self._counting.add(binding)

    async def _attach(self, declarer: Declarer, binding: Binding) -> None:
        source, target, kind = binding
        try:
            if source == target:
                if not await declarer.has_exchange(source):
                    raise TransportError(f"there is no exchange `{shown(source)}`")
            elif kind is Kind.PUBSUB:
                await self._join(declarer, source, target)
            elif kind is Kind.ROUND_ROBIN:
                await self._take_turns(declarer, source, target)
            else:
                await self._lay(declarer, source, target)
        except ChannelClosed as error:
            raise TransportError(f"`{binding}` cannot be bound: {error.text}") from error

    async def _join(self, declarer: Declarer, exchange: str, queue: QueueName) -> None:
        await declarer.ask(lambda c: c.bind_queue(queue, exchange, arguments=self._mark))

    async def _take_turns(self, declarer: Declarer, source: QueueName, target: QueueName) -> None:
        turns = turns_of(source)
        await declarer.exchange(turns, Declared(), "direct")
        try:
            # First: nothing is to pass that only somebody who looks on gets.
            await self._join(declarer, turns, target)
        finally:
            await declarer.ask(lambda c: c.bind_exchange(turns, source, arguments=self._mark))

    async def _lay(self, declarer: Declarer, source: QueueName, target: QueueName) -> None:
        dead = dead_letters_of(source)
        await declarer.exchange(dead, Declared())
        await self._join(declarer, dead, target)
        await ignoring(declarer.ask(lambda c: c.unbind_queue(dead, dead)), NOT_FOUND)

    async def _unbind(self, declarer: Declarer, binding: Binding) -> None:
        source, target, kind = binding
        await self._counting.remove(binding)
        if source == target:
            return
        exchange = {Kind.PUBSUB: source, Kind.ROUND_ROBIN: turns_of(source)}.get(
            kind, dead_letters_of(source)
        )
        # With our mark, and as somebody else may have made it.
        await ignoring(declarer.ask(lambda c: c.unbind_queue(target, exchange)), NOT_FOUND)
        await ignoring(
            declarer.ask(lambda c: c.unbind_queue(target, exchange, arguments=self._mark)),
            NOT_FOUND,
        )
        is_last = not any(b.kind is kind and b.source == source for b in self._bound)
        if is_last and kind is Kind.ROUND_ROBIN:
            await ignoring(
                declarer.ask(lambda c: c.delete_exchange(exchange, if_unused=True)), IN_USE
            )
        elif is_last and kind is Kind.DEAD_LETTER and await declarer.exists(source):
            await declarer.park(source, quorum=self._settings.quorum)
            await declarer.ask(lambda c: c.bind_queue(exchange, exchange))

    async def _observe(self, observer: Observer) -> Subscription:
        await self._steadily(lambda: observer.begin(self._connected, self._declaring))
        self._observers.append(observer)
        return observer.inbox

    async def _stop_observing(self, observer: Observer) -> None:
        if observer in self._observers:
            self._observers.remove(observer)
        await observer.copies.end()
