"""What becomes of messages that their readers did not process: another attempt, or a dead letter.

A copy is sent on the channel of the delivery before the original is let go of, so that each is
somewhere at every moment, and at worst twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from msgflo_lab.errors import MsgFloLabError, TransportError
from msgflo_lab.names import QueueName, dead_letters_of, shown

from .confirms import Fate
from .consumer import ATTEMPT, Received
from .deaths import buried, said
from .frames import Properties, encode_properties
from .limits import AMQP_HELD_SECONDS, AMQP_REQUEUE_SECONDS, AMQP_RETRY_QUEUE_SECONDS
from .objects import QUORUM, SAFE_DEATH, Declared, retries_of

_log = logging.getLogger(__name__)


class Unprocessed:
    """Sees to the rejected and the failed deliveries of one handle, whatever its link does.

    Args:
        how: How we would declare the queue of an inport.
        parks: Whether we have given the rejected messages of a queue a place to lie in.
        declare: Makes a queue exist, now or on the next link.
    """

    def __init__(
        self,
        how: Callable[[QueueName], Declared],
        parks: Callable[[QueueName], bool],
        declare: Callable[[str, Declared], Awaitable[None]],
    ) -> None:
        self._how = how
        self._parks = parks
        self._declare = declare
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """What waits in our hands goes back to its queue with the connection."""
        for task in self._tasks:
            task.cancel()

    def bury(self, received: Received, reason: str) -> None:
        """Reject a message, and let it be known why: a broker would leave that out.

        What the broker does on a rejection is done here, to the same exchange, with the reason.
        """
        channel, delivery = received.delivery.channel, received.delivery
        # What a classic queue lets go of may be lost when the broker crashes just then.
        if not self._parks(received.queue) or not (reason or channel.confirms):
            delivery.nack()
            return

        def confirmed(fate: Fate) -> None:
            delivery.ack() if fate is Fate.CONFIRMED else delivery.nack()

        try:
            channel.publish(
                dead_letters_of(received.queue),
                "",
                received.payload,
                buried(delivery, received.queue, reason or "rejected", time.time()),
                then=confirmed if channel.confirms else None,
            )
        except MsgFloLabError:
            delivery.nack()
            return
        if not channel.confirms:
            delivery.ack()

    def retry(self, received: Received, after: float) -> None:
        """Have a message come again in so many seconds, with its attempts counted."""
        task = asyncio.create_task(self._retry(received, after), name="amqp retry")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _retry(self, received: Received, after: float) -> None:
        delivery = received.delivery
        try:
            await _send_round(received, await self._wait(received, after))
        except MsgFloLabError as error:
            if delivery.is_void:
                return
            _log.info("`%s`: put back, uncounted: %s", shown(received.queue), error)
            # It comes back at once, and as the same attempt: with a handler that fails again, that
            # would go on for ever, as fast as broker and handler can.
            await asyncio.sleep(AMQP_REQUEUE_SECONDS)
            delivery.nack(requeue=True)
        else:
            delivery.ack()

    async def _wait(self, received: Received, after: float) -> str:
        """Wait, or make a queue for the copy to wait in; which queue it is to be sent to."""
        queue, milliseconds = received.queue, max(0, round(after * 1000))
        is_held = received.delivery.channel.confirms and after <= AMQP_HELD_SECONDS
        if milliseconds and not is_held:
            waiting = retries_of(queue, milliseconds)
            try:
                await self._declare(waiting, self._waiting(queue, milliseconds))
            except MsgFloLabError as error:
                _log.info("`%s`: not delayed by the broker: %s", shown(queue), error)
            else:
                return waiting
        await asyncio.sleep(min(after, AMQP_HELD_SECONDS))
        return queue

    def _waiting(self, queue: QueueName, milliseconds: int) -> Declared:
        arguments = {
            "x-message-ttl": milliseconds,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": queue,
            # Counted from the last time that it was declared, which is now.
            "x-expires": milliseconds + AMQP_RETRY_QUEUE_SECONDS * 1000,
            **(QUORUM | SAFE_DEATH if self._how(queue).is_quorum else {}),
        }
        return Declared(arguments=arguments)


async def _send_round(received: Received, to: str) -> None:
    """Send a copy that counts one attempt more.

    The original may be acknowledged then: the broker has confirmed the copy, or (both being on one
    channel) cannot get the acknowledgement without it.

    Raises:
        MsgFloLabError: The broker does not have it.
    """
    channel = received.delivery.channel
    before = said(received.delivery)
    again = encode_properties(
        Properties(
            content_type=before.content_type,
            correlation_id=before.correlation_id,
            message_id=before.message_id,
            delivery_mode=2,
            headers={**(before.headers or {}), ATTEMPT: received.attempt + 1},
        )
    )
    if not channel.confirms:
        channel.publish("", to, received.payload, again)
        return
    answer: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()

    def answered(fate: Fate) -> None:
        if not answer.done():
            answer.set_result(fate)

    channel.publish("", to, received.payload, again, then=answered)
    fate = await answer
    if fate is not Fate.CONFIRMED:
        raise TransportError(f"the copy for `{shown(QueueName(to))}` is {fate.value}")
