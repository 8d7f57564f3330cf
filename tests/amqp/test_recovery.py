"""What goes wrong under a network that runs: it comes back by itself, and says what happened.

With bare clients and a binder, and with a lab and its participants.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress

import pytest

from msgflo_lab import Lab, current_message
from msgflo_lab.errors import ConnectionFailed, TransportError
from msgflo_lab.transport import Link
from msgflo_lab_transports import backoff
from msgflo_lab_transports.amqp import client, link
from tests.amqp.tools import DEADLINE, until
from tests.amqp.trouble import SOURCE, Bare, Trouble, deleting
from tests.brokers import RabbitMQ
from tests.proxies import proxy

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]

Happening = Callable[[], Coroutine[None, None, None]]


@pytest.fixture(params=["restart", "kill", "break_the_network", "drop_connections"])
async def trouble(
    request: pytest.FixtureRequest,
    mended: RabbitMQ,
    anyio_backend: object,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[Trouble, Happening]]:
    """Trouble in which nothing that the broker has is lost."""
    # A broker needs some seconds to start; nobody is to sleep for five when it has.
    monkeypatch.setattr(backoff, "BACKOFF_MAX_SECONDS", 1.0)
    async with deleting(mended) as found:
        yield found, getattr(found, request.param)


@pytest.mark.parametrize("what", ["delete_queue", "delete_exchange"])
async def test_clients_declare_and_bind_anew_what_was_deleted(
    rabbitmq: RabbitMQ, what: str
) -> None:
    """And say so."""
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.send(200)
        await bare.all_there()
        await getattr(where, what)()
        await bare.mended()
        await bare.send(200)
        await bare.all_there()
        said = {"delete_queue": "was deleted", "delete_exchange": "the broker closed a channel"}
        await until(lambda: any(said[what] in text for text in bare.notes))
        assert not any("\n" in text for text in bare.notes)


async def test_a_channel_that_the_broker_closes(rabbitmq: RabbitMQ) -> None:
    async with deleting(rabbitmq) as where, Bare.open(where.url) as bare:
        await bare.send(100)
        for handle in (bare.publisher, bare.consumer):
            assert handle._sure is not None
            handle._sure.ack(4711)  # unknown to the broker
            handle._sure.flush_acks()
            sending = asyncio.create_task(bare.send(100))
            await until(lambda: ("publisher", Link.UP) in bare.links)
            await sending
        await bare.send(100)
        await bare.all_there()
        assert any("unknown delivery tag" in text for text in bare.notes)


async def test_a_network_that_stays_away(
    rabbitmq: RabbitMQ, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who publishes is told once the transport's patience is over; then it goes on."""
    for module in (link, client):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 1.0)
    async with proxy(rabbitmq.port) as way:
        with rabbitmq.vhost() as url:
            where = Trouble(rabbitmq, url, way)
            async with Bare.open(where.url) as bare:
                await bare.send(10)
                way.broken = True
                way.cut()
                for _ in range(2):
                    start = time.monotonic()
                    with pytest.raises(
                        ConnectionFailed, match="none came back within 1 s"
                    ) as error:
                        await bare.publisher.publish(SOURCE, b"0")
                    assert time.monotonic() - start < 3
                    assert "\n" not in str(error.value)
                way.broken = False
                await bare.mended()
                await bare.send(10)
                await bare.all_there()


@pytest.fixture
def numbers() -> list[int]:
    """What a lab's last participant has got."""
    return []


def lab_with(numbers: list[int]) -> Lab:
    """A lab that passes numbers on from `ask` to `answer`."""
    lab = Lab()

    def ask(number: int) -> int:
        return number

    def answer(number: int) -> None:
        numbers.append(number)

    lab.add(ask)
    lab.add(answer)
    lab.connect("ask.out", "answer.number")
    return lab


class Flow:
    """Numbers on their way through a lab, whose methods are called in a thread."""

    def __init__(self, lab: Lab, numbers: list[int]) -> None:
        self.lab = lab
        self._numbers = numbers
        self._next = 0
        self.sent: set[int] = set()

    def send(self, count: int) -> None:
        for number in range(self._next, self._next + count):
            self.lab.send("ask.number", number)
            self.sent.add(number)
        self._next += count

    def all_there(self) -> None:
        deadline = time.monotonic() + DEADLINE
        while not self.sent <= set(self._numbers):
            assert time.monotonic() < deadline, (
                self.sent - set(self._numbers),
                self.lab.status(),
            )
            time.sleep(0.01)

    def mended(self) -> None:
        deadline = time.monotonic() + DEADLINE
        while True:
            assert time.monotonic() < deadline, self.lab.status()
            with suppress(TransportError):
                self.send(1)
            time.sleep(0.05)
            if self._next - 1 in self._numbers:
                return


async def test_all_come_back_and_nothing_is_lost(
    trouble: tuple[Trouble, Happening], numbers: list[int]
) -> None:
    """Bare clients, and a lab with its participants on another virtual host, at once."""
    where, happens = trouble
    with where.broker.vhost() as other, lab_with(numbers) as lab:
        await asyncio.to_thread(lab.start, where.by_way(other), confirms="all")
        async with Bare.open(where.url, "?confirms=all") as bare:
            flow = Flow(lab, numbers)
            await bare.send(200)
            await asyncio.to_thread(flow.send, 100)
            happening = asyncio.create_task(happens())
            await asyncio.gather(clients_go_on(bare, happening), lab_goes_on(flow, happening))
        await asyncio.to_thread(lab.stop)


async def clients_go_on(bare: Bare, happening: asyncio.Task[None]) -> None:
    while not happening.done():
        await bare.send(50)
        await asyncio.sleep(0.01)
    await happening
    await bare.send(200)
    await bare.all_there()
    assert len(bare.sent) >= 400
    for name in ("publisher", "binder", "consumer"):
        # The last word may still be to come: each connects when it likes.
        await until(lambda name=name: bare.of(name)[-1:] == [Link.UP])  # type: ignore[misc]
        assert bare.of(name)[0] is Link.DOWN


async def lab_goes_on(flow: Flow, happening: asyncio.Task[None]) -> None:
    while not happening.done():
        await asyncio.to_thread(flow.send, 20)
    await happening
    await asyncio.to_thread(flow.send, 100)
    await asyncio.to_thread(flow.all_there)
    status = flow.lab.status()
    assert status.is_up
    assert any("link down: lost the connection" in text for text in status.problems)
    assert any("link up: connected to" in text for text in status.problems)
    assert not flow.lab.errors()


@pytest.mark.parametrize("what", ["delete_queue", "delete_exchange", "delete_announcements"])
async def test_a_lab_declares_and_binds_anew_what_was_deleted(
    rabbitmq: RabbitMQ, numbers: list[int], what: str
) -> None:
    async with deleting(rabbitmq) as where:
        with lab_with(numbers) as lab:
            await asyncio.to_thread(lab.start, where.url)
            flow = Flow(lab, numbers)
            await asyncio.to_thread(flow.send, 100)
            await asyncio.to_thread(flow.all_there)
            await getattr(where, what)()
            flow.sent.clear()
            await asyncio.to_thread(flow.mended)
            flow.sent.clear()
            await asyncio.to_thread(flow.send, 100)
            await asyncio.to_thread(flow.all_there)
            # Who comes now is heard of.
            await asyncio.to_thread(lab.add, lambda number: number, "late", outports=["out"])
            deadline = time.monotonic() + DEADLINE
            while not any(role.role == "late" and role.workers for role in lab.network().roles):
                assert time.monotonic() < deadline, lab.network()
                await asyncio.sleep(0.05)
            await until(lambda: lab.status().is_up)
            status = lab.status()
            said = {
                "delete_queue": "the queue `answer.NUMBER` was deleted",
                "delete_exchange": "no exchange 'ask.OUT'",
                "delete_announcements": "the queue `fbp` was deleted",
            }
            assert any(said[what] in text for text in status.problems), status.problems
            await asyncio.to_thread(lab.stop)


@pytest.mark.parametrize("decide", ["ack", "delay"])
async def test_results_of_what_was_decided_by_hand_outlive_the_link(
    rabbitmq: RabbitMQ, decide: str
) -> None:
    """The job is settled; what it leads to later is sent on its own account, and arrives."""
    got: list[int] = []
    begun, is_cut = threading.Event(), threading.Event()

    def early(job: int) -> int:
        if current_message().attempt == 1:
            current_message().ack() if decide == "ack" else current_message().delay(60)
            begun.set()
            is_cut.wait(DEADLINE)
        return job

    def end(job: int) -> None:
        got.append(job)

    async with proxy(rabbitmq.port) as way:
        with rabbitmq.vhost() as url, Lab() as lab:
            where = Trouble(rabbitmq, url, way)
            await asyncio.to_thread(lab.start, where.url)
            await asyncio.to_thread(lab.add, early)
            await asyncio.to_thread(lab.add, end)
            await asyncio.to_thread(lab.connect, "early.out", "end.job")
            await asyncio.to_thread(lab.send, "early.job", 7)
            await asyncio.to_thread(begun.wait, DEADLINE)
            way.cut()
            await until(lambda: lab.status().is_up)
            is_cut.set()
            await until(lambda: 7 in got)  # twice, if the broker had not heard of it
            await asyncio.to_thread(lab.stop)
