"""Bindings as msgflo writes them down: `{"type": "pubsub", "src": "a.OUT", "tgt": "b.IN"}`. Pure.

There a round robin and its dead letters are one record (`src`, `tgt`, `deadletter`); here they are
two bindings, since each can be there without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from ..errors import InvalidConfig
from ..names import QueueName, shown
from .model import Binding, Kind


class _Record(msgspec.Struct, omit_defaults=True):
    """One of msgflo's; `""` is what is not said."""

    type: Literal["pubsub", "roundrobin"]
    src: str = ""
    tgt: str = ""
    deadletter: str = ""


def bindings_of(text: bytes, file: object = "") -> list[Binding]:
    """The bindings that a JSON list of records comes to, in its order.

    Args:
        file: What it was called, in errors.

    Raises:
        InvalidConfig: It is no such list.
    """
    try:
        records = msgspec.json.decode(text, type=list[_Record], strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidConfig(f"should be a JSON list of bindings: {error}", file) from error
    return list(
        dict.fromkeys(
            binding
            for number, record in enumerate(records)
            for binding in _bindings(record, file, f"[{number}]")
        )
    )


def records_of(bindings: Iterable[Binding]) -> list[dict[str, str]]:
    """The same the other way round: those of each kind together, by name."""
    kinds = _by_kind(bindings)
    dead: dict[QueueName, list[Binding]] = {}
    for each in kinds[Kind.DEAD_LETTER]:
        dead.setdefault(each.source, []).append(each)
    records = [_Record("pubsub", each.source, each.target) for each in kinds[Kind.PUBSUB]]
    for each in kinds[Kind.ROUND_ROBIN]:
        waiting = dead.get(each.target, [])
        letters = waiting.pop(0).target if waiting else ""
        records.append(_Record("roundrobin", each.source, each.target, letters))
    rest = (each for waiting in dead.values() for each in waiting)
    records += [_Record("roundrobin", "", each.source, each.target) for each in rest]
    return [
        {name: value for name, value in msgspec.structs.asdict(r).items() if value} for r in records
    ]


def lines_of(bindings: Iterable[Binding]) -> list[str]:
    """What msgflo-setup prints of them: a line for each, with a tab after the kind."""
    kinds = _by_kind(bindings)
    heads = {
        Kind.PUBSUB: "PUBSUB: \t",
        Kind.DEAD_LETTER: "DEADLETTER:\t",
        Kind.ROUND_ROBIN: "ROUNDROBIN:\t",
    }
    return [
        f"{head} {_shown(each.source)} -> {_shown(each.target)}"
        for kind, head in heads.items()
        for each in kinds[kind]
    ]


def _shown(queue: QueueName) -> str:
    return shown(queue, 1000)


def _by_kind(bindings: Iterable[Binding]) -> dict[Kind, list[Binding]]:
    kinds: dict[Kind, list[Binding]] = {kind: [] for kind in Kind}
    for each in sorted(bindings):
        kinds[each.kind].append(each)
    return kinds


def _bindings(record: _Record, file: object, key: str) -> Iterator[Binding]:
    source, target = QueueName(record.src), QueueName(record.tgt)
    if not target:
        raise InvalidConfig("should have a `tgt`: the queue that messages go to", file, key)
    is_in_turn = record.type == "roundrobin"
    if record.deadletter and not is_in_turn:
        raise InvalidConfig("has a `deadletter`, which only a `roundrobin` can have", file, key)
    if not (source or record.deadletter):
        raise InvalidConfig("should have a `src`: the queue that messages come from", file, key)
    if source:
        yield Binding(source, target, Kind.ROUND_ROBIN if is_in_turn else Kind.PUBSUB)
    if record.deadletter:
        yield Binding(target, QueueName(record.deadletter), Kind.DEAD_LETTER)


__all__ = ["bindings_of", "lines_of", "records_of"]
