"""The pure parts of the AMQP transport: options, objects, prefetch, deaths, rows of bindings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgflo_lab.binding import Binding, Kind
from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidDefinition, InvalidName, InvalidUrl
from msgflo_lab.names import QueueName
from msgflo_lab.transport import BrokerUrl
from msgflo_lab_transports.amqp import Properties, Settings, decode_properties, settings_of
from msgflo_lab_transports.amqp.acks import Acks
from msgflo_lab_transports.amqp.deaths import REASON, Death, buried, death_of, revived
from msgflo_lab_transports.amqp.delivery import Delivery
from msgflo_lab_transports.amqp.frames import encode_properties
from msgflo_lab_transports.amqp.limits import (
    AMQP_PREFETCH_FIRST,
    AMQP_PREFETCH_MOST,
    AMQP_PREFETCH_SECONDS,
)
from msgflo_lab_transports.amqp.management import Management, bindings_of
from msgflo_lab_transports.amqp.objects import Declared, declared
from msgflo_lab_transports.amqp.pace import Pace
from msgflo_lab_transports.amqp.settings import Confirms

QUEUE = QueueName("work.IN")


def settings(url: str, **options: object) -> Settings:
    return settings_of(BrokerUrl.parse(url, **options))


def test_settings() -> None:
    usual = settings("amqp://broker")
    assert (usual.confirms, usual.persistent, usual.prefetch, usual.quorum) == (
        Confirms.OWN,
        True,
        0,
        False,
    )
    assert usual.tls is None
    assert settings("amqp://b", quorum=True).confirms is Confirms.ALL
    assert settings("amqp://b?confirms=own", quorum=True).confirms is Confirms.OWN
    other = settings("amqps://b?confirms=all&persistent=no", prefetch=7, quorum=True, ca_certs="f")
    assert (other.confirms, other.persistent, other.prefetch, other.quorum) == (
        Confirms.ALL,
        False,
        7,
        True,
    )
    assert other.tls is not None
    assert other.tls.ca_certs == "f"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("amqp://b?speed=9", "no option `speed`; there are: ca_certs"),
        ("amqp://b?confirms=maybe", "it can be: own, all, none"),
        ("amqp://b?prefetch=-1", "a number from 0 to 65,535"),
        ("amqp://b?ca_certs=x", "is for amqps://"),
        ("amqps://b?keyfile=x", "needs `certfile`"),
    ],
)
def test_wrong_options(url: str, text: str) -> None:
    with pytest.raises(InvalidUrl, match=text):
        settings(url)


def test_an_inport_is_what_msgflo_nodejs_declares() -> None:
    found = declared(QUEUE, Side.IN, {})
    arguments = {"x-dead-letter-exchange": "dead-work.IN"}
    assert found == Declared(durable=True, auto_delete=False, arguments=arguments, parks=True)
    assert declared(QUEUE, Side.OUT, {}) == Declared()


def test_options_of_a_port() -> None:
    passing = declared(QUEUE, Side.IN, {"persistent": False})
    assert (passing.durable, passing.auto_delete, passing.parks) == (False, True, False)
    assert declared(QUEUE, Side.OUT, {"persistent": False}) == Declared(False, True)
    said = {"messageTtl": 5, "x-max-length": 3, "arguments": {"x-queue-mode": "lazy"}, "hue": 1}
    assert declared(QUEUE, Side.IN, said).arguments == {
        "x-dead-letter-exchange": "dead-work.IN",
        "x-message-ttl": 5,
        "x-max-length": 3,
        "x-queue-mode": "lazy",
    }
    elsewhere = declared(QUEUE, Side.IN, {"deadLetterExchange": "grave"})
    assert elsewhere.arguments == {"x-dead-letter-exchange": "grave"}
    assert not elsewhere.parks


def test_quorum_queues() -> None:
    def kind(options: dict[str, Any], *, quorum: bool) -> object:
        return declared(QUEUE, Side.IN, options, quorum=quorum).arguments.get("x-queue-type")

    assert kind({}, quorum=True) == "quorum"
    assert kind({"quorum": True}, quorum=False) == "quorum"
    assert kind({"quorum": False}, quorum=True) is None
    assert kind({"persistent": False}, quorum=True) is None
    assert kind({"x-queue-type": "classic"}, quorum=True) == "classic"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"persistent": False}, "`persistent=false`"),
        ({"durable": False}, "`durable=false`"),
        ({"autoDelete": True}, "`autoDelete=true`"),
    ],
)
def test_a_quorum_queue_stays(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidDefinition, match=f"{said} is for those that go"):
        declared(QUEUE, Side.IN, {"quorum": True, **options})
    assert declared(QUEUE, Side.OUT, {"quorum": True, **options}).goes
    assert not declared(QUEUE, Side.IN, {"quorum": True, "durable": True}).goes


@pytest.mark.parametrize("name", ["", "x" * 250, "ü" * 120, "\ud800", "amq.gen-1"])
def test_names_that_a_broker_cannot_have(name: str) -> None:
    with pytest.raises(InvalidName):
        declared(QueueName(name), Side.IN, {})


def work(pace: Pace, now: float, count: int, each: float) -> float:
    """A reader that always has its hands full, and takes so many seconds for each message."""
    in_hand = 0
    for _ in range(count):
        while in_hand < pace.prefetch:
            pace.came(now)
            in_hand += 1
        now += each
        pace.settled(now)
        in_hand -= 1
    return now


def test_a_fast_reader_gets_more_and_a_slow_one_less() -> None:
    pace = Pace()
    assert pace.prefetch == AMQP_PREFETCH_FIRST
    now = work(pace, 0.0, 10_000, 1e-5)
    assert pace.prefetch == AMQP_PREFETCH_MOST
    work(pace, now, 10_000, 1.0)
    assert pace.prefetch == AMQP_PREFETCH_FIRST


def test_a_reader_that_is_neither_keeps_what_it_has() -> None:
    pace = Pace()
    work(pace, 0.0, 1_000, AMQP_PREFETCH_SECONDS)
    assert pace.prefetch == AMQP_PREFETCH_FIRST


def test_the_time_without_messages_does_not_count() -> None:
    pace, now = Pace(), 0.0
    for _ in range(10):
        for _ in range(pace.prefetch):
            pace.came(now)
        for _ in range(pace.prefetch):
            now += 1e-4
            if pace.settled(now):
                break
        pace.anew()
        now += 100.0
    assert pace.prefetch > AMQP_PREFETCH_FIRST


def test_one_to_whom_little_comes_needs_no_more() -> None:
    pace, now = Pace(), 0.0
    for _ in range(100):
        pace.came(now)
        pace.settled(now + 1e-4)
        now += 1.0
    assert pace.prefetch == AMQP_PREFETCH_FIRST


@given(st.integers(1, 65_535), st.lists(st.floats(0, 10), max_size=50))
def test_a_prefetch_that_was_chosen_stays(fixed: int, steps: list[float]) -> None:
    pace, now = Pace(fixed), 0.0
    for step in steps:
        pace.came(now)
        now += step
        assert not pace.settled(now)
    assert pace.prefetch == fixed


def _delivery(properties: Properties) -> Delivery:
    return Delivery(
        None,  # type: ignore[arg-type]  # it is not settled here
        1,
        0,
        b"\x02ex\x03key",
        encode_properties(properties),
        b"body",
        False,
    )


def test_what_is_written_on_a_dead_letter() -> None:
    first = decode_properties(buried(_delivery(Properties(message_id="7")), QUEUE, "no\nkey", 10.5))
    assert first.message_id == "7"
    assert death_of(first, QUEUE) == Death("no\\nkey", 1, 10.0)
    assert first.headers is not None
    assert first.headers["x-first-death-queue"] == QUEUE
    (row,) = first.headers["x-death"]
    assert (row["exchange"], row["routing-keys"], row["reason"]) == ("ex", ["key"], "rejected")
    again = decode_properties(buried(_delivery(first), QUEUE, "still", 99.0))
    assert death_of(again, QUEUE) == Death("still", 2, 10.0)
    other = decode_properties(buried(_delivery(again), QueueName("other"), "there too", 200.0))
    assert death_of(other, QueueName("other")) == Death("there too", 1, 200.0)
    assert other.headers is not None
    assert [row["queue"] for row in other.headers["x-death"]] == ["other", QUEUE]


def test_deaths_that_a_broker_has_written() -> None:
    when = datetime(2026, 1, 2, tzinfo=UTC)
    row = {"queue": QUEUE, "reason": "expired", "count": 3, "time": when}
    found = Properties(headers={"x-death": [{"queue": "another"}, row]})
    assert death_of(found, QUEUE) == Death("expired", 3, when.timestamp())
    later = {**row, "reason": "maxlen", "count": 2, "time": when + timedelta(hours=1)}
    rows = {"x-death": [later, {"queue": "another"}, row]}
    assert death_of(Properties(headers=rows), QUEUE) == Death("maxlen", 5, when.timestamp())


def test_what_a_handler_said_is_told_of_that_death_only() -> None:
    first = decode_properties(buried(_delivery(Properties()), QUEUE, "no key", 10.0))
    requeued = decode_properties(revived(_delivery(first)))
    assert death_of(requeued, QUEUE) == Death("rejected", 1, 10.0)
    assert first.headers is not None
    expired = {"queue": QUEUE, "reason": "expired", "count": 1}
    later = {**first.headers, "x-death": [expired, *first.headers["x-death"]]}
    assert death_of(Properties(headers=later), QUEUE) == Death("expired", 2, 10.0)


@given(st.data())
def test_acknowledgements_never_cover_what_is_open(data: st.DataObject) -> None:
    """Whatever the order: at each moment the broker knows of what is settled, and of no more."""
    acks, last = Acks(), data.draw(st.integers(0, 30))
    settled: set[int] = set()
    rejected: set[int] = set()
    known: set[int] = set()
    for tag in data.draw(st.permutations(range(1, last + 1))):
        if data.draw(st.booleans()):
            acks.told(tag)
            rejected.add(tag)
        else:
            acks.add(tag)
            settled.add(tag)
        if data.draw(st.booleans()):
            for upto, multiple in acks.take():
                covered = set(range(1, upto + 1)) if multiple else {upto}
                assert covered <= settled | rejected
                known |= covered & settled
            assert known == settled
            assert not len(acks)


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"x-death": "nonsense"},
        {"x-death": [1, None]},
        {"x-death": [{"queue": QUEUE, "count": "many", "time": "noon"}]},
        {REASON: 5},
    ],
)
def test_headers_that_say_nothing_of_a_death(headers: dict[str, Any] | None) -> None:
    found = death_of(Properties(headers=headers), QUEUE)
    assert (found.count, found.first) == (1, 0.0)
    buried(_delivery(Properties(headers=headers)), QUEUE, "why", 1.0)


def test_the_rows_of_the_management_interface() -> None:
    def row(
        source: str, target: str, kind: str = "queue", lab: str | None = "me"
    ) -> dict[str, Any]:
        arguments = {} if lab is None else {"x-msgflo-lab": lab}
        return {
            "source": source,
            "destination": target,
            "destination_type": kind,
            "arguments": arguments,
        }

    rows = [
        row("a.OUT", "b.IN"),
        row("a.OUT", "c.IN", lab=None),
        row("a.OUT", "d.IN", lab="you"),
        row("web.JOB", "out-web.JOB", "exchange"),
        row("out-web.JOB", "work.IN"),
        row("dead-work.IN", "failed.IN"),
        row("", "b.IN", lab=None),
        row("b.IN", "b.IN", lab=None),
        row("dead-b.IN", "dead-b.IN", lab=None),
    ]
    assert set(bindings_of(rows, "me")) == {
        Binding(QueueName("a.OUT"), QueueName("b.IN")),
        Binding(QueueName("web.JOB"), QueueName("work.IN"), Kind.ROUND_ROBIN),
        Binding(QueueName("work.IN"), QueueName("failed.IN"), Kind.DEAD_LETTER),
    }
    assert set(bindings_of(rows, None)) == {
        *bindings_of(rows, "me"),
        Binding(QueueName("a.OUT"), QueueName("c.IN")),
        Binding(QueueName("a.OUT"), QueueName("d.IN")),
    }


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("amqp://me:secret@127.0.0.1", "at http://127.0.0.1:15672 "),
        ("amqps://me:secret@127.0.0.1", "at https://127.0.0.1:15671 "),
        ("amqps://me:secret@[::1]", "at https://[::1]:15671 "),
        ("amqps://me:secret@127.0.0.1?management=http://localhost:1", "at http://localhost:1 "),
    ],
)
async def test_where_the_management_interface_is(url: str, asked: str) -> None:
    """Whoever asks for encryption gets it there, too."""
    management = Management(settings(url))
    assert await management.queues() is None
    assert asked in management.silence
    assert "secret" not in management.silence
