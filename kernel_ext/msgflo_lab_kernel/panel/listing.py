"""Which dead letters the panel lists, and how it knows one from another."""

from __future__ import annotations

from msgflo_lab.errors import UnknownName
from msgflo_lab.lab import Lab

from ..letters import Lying

FEW = 50
"""Letters of a port that are fetched at first."""
SIZE = 16_000_000
"""Bytes of payload beyond which no more of a port than these are fetched."""


def listed(lab: Lab, port: str, room: int) -> list[Lying]:
    """The oldest of a port, `room` at most; of large ones fewer: all of it comes over a wire.

    Raises:
        MsgFloLabError: The broker cannot be asked.
    """
    few = min(room, FEW)
    if few <= 0:
        return []
    try:
        found = lab.dead.letters(port, few)
        size = sum(len(each.payload) for each in found)
        most = min(room, SIZE * len(found) // max(size, 1))
        if few == len(found) < most:
            found = lab.dead.letters(port, most)
    except UnknownName:  # it was a queue that nobody announces, and its last one is gone
        return []
    return [Lying(port, each) for each in found]


def key_of(lying: Lying) -> str:
    """What names a letter in the list.

    The payload is part of it: on another broker, or after a start, an id may be another letter's.
    """
    letter = lying.letter
    return f"{letter.id} {hash(letter.payload):x} {letter.queue}"
