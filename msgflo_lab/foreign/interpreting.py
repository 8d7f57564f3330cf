"""What has to be done for the ports of a foreign participant that do not speak JSON on a queue.

Such a port gets a queue of its own, which is announced in place of the device's topic, and on which
JSON is spoken. Somebody (an interpreter) reads the one and writes the other. So every coordinator
can bind it, on every broker, and whoever looks at it sees values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import msgspec

from ..definition import ParticipantDefinition, Port, Side
from ..names import PortName, QueueName, Role
from ..topics import is_pattern

QueueOf = Callable[[Role, PortName, Collection[QueueName]], QueueName]
"""Chooses a queue for a port of a role, other than those of the participant's other ports."""


OF_TOPICS = ("qos", "retain")
"""Options of an inport that say how a message is published on a topic."""
OF_TIME = ("expire_after", "off_delay")
"""Options of an outport, in seconds: without a message for so long, the participant counts as not
there; so long after true, it is false again."""
OURS = (*OF_TOPICS, *OF_TIME)
"""All that are for the interpreter, and not for brokers."""


class Interpretation(NamedTuple):
    """One port that needs an interpreter.

    Attributes:
        side: `IN`: what comes on the queue is written to the topic; `OUT`: the other way round.
        port: As it is described: `queue` is the device's topic, or a pattern.
        queue: The one that is announced.
        options: That it is to have.
    """

    side: Side
    port: Port
    queue: QueueName
    options: Mapping[str, Any]


class Interpreted(NamedTuple):
    """A participant, and what has to be done for it.

    Attributes:
        announced: As others are to know it.
    """

    announced: ParticipantDefinition
    ports: tuple[Interpretation, ...]


def interpreted(
    described: ParticipantDefinition,
    queue_of: QueueOf,
    before: Collection[Interpretation] = (),
    *,
    all_ports: bool = False,
) -> Interpreted:
    """What to announce, and which ports need an interpreter.

    Args:
        described: The participant, with its topics and encodings.
        queue_of: Chooses the queues that are announced in place of topics.
        before: Of the one in whose place it comes: what is still sent to a queue of that is for
            the same port, or for nobody, and never for another.
        all_ports: The device is on another broker than those who are to hear of it.
    """
    used = {port.queue for side in Side for port in described.ports(side) if port.queue is not None}
    kept = {(each.side, each.port.id): each.queue for each in before}
    used.update(kept.values())
    found: list[Interpretation] = []
    sides: dict[Side, list[Port]] = {side: [] for side in Side}
    for side in Side:
        for port in described.ports(side):
            if port.queue is None or not (all_ports or _needs_one(port)):
                sides[side].append(port)
                continue
            queue = kept.get((side, port.id)) or queue_of(described.role, port.id, used)
            used.add(queue)
            rest = {k: v for k, v in port.options.items() if k not in OURS}
            found.append(Interpretation(side, port, queue, rest))
            sides[side].append(
                msgspec.structs.replace(port, queue=queue, encoding="", options=rest)
            )
    announced = msgspec.structs.replace(
        described, inports=tuple(sides[Side.IN]), outports=tuple(sides[Side.OUT])
    )
    return Interpreted(announced, tuple(found))


def _needs_one(port: Port) -> bool:
    assert port.queue is not None
    asks = any(port.options.get(each) for each in OURS)
    return bool(port.encoding or asks or is_pattern(port.queue))
