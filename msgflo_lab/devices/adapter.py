"""What an adapter is, and what it has found.

Pure layer. An adapter reads how devices of one convention describe themselves on a broker, and says
which participants these are. It is fed with messages by somebody who has the connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from ..definition import ParticipantDefinition
from ..names import ParticipantId


class Found(msgspec.Struct, frozen=True):
    """A device, or a part of one, as a participant.

    Attributes:
        definition: Who it is. A port's queue is a topic, and its `encoding` what the device speaks.
            Options of inports: `qos` (0 to 2) and `retain`, where they are not 0 and false.
        is_alive: Whether it says that it is there; one that never says so counts as alive.
        notes: What could not be expressed, a line each.
    """

    definition: ParticipantDefinition
    is_alive: bool = True
    notes: tuple[str, ...] = ()


class Adapter(Protocol):
    """One convention. Never raises for what devices send, and is bounded (see `limits`)."""

    @property
    def name(self) -> str:
        """The convention: `homeassistant`, `homie`."""

    @property
    def filters(self) -> tuple[str, ...]:
        """MQTT topic filters of the descriptions. They never change."""

    @property
    def watching(self) -> frozenset[str]:
        """Topics, besides, that say whether somebody is there. They change only when `found` does.

        What is retained on them is wanted as well.
        """

    @property
    def found(self) -> Mapping[ParticipantId, Found]:
        """Everybody who has been found. To be asked for again when messages have been heard."""

    @property
    def ignored(self) -> Mapping[str, str]:
        """By topic, why a description is not used; the latest `MAX_IGNORED`."""

    def hear(self, topic: str, payload: bytes) -> bool:
        """A message came, retained or live. Others than asked for do no harm.

        Returns:
            False if `found` is what it was before; True if it may be different.
        """
