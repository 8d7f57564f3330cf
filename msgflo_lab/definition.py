"""What a participant says of itself: who it is and which ports it has.

Pure layer. The shape follows MsgFlo's discovery payload (`id`, `role`, `component`, `label`,
`icon`, `inports`, `outports`; a port has `id`, `queue`, `type` and optional details).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from .names import ComponentName, ParticipantId, PortName, QueueName, Role


class Side(StrEnum):
    """Which side of a participant a port is on: messages come IN, results go OUT."""

    IN = "in"
    OUT = "out"

    @property
    def noun(self) -> str:
        """`inport` or `outport`."""
        return f"{self.value}port"


class Port(msgspec.Struct, frozen=True, omit_defaults=True):
    """One named end of a participant.

    Attributes:
        id: The port's name, unique on its side of the participant.
        queue: Where its messages are on the broker; None for a port without a queue (hidden).
        type: A free word (`any`, `number`, `string`, ...), never checked by the transport.
        description: For people.
        schema: URL of a JSON schema for its messages, or "".
        options: Queue options for the broker.
        hidden: The participant asks not to be wired here.
        encoding: How its messages are written, if not in JSON; see `encoding`.
    """

    id: PortName
    queue: QueueName | None = None
    type: str = "any"
    description: str = ""
    schema: str = ""
    options: Mapping[str, Any] = {}
    hidden: bool = False
    encoding: str = ""


class ParticipantDefinition(msgspec.Struct, frozen=True):
    """One participant, as announced. Equality is equality of everything announced."""

    id: ParticipantId
    role: Role
    component: ComponentName
    inports: tuple[Port, ...] = ()
    outports: tuple[Port, ...] = ()
    label: str = ""
    icon: str = ""

    def ports(self, side: Side) -> tuple[Port, ...]:
        """The ports of one side, in the order of the announcement."""
        return self.inports if side is Side.IN else self.outports

    def port(self, side: Side, name: PortName) -> Port | None:
        """The port of that name, or None."""
        return next((port for port in self.ports(side) if port.id == name), None)
