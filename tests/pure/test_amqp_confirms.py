"""Which messages have been answered for, against a model; and content put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab_transports.amqp.arrival import Arrival
from msgflo_lab_transports.amqp.confirms import Confirms, Fate, Sent
from msgflo_lab_transports.amqp.frames import (
    NO_PROPERTIES,
    MalformedFrame,
    Properties,
    encode_content,
    encode_properties,
)

ANSWERS = st.lists(
    st.one_of(
        st.just(("publish", 0, False)),
        st.tuples(st.sampled_from(["ack", "nack"]), st.integers(0, 30), st.booleans()),
    ),
    max_size=60,
)


class Told:
    """Collects who has been told what."""

    def __init__(self) -> None:
        self.all: list[tuple[int, Fate]] = []

    def of(self, number: int) -> Callable[[Fate], None]:
        return lambda fate: self.all.append((number, fate))

    def tell(self, told: list[tuple[Callable[[Fate], None], Fate]]) -> None:
        for then, fate in told:
            then(fate)


@given(ANSWERS)
def test_everybody_is_told_once_and_in_order(answers: list[tuple[str, int, bool]]) -> None:
    confirms, told = Confirms(), Told()
    last, waiting, expected = 0, set[int](), []
    for what, tag, multiple in answers:
        if what == "publish":
            last += 1
            assert confirms.add(told.of(last)) == last
            waiting.add(last)
            continue
        fate = Fate.CONFIRMED if what == "ack" else Fate.REFUSED
        # A broker names nothing that was not published.
        tag = min(tag, last)
        named = {n for n in waiting if n <= (tag or last)} if multiple else waiting & {tag}
        waiting -= named
        expected += [(number, fate) for number in sorted(named)]
        told.tell(confirms.settle(tag, multiple, fate))
        assert told.all == expected
        assert len(confirms) == len(waiting)
        for number in range(1, last + 1):
            assert confirms.done_up_to(number) == all(n > number for n in waiting)
    told.tell(confirms.lose())
    assert told.all == expected + [(number, Fate.LOST) for number in sorted(waiting)]
    assert len(confirms) == 0


def sent(body: bytes = b"", to: str = "nowhere", **said: Any) -> Sent:
    return Sent(("", to), encode_properties(Properties(**said)), body)


def test_what_is_returned() -> None:
    confirms, told = Confirms(), Told()
    confirms.add(None)
    for number in (2, 3, 4):
        assert confirms.add_mandatory(told.of(number), sent(b"%d" % number)) == number
    confirms.add_mandatory(told.of(5), sent(message_id="mine", priority=3))
    confirms.returned(sent(b"3"))
    # Written in another way, by a broker of another version.
    confirms.returned(sent(message_id="mine", priority=3, headers={}))
    confirms.returned(sent(b"2", to="another"))
    confirms.returned(sent(b"of nobody"))
    told.tell(confirms.settle(3, True, Fate.CONFIRMED))
    told.tell(confirms.settle(5, False, Fate.CONFIRMED))
    # One that was given back and is known no more.
    confirms.returned(sent(b"3"))
    told.tell(confirms.settle(4, False, Fate.REFUSED))
    assert told.all == [
        (2, Fate.CONFIRMED), (3, Fate.RETURNED), (5, Fate.RETURNED), (4, Fate.REFUSED),
    ]  # fmt: skip


def test_messages_with_one_id_are_told_apart() -> None:
    confirms, told = Confirms(), Told()
    for number in range(1, 6):
        body = b"%d" % (number // 2)
        confirms.add_mandatory(told.of(number), sent(body, message_id="mine"))
    for body in (b"1", b"2", b"2"):
        confirms.returned(sent(body, message_id="mine"))
    told.tell(confirms.settle(0, True, Fate.CONFIRMED))
    # Those with the same content are one as good as the other.
    returned = [number for number, fate in told.all if fate is Fate.RETURNED]
    assert returned == [2, 4, 5]


def test_what_comes_back_from_an_exchange_is_seen_to() -> None:
    """By somebody else than its sender, who is told later; a queue that is not there is told."""
    confirms, told, kept = Confirms(), Told(), list[Sent]()
    confirms.unrouted = lambda message, _then: kept.append(message)
    lost = Sent(("exchange", ""), NO_PROPERTIES, b"1")
    confirms.add_mandatory(told.of(1), lost)
    confirms.add_mandatory(told.of(2), lost)
    confirms.add_mandatory(told.of(3), sent(b"3"))
    confirms.returned(lost)
    confirms.returned(sent(b"3"))
    told.tell(confirms.settle(0, True, Fate.CONFIRMED))
    assert told.all == [(2, Fate.CONFIRMED), (3, Fate.RETURNED)]
    assert kept == [lost]


def test_what_is_refused_is_seen_to() -> None:
    """Where it was kept, and somebody wants to know."""
    confirms, told, again = Confirms(), Told(), list[Sent]()

    def refused(message: Sent, then: Callable[[Fate], None]) -> None:
        again.append(message)
        confirms.add_mandatory(then, message)

    confirms.refused = refused
    for number in range(1, 4):
        confirms.add_mandatory(told.of(number), sent(b"%d" % number))
    confirms.add_mandatory(None, sent(b"4"))
    confirms.add(told.of(5))
    told.tell(confirms.settle(5, True, Fate.REFUSED))
    assert told.all == [(5, Fate.REFUSED)]
    assert again == [sent(b"1"), sent(b"2"), sent(b"3")]
    told.tell(confirms.settle(6, False, Fate.CONFIRMED))
    told.tell(confirms.lose())
    assert told.all[1:] == [(1, Fate.CONFIRMED), (2, Fate.LOST), (3, Fate.LOST)]
    assert confirms.kept == 0


class Arrived:
    """Collects content."""

    def __init__(self, limit: int = 1_000) -> None:
        self.all: list[tuple[bytes, bytes | None]] = []
        self.arrival = Arrival(lambda properties, body: self.all.append((properties, body)), limit)

    def take(self, body: bytes, chunk: int, properties: bytes = NO_PROPERTIES) -> None:
        frames = b"".join(encode_content(1, body, properties, chunk))
        self.arrival.begin()
        at, kind = 0, 2
        while at < len(frames):
            assert frames[at] == kind
            size = int.from_bytes(frames[at + 3 : at + 7], "big")
            start, stop = at + 7, at + 7 + size
            if kind == 2:
                self.arrival.header(frames, start, stop)
            else:
                self.arrival.body(frames[start:stop])
            at, kind = stop + 1, 3


@given(st.lists(st.tuples(st.binary(max_size=60), st.integers(1, 60)), max_size=6))
def test_content_is_put_together(bodies: list[tuple[bytes, int]]) -> None:
    arrived = Arrived(limit=40)
    for body, chunk in bodies:
        arrived.take(body, chunk)
    assert arrived.all == [(NO_PROPERTIES, body if len(body) <= 40 else None) for body, _ in bodies]


def test_content_out_of_turn() -> None:
    arrived = Arrived()
    head = encode_content(1, b"abc", NO_PROPERTIES, 10)[0][7:] + NO_PROPERTIES
    with pytest.raises(MalformedFrame, match="header"):
        arrived.arrival.header(head, 0, len(head))
    with pytest.raises(MalformedFrame, match="body"):
        arrived.arrival.body(b"a")
    arrived.arrival.begin()
    with pytest.raises(MalformedFrame, match="within"):
        arrived.arrival.begin()
    with pytest.raises(MalformedFrame, match="cut short"):
        arrived.arrival.header(head, 0, len(head) - 1)
    arrived.arrival.header(head, 0, len(head))
    with pytest.raises(MalformedFrame, match="within"):
        arrived.arrival.begin()
    with pytest.raises(MalformedFrame, match="too long"):
        arrived.arrival.body(b"abcd")
