"""How many messages lie in queues: all of them, or at least those that nobody has in hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Protocol

from msgflo_lab.names import QueueName

from .errors import ChannelClosed
from .management import Management
from .topology import QueueState


class Broker(Protocol):
    """Whom to ask where the management interface is silent."""

    async def state_of(self, name: str) -> QueueState:
        """What a queue says of itself. Raises ChannelClosed if it is not there."""


async def depths(
    broker: Broker, management: Management, queues: Collection[QueueName]
) -> Mapping[QueueName, int]:
    """How many messages each of these queues holds, of those that are there.

    The management interface tells of all queues at once, also what readers have in hand, and some
    seconds late. Without it, each queue is asked, and tells what is ready for a reader.
    """
    found = await management.queues()
    if found is not None:
        return {queue: found[queue].messages for queue in queues if queue in found}
    counts: dict[QueueName, int] = {}
    for queue in sorted(queues):
        with suppress(ChannelClosed):
            counts[queue] = (await broker.state_of(queue)).messages
    return counts
