"""A load generator that costs next to nothing: bare sockets, packets encoded beforehand.

It counts by bytes, as all packets of a run are equally long, and keeps at most `WINDOW` messages
outstanding, so that no broker drops any (QoS 0).
"""

from __future__ import annotations

import json
import socket
import time
from types import TracebackType

from msgflo_lab_broker.mqtt import V311, Connect, Filter, Publish, Subscribe, encode

WINDOW = 2_000
BATCH = 100
TIMEOUT = 20.0


def payload(size: int = 100) -> bytes:
    """A JSON object of exactly `size` bytes, in the form in which every JSON library writes it."""
    empty = len(json.dumps({"data": ""}, separators=(",", ":")))
    return json.dumps({"data": "x" * (size - empty)}, separators=(",", ":")).encode()


class Load:
    """One publisher to `source` and one subscriber of `target`, in this process."""

    def __init__(self, port: int, source: str, target: str, size: int = 100) -> None:
        self._message = encode(Publish(topic=source, payload=payload(size)), V311)
        self._expected = len(encode(Publish(topic=target, payload=payload(size)), V311))
        self._out = _connect(port, f"load-out-{source}")
        self._in = _connect(port, f"load-in-{target}")
        self._in.sendall(encode(Subscribe(1, (Filter(topic=target),)), V311))
        assert _exactly(self._in, 5)[0] == 0x90

    def __enter__(self) -> Load:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._out.close()
        self._in.close()

    def wait_for_hop(self, seconds: float = 45.0) -> None:
        """Publish now and then until one arrives; then wait until nothing more does."""
        deadline = time.monotonic() + seconds
        self._in.settimeout(0.25)
        while time.monotonic() < deadline:
            self._out.sendall(self._message)
            try:
                self._in.recv(65_536)
            except TimeoutError:
                continue
            break
        else:
            raise SystemExit("nothing arrives: is the hop there?")
        try:
            while True:
                self._in.recv(65_536)
        except TimeoutError:
            self._in.settimeout(TIMEOUT)

    def throughput(self, count: int) -> float:
        """Messages a second, end to end. Raises if one is missing."""
        batch = self._message * BATCH
        sent = arrived = 0
        total = count * self._expected
        start = time.perf_counter()
        while arrived < total:
            while sent < count and sent - arrived // self._expected <= WINDOW - BATCH:
                self._out.sendall(batch)
                sent += BATCH
            arrived += len(self._in.recv(1 << 18))
        seconds = time.perf_counter() - start
        assert arrived == total, "more arrived than was sent"
        return count / seconds

    def latency(self, count: int, pause: float = 0.001) -> list[float]:
        """Seconds from publishing to arrival, one message in flight, sorted."""
        found = []
        for _ in range(count):
            time.sleep(pause)
            start = time.perf_counter()
            self._out.sendall(self._message)
            _exactly(self._in, self._expected)
            found.append(time.perf_counter() - start)
        return sorted(found)


def _connect(port: int, name: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(encode(Connect(client_id=name, version=V311, keep_alive=0)))
    assert _exactly(connection, 4) == b"\x20\x02\x00\x00", "the broker refuses the load generator"
    return connection


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        assert more, "the broker closed the connection"
        data += more
    return data
