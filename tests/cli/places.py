"""The files and the addresses with which commands fail."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pika

from tests.brokers import Mosquitto

SUITE = """topic: {}
cases:
- {{name: a number, assertion: is repeated, inputs: {{in: 1}}, expect: {{out: {{equals: 1}}}}}}
"""
FILES = {
    "net.fbp": b"a(core/Repeat) OUT -> IN b(core/Drop)\n",
    "rough.fbp": b"a(core/Repeat)   OUT->IN b(core/Drop)",
    "unknown.fbp": b"a(no/Such) OUT -> IN b(core/Drop)\n",
    "nobody.fbp": b"",
    "suite.yaml": SUITE.format("core/Repeat").encode(),
    "caseless.yaml": b"topic: core/Repeat\ncases: []\n",
    "thing.yml": b"component: a/B\nrole: thing\noutports: {out: {queue: thing/out}}\n",
    "list.json": b"[1]",
    "scalar.yaml": b"3",
    "swapped.json": b'[{"type": "pubsub", "src": "waiting", "tgt": "fans"}]',
    "jobs.jsonl": b"",
    "bad.fbp": b"a(core/Repeat) OUT ->\n",
    "bad.json": b'{"processes": ',
    "bad.yaml": b"a: [",
    "bad.jsonl": b"{}\n",
    "bad.toml": b"[[",
    **{f"empty.{ending}": b"" for ending in ("json", "yaml", "toml")},
    **{f"bytes.{ending}": b"\xff\xfe\x00" for ending in ("fbp", "json", "yaml", "jsonl", "toml")},
}
FOLDERS = ("folder", "folder.fbp", "folder.json", "folder.yaml")


def write(folder: Path) -> None:
    """Make all of them there."""
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    for name in FOLDERS:
        (folder / name).mkdir()


@contextmanager
def locked(folder: Path) -> Iterator[Mosquitto]:
    """A Mosquitto that lets nobody in without a password, and knows of none."""
    broker = Mosquitto(folder, anonymous=False)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@contextmanager
def silent() -> Iterator[str]:
    """The host and port of somebody who takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def http() -> Iterator[str]:
    """The host and port of a web server that has nothing."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Nothing) as server:
        thread = threading.Thread(target=server.serve_forever, name="web")
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


class _Nothing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Not a word."""


@contextmanager
def held(url: str, queue: str) -> Iterator[None]:
    """A queue on RabbitMQ that nobody but its owner may use, while the block runs."""
    connection = pika.BlockingConnection(pika.URLParameters(f"{url}?heartbeat=0"))
    try:
        connection.channel().queue_declare(queue, exclusive=True)
        yield
    finally:
        connection.close()
