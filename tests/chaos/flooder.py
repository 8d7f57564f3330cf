"""Floods a broker with numbered messages: python -m tests.chaos.flooder ADDRESS HOW.

`client`: a client that waits for each confirmation, many at once; says which are confirmed.
`source`: a participant of `run` that yields them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

from msgflo_lab import run
from msgflo_lab.definition import Side
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl, transport_for

MESSAGES, SIZE = 6_000, 32_768
QUEUE = QueueName("flood.OUT")
SENDERS = 200


def flood() -> Iterator[bytes]:
    """All of them."""
    for number in range(MESSAGES):
        yield b"%d:" % number + bytes(SIZE)


def say(text: str) -> None:
    """At once."""
    print(text, flush=True)


async def send_all(url: str) -> None:
    """The same with a client; a sender waits for each of its messages."""
    address = BrokerUrl.parse(url)
    client = await transport_for(address).client(address, name="flood", on_note=say)
    await client.declare(QUEUE, Side.OUT)
    messages = enumerate(flood())

    async def send() -> None:
        for number, message in messages:
            await client.publish(QUEUE, message)
            print(number, flush=True)

    async with asyncio.TaskGroup() as group:
        for _ in range(SENDERS):
            group.create_task(send())
    await client.close()


if __name__ == "__main__":
    if sys.argv[2] == "client":
        asyncio.run(send_all(sys.argv[1]))
    else:
        run(flood, "flood", broker=sys.argv[1])
