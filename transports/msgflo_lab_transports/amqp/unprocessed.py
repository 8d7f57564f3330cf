"""What becomes of messages that their readers did not process: another attempt, or a dead letter.

A copy is sent, and the original is let go of when the broker has confirmed the copy (see
`Certain`). So each is somewhere at every moment, and at worst twice: also where a queue is full and
takes no more, or somebody has deleted the one for the dead letters.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial

from msgflo_lab.errors import MsgFloLabError, Timeout, TransportError
from msgflo_lab.names import QueueName, dead_letters_of, shown
from msgflo_lab.transport import OnNote

from .certain import Certain
from .confirms import Fate
from .consumer import NOT_TAKEN, Received
from .deaths import again, buried, is_attempt
from .declarer import NOT_FOUND
from .delays import step_of
from .errors import ChannelClosed
from .frames import Encoded
from .limits import (
    AMQP_FRESH_SECONDS,
    AMQP_HELD_SECONDS,
    AMQP_REQUEUE_SECONDS,
    AMQP_RETRY_QUEUE_SECONDS,
)
from .objects import QUORUM, SAFE_DEATH, Declared, retries_of
from .returned import Returned

_log = logging.getLogger(__name__)

_TOO_LONG = "its headers are too long to be sent once more with ours, and are left out"


class Unprocessed:
    """Sees to the rejected and the failed deliveries of one handle, whatever its link does.

    Args:
        how: How we have declared the queue of an inport, or would.
        declare: Makes a queue exist, on the connection that stands or on the next.
        lay_out: Makes the place exist where the rejected messages of a queue lie.
        note: Tells people something, once.
        holds: What comes again within so many seconds waits in our hands and not on the broker.

    Attributes:
        returned: What was sent straight back into its queue, to come again.
    """

    def __init__(
        self,
        how: Callable[[QueueName], Declared],
        *,
        declare: Callable[[str, Declared], Awaitable[None]],
        lay_out: Callable[[QueueName, bool], Awaitable[None]],
        note: OnNote,
        holds: float,
    ) -> None:
        self.returned = Returned(is_attempt)
        self._how = how
        self._certain = Certain()
        self._declare = declare
        self._lay_out = lay_out
        self._note = note
        self._holds = holds
        self._under_way: set[asyncio.Task[None]] = set()
        self._resting: set[asyncio.Task[None]] = set()
        self._is_leaving = False
        self._since: dict[str, float] = {}
        self._silent: set[str] = set()

    async def leave(self) -> None:
        """Wait until each copy is where it is to be, before the connection is closed.

        What waits in our hands for its time waits no more: it goes back to its queue with the
        connection. To leave a copy that has been sent would be to have it done twice.
        """
        self._is_leaving = True
        self._let_be(self._resting)
        if self._under_way:
            await asyncio.wait(self._under_way)

    def close(self) -> None:
        """What is not settled goes back to its queue with the connection."""
        self._let_be(self._under_way)

    def bury(self, received: Received, reason: str) -> None:
        """Reject a message, and let it be known why.

        A broker would leave the reason out. And what it does on a rejection, it does without
        looking whether there is a place for it: in vain, it drops the message.
        """
        how, dead = self._how(received.queue), dead_letters_of(received.queue)
        if not how.parks and how.arguments.get("x-dead-letter-exchange") == dead:
            # A queue that goes with its last user: nothing of it is kept.
            received.delivery.nack()
            return
        if reason == NOT_TAKEN:
            self._note(f"messages of `{shown(received.queue)}` become dead letters: {NOT_TAKEN}")
        self._begin(self._bury(received, reason), received)

    def retry(self, received: Received, after: float) -> None:
        """Have a message come again in so many seconds, with its attempts counted."""
        self._begin(self._retry(received, after), received)

    def _begin(self, work: Coroutine[None, None, None], received: Received) -> None:
        task = asyncio.create_task(work, name=f"amqp unprocessed of {received.queue}")
        self._under_way.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._under_way.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                # A mistake of ours; the message would stay in hand for ever.
                _log.error("a message was neither processed nor rejected", exc_info=error)
                put_back = partial(received.delivery.nack, requeue=True)
                task.get_loop().call_later(AMQP_REQUEUE_SECONDS, put_back)

        task.add_done_callback(ended)

    async def _rest(self, seconds: float) -> None:
        """Sleep, with no copy sent: it can be left at any moment."""
        task = asyncio.current_task()
        assert task is not None
        self._resting.add(task)
        if self._is_leaving:
            task.cancel()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._resting.discard(task)

    @staticmethod
    def _let_be(tasks: set[asyncio.Task[None]]) -> None:
        for task in list(tasks):
            task.cancel()

    # dead letters

    async def _bury(self, received: Received, reason: str) -> None:
        delivery, queue = received.delivery, received.queue
        if delivery.is_void:  # it comes again; a copy would be a second dead letter
            return
        try:
            await self._inter(received, reason)
        except MsgFloLabError as error:
            if delivery.is_void:
                return
            self._note(
                f"a message that was rejected cannot become a dead letter of `{shown(queue)}`: "
                f"{error}. It stays in that queue, and comes again"
            )
            # As fast as broker and handler can, it would go round and round.
            await self._rest(AMQP_REQUEUE_SECONDS)
            delivery.nack(requeue=True)
        else:
            delivery.ack()

    async def _inter(self, received: Received, reason: str) -> None:
        """Put a copy where the queue's dead letters go.

        Raises:
            MsgFloLabError: The broker does not have it.
        """
        delivery, queue, how = received.delivery, received.queue, self._how(received.queue)
        dead = dead_letters_of(queue)
        exchange, key = str(dead), ""
        if how.arguments.get("x-dead-letter-exchange", dead) != dead:
            exchange = str(how.arguments["x-dead-letter-exchange"])
            key = str(how.arguments.get("x-dead-letter-routing-key", delivery.routing_key))

        def marked(lean: bool) -> Encoded:
            return buried(delivery, queue, reason or "rejected", time.time(), lean=lean)

        fate = await self._send(received, exchange, key, marked)
        if fate is Fate.RETURNED:
            await self._lay_out(queue, how.is_quorum)
            self._note(
                f"the dead letters of `{shown(queue)}` had nowhere to go: the queue "
                f"`{shown(dead)}` was declared and bound again"
            )
            fate = await self._send(received, dead, "", marked)
        _expect(fate, "it is full, or cannot be reached")

    # another attempt

    async def _retry(self, received: Received, after: float) -> None:
        delivery, queue = received.delivery, received.queue
        to = str(queue)
        try:
            to = await self._wait(received, after)
            if delivery.is_void:
                return
            properties = delivery.encoded_properties

            def marked(lean: bool) -> Encoded:
                nonlocal properties
                properties = again(delivery, received.attempt + 1, lean=lean)
                return properties

            fate = await self._send(received, "", to, marked)
            _expect(fate, f"`{shown(to)}` is full, or gone")
            if to == queue:
                self.returned.add(queue, properties, received.payload)
        except MsgFloLabError as error:
            if delivery.is_void:
                return
            if to != queue and isinstance(error, Timeout):
                self._silent.add(to)
            self._note(
                f"a message is to come again, and the broker takes no copy of it for "
                f"`{shown(queue)}`: {error}. It comes again to the reader who had it"
            )
            await self._rest(AMQP_REQUEUE_SECONDS)
            if not received.again():
                delivery.nack(requeue=True)
        else:
            delivery.ack()

    async def _wait(self, received: Received, after: float) -> str:
        """Wait, or make a queue for the copy to wait in; which queue it is to be sent to."""
        queue, milliseconds = received.queue, step_of(after)
        waiting = retries_of(queue, milliseconds)
        while waiting in self._silent:
            waiting = f"{waiting}~"
        if milliseconds and after > self._holds:
            try:
                await self._declare(waiting, _waiting(queue, milliseconds))
            except MsgFloLabError as error:
                _log.info("`%s`: not delayed by the broker: %s", shown(queue), error)
            else:
                now = asyncio.get_running_loop().time()
                age = now - self._since.setdefault(waiting, now)
                if age < AMQP_FRESH_SECONDS:
                    await self._rest(AMQP_FRESH_SECONDS - age)
                return waiting
        await self._rest(min(after, AMQP_HELD_SECONDS))
        return queue

    async def _send(
        self, received: Received, exchange: str, key: str, marked: Callable[[bool], Encoded]
    ) -> Fate:
        """Send a copy, without the headers of others where it cannot be sent with them.

        What the exchange is concerned, one that does not exist is like one that leads nowhere.
        """
        delivery = received.delivery
        for lean in (False, True):
            properties = marked(lean)
            if not lean and len(properties) > delivery.channel.most_properties:
                self._note(f"a message of `{shown(received.queue)}` comes again: {_TOO_LONG}")
                continue
            try:
                return await self._certain.send(
                    delivery.channel, exchange, key, received.payload, properties
                )
            except ChannelClosed as error:
                if error.code == NOT_FOUND:
                    return Fate.RETURNED
                if lean:
                    raise
                _log.info("`%s`: once more, without headers: %s", shown(received.queue), error)
        raise AssertionError("sent, or refused")


def _expect(fate: Fate, otherwise: str) -> None:
    if fate is not Fate.CONFIRMED:
        raise TransportError(f"it is {fate.value}: {otherwise}")


def _waiting(queue: QueueName, milliseconds: int) -> Declared:
    # A classic queue gives up what is due before the next queue has it: that one may take no
    # more, or the broker may end in between.
    arguments = {
        "x-message-ttl": milliseconds,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": queue,
        # Counted from the last time that it was declared, which is now.
        "x-expires": milliseconds + AMQP_RETRY_QUEUE_SECONDS * 1000,
        **QUORUM,
        **SAFE_DEATH,
    }
    return Declared(arguments=arguments)
