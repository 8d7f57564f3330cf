"""The queues `dead-<queue>`, as a place to work in."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from msgflo_lab.errors import TransportError
from msgflo_lab.names import QueueName, dead_letters_of, shown
from msgflo_lab.transport import DeadLetter

from .channel import Channel
from .confirms import Fate
from .deaths import death_of, said
from .delivery import Delivery
from .errors import ChannelClosed
from .limits import AMQP_DEAD_LETTERS_LOOKED_AT

if TYPE_CHECKING:
    from .binder import AmqpBinder


class AmqpDeadLetters:
    """`DeadLetters` on a broker.

    To look is to take without acknowledging and to give back: what is looked at is nobody else's
    for a moment, and keeps its place.
    """

    def __init__(self, binder: AmqpBinder) -> None:
        self._binder = binder

    async def queues(self, known: Collection[QueueName] = ()) -> Mapping[QueueName, int]:
        """How many there are; of the known queues only, where the broker does not tell of all."""
        return await self._binder.dead_letter_counts(known)

    async def look(self, queue: QueueName, n: int = 100) -> list[DeadLetter]:
        """The oldest ones."""
        found: list[DeadLetter] = []

        async def look(taken: list[Delivery], _channel: Channel) -> None:
            found.extend(_letters(queue, taken))

        await self._take(queue, n, look)
        return found

    async def requeue(
        self,
        queue: QueueName,
        ids: Collection[str] | None = None,
        edited: Mapping[str, bytes] | None = None,
    ) -> int:
        """Publish them to their queue, and forget each when the broker has confirmed it.

        Raises:
            TransportError: The queue is not there, or refuses; what it did not take stays here.
        """
        done: list[Fate] = []

        async def requeue(taken: list[Delivery], channel: Channel) -> None:
            def answered(delivery: Delivery, fate: Fate) -> None:
                done.append(fate)
                if fate is Fate.CONFIRMED:
                    delivery.ack()

            for letter, delivery in zip(_letters(queue, taken), taken, strict=True):
                if ids is None or letter.id in ids:
                    channel.publish(
                        "",
                        queue,
                        (edited or {}).get(letter.id, delivery.body),
                        delivery.encoded_properties,
                        mandatory=True,
                        then=partial(answered, delivery),
                    )
                    await channel.room()
            await channel.settled()

        await self._take(queue, AMQP_DEAD_LETTERS_LOOKED_AT, requeue)
        refused = [fate for fate in done if fate is not Fate.CONFIRMED]
        if refused:
            raise TransportError(
                f"{len(refused)} of {len(done)} dead letters could not go back to "
                f"`{shown(queue)}` ({refused[0].value}) and stay where they are"
            )
        return len(done)

    async def drop(self, queue: QueueName, ids: Collection[str] | None = None) -> int:
        """Forget them."""
        dropped: list[Delivery] = []

        async def drop(taken: list[Delivery], channel: Channel) -> None:
            for letter, delivery in zip(_letters(queue, taken), taken, strict=True):
                if ids is None or letter.id in ids:
                    delivery.ack()
                    dropped.append(delivery)
            del channel

        await self._take(queue, AMQP_DEAD_LETTERS_LOOKED_AT, drop)
        return len(dropped)

    async def _take(
        self,
        queue: QueueName,
        n: int,
        work: Callable[[list[Delivery], Channel], Awaitable[None]],
    ) -> None:
        """Work with the oldest `n`; what is not settled then goes back to its place."""
        dead = dead_letters_of(queue)
        channel = await self._binder.fresh_channel(confirms=True)
        left = 0
        try:
            state = await channel.declare_queue(dead, passive=True)
            wanted = min(n, state.messages)
            if not wanted:
                return
            taken: list[Delivery] = []
            enough = asyncio.Event()

            def arrived(delivery: Delivery) -> None:
                if len(taken) < wanted:
                    taken.append(delivery)
                if len(taken) == wanted:
                    enough.set()

            await channel.consume(dead, arrived, prefetch=wanted)
            before = -1
            while before < len(taken) < wanted:  # else somebody else took some meanwhile
                before = len(taken)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_QUICK):
                        await enough.wait()
            await work(list(taken), channel)
            left = state.messages - sum(delivery.settled for delivery in taken)
        except ChannelClosed as error:
            if error.code != 404:
                raise TransportError(f"`{shown(dead)}` cannot be read: {error.text}") from error
        finally:
            if channel.is_open:
                await channel.close()
            if left:
                await self._binder.wait_for_messages(dead, left, _QUICK)


_QUICK = 2.0
"""Seconds in which a broker that has messages hands out some of them."""


def _letters(queue: QueueName, taken: list[Delivery]) -> list[DeadLetter]:
    alike: Counter[str] = Counter()
    letters: list[DeadLetter] = []
    for delivery in taken:
        properties = said(delivery)
        death = death_of(properties, queue)
        name = hashlib.sha1(
            repr((properties.message_id, death.first, death.count)).encode() + delivery.body,
            usedforsecurity=False,
        ).hexdigest()[:8]
        alike[name] += 1
        letters.append(
            DeadLetter(
                id=name if alike[name] == 1 else f"{name}-{alike[name]}",
                queue=queue,
                payload=delivery.body,
                reason=death.reason,
                count=death.count,
                first=death.first,
            )
        )
    return letters
