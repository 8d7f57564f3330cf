"""Jobs over RabbitMQ while workers, links and the broker itself are killed: none is lost.

front -> round robin -> four worker processes -> done. The front is a client whose messages are
confirmed, the workers are processes of `run`, and `done` is a participant of the lab. Everybody
comes over a proxy that cuts links.

A longer run: CHAOS=10 for ten times the jobs and the harm; CHAOS_SEED=2 for harm at other moments.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from msgflo_lab import Lab
from tests.brokers import RabbitMQ
from tests.chaos.tools import (
    SCALE,
    SEED,
    Count,
    Front,
    Workers,
    address,
    progress,
    say,
    wait_until_bound,
    workers,
)
from tests.chaos.worker import is_poisoned
from tests.proxies import Proxy, proxy

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(round(240 * max(1, SCALE)))]

JOBS = round(10_000 * SCALE)
GOOD = sum(not is_poisoned(number) for number in range(JOBS))
AHEAD = 1_500
"""Jobs that the front is ahead of what is done."""

EXCHANGES = ("front.OUT", "out-front.OUT", "work.JOB", "dead-work.JOB", "work.OUT", "fbp")
QUEUES = ("work.JOB", "done.JOB", "fbp")

Harm = Callable[[], Awaitable[object]]


async def test_workers_and_links_are_killed_and_the_broker_restarts(
    broker: RabbitMQ, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the default settings."""
    plan = {
        "kill a worker": 5,
        "cut all links": 4,
        "break the network": 1,
        "restart the broker": 1,
    }
    await survive(plan, broker, "", tmp_path, capsys)


@pytest.mark.parametrize("options", ["", "&confirms=all"])
async def test_the_broker_is_killed(
    broker: RabbitMQ, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: str
) -> None:
    """What it has confirmed is on its disk; and a job is acknowledged when its result is."""
    plan = {"kill the broker": 2, "kill a worker": 3, "cut all links": 1}
    await survive(plan, broker, options, tmp_path, capsys)


async def test_exchanges_are_deleted(
    broker: RabbitMQ, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lab binds again what workers in other processes declare again."""
    plan = {"delete an exchange": 6, "delete them all": 4, "kill a worker": 2, "cut all links": 1}
    await survive(plan, broker, "", tmp_path, capsys)


async def test_queues_are_deleted(
    broker: RabbitMQ, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what lies in them: the lab remembers that, and what is on its way there meanwhile.

    And workers remember what is to come again. So neither a worker nor a link is lost meanwhile.
    """
    plan = {"delete a queue": 10}
    await survive(plan, broker, "", tmp_path, capsys)


async def survive(
    plan: Mapping[str, int],
    broker: RabbitMQ,
    options: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """All jobs, with all the harm in an order that the seed decides; then count."""
    rand = random.Random(SEED)
    order = [name for name, times in plan.items() for _ in range(round(times * max(1, SCALE)))]
    rand.shuffle(order)
    count = Count()
    async with proxy(broker.port) as way:
        url = address(broker, way.port)
        async with workers([url + options] * 4, folder) as crew:
            with Lab() as lab:
                await asyncio.to_thread(lab.start, url + options)
                await work_off(lab, count, url + options, harms(way, crew, broker, rand), order)
                status = lab.status()
                await asyncio.to_thread(lab.stop)
        say(capsys, f"seed {SEED}: {', '.join(order)}", count)
    assert not count.lost
    assert len(count.sent) == JOBS
    assert count.done.keys() | count.dead.keys() == set(range(JOBS)), status
    assert all(is_poisoned(number) for number in count.dead)
    assert not any(is_poisoned(number) for number in count.done)


async def work_off(
    lab: Lab, count: Count, url: str, harms: Mapping[str, Harm], order: list[str]
) -> None:
    """Send all jobs, do all the harm, and wait for the end."""
    rand = random.Random(SEED)

    def done(job: dict[str, int]) -> None:
        count.done[job["n"]] += 1

    async def harm() -> None:
        for number, name in enumerate(order):
            goal = round((number + rand.random()) * 0.95 * JOBS / len(order))
            await progress(lambda: len(count.done), goal)
            await asyncio.sleep(rand.random() / 50)
            await harms[name]()

    await asyncio.to_thread(lab.add, done)
    front = await Front.open(url, count)
    await asyncio.to_thread(lab.balance, "front.out", "work.job")
    await asyncio.to_thread(lab.connect, "work.out", "done.job")
    await asyncio.to_thread(wait_until_bound, lab)
    async with asyncio.TaskGroup() as group:
        group.create_task(
            front.send(range(JOBS), lambda: len(count.sent) - len(count.done) > AHEAD)
        )
        group.create_task(harm())
    await progress(lambda: len(count.done), GOOD)
    await asyncio.to_thread(bury_all, lab, count)
    await front.close()


def bury_all(lab: Lab, count: Count) -> None:
    """Wait for the dead letters that are to come, and count them."""
    deadline = time.monotonic() + 15
    # After the last harm, the lab's own link may be the last to come back.
    while lab.status().link != "up" and time.monotonic() < deadline:
        time.sleep(0.05)
    while bury(lab, count) < JOBS - GOOD and time.monotonic() < deadline:
        time.sleep(0.2)


def bury(lab: Lab, count: Count) -> int:
    """Count the dead letters; how many different ones there are."""
    count.dead.clear()
    for letter in lab.dead.letters("work.job", 2 * JOBS):
        number = json.loads(letter.payload)["n"]
        count.dead[number] += 1
        assert letter.reason == f"ValueError: job {number} is poisoned"
    return len(count.dead)


def harms(way: Proxy, crew: Workers, broker: RabbitMQ, rand: random.Random) -> Mapping[str, Harm]:
    """What can be done, by name."""

    async def cut() -> None:
        way.cut()

    async def break_for_a_while() -> None:
        way.broken = True
        way.cut()
        await asyncio.sleep(1)
        way.broken = False

    def kill() -> None:
        broker.kill()
        broker.start()

    def delete(what: str, *names: str) -> None:
        for name in names:
            with suppress(HTTPError):  # it is not there again yet
                broker.api("DELETE", f"/{what}/%2F/{name}")

    return {
        "delete an exchange": lambda: asyncio.to_thread(
            delete, "exchanges", rand.choice(EXCHANGES)
        ),
        "delete them all": lambda: asyncio.to_thread(delete, "exchanges", *EXCHANGES),
        "delete a queue": lambda: asyncio.to_thread(delete, "queues", rand.choice(QUEUES)),
        "cut all links": cut,
        "break the network": break_for_a_while,
        "kill a worker": lambda: asyncio.to_thread(crew.replace, rand.randrange(4)),
        "restart the broker": lambda: asyncio.to_thread(broker.restart),
        "kill the broker": lambda: asyncio.to_thread(kill),
    }
