"""One participant on RabbitMQ: how fast, how late, at what cost, and against whom.

    python -m bench.amqp [--rounds 5] [--count 20000] [--only ours,node]

A participant that repeats what it gets: it consumes a queue, decodes, calls its handler, encodes,
publishes to its exchange, and acknowledges. Compares no participant at all (publisher, exchange,
queue, consumer), this project's participant with its defaults (persistent messages, acknowledged
when the broker has confirmed what they led to), with `confirms=all`, and as msgflo-nodejs sends
(neither persistent nor confirmed); the channel below it alone, without and with confirms; aio-pika;
and msgflo-nodejs, tuned as well as its options and its library's allow (prefetch 100, no Nagle).
All of them run at the same time and take turns, so that a noisy machine is noisy for everybody;
medians are shown.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import shutil
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.hop import Result, cpu_seconds, running
from bench.load import payload
from msgflo_lab import run
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp.confirms import Fate
from msgflo_lab_transports.amqp.connect import connect
from msgflo_lab_transports.amqp.delivery import Delivery
from msgflo_lab_transports.amqp.frames import (
    NO_PROPERTIES,
    PERSISTENT,
    PROTOCOL_HEADER,
    encode_content,
    encode_method,
    encode_publish,
)
from msgflo_lab_transports.amqp.requests import (
    Request,
    bind_queue,
    consume,
    declare_exchange,
    declare_queue,
    open_channel,
    open_connection,
    start_ok,
    tune_ok,
)

HERE = Path(__file__).resolve().parent
NODE = HERE.parent / "tests" / "interop" / "node"
NAMES = {
    "none": "no participant",
    "ours": "msgflo-lab",
    "confirms": "..., confirms=all",
    "bare": "..., as Node sends",
    "channel": "its channel alone",
    "sure": "..., confirms",
    "aiopika": "aio-pika",
    "node": "msgflo-nodejs, tuned",
}
PREFETCH = 100
WINDOW = 2_000
BATCH = 50
TIMEOUT = 30.0
REPEAT = """
const amqp = require('amqplib/callback_api');
const connect = amqp.connect;
amqp.connect = (url, callback) => connect(url, { noDelay: true }, callback);
const msgflo = require('msgflo-nodejs');
const [url, role, prefetch] = process.argv.slice(-3);
const client = msgflo.transport.getClient(url, { prefetch: Number(prefetch) });
const ports = { inports: [{ id: 'in', type: 'any' }], outports: [{ id: 'out', type: 'any' }] };
const repeat = (port, data, send) => send('out', null, data);
new msgflo.participant.Participant(client, { component: 'Repeat', ...ports }, repeat, role)
  .start((error) => { if (error) throw error; });
"""


class Load:
    """A publisher and a consumer on bare sockets, in this process.

    Args:
        exchange: What is published to, with the routing key.
        queue: What is consumed.
    """

    def __init__(self, port: int, exchange: str, key: str, queue: str) -> None:
        self._out, self._in = _Socket(port), _Socket(port)
        body = payload()
        pieces = encode_content(1, body, NO_PROPERTIES, 131_064)
        self._message = encode_publish(1, exchange, key) + b"".join(pieces)
        self._size = 0
        self._in.ask(consume(queue, "load", no_ack=True, exclusive=False))

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_: object) -> None:
        self._out.socket.close()
        self._in.socket.close()

    def wait_for_hop(self, seconds: float = 45.0) -> None:
        """Publish now and then until one arrives, and see how long it is on the wire."""
        deadline = time.monotonic() + seconds
        self._in.socket.settimeout(0.3)
        while time.monotonic() < deadline:
            self._out.socket.sendall(self._message)
            # Those that were sent before anybody was there come first, and all at once.
            if self._drain():
                self._out.socket.sendall(self._message)
                self._size = self._drain()
                self._in.socket.settimeout(TIMEOUT)
                return
        raise SystemExit("nothing arrives: is the participant there?")

    def throughput(self, count: int) -> float:
        """Messages a second, end to end. Raises if one is missing."""
        batch = self._message * BATCH
        sent = arrived = 0
        total = count * self._size
        start = time.perf_counter()
        while arrived < total:
            while sent < count and sent - arrived // self._size <= WINDOW - BATCH:
                self._out.socket.sendall(batch)
                sent += BATCH
            arrived += len(self._in.socket.recv(1 << 18))
        seconds = time.perf_counter() - start
        assert arrived == total, "more arrived than was sent"
        return count / seconds

    def latency(self, count: int, pause: float = 0.001) -> list[float]:
        """Seconds from publishing to arrival, one message in flight, sorted."""
        found = []
        for _ in range(count):
            time.sleep(pause)
            start = time.perf_counter()
            self._out.socket.sendall(self._message)
            self._in.exactly(self._size)
            found.append(time.perf_counter() - start)
        return sorted(found)

    def _drain(self) -> int:
        """Bytes that arrive until nothing more does for a while."""
        size = 0
        try:
            while True:
                size += len(self._in.socket.recv(1 << 18))
        except TimeoutError:
            return size


class _Socket:
    """A connection with one channel."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(PROTOCOL_HEADER)
        self._frame()
        self.ask(start_ok({"product": "bench"}, "PLAIN", b"\0guest\0guest"), 0)
        self.socket.sendall(encode_method(tune_ok(1, 131_072, 0), 0))
        self.ask(open_connection("/"), 0)
        self.ask(open_channel())

    def ask(self, request: Request, channel: int = 1) -> None:
        self.socket.sendall(encode_method(request, channel))
        found = struct.unpack(">HH", self._frame()[:4])
        assert found not in ((10, 50), (20, 40)), f"RabbitMQ refuses {request!r}"

    def exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            assert more, "RabbitMQ closed the connection"
            data += more
        return data

    def _frame(self) -> bytes:
        _, _, size = struct.unpack(">BHI", self.exactly(7))
        return self.exactly(size + 1)


OPTIONS = {"ours": "", "confirms": "?confirms=all", "bare": "?confirms=none&persistent=no"}


def participant(port: int, role: str) -> None:
    """This project's participant, as anybody would write it; the defaults but for `OPTIONS`."""

    def repeat(in_: Any) -> Any:
        return in_

    run(repeat, role, broker=f"amqp://127.0.0.1:{port}{OPTIONS[role]}")


async def repeat(port: int, role: str) -> None:
    """The channel below it, without a handler."""
    gone = asyncio.Event()
    connection = await connect(
        BrokerUrl.parse(f"amqp://127.0.0.1:{port}"), name=role, on_lost=lambda _: gone.set()
    )
    confirms = role == "sure"
    channel = await connection.channel(confirms=confirms)

    def answered(delivery: Delivery, _: Fate) -> None:
        delivery.ack()

    def handle(delivery: Delivery) -> None:
        if confirms:
            then = partial(answered, delivery)
            channel.publish(f"{role}.OUT", "", delivery.body, PERSISTENT, then=then)
        else:
            channel.publish(f"{role}.OUT", "", delivery.body)
            delivery.ack()

    await channel.consume(f"{role}.IN", handle, prefetch=PREFETCH)
    await gone.wait()


async def aiopika(port: int, role: str) -> None:
    """The same over aio-pika, in the way of its documentation, without publisher confirms."""
    import aio_pika

    connection = await aio_pika.connect(f"amqp://127.0.0.1:{port}")
    channel = await connection.channel(publisher_confirms=False)
    await channel.set_qos(PREFETCH)
    target = await channel.get_exchange(f"{role}.OUT", ensure=False)
    source = await channel.get_queue(f"{role}.IN", ensure=False)
    async with source.iterator() as messages:
        async for message in messages:
            await target.publish(aio_pika.Message(message.body), "")
            await message.ack()


def rabbitmq() -> Any:
    """The class with which the tests start a RabbitMQ.

    Loaded from its file: gmqtt installs a top-level package `tests` that hides ours.
    """
    folder = HERE.parent / "tests" / "brokers"
    spec = importlib.util.spec_from_file_location("bench_brokers", folder / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.RabbitMQ


@contextmanager
def broker() -> Iterator[Any]:
    """A RabbitMQ that runs while the block does."""
    with tempfile.TemporaryDirectory() as folder:
        found = rabbitmq()(Path(folder))
        found.start()
        try:
            yield found
        finally:
            found.kill()


def declare(port: int, role: str) -> None:
    """What msgflo declares for a participant with two ports, and a queue at the end."""
    admin = _Socket(port)
    for name in (f"{role}.IN", f"{role}.OUT"):
        admin.ask(declare_exchange(name, "fanout", durable=True))
    admin.ask(
        declare_queue(
            f"{role}.IN", durable=True, arguments={"x-dead-letter-exchange": f"dead-{role}.IN"}
        )
    )
    admin.ask(bind_queue(f"{role}.IN", f"{role}.IN", "", None))
    admin.ask(declare_queue(f"{role}.END", durable=True))
    admin.ask(bind_queue(f"{role}.END", f"{role}.OUT", "", None))
    admin.socket.close()


def start(
    stack: ExitStack, folder: Path, kinds: list[str], port: int
) -> dict[str, tuple[Load, int]]:
    """Every participant that can be started, its load generator and its process id (0: none)."""
    loads: dict[str, tuple[Load, int]] = {}
    for kind in kinds:
        declare(port, kind)
        pid = 0
        command = [sys.executable, "-m", "bench.amqp", "--peer", kind, "--broker", str(port)]
        if kind == "node":
            if not (NODE / "node_modules" / "msgflo-nodejs").exists():
                print("msgflo-nodejs is not installed (`make setup` does it): left out")
                continue
            url = f"amqp://guest:guest@127.0.0.1:{port}"
            command = [shutil.which("node") or "node", "-e", REPEAT, url, kind, str(PREFETCH)]
        if kind != "none":
            where = NODE if kind == "node" else HERE.parent
            process = running(command, folder / f"{kind}.log", cwd=where)
            pid = stack.enter_context(process).pid
        way = (f"{kind}.OUT", "") if kind == "none" else ("", f"{kind}.IN")
        load = stack.enter_context(Load(port, *way, f"{kind}.END"))
        load.wait_for_hop()
        loads[kind] = (load, pid)
    return loads


def measure(load: Load, pid: int, server: int, count: int, pings: int, result: Result) -> None:
    before, server_before = cpu_seconds(pid) if pid else 0.0, cpu_seconds(server)
    result.rate.append(load.throughput(count))
    result.broker.append((cpu_seconds(server) - server_before) / count * 1e6)
    if pid:
        result.cpu.append((cpu_seconds(pid) - before) / count * 1e6)
    times = load.latency(pings)
    result.p50.append(times[len(times) // 2] * 1e6)
    result.p99.append(times[len(times) * 99 // 100] * 1e6)


def show(results: dict[str, Result]) -> None:
    base = results.get("node") or next(iter(results.values()))
    print(f"{'':22}{'msg/s':>9}{'(min':>9}{'max)':>9}{'ratio':>7}"
          f"{'CPU us/msg':>12}{'broker':>8}{'p50 us':>9}{'p99 us':>9}")  # fmt: skip
    for kind, each in results.items():
        rate = statistics.median(each.rate)
        cpu = f"{statistics.median(each.cpu):.1f}" if each.cpu else "-"
        ratio = rate / statistics.median(base.rate)
        print(f"{NAMES[kind]:22}{rate:9,.0f}{min(each.rate):9,.0f}{max(each.rate):9,.0f}"
              f"{ratio:7.2f}{cpu:>12}{statistics.median(each.broker):8.1f}{statistics.median(each.p50):9.0f}"
              f"{statistics.median(each.p99):9.0f}")  # fmt: skip


def compare(options: argparse.Namespace) -> None:
    kinds = [kind for kind in NAMES if kind in options.only.split(",")]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(broker())
        loads = start(stack, folder, kinds, server.port)
        results = {kind: Result() for kind in loads}
        for load, _ in loads.values():
            load.throughput(options.count // 4)
        for turn in range(options.rounds):
            for kind in list(loads) if turn % 2 else reversed(loads):
                load, pid = loads[kind]
                measure(load, pid, server.pid, options.count, options.pings, results[kind])
        print(f"100-byte JSON, prefetch {PREFETCH}, at most {WINDOW:,} outstanding, none lost; "
              f"medians of {options.rounds} rounds of {options.count:,}")  # fmt: skip
        show(results)
        if options.json:
            print(json.dumps({kind: each.rate for kind, each in results.items()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=20_000, help="messages in one measurement")
    parser.add_argument("--pings", type=int, default=200, help="messages for the latency")
    parser.add_argument("--only", default=",".join(NAMES), help="some of: " + ", ".join(NAMES))
    parser.add_argument("--json", action="store_true", help="every round's rate, too")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--broker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer == "aiopika":
        asyncio.run(aiopika(options.broker, options.peer))
    elif options.peer in ("channel", "sure"):
        asyncio.run(repeat(options.broker, options.peer))
    elif options.peer:
        participant(options.broker, options.peer)
    else:
        compare(options)


if __name__ == "__main__":
    main()
