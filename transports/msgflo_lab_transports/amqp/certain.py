"""Single messages that are with the broker, or are known not to be, when it is said so.

For copies of messages that their readers did not process: the original is let go of only then, so
each is somewhere at every moment. They are few, and need not be fast.
"""

from __future__ import annotations

import asyncio

from msgflo_lab.errors import Timeout

from .channel import Channel
from .confirms import Fate
from .errors import ChannelClosed, ConnectionLost
from .frames import Encoded
from .limits import AMQP_ANSWER_SECONDS


class Certain:
    """Sends over channels of its own, which no other message goes down with."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._turn = asyncio.Lock()

    async def send(
        self, beside: Channel, exchange: str, key: str, body: bytes, properties: Encoded
    ) -> Fate:
        """Send one message that is to be in some queue, and wait for what becomes of it.

        Args:
            beside: On the connection of this channel.

        Raises:
            ChannelClosed: The broker closed the channel on this very message.
            PayloadTooLarge: Its properties do not fit into a frame; nothing was sent.
            ConnectionLost: The link is gone: it may have arrived, or not.
            Timeout: The broker takes messages, and does not say for `AMQP_ANSWER_SECONDS` whether
                it has this one.
        """
        fate = await _send(await self._shared(beside), exchange, key, body, properties)
        if fate is not Fate.LOST:
            return fate
        # Perhaps the broker closed the channel on another one.
        alone = await beside.sibling()
        try:
            fate = await _send(alone, exchange, key, body, properties)
        finally:
            alone.abandon()
        if fate is Fate.LOST:
            raise alone.error or ConnectionLost("the link was lost")
        return fate

    async def _shared(self, beside: Channel) -> Channel:
        async with self._turn:
            if self._channel is None or not self._channel.is_open:
                self._channel = await beside.sibling()
            return self._channel


async def _send(
    channel: Channel, exchange: str, key: str, body: bytes, properties: Encoded
) -> Fate:
    answer: asyncio.Future[Fate] = asyncio.get_running_loop().create_future()

    def answered(fate: Fate) -> None:
        if not answer.done():
            answer.set_result(fate)

    try:
        await channel.room()
        channel.publish(exchange, key, body, properties, mandatory=True, then=answered)
    except (ChannelClosed, ConnectionLost):
        return Fate.LOST
    while not answer.done():
        await asyncio.wait([answer], timeout=AMQP_ANSWER_SECONDS)
        if not answer.done() and not channel.is_blocked:
            raise Timeout(
                f"the broker has not said for {AMQP_ANSWER_SECONDS:.0f} s whether it has it"
            )
    return answer.result()
