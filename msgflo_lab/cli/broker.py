"""A broker as the commands see it that only look, send or take: without a lab.

A lab binds, and looks after what a lab of its name has bound; these leave all that alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from ..definition import Side
from ..discovery import Diagnosis, decode
from ..discovery.roster import Roster
from ..errors import MsgFloLabError, UnknownName
from ..names import PortName, QueueName, Role
from ..transport import Binder, BrokerUrl, transport_for
from . import options

DEFAULT = "amqp://localhost"
"""Where msgflo's own programs look for a broker."""
NAME = "msgflo-lab (command line)"


@asynccontextmanager
async def connected(given: str | None) -> AsyncIterator[Binder]:
    """A handle on the broker.

    Raises:
        ConnectionFailed: It cannot be reached.
        MsgFloLabError: The address is none, or leads nowhere else.
    """
    url = BrokerUrl.parse(options.broker_of(given, DEFAULT))
    if url.scheme == "direct":
        raise MsgFloLabError("`direct://` is a process's own: nobody else is there; give --broker")
    binder = await transport_for(url).binder(url, name=NAME)
    try:
        yield binder
    finally:
        await binder.close()


async def hear(
    binder: Binder, seconds: float, is_enough: Callable[[Roster], bool] = lambda _: False
) -> Roster:
    """Who announces himself, until that is enough, or so many seconds have passed."""
    roster, loop = Roster(), asyncio.get_running_loop()
    discoveries = await binder.discoveries()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for delivery in discoveries:
                found = decode(delivery.payload)
                delivery.ack()
                if not isinstance(found, Diagnosis):
                    roster.heard(found, loop.time())
                    if is_enough(roster):
                        break
    return roster


async def queues_of(binder: Binder, port: str, seconds: float) -> tuple[Side, list[QueueName]]:
    """The queues of `ROLE.PORT`, as whoever plays the role announces them.

    Raises:
        UnknownName: Nobody does within so many seconds, or he has no such port.
    """
    role, _, name = port.rpartition(".")

    def found(roster: Roster) -> tuple[Side, list[QueueName]] | None:
        for side in Side:
            queues = roster.queues(Role(role), side, PortName(name))
            if queues:
                return side, list(queues)
        return None

    roster = await hear(binder, seconds, lambda roster: found(roster) is not None)
    result = found(roster)
    if result is None:
        raise UnknownName("port", port, known=_ports(roster))
    return result


def _ports(roster: Roster) -> list[str]:
    return sorted(
        {
            f"{member.definition.role}.{port.id}"
            for member in roster
            for port in (*member.definition.inports, *member.definition.outports)
        }
    )
