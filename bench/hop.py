"""One hop through Mosquitto: how fast, how late, at what cost, and against whom.

    python -m bench.hop [--rounds 5] [--count 60000] [--only ours,msgflo]

Compares no hop at all, this project's router (on asyncio's and on uvloop's loop), the same hop
over gmqtt (installed into bench/.cache), and a real msgflo coordinator (npm). All of them run at
the same time and take turns, so that a noisy machine is noisy for everybody; medians are shown.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.load import Load
from msgflo_lab_broker.mqtt import V311, Connect, Publish, encode

HERE = Path(__file__).resolve().parent
CACHE = HERE / ".cache"
GMQTT = CACHE / "gmqtt"
NAMES = {
    "none": "no hop",
    "ours": "msgflo-lab",
    "uvloop": "msgflo-lab, uvloop",
    "gmqtt": "gmqtt",
    "msgflo": "msgflo 0.12.3, Node",
}
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Result:
    """What one forwarder did, one entry for each round."""

    rate: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    broker: list[float] = field(default_factory=list)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], log: Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process, with its output in a file, that ends with the block."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads."""
    values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / _TICK


def find_msgflo() -> Path | None:
    """The coordinator's executable, where `make setup` has put it; None if it is not there."""
    program = HERE.parent / "tests" / "interop" / "node" / "node_modules" / "msgflo/bin/msgflo"
    return program if program.exists() else None


def install_gmqtt() -> None:
    """Into a folder of its own: gmqtt brings a top-level package `tests` along."""
    if not GMQTT.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(GMQTT)]
        subprocess.run([*command, "gmqtt>=0.7"], check=True, timeout=300)


def start_msgflo(
    stack: ExitStack, program: Path, folder: Path, port: int, source: str, target: str
) -> int:
    """A coordinator with a graph of two foreign participants. Returns its process id."""
    graph = {
        "properties": {"name": "bench", "environment": {"type": "msgflo"}},
        "processes": {"a": {"component": "Foreign"}, "b": {"component": "Foreign"}},
        "connections": [
            {"src": {"process": "a", "port": "out"}, "tgt": {"process": "b", "port": "in"}}
        ],
    }
    (folder / "graph.json").write_text(json.dumps(graph))
    (folder / "package.json").write_text(json.dumps({"name": "bench", "msgflo": {}}))
    (folder / "participants").mkdir()
    node = shutil.which("node") or "node"
    ui_port = str(free_port())
    command = [node, str(program), "--broker", f"mqtt://127.0.0.1:{port}", "--host", "127.0.0.1"]
    command += ["--port", ui_port, "--graph", "graph.json", "--library", "package.json"]
    process = stack.enter_context(
        running(command, folder / "msgflo.log", cwd=folder, start_new_session=True)
    )
    announce(port, [("a", "outports", "out", source), ("b", "inports", "in", target)])
    return process.pid


def announce(port: int, roles: list[tuple[str, str, str, str]]) -> None:
    """Say for a while who is there; a coordinator that starts late would miss a single message."""
    packets = b""
    for role, side, name, queue in roles:
        definition: dict[str, object] = {"id": role, "role": role, "component": "Foreign"}
        definition |= {"inports": [], "outports": []}
        definition[side] = [{"id": name, "queue": queue, "type": "any"}]
        message = {"protocol": "discovery", "command": "participant", "payload": definition}
        packets += encode(Publish(topic="fbp", payload=json.dumps(message).encode()), V311)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(encode(Connect(client_id="announcer", version=V311)))
        for _ in range(12):
            connection.sendall(packets)
            time.sleep(0.5)


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("Mosquitto did not start")


def start_all(
    stack: ExitStack, folder: Path, kinds: list[str], port: int
) -> tuple[dict[str, tuple[Load, int]], int]:
    """Every forwarder that can be started, its load generator and its process id (0: none).

    And Mosquitto's process id.
    """
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
        "set_tcp_nodelay true\nlog_type error\n"
    )
    mosquitto = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if mosquitto is None:
        raise SystemExit("mosquitto is not installed")
    broker = running([mosquitto, "-c", str(config)], folder / "mosquitto.log")
    broker_pid = stack.enter_context(broker).pid
    wait_for_port(port)
    loads: dict[str, tuple[Load, int]] = {}
    for kind in kinds:
        source, target = (kind, kind) if kind == "none" else (f"{kind}-src", f"{kind}-tgt")
        pid = 0
        if kind == "msgflo":
            program = find_msgflo()
            if program is None:
                print("msgflo is not installed (`make setup` does it): left out")
                continue
            pid = start_msgflo(stack, program, folder, port, source, target)
        elif kind != "none":
            if kind == "gmqtt":
                install_gmqtt()
            command = [sys.executable, "-m", "bench.peers", kind, str(port), source, target]
            process = running(command, folder / f"{kind}.log", cwd=HERE.parent)
            pid = stack.enter_context(process).pid
        load = stack.enter_context(Load(port, source, target))
        load.wait_for_hop()
        loads[kind] = (load, pid)
    return loads, broker_pid


def measure(load: Load, pid: int, broker: int, count: int, pings: int, result: Result) -> None:
    before = cpu_seconds(pid) if pid else 0.0
    broker_before = cpu_seconds(broker)
    result.rate.append(load.throughput(count))
    result.broker.append((cpu_seconds(broker) - broker_before) / count * 1e6)
    if pid:
        result.cpu.append((cpu_seconds(pid) - before) / count * 1e6)
    times = load.latency(pings)
    result.p50.append(times[len(times) // 2] * 1e6)
    result.p99.append(times[len(times) * 99 // 100] * 1e6)


def show(results: dict[str, Result]) -> None:
    base = results.get("msgflo") or next(iter(results.values()))
    print(f"{'':22}{'msg/s':>9}{'(min':>9}{'max)':>9}{'ratio':>7}"
          f"{'CPU us/msg':>12}{'broker':>8}{'p50 us':>9}{'p99 us':>9}")  # fmt: skip
    for kind, each in results.items():
        rate = statistics.median(each.rate)
        cpu = f"{statistics.median(each.cpu):.1f}" if each.cpu else "-"
        ratio = rate / statistics.median(base.rate)
        print(f"{NAMES[kind]:22}{rate:9,.0f}{min(each.rate):9,.0f}{max(each.rate):9,.0f}"
              f"{ratio:7.2f}{cpu:>12}{statistics.median(each.broker):8.1f}{statistics.median(each.p50):9.0f}"
              f"{statistics.median(each.p99):9.0f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=60_000, help="messages in one measurement")
    parser.add_argument("--pings", type=int, default=300, help="messages for the latency")
    parser.add_argument("--only", default=",".join(NAMES), help="some of: " + ", ".join(NAMES))
    options = parser.parse_args()
    kinds = [kind for kind in NAMES if kind in options.only.split(",")]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        loads, broker = start_all(stack, folder, kinds, free_port())
        results = {kind: Result() for kind in loads}
        for load, _ in loads.values():
            load.throughput(options.count // 4)
        for turn in range(options.rounds):
            order = list(loads) if turn % 2 else list(reversed(loads))
            for kind in order:
                load, pid = loads[kind]
                measure(load, pid, broker, options.count, options.pings, results[kind])
        print(f"100-byte JSON, QoS 0, at most 2,000 outstanding, none lost; "
              f"medians of {options.rounds} rounds of {options.count:,}")  # fmt: skip
        show(results)


if __name__ == "__main__":
    main()
