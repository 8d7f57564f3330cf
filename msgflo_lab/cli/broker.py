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
from ..errors import ConnectionFailed, InvalidName, MsgFloLabError, UnknownName
from ..names import PortName, QueueName, Role, shown
from ..patience import Patience
from ..report import count_of
from ..transport import Binder, BrokerUrl, Delivery, Link, OnLink, Subscription, transport_for
from . import options, printing, progress

DEFAULT = "amqp://localhost"
"""Where msgflo's own programs look for a broker."""
PATIENCE = 60.0
"""Seconds that a broker may be away from those who only look: it may be started anew."""


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
async def connected(
    given: str | None,
    *,
    patience: float | None = None,
    waits: Patience | None = None,
    on_link: OnLink | None = None,
) -> AsyncIterator[Binder]:
    """A handle on the broker. What it binds is nobody's: any lab may undo it.

    It connects again by itself when the link breaks.

    Args:
        patience: For those who only look, and are to know that they do not see all: seconds that
            the link may be down (at the end, it has to be up), and what the broker has to say is
            printed. None: as long as it likes.
        waits: How long the broker may take to be there; else as the environment says now.
        on_link: Told as well when the link goes up or down.

    Raises:
        ConnectionFailed: It cannot be reached, or not any more.
        MsgFloLabError: The address is none, or leads nowhere else.
    """
    url = url_of(given)
    loop = asyncio.get_running_loop()
    is_up = True

    def changed(link: Link, detail: str) -> None:
        nonlocal is_up
        printing.complain(f"link {link.value}: {detail}")
        is_up = link is Link.UP
        if on_link is not None:
            on_link(link, detail)
        if patience is not None and not limit.expired():
            with suppress(RuntimeError):  # it is over
                limit.reschedule(None if is_up else loop.time() + patience)

    with progress.showing(lambda: f"connecting to {url}"):
        waits = waits or Patience(printing.complain)
        binder = await _reached(url, changed, waits, has_notes=patience is not None)
    limit = asyncio.timeout(None)
    try:
        try:
            async with limit:
                yield binder
        except TimeoutError:
            if not limit.expired():
                raise
            raise ConnectionFailed(
                f"{url} has been away for {patience:g} s, so I look no longer"
            ) from None
        if patience is not None and not is_up:
            raise ConnectionFailed(f"{url} is away: what was heard may not be all")
    finally:
        await binder.close()


async def _reached(
    url: BrokerUrl, changed: OnLink, patience: Patience, *, has_notes: bool
) -> Binder:
    """A handle on the broker, as soon as it is there."""
    while True:
        try:
            return await transport_for(url).binder(
                url, name="", on_link=changed, on_note=printing.complain if has_notes else None
            )
        except ConnectionFailed as error:
            await asyncio.sleep(patience.pause(error))


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
                take(roster, delivery)
                if is_enough(roster):
                    break
    return roster


def take(roster: Roster, delivery: Delivery) -> None:
    """Hear one announcement; what is none is left."""
    found = decode(delivery.payload)
    delivery.ack()
    if not isinstance(found, Diagnosis):
        roster.heard(found, asyncio.get_running_loop().time())


async def queues_of(binder: Binder, port: str, seconds: float) -> tuple[Side, list[QueueName]]:
    """The queues of `ROLE.PORT`, as whoever plays the role announces them.

    Raises:
        InvalidName: It is not written so.
        UnknownName: Nobody does within so many seconds, or he has no such port.
    """
    end = port_of(port)
    roster = await hear(
        await binder.discoveries(),
        seconds,
        lambda roster: bool(queues_in(roster, end)[1]),
        waits_for=lambda _: f"`{shown(port)}` has not been announced yet",
    )
    side, queues = queues_in(roster, end)
    if not queues:
        raise UnknownName("port", port, known=ports_of(roster))
    return side, queues


def port_of(text: str) -> tuple[Role, PortName]:
    """What `ROLE.PORT` names. Raises InvalidName: It is not written so."""
    role, _, name = text.rpartition(".")
    if not (role and name):
        raise InvalidName(f"`{shown(text)}` is no port: it is written ROLE.PORT (or see --queue)")
    return Role(role), PortName(name)


def queues_in(roster: Roster, port: tuple[Role, PortName]) -> tuple[Side, list[QueueName]]:
    """The queues of a port, as far as they have been announced; and which side it is on."""
    role, name = port
    found = ((side, list(roster.queues(role, side, name))) for side in Side)
    return next((each for each in found if each[1]), (Side.OUT, []))


def ports_of(roster: Roster) -> list[str]:
    """All that have been announced, as `ROLE.PORT`."""
    return sorted(
        {
            f"{member.definition.role}.{port.id}"
            for member in roster
            for port in (*member.definition.inports, *member.definition.outports)
        }
    )
