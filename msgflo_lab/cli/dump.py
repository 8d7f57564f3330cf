"""`msgflo-lab dump`: the messages of a queue or a port, taken out or looked at."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

import typer

from ..errors import MsgFloLabError, Timeout
from ..message import as_text, decode
from ..names import QueueName
from ..report import count_of
from . import options, printing, progress
from .broker import PATIENCE, connected
from .ending import finish, until_told
from .following import Passed, following

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
        async with connected(broker, patience=PATIENCE) as binder:
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
        async with connected(broker, patience=PATIENCE) as binder:
            left = amount if amount is not None else -1
            async with following(binder, ports or [], queue, wait) as followed:
                with progress.showing(lambda: followed.waits_for):
                    while left:
                        passed = await followed.next(timeout)
                        text = as_text(decode(passed.payload))
                        if pattern.search(text):
                            left -= 1
                            _print(passed, text, as_json)

    if follow:
        until_told(watch())
    else:
        finish(take())


async def _within(seconds: float | None, work: Awaitable[T]) -> T:
    """Wait for a message. Raises Timeout."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        raise Timeout(f"no message within {seconds:g} s") from None


def _print(passed: Passed, text: str, as_json: bool) -> None:
    at, name, payload = passed
    if as_json:
        printing.say_json({"at": at, "port": name, "data": _value(payload)})
    else:
        clock = time.strftime("%H:%M:%S", time.localtime(at)) + f".{int(at % 1 * 1000):03d}"
        printing.say(f"{clock}  {name}  {text}")


def _value(payload: bytes) -> Any:
    value = decode(payload)
    return value.decode(errors="replace") if isinstance(value, bytes) else value
