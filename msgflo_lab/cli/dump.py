"""`msgflo-lab dump`: the messages of a queue or a port, taken out or looked at."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

import typer

from ..definition import Side
from ..errors import MsgFloLabError, Timeout
from ..message import as_text, decode
from ..names import QueueName
from ..report import count_of
from ..transport import Binder, Subscription
from . import options, printing, progress
from .broker import connected, queues_of
from .ending import finish, until_told

T = TypeVar("T")

EPILOG = options.examples(
    "msgflo-lab dump --queue dead-work.IN --amount 10",
    "msgflo-lab dump --follow thermo.temp display.text --broker mqtt://localhost",
    "msgflo-lab dump --follow thermo.temp --grep '2[0-9]' --json",
)


def dump(
    ports: Annotated[
        list[str] | None,
        typer.Argument(metavar="ROLE.PORT", help="Ports to follow; they are discovered."),
    ] = None,
    queue: Annotated[
        str | None, typer.Option(metavar="NAME", help="A queue, in place of ports.")
    ] = None,
    amount: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="How many messages. Default: 1, and any number with --follow."
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Print copies of what passes, and take nothing.")
    ] = False,
    grep: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Only messages in which this is found.")
    ] = None,
    as_json: options.Json = False,
    timeout: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="Give up after so long a pause.")
    ] = None,
    broker: options.RemoteBroker = None,
    wait: options.Wait = 30.0,
) -> None:
    """Take messages out of a queue and print them as JSON; or follow what passes some ports."""
    if not ports and queue is None:
        raise MsgFloLabError("Missing queue to dump (--queue), or ports (ROLE.PORT)")
    if not follow and ports:
        raise MsgFloLabError(
            "messages are taken out of a queue (--queue), which its participant will miss; to look "
            "at what passes a port, add --follow"
        )
    if not follow and grep:
        raise MsgFloLabError("what is taken out cannot be put back: --grep needs --follow")
    try:
        pattern = re.compile(grep or "")
    except re.error as error:
        raise MsgFloLabError(f"--grep is no pattern: {error}") from error

    async def take() -> None:
        async with connected(broker) as binder:
            assert queue is not None
            subscription = await binder.subscribe(QueueName(queue))
            found: list[Any] = []
            try:
                with progress.showing(
                    lambda: f"{count_of(len(found), 'message')} of {amount or 1}"
                ):
                    while len(found) < (amount or 1):
                        delivery = await _within(timeout, subscription.get())
                        delivery.ack()
                        found.append(_value(delivery.payload))
            finally:  # what is taken is nowhere else any more, however this ends
                if found:
                    printing.say_json(found if amount not in (None, 1) else found[0])
            await subscription.close()

    async def watch() -> None:
        async with connected(broker) as binder:
            news: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(10_000)
            tasks = [
                asyncio.create_task(_follow(name, subscription, news))
                for name, subscription in await _taps(binder, ports or [], queue, wait)
            ]
            left = amount if amount is not None else -1
            with progress.showing(lambda: "waiting for messages"):
                while left:
                    name, payload = await _within(timeout, news.get())
                    text = as_text(decode(payload))
                    if pattern.search(text):
                        left -= 1
                        _print(name, payload, text, as_json)
            for task in tasks:
                task.cancel()

    if follow:
        until_told(watch())
    else:
        finish(take())


async def _taps(
    binder: Binder, ports: list[str], queue: str | None, wait: float
) -> list[tuple[str, Subscription]]:
    found: list[tuple[str, Subscription]] = []
    if queue is not None:
        found.append((queue, await binder.tap(QueueName(queue), Side.IN)))
    for port in ports:
        side, queues = await queues_of(binder, port, wait)
        found += [(port, await binder.tap(each, side)) for each in queues]
    return found


async def _follow(
    name: str, subscription: Subscription, news: asyncio.Queue[tuple[str, bytes]]
) -> None:
    async for delivery in subscription:
        delivery.ack()
        await news.put((name, delivery.payload))


async def _within(seconds: float | None, work: Awaitable[T]) -> T:
    """Wait for a message. Raises Timeout."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise Timeout(f"no message within {seconds:g} s") from None


def _print(name: str, payload: bytes, text: str, as_json: bool) -> None:
    now = time.time()
    if as_json:
        printing.say_json({"at": now, "port": name, "data": _value(payload)})
    else:
        clock = time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1000):03d}"
        printing.say(f"{clock}  {name}  {text}")


def _value(payload: bytes) -> Any:
    value = decode(payload)
    return value.decode(errors="replace") if isinstance(value, bytes) else value
