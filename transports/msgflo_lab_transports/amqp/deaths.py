"""What is written on a message that was not processed. Pure.

RabbitMQ's `x-death`, why its handler failed, and how often it was tried.

All else stays as its sender wrote it (see `headers`), but for what would have the broker refuse it,
lose it, or hand it to those who had it already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from msgflo_lab.names import QueueName, shown

from .delivery import Delivery
from .frames import Encoded, MalformedFrame, Properties
from .headers import changed, decoded, encoded, header_of, headers_of, items_of, list_of, readable

ATTEMPT = "x-msgflo-lab-attempt"
"""The header that counts how often a message has been tried."""
REASON = "x-msgflo-lab-reason"
"""The header that says what the handler raised."""
MARK = "x-msgflo-lab-again"
"""The header that tells one that was sent once more from others that are equal."""
_DEATHS = "x-death"
_LONGEST_REASON = 200
_OTHERS = ("user_id",)
"""A broker takes a `user_id` only from that user, and closes the channel on others."""
_ATTEMPT, _MARK = ATTEMPT.encode(), MARK.encode()
_COPIES = ("CC", "BCC")
"""Headers by which a message goes to other queues too, where it has been."""
DELIVERIES = "x-delivery-count"
"""The header in which a quorum queue says how often a message has come back to it."""
_COUNTED = (DELIVERIES, "x-acquired-count")
"""Headers that a broker writes for one queue, and leaves alone where it has nothing to say."""
_PERSISTENT = {"delivery_mode": b"\x02"}


@dataclass(frozen=True, slots=True)
class Death:
    """How a message became a dead letter of a queue.

    Attributes:
        reason: In the handler's words, or else in RabbitMQ's.
        count: How often it has.
        first: When it did for the first time, in seconds since the epoch; 0 if nobody knows.
    """

    reason: str = "rejected"
    count: int = 1
    first: float = 0.0


def said(delivery: Delivery) -> Properties:
    """What a message says about itself, as far as that can be read."""
    return readable(delivery.encoded_properties)


def attempt_of(delivery: Delivery) -> int:
    """1, and one more for each `again` before."""
    found = header_of(delivery.encoded_properties, ATTEMPT)
    return found if isinstance(found, int) and found > 0 else 1


def death_of(properties: Properties, queue: QueueName) -> Death:
    """What is written on it about this queue."""
    headers = properties.headers or {}
    rows = _rows_of(queue, _rows(headers))
    reason = str(rows[0].get("reason", "rejected")) if rows else "rejected"
    if reason == "rejected":  # what the handler said has nothing to do with the others
        reason = str(headers.get(REASON, reason))
    return Death(
        reason=reason,
        count=sum(map(_count_of, rows)) or 1,
        first=min((time.timestamp() for time in map(_time_of, rows) if time), default=0.0),
    )


def buried(
    delivery: Delivery, queue: QueueName, reason: str, now: float, *, lean: bool = False
) -> Encoded:
    """The properties of a message that is rejected now, written as RabbitMQ would write them.

    Args:
        now: Seconds since the epoch.
        lean: Leave the headers of others out.
    """
    properties = delivery.encoded_properties
    before, others = ({}, []) if lean else _deaths(properties, queue)
    exchange, key = _plain(delivery.exchange), _plain(delivery.routing_key)
    row: dict[str, Any] = {
        "count": (_count_of(before) if before else 0) + 1,
        "reason": "rejected",
        "queue": queue,
        "time": _time_of(before) or datetime.fromtimestamp(int(now), UTC),
        "exchange": exchange,
        "routing-keys": [key],
    }
    expiration = said(delivery).expiration
    if expiration is not None:
        # It is dead already, and is to lie there until somebody sees to it.
        row["original-expiration"] = _plain(expiration)
    headers = {
        _DEATHS: list_of([encoded(row), *others]),
        REASON: encoded(shown(_plain(reason), _LONGEST_REASON)),
    }
    known = () if lean else [name for name, _ in headers_of(properties)]
    for name, value in (("queue", queue), ("reason", "rejected"), ("exchange", exchange)):
        if f"x-first-death-{name}".encode() not in known:
            headers[f"x-first-death-{name}"] = encoded(value)
    # Its attempts are over. Whoever gets it next begins to count anew.
    return changed(properties, headers, without=(ATTEMPT, "expiration", *_OTHERS), lean=lean)


def again(delivery: Delivery, attempt: int, *, lean: bool = False) -> Encoded:
    """The properties of a message that is to come again, as this attempt.

    Args:
        lean: Leave the headers of others out.
    """
    # An expiration would end its wait before the time, or lose it.
    without = ("expiration", *_OTHERS, *_COPIES)
    return changed(
        delivery.encoded_properties,
        {ATTEMPT: encoded(attempt)},
        without=without,
        properties=_PERSISTENT,
        lean=lean,
    )


def revived(delivery: Delivery) -> Encoded:
    """The properties of a dead letter that is requeued: all its attempts are before it again.

    Who rejects it next may have no words for it: those of the last one are not his.
    """
    without = (ATTEMPT, REASON, *_COUNTED, *_OTHERS, *_COPIES)
    return changed(delivery.encoded_properties, {}, without=without)


def renewed(delivery: Delivery) -> Encoded:
    """The properties of a letter that takes its own place: its deliveries are counted anew."""
    return changed(delivery.encoded_properties, {}, without=(*_COUNTED, *_OTHERS, *_COPIES))


def is_attempt(properties: Encoded) -> bool:
    """Whether it is probably one that comes again. Cheap."""
    return properties.find(_ATTEMPT) >= 0


def once_more(properties: Encoded, mark: str = "") -> Encoded:
    """The properties of a message that is sent again to one queue, by somebody else."""
    headers = {MARK: encoded(mark)} if mark else {}
    try:
        return changed(properties, headers, without=("user_id", *_COPIES))
    except MalformedFrame:
        return properties  # as its sender wrote them


def mark_of(properties: Encoded) -> str:
    """What it was marked with when it was sent again; empty if it was not. Cheap."""
    found = header_of(properties, MARK) if properties.find(_MARK) >= 0 else None
    return found if isinstance(found, str) else ""


def _plain(text: str) -> str:
    """A text that can be written; what cannot be is marked."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _deaths(properties: bytes, queue: QueueName) -> tuple[Mapping[str, Any], list[bytes]]:
    """Our row of `x-death`, and the others as they came."""
    ours: Mapping[str, Any] = {}
    others: list[bytes] = []
    written = dict(headers_of(properties)).get(_DEATHS.encode(), b"")
    for item in items_of(written):
        row = _read(item)
        is_ours = row.get("queue") == queue and row.get("reason") == "rejected"
        if is_ours and not ours:
            ours = row
        elif item.startswith(b"F"):
            others.append(item)
    return ours, others


def _read(item: bytes) -> Mapping[str, Any]:
    try:
        found = decoded(item)
    except MalformedFrame:
        return {}
    return found if isinstance(found, Mapping) else {}


def _rows(headers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    deaths = headers.get("x-death")
    return [row for row in deaths if isinstance(row, Mapping)] if isinstance(deaths, list) else []


def _rows_of(queue: QueueName, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of a queue, one for each reason, the latest first; else the latest of any."""
    return [row for row in rows if row.get("queue") == queue] or rows[:1]


def _count_of(row: Mapping[str, Any]) -> int:
    count = row.get("count", 1)
    return count if isinstance(count, int) else 1


def _time_of(row: Mapping[str, Any]) -> datetime | None:
    time = row.get("time")
    return time if isinstance(time, datetime) else None
