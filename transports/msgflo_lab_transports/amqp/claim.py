"""Whether another lab of the same name lives: what that one has bound is not ours.

A lab holds an exclusive queue `lab <name>` for as long as its connection lives, and answers whoever
asks there. A lab that was killed, or whose machine went away, may hold it for a minute more, until
the broker misses its heartbeats; but it does not answer.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from msgflo_lab.names import shown

from .connection import Connection
from .declarer import LOCKED
from .delivery import Delivery
from .errors import ChannelClosed, ConnectionLost
from .frames import NO_PROPERTIES, Properties, encode_properties
from .headers import readable
from .limits import AMQP_CLAIM_SECONDS

_log = logging.getLogger(__name__)

REPLIES = "amq.rabbitmq.reply-to"
"""RabbitMQ's queue without a queue: an answer goes to whoever has asked (direct reply-to)."""


class Claim:
    """On the name of a lab, on one connection after the other.

    Attributes:
        obstacle: Why we cannot know whether there is another lab; "" if we can.
    """

    def __init__(self, name: str) -> None:
        self.obstacle = ""
        self._queue = f"lab {name}"
        self._held_on: Connection | None = None

    async def take(self, connection: Connection) -> bool:
        """Claim the name, or have it already. False if somebody else has it, dead or alive.

        Raises:
            ConnectionLost: The link is gone.
        """
        if self._held_on is connection:
            return True
        channel = await connection.channel()
        try:
            await channel.declare_queue(self._queue, exclusive=True, auto_delete=True)
            await channel.consume(self._queue, _answer, no_ack=True)
        except ChannelClosed as error:
            if error.code == LOCKED:
                return False
            # Who may not have such a queue has his name all the same, or he never finds again what
            # he has bound.
            self.obstacle = error.text
            _log.debug("`%s` cannot be claimed: %s", shown(self._queue), error.text)
        self._held_on = connection
        return True

    async def is_answered(self, connection: Connection) -> bool:
        """Whether who has the name lives. Waits for `AMQP_CLAIM_SECONDS` if not.

        Raises:
            ConnectionLost: The link is gone.
        """
        channel = await connection.channel()
        heard = asyncio.Event()
        try:
            await channel.consume(REPLIES, lambda _: heard.set(), no_ack=True)
            question = encode_properties(Properties(reply_to=REPLIES))
            channel.publish("", self._queue, b"who is there?", question)
            with suppress(TimeoutError):
                async with asyncio.timeout(AMQP_CLAIM_SECONDS):
                    await heard.wait()
        except ChannelClosed as error:
            _log.debug("`%s` cannot be asked: %s", shown(self._queue), error.text)
            return True  # to take another's bindings away is worse than to leave one's own
        if connection.lost is not None:
            raise ConnectionLost(str(connection.lost))
        await channel.close()
        return heard.is_set()


def _answer(delivery: Delivery) -> None:
    asker = readable(delivery.encoded_properties).reply_to or ""
    if asker.startswith(REPLIES):
        with suppress(ChannelClosed, ConnectionLost):
            delivery.channel.publish("", asker, b"I am", NO_PROPERTIES)
