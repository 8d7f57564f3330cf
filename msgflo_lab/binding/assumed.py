"""The queues of those who have not announced themselves yet, as far as they can be known. Pure.

A broker that keeps nothing (MQTT) needs but names to bind, and loses what is sent before that. So
whoever knows which roles others play need not wait for their announcements. MsgFlo's libraries for
Node.js and Rust call a queue `role.PORT`, as ours do; the one for Python `role/port`, and a sketch
for Arduino as it likes. Where it is something else, the node says it in its metadata:

    "queues": {"inports": {"switch": "home/fan/set"}, "outports": {"on": "home/fan"}}

What somebody announces is what counts; this is only until then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..definition import Side
from ..graph import Graph
from ..names import PortName, QueueName, Role, queue_for

KEY = "queues"
"""Of a node's metadata."""


class HasQueue(Protocol):
    """A port as somebody has announced or described it."""

    @property
    def id(self) -> PortName:
        """What it is called."""

    @property
    def queue(self) -> QueueName | None:
        """Its queue, if it has one."""


class HasPorts(Protocol):
    """Somebody with ports."""

    @property
    def role(self) -> Role:
        """What he plays."""

    def ports(self, side: Side) -> Sequence[HasQueue]:
        """Those of one side."""


def assumed_queue(graph: Graph, role: Role, side: Side, port: PortName) -> QueueName:
    """What the queue of a port is probably called."""
    node = graph.nodes.get(role)
    said = node.metadata.get(KEY) if node is not None else None
    for name in (f"{side.noun}s", port):
        said = said.get(name) if isinstance(said, Mapping) else None
    return QueueName(said) if isinstance(said, str) and said else queue_for(role, port)


def other_queues(somebody: HasPorts) -> dict[str, Any]:
    """The metadata of the node that somebody plays; nothing if his queues are called as usual."""
    found = {
        f"{side.noun}s": {
            str(port.id): str(port.queue)
            for port in somebody.ports(side)
            if port.queue not in (None, queue_for(somebody.role, port.id))
        }
        for side in Side
    }
    found = {side: queues for side, queues in found.items() if queues}
    return {KEY: found} if found else {}
