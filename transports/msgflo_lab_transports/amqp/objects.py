"""What a port is on an AMQP broker: the objects that msgflo-nodejs declares for it. Pure.

An inport is a durable queue that several workers may share, with a fanout exchange of the same name
bound to it, and with `dead-<queue>` as the exchange for what they reject. An outport is a fanout
exchange. A port with `persistent: false` has objects that go with their last user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgflo_lab.definition import Side
from msgflo_lab.errors import InvalidDefinition, InvalidName
from msgflo_lab.names import QueueName, dead_letters_of, is_waiting_room, shown

from .limits import AMQP_NAME_BYTES

_NODE_WORDS = {
    "messageTtl": "x-message-ttl",
    "expires": "x-expires",
    "maxLength": "x-max-length",
    "maxPriority": "x-max-priority",
    "deadLetterExchange": "x-dead-letter-exchange",
    "deadLetterRoutingKey": "x-dead-letter-routing-key",
}
"""Queue options as Node.js participants announce them, and what AMQP calls them."""

QUORUM = {"x-queue-type": "quorum"}
"""What makes a queue one whose messages are on several nodes of a cluster."""
SAFE_DEATH = {"x-overflow": "reject-publish", "x-dead-letter-strategy": "at-least-once"}
"""What a quorum queue lets go of is moved safely, if it never drops what it has."""

_LONGEST_PREFIX = len("retry-0123456789-")


@dataclass(frozen=True, slots=True)
class Declared:
    """How the objects of a port are to be.

    Attributes:
        durable: They survive a restart of the broker.
        auto_delete: They go with their last user.
        arguments: Of the queue; empty for an outport.
        parks: What is rejected is to lie in a queue until somebody sees to it.
    """

    durable: bool = True
    auto_delete: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    parks: bool = False

    @property
    def goes(self) -> bool:
        """They are no longer there than the broker runs, or somebody uses them."""
        return self.auto_delete or not self.durable

    @property
    def is_quorum(self) -> bool:
        """Its messages are to be on several nodes of a cluster."""
        return self.arguments.get("x-queue-type") == "quorum"


def declared(
    queue: QueueName, side: Side, options: Mapping[str, Any], *, quorum: bool = False
) -> Declared:
    """The objects of a port.

    Args:
        options: The port's: `persistent`, `durable`, `autoDelete`, `quorum`, `arguments`,
            RabbitMQ's `x-...`, and the words of Node.js's amqplib. Others are left alone.
        quorum: Make it a quorum queue where the options do not say, and it can be one.

    Raises:
        InvalidName: AMQP cannot have a queue of that name.
        InvalidDefinition: It is to be a quorum queue, and to go with its last reader or the broker.
    """
    check_name(queue)
    persistent = bool(options.get("persistent", True))
    durable = bool(options.get("durable", persistent))
    auto_delete = bool(options.get("autoDelete", options.get("auto_delete", not persistent)))
    if side is Side.OUT:
        return Declared(durable, auto_delete)
    dead = dead_letters_of(queue)
    arguments: dict[str, Any] = {"x-dead-letter-exchange": dead}
    for name, word in _NODE_WORDS.items():
        if name in options:
            arguments[word] = options[name]
    given = options.get("arguments")
    arguments.update(given if isinstance(given, Mapping) else {})
    arguments.update({name: value for name, value in options.items() if name.startswith("x-")})
    lasts = durable and not auto_delete
    if options.get("quorum") and not lasts:
        raise InvalidDefinition(
            f"queue `{shown(queue)}`: option `quorum` is for queues that stay, and "
            f"{_why_not(options)} is for those that go: leave one of them out"
        )
    # Who says of what type his queue is to be has said that, too.
    if options.get("quorum", quorum and "x-queue-type" not in arguments) and lasts:
        arguments |= QUORUM | SAFE_DEATH
    is_kept = persistent and not is_waiting_room(queue)
    parks = is_kept and arguments["x-dead-letter-exchange"] == dead
    return Declared(durable, auto_delete, arguments, parks)


def _why_not(options: Mapping[str, Any]) -> str:
    """The option by which a queue does not last, as somebody would write it."""
    going = {"persistent": False, "durable": False, "autoDelete": True, "auto_delete": True}
    said = (name for name, value in going.items() if options.get(name, not value) == value)
    return next((f"`{name}={str(going[name]).lower()}`" for name in said), "another")


def check_name(queue: QueueName) -> None:
    """Raise InvalidName for a name that AMQP cannot have."""
    if not queue:
        raise InvalidName("a queue needs a name")
    try:
        size = len(queue.encode())
    except UnicodeEncodeError as error:
        raise InvalidName(f"`{shown(queue)}` cannot be a queue: it is no text") from error
    if size + _LONGEST_PREFIX > AMQP_NAME_BYTES:
        raise InvalidName(
            f"`{shown(queue)}` cannot be a queue on AMQP: it has {size} bytes, and "
            f"{AMQP_NAME_BYTES - _LONGEST_PREFIX} are possible"
        )
    if queue.startswith("amq."):
        raise InvalidName(f"`{shown(queue)}` cannot be a queue: `amq.` is the broker's own")


def turns_of(source: QueueName) -> str:
    """The exchange that msgflo puts between a source and its round-robin targets."""
    return f"out-{source}"


def retries_of(queue: QueueName, milliseconds: int) -> str:
    """Where messages of a queue wait that are to come again after so long."""
    return f"retry-{milliseconds}-{queue}"
