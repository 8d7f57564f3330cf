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
from ..errors import InvalidName, MsgFloLabError, UnknownName
from ..names import PortName, QueueName, Role, shown
from ..report import count_of
from ..transport import Binder, BrokerUrl, Subscription, transport_for
from . import options, printing, progress

DEFAULT = "amqp://localhost"
"""Where msgflo's own programs look for a broker."""


def url_of(given: str | None) -> BrokerUrl:
    """The broker's address: as given, or of the environment, or the usual one.

    Raises:
        MsgFloLabError: It is none, or leads nowhere else.
    """
    url = BrokerUrl.parse(options.broker_of(given, DEFAULT))
    if url.scheme == "direct":
        raise MsgFloLabError("`direct://` is a process's own: nobody else is there; give --broker")
    return url


@asynccontextmanager
async def connected(given: str | None) -> AsyncIterator[Binder]:
    """A handle on the broker. What it binds is nobody's: any lab may undo it.

    Raises:
        ConnectionFailed: It cannot be reached.
        MsgFloLabError: The address is none, or leads nowhere else.
    """
    url = url_of(given)
    with progress.showing(lambda: f"connecting to {url}"):
        binder = await transport_for(url).binder(
            url,
            name="",
            on_link=lambda link, detail: printing.complain(f"link {link.value}: {detail}"),
        )
    try:
        yield binder
    finally:
        await binder.close()


async def hear(
    discoveries: Subscription,
    seconds: float,
    is_enough: Callable[[Roster], bool] = lambda _: False,
    *,
    waits_for: Callable[[Roster], str] = lambda roster: f"{count_of(len(roster), 'participant')}",
) -> Roster:
    """Who announces himself, until that is enough, or so many seconds have passed.

    Args:
        waits_for: What is shown meanwhile.
    """
    roster, loop = Roster(), asyncio.get_running_loop()
    end = loop.time() + seconds

    def shown_now() -> str:
        return f"listening for {max(end - loop.time(), 0):.0f} s more: {waits_for(roster)}"

    with suppress(TimeoutError), progress.showing(shown_now):
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
        InvalidName: It is not written so.
        UnknownName: Nobody does within so many seconds, or he has no such port.
    """
    role, _, name = port.rpartition(".")
    if not (role and name):
        raise InvalidName(f"`{shown(port)}` is no port: it is written ROLE.PORT (or see --queue)")

    def found(roster: Roster) -> tuple[Side, list[QueueName]] | None:
        for side in Side:
            queues = roster.queues(Role(role), side, PortName(name))
            if queues:
                return side, list(queues)
        return None

    roster = await hear(
        await binder.discoveries(),
        seconds,
        lambda roster: found(roster) is not None,
        waits_for=lambda _: f"`{shown(port)}` has not been announced yet",
    )
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
