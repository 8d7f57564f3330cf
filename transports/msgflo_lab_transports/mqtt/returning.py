"""Dead letters go back to a broker without queues only where somebody is there to get them."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from msgflo_lab.errors import MsgFloLabError, TransportError
from msgflo_lab.names import QueueName, shown

from ..audience import Audience
from ..limits import PROOF_SECONDS
from .outbox import NobodyListens

Send = Callable[[QueueName, bytes], Awaitable[None]]
"""Publishes with QoS 1, and raises NobodyListens if the broker says so."""


class Returning:
    """Publishes what must not be lost, if somebody listens. Three ways to know of one:

    * he reads in this process;
    * the broker says so: on MQTT 5 it may answer that there are no subscribers (section 3.4.2.1).
      Whether it does, and nobody hides it who listens to everything, is found out with an empty
      message to a topic that nobody can mean;
    * he has announced himself lately. That is all there is on MQTT 3.1.1, where one that has left
      without a word is believed to be there for `HEARD_SECONDS`.

    Args:
        hides: Somebody of ours listens to the queue who does not work with what comes: that the
            broker has a subscriber says nothing then.
        clock: Seconds.
    """

    def __init__(
        self,
        audience: Audience,
        send: Send,
        *,
        hides: Callable[[QueueName], bool],
        clock: Callable[[], float],
    ) -> None:
        self._audience = audience
        self._send = send
        self._hides = hides
        self._clock = clock
        self._proof: tuple[QueueName, bool, float] | None = None

    async def put_back(self, queue: QueueName, payload: bytes, *, can_tell: bool) -> None:
        """Publish it; returns when the broker has it.

        Args:
            can_tell: It is MQTT 5.

        Raises:
            TransportError: Nobody is known to listen, or the broker refuses. It was not sent then,
                or to nobody.
        """
        known = self._audience.is_read_here(queue) or (can_tell and await self._tells(queue))
        if not known and not self._audience.was_heard(queue, self._clock()):
            raise _nobody(queue)
        try:
            await self._send(queue, payload)
        except NobodyListens:
            raise _nobody(queue) from None

    async def _tells(self, queue: QueueName) -> bool:
        """The broker says so where nobody listens to a topic like this one."""
        if self._hides(queue):
            return False
        now = self._clock()
        if self._proof is None or self._proof[0] != queue or self._proof[2] < now:
            self._proof = (queue, await self._probe(queue), now + PROOF_SECONDS)
        return self._proof[1]

    async def _probe(self, queue: QueueName) -> bool:
        try:
            await self._send(QueueName(f"{queue}-{secrets.token_hex(8)}"), b"")
        except NobodyListens:
            return True
        except MsgFloLabError:
            # It may not be sent there, or the name is too long.
            return False
        return False


def _nobody(queue: QueueName) -> TransportError:
    return TransportError(
        f"nobody is known to listen to `{shown(queue)}`, and the broker keeps no message for "
        "somebody who comes later: start its participant first"
    )
