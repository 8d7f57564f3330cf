"""The client of the Node.js world, amqplib, on both ends of a participant of ours."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.brokers import RabbitMQ, need

from .amqp import lab_on
from .conftest import node_package

_PROGRAM = """
const [path, url, exchange] = process.argv.slice(1);
const amqp = require(path);
(async () => {
  const channel = await (await amqp.connect(url)).createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, exchange, '');
  await channel.consume(queue, (message) => {
    console.log(message.content.toString('base64'));
    channel.ack(message);
  });
  console.log('ready');
  require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const [exchange, key, body] = JSON.parse(line);
    channel.publish(exchange, key, Buffer.from(body, 'base64'));
  });
})();
"""


class Node:
    """An amqplib that publishes what it is told, and says what comes out of an exchange."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        assert self._line() == b"ready"

    def publish(self, exchange: str, routing_key: str, body: bytes) -> None:
        """Send one message."""
        assert self._process.stdin is not None
        told = json.dumps([exchange, routing_key, base64.b64encode(body).decode()])
        self._process.stdin.write(told.encode() + b"\n")
        self._process.stdin.flush()

    def receive(self, count: int) -> list[bytes]:
        """The next messages. The test's time limit is the deadline."""
        return [base64.b64decode(self._line()) for _ in range(count)]

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        line: bytes = self._process.stdout.readline()
        assert line, "it has ended"
        return line.strip()


@contextmanager
def amqplib(url: str, exchange: str) -> Iterator[Node]:
    """A Node.js process with amqplib, while the block runs."""
    package = node_package("amqplib")
    command = [need("node"), "-e", _PROGRAM, str(package), url, exchange]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Node(process)
        finally:
            process.kill()


def test_it_publishes_to_both_ends_of_an_inport_and_reads_an_outport(
    rabbitmq: RabbitMQ, vhost: str
) -> None:
    with lab_on(rabbitmq, vhost) as lab:

        @lab.participant("add")
        def add(value):  # type: ignore[no-untyped-def]
            if isinstance(value, bytes):
                return value + b"!"
            return [value]

        with amqplib(vhost, "add.OUT") as node:
            node.publish("", "add.VALUE", b"1")
            node.publish("add.VALUE", "", b'{"a": "\xc3\xbc"}')
            assert node.receive(2) == [b"[1]", b'[{"a":"\xc3\xbc"}]']
            # What is no JSON reaches the handler as text, and what is no text as bytes.
            node.publish("", "add.VALUE", b"no json")
            node.publish("", "add.VALUE", b"\xff\xfe\x00")
            node.publish("", "add.VALUE", b"")
            assert node.receive(3)[:2] == [b'["no json"]', b"\xff\xfe\x00!"]
            large = json.dumps("x" * 1_000_000).encode()
            for number in range(100):
                node.publish("", "add.VALUE", b"%d" % number)
            node.publish("add.VALUE", "", large)
            # Each way keeps its order; so do both together, being on one channel of theirs.
            expected = [b"[%d]" % number for number in range(100)] + [b"[" + large + b"]"]
            assert node.receive(101) == expected
        assert not lab.errors("add")
        assert not lab.status().problems
