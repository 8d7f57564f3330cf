"""A lost link: what the broker has taken back comes again, and is not done meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Collection

import pytest

from msgflo_lab.names import QueueName, Role
from msgflo_lab.runtime.behaviour import behaviour_of
from msgflo_lab.runtime.participant import LocalParticipant
from msgflo_lab.transport import Delivery, Link, Traits
from tests.runtime.helpers import DEADLINE, until

pytestmark = pytest.mark.anyio


class Given:
    """A delivery that the broker may take back."""

    attempt = 1

    def __init__(self, broker: Broker, number: int) -> None:
        self.queue = QueueName("in")
        self.payload = b"%d" % number
        self.settled = False
        self._broker = broker
        self._life = broker.life

    @property
    def is_void(self) -> bool:
        return not self.settled and self._life != self._broker.life

    def ack(self) -> None:
        if not self.is_void:
            self.settled = True
            self._broker.done.append(int(self.payload))

    @property
    def metadata(self) -> dict[str, str]:
        return {}

    def nack(self, reason: str = "") -> None:
        raise AssertionError(reason)

    def retry(self, after: float = 0.0) -> None:
        raise AssertionError(after)

    def give_back(self) -> None:
        raise AssertionError(self.payload)


class Broker:
    """A client of a broker that gives so many messages, and gives what is open again.

    Attributes:
        life: Which link it is.
        done: What was acknowledged.
    """

    traits = Traits(keeps=True)
    queue = QueueName("in")
    on_arrival: Callable[[Delivery], object] | None = None
    at_hand: Collection[Delivery] = ()

    def __init__(self, count: int) -> None:
        self.life = 0
        self.done: list[int] = []
        self._count = count
        self._inbox: asyncio.Queue[Given] = asyncio.Queue()
        self.give()

    def give(self) -> None:
        """Deliver all that is not acknowledged."""
        while not self._inbox.empty():
            self._inbox.get_nowait()
        for number in range(self._count):
            if number not in self.done:
                self._inbox.put_nowait(Given(self, number))

    def __len__(self) -> int:
        return self._inbox.qsize()

    def __aiter__(self) -> Broker:
        return self

    async def __anext__(self) -> Given:
        return await self._inbox.get()

    async def get(self) -> Given:
        return await self._inbox.get()

    async def subscribe(self, queue: QueueName) -> Broker:
        return self

    async def declare(self, *said: object) -> None:
        pass

    async def post(self, *said: object, **more: object) -> None:
        pass

    async def publish(self, *said: object) -> None:
        pass

    async def announce(self, announcement: bytes) -> None:
        pass

    async def close(self) -> None:
        pass


class Slow:
    """A handler that counts what it gets, and waits in the first of it."""

    def __init__(self) -> None:
        self.runs: Counter[int] = Counter()
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def plain(self, x: int) -> None:
        self.runs[x] += 1
        self.begun.set()
        self.may_go_on.wait(DEADLINE)

    async def on_a_loop(self, x: int) -> None:
        self.runs[x] += 1
        self.begun.set()
        await asyncio.to_thread(self.may_go_on.wait, DEADLINE)


async def started(code: Callable[..., object], broker: Broker) -> LocalParticipant:
    participant = LocalParticipant(
        Role("slow"),
        behaviour_of(code),
        queue_of=lambda _role, port, _mine: QueueName(port),
        on_change=lambda _: None,
    )
    await participant.start(broker)
    return participant


@pytest.mark.parametrize("code", ["plain", "on_a_loop"])
async def test_what_is_void_is_not_done(code: str) -> None:
    broker, slow = Broker(100), Slow()
    participant = await started(getattr(slow, code), broker)
    await asyncio.to_thread(slow.begun.wait, DEADLINE)
    async with asyncio.timeout(DEADLINE):
        await until(broker._inbox.empty)  # all are ahead of the handler
        broker.life += 1
        participant.link_changed(Link.DOWN, "gone")
        slow.may_go_on.set()
        broker.give()
        participant.link_changed(Link.UP, "back")
        await until(lambda: len(broker.done) == 100)
    assert broker.done == list(range(100))
    # Only the one in hand was begun before.
    assert slow.runs == Counter({0: 2} | dict.fromkeys(range(1, 100), 1))
    await participant.stop()
    participant.link_changed(Link.DOWN, "too late")
    participant.link_changed(Link.UP, "too late")


async def test_what_is_not_void_stays_in_order() -> None:
    """The link of a broker that leaves deliveries with their reader."""
    broker, slow = Broker(100), Slow()
    participant = await started(slow.plain, broker)
    await asyncio.to_thread(slow.begun.wait, DEADLINE)
    async with asyncio.timeout(DEADLINE):
        await until(broker._inbox.empty)
        participant.link_changed(Link.DOWN, "gone")
        slow.may_go_on.set()
        await until(lambda: len(broker.done) == 100)
    assert broker.done == list(range(100))
    assert set(slow.runs.values()) == {1}
    await participant.stop()


async def test_what_becomes_void_while_code_is_put_in_is_left() -> None:
    broker, slow = Broker(50), Slow()
    participant = await started(slow.plain, broker)
    await asyncio.to_thread(slow.begun.wait, DEADLINE)
    async with asyncio.timeout(DEADLINE):
        await until(broker._inbox.empty)
        replacing = asyncio.create_task(participant.replace(behaviour_of(slow.plain)))
        await until(lambda: participant._ahead._held)
        broker.life += 1
        participant.link_changed(Link.DOWN, "gone")
        slow.may_go_on.set()
        await replacing
        broker.give()
        participant.link_changed(Link.UP, "back")
        await until(lambda: len(broker.done) == 50)
    assert broker.done == list(range(50))
    assert slow.runs == Counter({0: 2} | dict.fromkeys(range(1, 50), 1))
    await participant.stop()


async def test_what_becomes_void_in_the_inbox_is_left() -> None:
    """More than may be ahead of a handler: the others wait for room."""
    broker, slow = Broker(1_000), Slow()
    participant = await started(slow.plain, broker)
    await asyncio.to_thread(slow.begun.wait, DEADLINE)
    async with asyncio.timeout(DEADLINE):
        await until(lambda: participant._ahead._full)
        await asyncio.sleep(0)
        broker.life += 1
        participant.link_changed(Link.DOWN, "gone")
        broker.give()
        slow.may_go_on.set()
        await until(lambda: len(broker.done) == 1_000)
    assert broker.done == list(range(1_000))
    assert slow.runs == Counter({0: 2} | dict.fromkeys(range(1, 1_000), 1))
    await participant.stop()
