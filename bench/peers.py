"""The forwarders that `bench/hop.py` compares, each a process of its own.

python -m bench.peers ours|uvloop|gmqtt PORT SOURCE TARGET
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from msgflo_lab.binding import Binding
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl


async def ours(port: int, source: str, target: str) -> None:
    from msgflo_lab_transports.mqtt import Mqtt

    url = BrokerUrl.parse(f"mqtt://127.0.0.1:{port}")
    binder = await Mqtt().binder(url, name="bench")
    await binder.bind(Binding(QueueName(source), QueueName(target)))
    await asyncio.Event().wait()


async def gmqtt(port: int, source: str, target: str) -> None:
    sys.path.append(str(Path(__file__).parent / ".cache" / "gmqtt"))
    from gmqtt import Client

    client = Client(f"bench-gmqtt-{source}")

    def forward(_client: object, _topic: str, payload: bytes, _qos: int, _props: object) -> int:
        client.publish(target, payload, qos=0)
        return 0

    client.on_message = forward
    await client.connect("127.0.0.1", port)
    client.subscribe(source, qos=0)
    await asyncio.Event().wait()


def main() -> None:
    kind, port, source, target = sys.argv[1:]
    if kind == "gmqtt":
        asyncio.run(gmqtt(int(port), source, target))
    elif kind == "uvloop":
        import uvloop

        uvloop.run(ours(int(port), source, target))
    else:
        asyncio.run(ours(int(port), source, target))


if __name__ == "__main__":
    main()
