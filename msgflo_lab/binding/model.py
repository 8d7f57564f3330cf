"""The one value that brokers are asked to carry out."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from ..names import QueueName, dead_letters_of


class Kind(StrEnum):
    """How a message gets from source to target. The words are MsgFlo's."""

    PUBSUB = "pubsub"
    """A copy of each goes to everybody who listens to the target."""
    ROUND_ROBIN = "roundrobin"
    """Each goes to one of those who listen to the target, in turn."""
    DEAD_LETTER = "deadletter"
    """What readers of the source reject goes to the target."""


class Binding(NamedTuple):
    """Whatever is published to `source` (or is rejected there) also arrives at `target`.

    Source and target may be equal: two ports share a queue, nothing is to be forwarded, and the
    binder only counts what passes.
    """

    source: QueueName
    target: QueueName
    kind: Kind = Kind.PUBSUB

    @property
    def origin(self) -> QueueName:
        """The queue whose messages it takes on: the source, or where its rejected messages go."""
        return dead_letters_of(self.source) if self.kind is Kind.DEAD_LETTER else self.source

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}" + (
            "" if self.kind is Kind.PUBSUB else f" ({self.kind})"
        )
