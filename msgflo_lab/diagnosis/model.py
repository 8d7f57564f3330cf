"""What is found, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ..definition import Port
from ..graph import Edge
from ..names import PortName, Role

LONGEST_MARK = 500
"""Characters that a picture says of one thing."""


class Kind(StrEnum):
    """What sort of thing a finding is, in words for people."""

    COMPONENT = "unknown component"
    ABSENT = "absent role"
    PORT = "unknown port"
    QUEUE = "duplicate queue"
    TYPES = "types differ"
    INPORT = "unconnected inport"
    OUTPORT = "unconnected outport"
    PACKET = "unfit initial packet"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is probably not meant so.

    Attributes:
        where: The place as people write it: `role`, `role.port`, or an edge.
        text: What is the matter and what to do, in a sentence.
        roles: Whom it is about; nobody, where a mark in the picture would be a nuisance.
        edge: The edge that it is about, if it is about one.
    """

    kind: Kind
    where: str
    text: str
    roles: tuple[Role, ...] = ()
    edge: Edge | None = None

    @property
    def is_marked(self) -> bool:
        """True if the picture is marked. That a role is absent, it shows anyway."""
        return self.kind is not Kind.ABSENT and bool(self.roles or self.edge)

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a participant waits for before it does anything.

    Attributes:
        inports: Those that count.
        each: True if every one of them must have had a message, False if one is enough.
    """

    inports: tuple[PortName, ...]
    each: bool


@dataclass(frozen=True, slots=True)
class Marks:
    """What a picture says of findings, by what it draws: one line for each.

    Attributes:
        roles: By role; of findings that are about an edge, only the edge is marked.
    """

    roles: Mapping[Role, str] = field(default_factory=dict)
    edges: Mapping[Edge, str] = field(default_factory=dict)


class Runnable(Protocol):
    """A component, as far as it matters here."""

    @property
    def how(self) -> object | None:
        """How it is run here; None if it cannot be."""

    @property
    def inports(self) -> Sequence[Port]:
        """What is known of its inports; settings that only the graph gives are among them."""

    @property
    def outports(self) -> Sequence[Port]:
        """The same for outports."""


class Components(Protocol):
    """Components that are known; a library is one."""

    @property
    def components(self) -> Iterable[str]:
        """Their names."""

    def find(self, name: str) -> Runnable | None:
        """The component that a graph means, or None."""


def marks_of(findings: Iterable[Finding]) -> Marks:
    """Where the picture is marked."""
    roles: dict[Role, str] = {}
    edges: dict[Edge, str] = {}
    for each in findings:
        if not each.is_marked:
            continue
        if each.edge is not None:
            edges[each.edge] = _joined(edges.get(each.edge), each.text)
            continue
        for role in each.roles:
            roles[role] = _joined(roles.get(role), each.text)
    return Marks(roles, edges)


def _joined(before: str | None, text: str) -> str:
    return (text if before is None else f"{before}\n{text}")[:LONGEST_MARK]
