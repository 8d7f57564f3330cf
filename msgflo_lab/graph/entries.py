"""The entries of a graph: nodes, edges, initial packets. Plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from ..names import PortName, Role


class Node(msgspec.Struct, frozen=True):
    """One node: a role that some participant is to play.

    Attributes:
        component: What it runs, or "" where only the role is known.
        metadata: Free JSON; `x` and `y` are its place in a picture.
    """

    role: Role
    component: str = ""
    metadata: Mapping[str, Any] = {}


class Edge(NamedTuple):
    """From an outport to an inport. Its four names identify it."""

    source: Role
    outport: PortName
    target: Role
    inport: PortName

    def __str__(self) -> str:
        return f"{self.source}.{self.outport} -> {self.target}.{self.inport}"


class Initial(msgspec.Struct, frozen=True):
    """A literal that is sent to an inport whenever its participant appears (FBP: IIP).

    Attributes:
        value: Any JSON value; falsy ones count too.
    """

    role: Role
    inport: PortName
    value: Any
