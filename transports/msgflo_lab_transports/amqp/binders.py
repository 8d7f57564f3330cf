"""Those who bind, wherever they run, and what clients ask them: whether a queue leads anywhere.

Bindings go with an exchange or a queue that somebody deletes, and the client that declares it
again does not know them. So it asks over the broker, and each binder binds again what touches the
queue before it answers. How many answers there will be, the roll tells: a queue into which nothing
is kept, and which each binder consumes for as long as its connection lives. If nobody does, it
stays for a while: who was there may be back soon.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from enum import Enum

import msgspec

from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName

from .channel import Channel
from .claim import REPLIES
from .confirms import Fate
from .connection import Connection
from .declarer import NOT_FOUND
from .delivery import Delivery
from .errors import ChannelClosed
from .frames import Properties, encode_properties
from .headers import readable
from .limits import AMQP_RENEWED_SECONDS, AMQP_ROLL_SECONDS, AMQP_SOON_SECONDS
from .observing import gone
from .refill import Deleted

_log = logging.getLogger(__name__)

ROLL = "msgflo-lab binders"
"""The queue in question, and the routing key of questions."""
_EXCHANGE = "amq.direct"
"""Every broker has it, and nobody can delete it."""

_ATTEMPTS = 3
"""Somebody may delete the roll when we are about to read it: he thinks that nobody is there."""

Touched = Mapping[QueueName, Deleted | None]
"""Queues that are asked about, and what is known of those that somebody has deleted."""
Reassert = Callable[[Touched], Awaitable["Leads"]]
"""Binds what touches these queues again, and says where they lead."""


class Leads(Enum):
    """Where messages get from a queue, or from one of several."""

    NOWHERE = b"nowhere"
    """Nobody has bound it."""
    AWAY = b"away"
    """Nobody who answers has bound it, and somebody is away."""
    SILENT = b"silent"
    """Somebody who is there does not answer, and nobody else has bound it."""
    NOT_NOW = b"not now"
    """Somebody has bound it, and cannot do so at present: one end is not there."""
    SOMEWHERE = b"somewhere"
    """It is bound."""


class Answering:
    """A binder's part: it is on the roll, and answers."""

    def __init__(self, reassert: Reassert) -> None:
        self._reassert = reassert
        self._tasks: set[asyncio.Task[None]] = set()
        self._channel: Channel | None = None
        self._tag = ""

    async def begin(self, connection: Connection) -> None:
        """Begin, on each new connection anew. Who may not have such queues is not asked.

        Raises:
            ConnectionLost: The connection is gone.
        """
        for _ in range(_ATTEMPTS):
            # If it is closed one day, we are off the roll with it, and nobody waits for us.
            self._channel = await connection.channel()
            try:
                await self._enrol(self._channel, connection)
            except ChannelClosed as error:
                _log.debug("clients cannot ask for what is bound: %s", error.text)
                if error.code != NOT_FOUND:
                    return
            else:
                return

    async def _enrol(self, channel: Channel, connection: Connection) -> None:
        own = (await channel.declare_queue("", exclusive=True, auto_delete=True)).name
        await channel.bind_queue(own, _EXCHANGE, ROLL)
        await channel.consume(own, self._asked, no_ack=True, on_cancelled=gone(connection, own))
        kept = {"x-expires": AMQP_ROLL_SECONDS * 1000, "x-max-length": 0}
        await channel.declare_queue(ROLL, durable=True, arguments=kept)
        self._tag = await channel.consume(
            ROLL, _ignore, no_ack=True, on_cancelled=gone(connection, ROLL)
        )

    async def end(self) -> None:
        """Answer no more, and not be expected to. Idempotent."""
        channel, self._channel = self._channel, None
        if channel is not None and channel.is_open:
            with suppress(TransportError, TimeoutError):
                async with asyncio.timeout(AMQP_SOON_SECONDS):
                    await channel.cancel(self._tag)
                    # Refused where there are others.
                    await channel.delete_queue(ROLL, if_unused=True)
        for task in self._tasks:
            task.cancel()

    def _asked(self, question: Delivery) -> None:
        task = asyncio.create_task(self._answer(question), name="amqp answer about bindings")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, question: Delivery) -> None:
        asker = readable(question.encoded_properties).reply_to or ""
        if not asker.startswith(REPLIES):
            return
        try:
            queues = msgspec.json.decode(question.body, type=dict[QueueName, Deleted | None])
            leads = await self._reassert(queues)
            question.channel.publish("", asker, leads.value)
        except (msgspec.MsgspecError, TransportError) as error:
            _log.debug("a question about bindings is not answered: %s", error)


async def ask_binders(connection: Connection, queues: Touched) -> Leads:
    """Have all binders bind what touches these queues; the best that one of them says.

    One that was deleted gets back what went with it (see `Refill`).

    Waits for `AMQP_RENEWED_SECONDS` at most.

    Raises:
        ChannelClosed: We may not ask.
        ConnectionLost: The connection is gone.
        ConnectionFailed: There are as many channels as there may be.
    """
    question = _Question()
    channel = await connection.channel(confirms=True, on_closed=question.refused)
    try:
        async with asyncio.timeout(AMQP_RENEWED_SECONDS):
            await question.ask(channel, queues)
    except TimeoutError:
        return max(question.best, Leads.SILENT, key=list(Leads).index)
    finally:
        channel.abandon()
    return question.best


async def forget_binders(connection: Connection) -> None:
    """Nobody has come back: others need not wait for them, too. Raises as `ask_binders`."""
    channel = await connection.channel()
    try:
        await channel.delete_queue(ROLL, if_unused=True)
    finally:
        channel.abandon()


class _Question:
    """One question, and its answers until now."""

    def __init__(self) -> None:
        self._answers: list[bytes] = []
        self._news = asyncio.Event()
        self._refusal: ChannelClosed | None = None

    @property
    def best(self) -> Leads:
        return next(
            (each for each in reversed(Leads) if each.value in self._answers), Leads.NOWHERE
        )

    def refused(self, error: ChannelClosed) -> None:
        """The broker has closed the channel."""
        self._refusal = error
        self._news.set()

    async def ask(self, channel: Channel, queues: Touched) -> None:
        """Collect all answers. Where one has bound it: what passes is for the others, too.

        Only what is there is asked for by name: the broker would log an error each time.
        """
        await channel.consume(REPLIES, self._hear, no_ack=True)
        body = msgspec.json.encode(queues)
        if not await self._arrives(channel, _EXCHANGE, body):
            if await self._arrives(channel, "", b""):
                self._answers.append(Leads.AWAY.value)
            return
        expected = (await channel.declare_queue(ROLL, passive=True)).consumers
        if not expected:  # he is about to be there, or has just gone
            self._answers.append(Leads.AWAY.value)
        while len(self._answers) < expected:
            await self._wait()

    async def _arrives(self, channel: Channel, exchange: str, body: bytes) -> bool:
        """Send something on the way to the roll; whether anybody, or anything, is there."""
        fates: list[Fate] = []

        def told(fate: Fate) -> None:
            fates.append(fate)
            self._news.set()

        asking = encode_properties(Properties(reply_to=REPLIES))
        channel.publish(exchange, ROLL, body, asking, mandatory=True, then=told)
        while not fates:
            await self._wait()
        return fates[0] is Fate.CONFIRMED

    async def _wait(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        self._news.clear()
        await self._news.wait()
        if self._refusal is not None:
            raise self._refusal

    def _hear(self, answer: Delivery) -> None:
        self._answers.append(answer.body)
        self._news.set()


def _ignore(_delivery: Delivery) -> None:
    """Somebody has looked whether the roll is there."""
