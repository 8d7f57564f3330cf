"""Queues in place of topics, for foreign participants on a broker that has no topics."""

from __future__ import annotations

from ..definition import Side
from ..errors import InvalidName, TransportError
from ..names import QueueName, shown
from ..topics import is_pattern
from ..transport import Binder, Subscription


class QueueTopics:
    """`Topics` over a binder, which stays open: what is said goes to the queue of an inport.

    What is heard are copies of what passes an outport; where the reader is too slow, the oldest is
    lost. Nothing is retained.
    """

    def __init__(self, binder: Binder) -> None:
        self._binder = binder

    async def listen(self, pattern: str, *, onlooking: bool = False) -> Subscription:
        """See `Topics.listen`.

        Raises:
            InvalidName: It stands for several topics.
            TransportError: There is no such queue (yet).
        """
        del onlooking
        if is_pattern(pattern):
            raise InvalidName(f"`{shown(pattern)}`: only brokers with topics (MQTT) have patterns")
        await self._check(QueueName(pattern), Side.OUT)
        return await self._binder.tap(QueueName(pattern), Side.OUT)

    async def say(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """See `Topics.say`; how to send it is left to the broker."""
        del qos, retain
        await self._binder.publish(QueueName(topic), payload, Side.IN)

    async def _check(self, queue: QueueName, side: Side) -> None:
        if not await self._binder.is_declared(queue, side):
            raise TransportError(
                f"there is no `{shown(queue)}` on this broker yet: start its program first"
            )

    async def close(self) -> None:
        """Nothing is to be left."""
