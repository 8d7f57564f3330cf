"""Dead letters as text: in a table, in full, and on the way through an editor and back.

Pure: values in, values out; `now` is passed. What is in a letter came from outside: it is made
printable here, and shown as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from msgflo_lab import report
from msgflo_lab.errors import InvalidMessage
from msgflo_lab.message import decode, shortened
from msgflo_lab.names import listed, shown
from msgflo_lab.transport import DeadLetter

GLANCE = 60
"""Characters of a payload, and of a reason, in a table."""
PORTS = 20
"""Ports whose numbers are said one by one."""
LONGEST = 20_000
"""Characters of a payload that are shown or edited. What is longer is cut, and cannot be edited."""


class Lying(NamedTuple):
    """A dead letter, and where it lies: an inport, `role.port`, or the queue if it is nobody's."""

    port: str
    letter: DeadLetter


class Form(StrEnum):
    """What a payload is written in."""

    JSON = "JSON"
    TEXT = "text"
    BYTES = "bytes"


def form_of(payload: bytes) -> Form:
    """JSON if it is, else text if it is, else bytes."""
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Form.BYTES if isinstance(decode(payload), bytes) else Form.TEXT
    return Form.JSON


def when(at: float, now: float) -> str:
    """A moment as people say it: `14:03:12`; with the date if that is not today's.

    Args:
        at: Seconds since the epoch; 0: nobody knows.
        now: The same.
    """
    try:
        moment, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now)
    except (OverflowError, ValueError, OSError):
        return "unknown"
    if not at:
        return "unknown"
    return f"{moment:%H:%M:%S}" if moment.date() == today.date() else f"{moment:%Y-%m-%d %H:%M:%S}"


def glance(payload: bytes, limit: int = GLANCE) -> str:
    """A payload on one line, shortened."""
    if len(payload) > LONGEST:
        return shown(payload[: 4 * limit].decode(errors="replace"), limit)
    return report.value(decode(payload), limit)


def table(lying: Iterable[Lying], now: float) -> str:
    """A line for each."""
    return report.table(
        (
            (
                shown(letter.id),
                shown(port),
                shown(letter.reason, GLANCE),
                str(letter.count),
                when(letter.first, now),
                glance(letter.payload),
            )
            for port, letter in lying
        ),
        head=("id", "port", "reason", "times", "first", "payload"),
    )


def first_of(
    lying: Sequence[Lying], counts: Mapping[str, int], most: int, now: float, hint: str = ""
) -> str:
    """The first `most` as a table, and below it how many more there are, and where.

    Args:
        counts: How many there are, by port.
        hint: How to see them all, with `{}` for their number.
    """
    shown_now = lying[:most]
    lines = [table(shown_now, now)]
    rest = max(sum(counts.values()), len(lying)) - len(shown_now)
    if rest > 0:
        lines.append(f"... and {rest:,} more{hint.format(len(shown_now) + rest)}")
    if rest > 0 and len(counts) > 1:
        by_port = (f"{port} {number:,}" for port, number in counts.items())
        lines.append(f"in all: {listed(by_port, PORTS)}")
    return "\n".join(lines)


def in_full(lying: Lying, now: float) -> str:
    """One of them, with all that is known of it."""
    letter, form = lying.letter, form_of(lying.letter.payload)
    lines = [
        ("id", shown(letter.id)),
        ("port", shown(lying.port)),
        ("reason", shown(letter.reason, 1_000)),
        ("times", str(letter.count)),
        ("first", when(letter.first, now)),
        ("payload", f"{form}, {report.count_of(len(letter.payload), 'byte')}"),
    ]
    said = "\n".join(f"{name.ljust(7)}  {value}" for name, value in lines)
    return f"{said}\n\n{printable(written(letter.payload, form))}"


def written(payload: bytes, form: Form) -> str:
    """A payload as an editor shows it: JSON over several lines, every number and name as it was."""
    match form:
        case Form.JSON if len(payload) <= LONGEST:
            text = msgspec.json.format(payload, indent=2).decode()
        case Form.BYTES:
            text = repr(payload[:LONGEST])
        case _:
            text = payload[: 4 * LONGEST].decode(errors="replace")
    if max(len(text), len(payload) if form is Form.BYTES else 0) > LONGEST:
        return f"{shortened(text, LONGEST)}\n(cut: {report.count_of(len(payload), 'byte')})"
    return text


def is_editable(payload: bytes, form: Form) -> bool:
    """Whether what an editor shows of it is all of it."""
    return form is not Form.BYTES and len(written(payload, form)) <= LONGEST


def payload_of(draft: str, form: Form) -> bytes:
    """What an editor holds, as a payload.

    Raises:
        InvalidMessage: It is to be JSON and is not; or it cannot be written as UTF-8.
    """
    try:
        payload = draft.encode()
    except UnicodeEncodeError as error:
        raise InvalidMessage(f"character {error.start + 1} is half a character") from error
    if form is not Form.JSON:
        return payload
    try:
        msgspec.json.decode(payload)
        return msgspec.json.format(payload, indent=-1)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidMessage(_not_json(draft) or f"not JSON: {error}") from error


def printable(text: str) -> str:
    """Text over several lines without what a terminal or a page would obey."""
    return "\n".join(shown(line.expandtabs(4), LONGEST) for line in text.split("\n"))


def _not_json(draft: str) -> str:
    if not draft.strip():
        return "not JSON: there is nothing"
    try:
        json.loads(draft)
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        return f"not JSON: line {error.lineno}, column {error.colno}: {what}"
    except RecursionError:
        return "not JSON: too deep"
    return ""  # Python takes more than JSON has, such as NaN
