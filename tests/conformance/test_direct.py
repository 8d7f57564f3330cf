"""In the process: who is busy is known, and what is kept has bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.errors import Timeout, TransportError
from msgflo_lab.names import QueueName
from msgflo_lab.transport import Subscription
from msgflo_lab_transports import dead_letters, inbox, losses
from msgflo_lab_transports import direct as module
from msgflo_lab_transports.dead_letters import Box
from tests.conformance.places import Place, direct, numbered, opened, publish_all, take, until
from tests.conformance.test_dead_letters import next_of, reject

pytestmark = pytest.mark.anyio

SOURCE, QUEUE, GRAVE = (QueueName(each) for each in ("out", "in", "grave"))


@pytest.fixture
async def here(anyio_backend: object) -> AsyncIterator[Place]:
    """The process only."""
    async with opened(direct()) as found:
        yield found


def _waiting(subscription: Subscription) -> int:
    assert isinstance(subscription, inbox.Inbox)
    return len(subscription)


async def test_one_that_is_not_busy_comes_first(here: Place) -> None:
    binder = await here.binder()
    workers = [await (await here.client()).subscribe(QUEUE) for _ in range(3)]
    await binder.bind(Binding(SOURCE, QUEUE, Kind.ROUND_ROBIN))
    await publish_all(binder, SOURCE, numbered(3))
    assert [_waiting(each) for each in workers] == [1, 1, 1]
    busy = [await next_of(each) for each in workers]
    busy[1].ack()
    await publish_all(binder, SOURCE, numbered(1, 3))
    assert [_waiting(each) for each in workers] == [0, 1, 0]
    busy[0].nack()
    busy[2].retry(60)
    await publish_all(binder, SOURCE, numbered(2, 4))
    assert [_waiting(each) for each in workers] == [1, 1, 1]
    # Published to themselves, it is for everybody.
    await publish_all(binder, QUEUE, numbered(1))
    assert [_waiting(each) for each in workers] == [2, 2, 2]


async def test_the_publisher_waits_when_all_are_full(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DIRECT_INBOX_MESSAGES", 4)
    binder = await here.binder()
    workers = [await binder.subscribe(QUEUE) for _ in range(2)]
    tap = await binder.tap(QUEUE, Side.IN)
    await binder.bind(Binding(SOURCE, QUEUE, Kind.ROUND_ROBIN))
    await publish_all(binder, SOURCE, numbered(8))
    publishing = asyncio.create_task(publish_all(binder, SOURCE, numbered(2, 8)))
    assert len(await take(tap, 9)) == 9, "an onlooker does not wait"
    assert not publishing.done()
    await take(workers[1], 2)
    await publishing
    assert [_waiting(each) for each in workers] == [4, 4]
    # One that closes leaves it to the other.
    waiting = asyncio.create_task(publish_all(binder, SOURCE, [b"last"]))
    await take(tap, 2)
    await workers[0].close()
    assert (await take(workers[1], 5))[-1] == b"last"
    await waiting


async def test_a_publisher_does_not_wait_for_ever(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DIRECT_INBOX_MESSAGES", 1)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)
    binder = await here.binder()
    for _ in range(2):
        await binder.subscribe(QUEUE)
    await binder.bind(Binding(SOURCE, QUEUE, Kind.ROUND_ROBIN))
    await publish_all(binder, SOURCE, numbered(2))
    with pytest.raises(Timeout, match="the inbox of `in` has been full"):
        await binder.publish(SOURCE, b"")


async def test_a_binding_to_nobody_takes_no_dead_letters(here: Place) -> None:
    binder = await here.binder()
    inbox = await binder.subscribe(QUEUE)
    await binder.bind(Binding(QUEUE, GRAVE, Kind.DEAD_LETTER))
    await publish_all(binder, QUEUE, numbered(2))
    await reject(inbox, 1)
    assert [each.payload for each in await binder.dead_letters.look(QUEUE)] == numbered(1)
    grave = await binder.subscribe(GRAVE)
    await reject(inbox, 1)
    assert await take(grave, 1) == numbered(1, 1)


async def test_nothing_is_requeued_to_nobody(here: Place) -> None:
    binder = await here.binder()
    inbox = await binder.subscribe(QUEUE)
    await publish_all(binder, QUEUE, numbered(1))
    await reject(inbox, 1)
    await inbox.close()
    await binder.tap(QUEUE, Side.IN)
    with pytest.raises(TransportError, match="nobody listens to `in`"):
        await binder.dead_letters.requeue(QUEUE)
    [letter] = await binder.dead_letters.look(QUEUE)
    inbox = await binder.subscribe(QUEUE)
    assert await binder.dead_letters.requeue(QUEUE) == 1
    assert letter.payload == (await take(inbox, 1))[0]


async def test_two_who_requeue_at_once_do_it_once(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DIRECT_INBOX_MESSAGES", 2)
    one, two = await here.binder(), await here.binder()
    inbox = await one.subscribe(QUEUE)
    for payload in numbered(4):
        await one.publish(QUEUE, payload)
        await reject(inbox, 1)
    both = [asyncio.create_task(each.dead_letters.requeue(QUEUE)) for each in (one, two)]
    assert sorted(await take(inbox, 4)) == numbered(4)
    assert sum(await asyncio.gather(*both)) == 4
    assert _waiting(inbox) == 0
    assert await two.dead_letters.queues() == {}


async def test_what_waits_when_the_reader_leaves_is_a_dead_letter(here: Place) -> None:
    binder, client = await here.binder(), await here.client()
    inbox = await client.subscribe(QUEUE)
    await publish_all(binder, QUEUE, numbered(5))
    waits, held, late = [await next_of(inbox) for _ in range(3)]
    waits.retry(60)
    await inbox.close()
    late.retry()
    held.nack("too late")
    await reject(inbox, 1, "inside")
    found = await binder.dead_letters.look(QUEUE)
    assert [(each.payload, each.reason) for each in found] == [
        (numbered(5)[0], "its reader left before another attempt"),
        (numbered(5)[2], "its reader has left"),
        (numbered(5)[1], "too late"),
        (numbered(5)[3], "inside"),
    ]


async def test_those_who_wait_have_a_bound(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "RETRIES", 2)
    binder = await here.binder()
    subscription = await binder.subscribe(QUEUE)
    await publish_all(binder, QUEUE, numbered(3))
    for _ in range(3):
        (await next_of(subscription)).retry(0.01)
    [letter] = await binder.dead_letters.look(QUEUE)
    assert letter.reason == "too many wait for another attempt"
    assert await take(subscription, 2) == numbered(2)


async def test_names_of_letters_are_used_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when everything has ended, and begun anew."""
    seen: set[str] = set()
    for _ in range(2):
        async with opened(direct()) as here:
            binder = await here.binder()
            inbox = await binder.subscribe(QUEUE)
            await publish_all(binder, QUEUE, numbered(3))
            await reject(inbox, 3)
            names = {each.id for each in await binder.dead_letters.look(QUEUE)}
            assert len(names) == 3
            assert not names & seen
            seen |= names


async def test_those_that_have_to_go_are_spoken_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "DEAD_LETTERS", 3)
    notes: list[str] = []
    async with opened(direct()) as here:
        binder = await here.binder(on_note=notes.append)
        inbox = await binder.subscribe(QUEUE)
        await publish_all(binder, QUEUE, numbered(5))
        await reject(inbox, 5)
        await until(lambda: bool(notes))
        assert notes == [
            "2 messages were forgotten, as there are too many dead letters: the oldest of `in` had "
            "to go"
        ]
        await binder.publish(QUEUE, b"last")
        await reject(inbox, 1)
    # What has not been said by then is said in the end.
    assert len(notes) == 2


async def test_the_box_has_bounds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(dead_letters, "DEAD_LETTERS", 3)
    monkeypatch.setattr(dead_letters, "DEAD_LETTERS_BYTES", 100)
    monkeypatch.setattr(dead_letters, "DEAD_LETTER_QUEUES", 2)
    monkeypatch.setattr(losses, "LOSS_LOG_SECONDS", 0.0)
    box = Box(clock=lambda: 7.0)

    def there(queue: QueueName) -> list[bytes]:
        return [each.payload for each in box.letters(queue)]

    for payload in numbered(5):
        box.add(QUEUE, payload, "")
    assert there(QUEUE) == numbered(3, 2)
    box.add(QUEUE, b"x" * 200, "why " * 1_000)
    assert there(QUEUE) == [b"x" * 200]
    [letter] = box.letters(QUEUE)
    assert (len(letter.reason), letter.first, letter.count) == (1_000, 7.0, 1)
    for queue in (SOURCE, GRAVE):
        box.add(queue, b"", "")
    assert box.counts() == {SOURCE: 1, GRAVE: 1}
    await until(lambda: len(caplog.messages) == 1)
    assert caplog.messages[0].startswith(
        "6 messages were forgotten, as there are too many dead letters: the oldest of `in`"
    )


async def test_requeued_ones_are_known_again_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "REQUEUED", 2)
    now = [1.0]
    box = Box(clock=lambda: now[0])

    def leave(payload: bytes) -> None:
        for letter in list(box.letters(QUEUE)):
            assert box.leaves(letter, payload)
            assert not box.leaves(letter, payload)
            box.left(letter)
            assert not box.leaves(letter, payload)

    for _ in range(2):
        box.add(QUEUE, b"same", "")
    leave(b"same")
    now[0] = 2.0
    for _ in range(3):
        box.add(QUEUE, b"same", "")
    assert [(each.count, each.first) for each in box.letters(QUEUE)] == [(2, 1.0)] * 2 + [(1, 2.0)]
    for other in (b"a", b"b", b"c"):
        leave(other)
        box.add(QUEUE, b"next", "")
    box.add(QUEUE, b"a", "")
    assert [each.count for each in box.letters(QUEUE)][-1] == 1, "forgotten for the others"
