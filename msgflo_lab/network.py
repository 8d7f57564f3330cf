"""The network as it is at one moment: graph and roster joined, for whoever shows it.

Pure layer. The runtime makes these values; the picture, the text views and the protocol read them.
Every name in here came from outside and may hold any character: show it as text, never as markup.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from .definition import Side
from .names import PortName, QueueName, Role

NOT_HERE = "not here yet"
"""What is said of a role that is absent, where nobody knows more."""


class RoleState(StrEnum):
    """How a role is doing. `ERROR` wins over the others."""

    RUNNING = "running"
    STALE = "stale"
    """All its participants have been silent for longer than they usually are."""
    ABSENT = "absent"
    """The graph names it, nobody plays it."""
    ERROR = "error"
    """A handler of ours raised, at its last run or a moment ago."""


class EdgeState(StrEnum):
    """How an edge is doing."""

    BOUND = "bound"
    PENDING = "pending"
    """One end is absent, or the broker has not taken the binding yet."""
    SHARED = "shared"
    """Both ends use the same queue: they were connected before anybody bound them."""
    STOPPED = "stopped"
    """Both ends are there, and its graph is stopped: messages wait."""


class PortView(msgspec.Struct, frozen=True):
    """One port of a role.

    Attributes:
        literal: The initial packet's JSON text if there is one, else None.
        known: False if only an edge mentions it, because its role is absent or lacks it.
    """

    id: PortName
    type: str = "any"
    queue: QueueName | None = None
    literal: str | None = None
    known: bool = True


class RoleView(msgspec.Struct, frozen=True):
    """One node of the living network.

    Attributes:
        workers: How many live participants share the role; 0 if absent.
        note: What to say instead of the component: `silent for 42 s`, an error's first line, what
            its program is doing while nobody has heard of it; or "".
        errors: How many times a handler of the role has raised.
        local: True if one of its participants runs in this lab.
        position: Upper left corner that the user or a loaded graph has set, in model pixels.
    """

    role: Role
    component: str = ""
    label: str = ""
    icon: str = ""
    state: RoleState = RoleState.RUNNING
    workers: int = 1
    note: str = ""
    errors: int = 0
    local: bool = False
    inports: tuple[PortView, ...] = ()
    outports: tuple[PortView, ...] = ()
    position: tuple[float, float] | None = None

    @property
    def is_junction(self) -> bool:
        """True if it is there without anybody who plays it: it is no participant."""
        return self.state is RoleState.RUNNING and self.workers == 0 and not self.local

    def ports(self, side: Side) -> tuple[PortView, ...]:
        """The ports of one side, in order."""
        return self.inports if side is Side.IN else self.outports


class EdgeView(msgspec.Struct, frozen=True):
    """One edge of the living network. Its key is the first four fields.

    Attributes:
        dead: True if it leads on what has been rejected: the dead letters of a round robin.
    """

    source: Role
    outport: PortName
    target: Role
    inport: PortName
    state: EdgeState = EdgeState.BOUND
    dead: bool = False

    @property
    def key(self) -> tuple[Role, PortName, Role, PortName]:
        """What identifies the edge for ever."""
        return (self.source, self.outport, self.target, self.inport)


class EdgeTraffic(msgspec.Struct, frozen=True):
    """What has passed on an edge: messages since it was bound, and messages a second lately."""

    count: int = 0
    rate: float = 0.0


class NetworkView(msgspec.Struct, frozen=True):
    """The whole network at one moment. Roles and edges keep the order in which they appeared."""

    name: str = ""
    roles: tuple[RoleView, ...] = ()
    edges: tuple[EdgeView, ...] = ()


def at_rest(view: NetworkView) -> NetworkView:
    """The network as if everybody were there: for a graph that nobody carries out."""
    roles = (
        msgspec.structs.replace(
            role, state=RoleState.RUNNING, workers=0 if role.is_junction else 1, note=""
        )
        for role in view.roles
    )
    edges = (msgspec.structs.replace(edge, state=EdgeState.BOUND) for edge in view.edges)
    return NetworkView(view.name, tuple(roles), tuple(edges))
