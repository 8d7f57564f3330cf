"""`msgflo-lab send`: one message to an inport."""

from __future__ import annotations

import json
import sys
from typing import Annotated, NoReturn

import typer

from ..definition import Side
from ..errors import MsgFloLabError
from ..message import encode, from_text
from ..names import QueueName
from . import options
from .broker import connected, queues_of
from .ending import finish

EPILOG = options.examples(
    'msgflo-lab send display.text "hello" --broker mqtt://localhost',
    "msgflo-lab send --queue work.IN --json '{\"job\": 7}'",
    "msgflo-lab send camera.in - < picture.jpg",
)


def send(
    port: Annotated[
        str | None, typer.Argument(metavar="ROLE.PORT", help="Whose port; it is discovered.")
    ] = None,
    value: Annotated[
        str | None,
        typer.Argument(metavar="VALUE", help="JSON, or else a text; - for bytes from stdin."),
    ] = None,
    queue: Annotated[
        str | None, typer.Option(metavar="NAME", help="A queue, in place of a port.")
    ] = None,
    json_: Annotated[
        str | None, typer.Option("--json", metavar="DATA", help="The message, strictly as JSON.")
    ] = None,
    broker: options.RemoteBroker = None,
    wait: options.Wait = 30.0,
) -> None:
    """Send one message to an inport, or out of an outport to all that are bound to it."""
    if queue is not None and port is not None:
        port, value = None, port if value is None else value
    if queue is None and port is None:
        raise MsgFloLabError("Missing queue to send to (--queue), or a port (ROLE.PORT)")
    if value is not None and json_ is not None:
        raise MsgFloLabError("the message as VALUE, or by --json? Give one of the two")
    if value is None and json_ is None:
        raise MsgFloLabError("Missing message payload (VALUE or --json)")
    payload = _payload(value, json_)

    async def post() -> None:
        async with connected(broker) as binder:
            side, queues = Side.IN, [QueueName(queue or "")]
            if port is not None:
                side, queues = await queues_of(binder, port, wait)
            await binder.publish(queues[0], payload, side)

    finish(post())


def _payload(value: str | None, json_: str | None) -> bytes:
    if json_ is not None:
        try:
            return encode(json.loads(json_, parse_constant=_refuse))
        except (ValueError, RecursionError) as error:
            raise MsgFloLabError(f"Invalid JSON: {error}") from error
    if value == "-":
        return sys.stdin.buffer.read()
    return encode(from_text(value or ""))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
