"""The domain and the runtime by themselves: no broker, no browser.

    python -m bench.core [--rounds 5] [--only import]

Every round measures everything once, so that a noisy machine is noisy for all; medians are shown.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from msgflo_lab import Lab
from msgflo_lab.binding import Binding, Planner, plan
from msgflo_lab.definition import ParticipantDefinition, Port, Side
from msgflo_lab.discovery import Roster, decode, encode
from msgflo_lab.graph import Edge, Graph
from msgflo_lab.names import ComponentName, ParticipantId, PortName, QueueName, Role
from msgflo_lab.runtime.coordinator import Coordinator
from msgflo_lab.runtime.session import Session
from msgflo_lab.transport import Binder, BrokerUrl, transport_for

MESSAGES = 20_000
"""Sent end to end in one round."""
HUB_MESSAGES = 100_000
"""Sent through one binding in one round."""


def person(name: str) -> ParticipantDefinition:
    return ParticipantDefinition(
        id=ParticipantId(f"{name}-1"),
        role=Role(name),
        component=ComponentName("Repeat"),
        inports=(Port(PortName("in"), QueueName(f"{name}.IN")),),
        outports=(Port(PortName("out"), QueueName(f"{name}.OUT")),),
    )


def wire(source: int, target: int) -> Edge:
    return Edge(Role(f"p{source}"), PortName("out"), Role(f"p{target}"), PortName("in"))


def wires(number: int) -> list[Edge]:
    """Edges between a tenth as many participants, ten out of each."""
    people = number // 10
    return [wire(at % people, (at * 7 + at // people) % people) for at in range(number)]


def gathered(people: int) -> Roster:
    roster = Roster()
    for number in range(people):
        roster.heard(person(f"p{number}"), 0)
    return roster


def timed(work: Callable[[], object]) -> float:
    gc.collect()
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def announcements() -> float:
    """Seconds to take in 1,000 announcements: decoded, in the roster, planned, shown."""
    raw = [encode(person(f"p{number}")) for number in range(1_000)]
    edges = wires(1_000)

    async def run() -> float:
        url = BrokerUrl.parse("direct://")
        binder = await transport_for(url).binder(url, name="bench")
        coordinator = Coordinator(
            binder, clock=time.monotonic, on_change=lambda *_: None, heartbeat=600
        )
        coordinator.load(Graph.of(edges))
        working = asyncio.create_task(coordinator.run())
        begin = time.perf_counter()
        for each in raw:
            coordinator.heard(each)
        await coordinator.settled()
        took = time.perf_counter() - begin
        assert await binder.bindings() == coordinator.planner.wanted
        working.cancel()
        await binder.close()
        return took

    return asyncio.run(run())


def decoding() -> float:
    """Microseconds to decode one announcement."""
    raw = encode(person("somebody"))
    return timed(lambda: [decode(raw) for _ in range(1_000)]) * 1e3


def planning() -> float:
    """Seconds to plan 10,000 edges from nothing."""
    roster, edges = gathered(1_000), wires(10_000)
    return timed(lambda: plan(edges, roster.queues))


def newcomer(edges: int) -> Callable[[], float]:
    """Microseconds to plan one more participant with ten edges of its own."""

    def measure() -> float:
        roster = gathered(edges // 10)
        planner = Planner(roster.queues)
        planner.add(wires(edges))
        planner.add(
            Edge(Role("new"), PortName("out"), Role(f"p{at}"), PortName("in")) for at in range(10)
        )
        new = person("new")

        def come_and_go() -> None:
            for _ in range(100):
                roster.heard(new, 0)
                planner.role_changed(new.role)
                roster.forget(new.id, for_good=False)
                planner.role_changed(new.role)

        return timed(come_and_go) / 200 * 1e6

    return measure


def hub() -> float:
    """Messages a second through one binding of `direct://`."""

    async def run() -> float:
        url = BrokerUrl.parse("direct://")
        binder: Binder = await transport_for(url).binder(url, name="bench")
        source, target = QueueName("source"), QueueName("target")
        await binder.bind(Binding(source, target))
        inbox = await binder.subscribe(target)

        async def read() -> None:
            for _ in range(HUB_MESSAGES):
                (await inbox.get()).ack()

        payload = b"x" * 100
        gc.collect()
        begin = time.perf_counter()
        reading = asyncio.create_task(read())
        for _ in range(HUB_MESSAGES):
            await binder.publish(source, payload)
        await reading
        took = time.perf_counter() - begin
        await binder.close()
        return HUB_MESSAGES / took

    return asyncio.run(run())


def end_to_end(
    code: Callable[..., Any], first: Callable[[Lab], object] = lambda _: None
) -> Callable[[], float]:
    """Messages a second into a participant and, of its results, into another one.

    Args:
        first: What is done with the lab before.
    """

    def measure() -> float:
        arrived = 0
        ended = asyncio.Event()

        async def count(x: Any) -> None:
            nonlocal arrived
            del x
            arrived += 1
            if arrived == MESSAGES:
                ended.set()

        with Lab() as lab:
            lab.start()
            lab.add(count, "count")
            lab.add(code, "code")
            lab.connect("code.out", "count.x")
            first(lab)

            async def send(session: Session) -> float:
                queue = session.look_up("code.x", Side.IN).queue
                assert queue is not None
                begin = time.perf_counter()
                for _ in range(MESSAGES):
                    await session.binder.publish(queue, b'{"value": 22.3333333}', Side.IN)
                await ended.wait()
                return time.perf_counter() - begin

            def work(session: Session | None) -> Awaitable[float]:
                assert session is not None
                return send(session)

            took: float = lab._do(work)
        return MESSAGES / took

    return measure


def look(lab: Lab) -> None:
    """Somebody has looked at metrics: the time of each job is taken."""
    lab.metrics.summary()


def hand_to_otel(lab: Lab) -> None:
    """OpenTelemetry's SDK is told of each job."""
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    lab.metrics.to_otel(MeterProvider([InMemoryMetricReader()]))


def same(x: Any) -> Any:
    return x


async def same_async(x: Any) -> Any:
    return x


def in_new_python(code: str) -> Callable[[], float]:
    """Milliseconds that a piece of code takes in a Python of its own, beyond its own start."""
    program = (
        f"import time; b = time.perf_counter()\n{code}\nprint((time.perf_counter() - b) * 1e3)"
    )

    def measure() -> float:
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        return float(done.stdout.split()[-1])

    return measure


LOAD = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
b = time.perf_counter()
shell.run_line_magic("load_ext", "msgflo_lab")
"""

FIGURES: dict[str, tuple[str, str, Callable[[], float], str]] = {
    "announce": ("1,000 announcements taken in", "s", announcements, "<= 1"),
    "decode": ("one announcement decoded", "us", decoding, ""),
    "plan": ("10,000 edges planned", "s", planning, "<= 0.2"),
    "new100": ("newcomer with 10 edges among 100", "us", newcomer(100), ""),
    "new1000": ("... among 1,000", "us", newcomer(1_000), "flat"),
    "new10000": ("... among 10,000", "us", newcomer(10_000), "flat"),
    "direct": ("direct://, one binding", "msg/s", hub, ">= 200,000"),
    "sync": ("through a `def`, end to end", "msg/s", end_to_end(same), ""),
    "timed": ("... with the times for metrics", "msg/s", end_to_end(same, look), ""),
    "otel": ("... and handed to OpenTelemetry", "msg/s", end_to_end(same, hand_to_otel), ""),
    "async": ("through an `async def`", "msg/s", end_to_end(same_async), ""),
    "import": ("import msgflo_lab", "ms", in_new_python("import msgflo_lab"), "<= 100"),
    "lab": ("from msgflo_lab import Lab", "ms", in_new_python("from msgflo_lab import Lab"), ""),
    "load": ("%load_ext msgflo_lab", "ms", in_new_python(LOAD), "<= 500"),
}
"""By name: what it is, its unit, how it is measured, what it should be."""


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help=f"some of {','.join(FIGURES)}")
    asked = parser.parse_args()
    names = [name for name in asked.only.split(",") if name] or list(FIGURES)
    results: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(asked.rounds):
        for name in names:
            results[name].append(FIGURES[name][2]())
    print(f"{'':34}{'median':>10} {'':6}{'min':>10}{'max':>10}   aim   ({asked.rounds} rounds)")
    for name, values in results.items():
        what, unit, _, aim = FIGURES[name]
        middle, least, most = (number(f(values)) for f in (statistics.median, min, max))
        print(f"{what:34}{middle:>10} {unit:6}{least:>10}{most:>10}   {aim}")


if __name__ == "__main__":
    main()
