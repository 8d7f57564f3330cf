"""A device of the Homie convention: nodes that have properties. Pure."""

from __future__ import annotations

import msgspec


class Property(msgspec.Struct, frozen=True):
    """One value of a node.

    Attributes:
        is_settable: Whether it takes commands, on `<its topic>/set`.
        is_retained: False for what happens at one moment, such as a press of a button.
        has_target: Whether the device says what it is on its way to, on `<its topic>/$target`.
    """

    id: str
    name: str = ""
    datatype: str = "string"
    format: str = ""
    unit: str = ""
    is_settable: bool = False
    is_retained: bool = True
    has_target: bool = False


class Node(msgspec.Struct, frozen=True):
    """A part of a device that can be looked at on its own."""

    id: str
    name: str = ""
    type: str = ""
    properties: tuple[Property, ...] = ()


class Device(msgspec.Struct, frozen=True):
    """Everything that a device says of itself but its state.

    Attributes:
        topic: Of the device, with the domain: `homie/lamp`, `homie/5/lamp`.
        root: The device through which it is connected; "" for one with a connection of its own.
        version: Of the convention: 3, 4 or 5.
        problem: What of its description is not used, and why; or "".
    """

    id: str
    topic: str
    version: int
    name: str = ""
    root: str = ""
    nodes: tuple[Node, ...] = ()
    problem: str = ""


ALIVE = frozenset(("ready", "alert", "sleeping"))
"""States in which a device is there; the others are `init`, `disconnected` and `lost`."""
