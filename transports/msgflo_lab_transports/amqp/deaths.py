"""What is written on a dead letter: RabbitMQ's `x-death`, and why its handler failed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from msgflo_lab.names import QueueName, shown

from .delivery import Delivery
from .frames import Encoded, MalformedFrame, Properties, encode_properties

REASON = "x-msgflo-lab-reason"
"""The header that says what the handler raised."""
_LONGEST_REASON = 200


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
    """What a message says about itself; nothing, where that cannot be read."""
    try:
        return delivery.properties
    except MalformedFrame:
        return Properties()


def death_of(properties: Properties, queue: QueueName) -> Death:
    """What is written on it about this queue."""
    headers = properties.headers or {}
    row = _row(_rows(headers), queue)
    time, count = row.get("time"), row.get("count", 1)
    reason = headers.get(REASON, row.get("reason", "rejected"))
    return Death(
        reason=str(reason),
        count=count if isinstance(count, int) else 1,
        first=time.timestamp() if isinstance(time, datetime) else 0.0,
    )


def buried(delivery: Delivery, queue: QueueName, reason: str, now: float) -> Encoded:
    """The properties of a message that is rejected now, written as RabbitMQ would write them.

    Args:
        now: Seconds since the epoch.
    """
    properties = said(delivery)
    headers = dict(properties.headers or {})
    rows = _rows(headers)
    before = _row(rows, queue)
    is_known = before.get("queue") == queue and before.get("reason") == "rejected"
    count = before.get("count", 1) if is_known else 0
    row: dict[str, Any] = {
        "count": (count if isinstance(count, int) else 1) + 1,
        "reason": "rejected",
        "queue": queue,
        "time": before["time"] if is_known else datetime.fromtimestamp(int(now), UTC),
        "exchange": delivery.exchange,
        "routing-keys": [delivery.routing_key],
    }
    headers["x-death"] = [row, *(each for each in rows if each is not before or not is_known)]
    headers.setdefault("x-first-death-queue", queue)
    headers.setdefault("x-first-death-reason", "rejected")
    headers.setdefault("x-first-death-exchange", delivery.exchange)
    headers[REASON] = shown(reason, _LONGEST_REASON)
    return encode_properties(replace(properties, headers=headers))


def _rows(headers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    deaths = headers.get("x-death")
    return [row for row in deaths if isinstance(row, Mapping)] if isinstance(deaths, list) else []


def _row(rows: list[Mapping[str, Any]], queue: QueueName) -> Mapping[str, Any]:
    return next((row for row in rows if row.get("queue") == queue), rows[0] if rows else {})
