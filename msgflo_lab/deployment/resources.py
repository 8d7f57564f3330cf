"""What one instance of a program may need: what its node says under `memory`. Pure.

work(Work:memory=1024)
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import MsgFloLabError
from ..graph.entries import Node
from ..names import shown

KEY = "memory"
"""Of a node's metadata: MiB."""
LEAST, MOST = 16, 1_048_576
"""MiB: below, no program begins; above, somebody has meant bytes."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What one instance of a program may need.

    Attributes:
        cpus: What it is sure to get, in processors; it may take more.
        memory: At most, in MiB; above, it is ended.
    """

    cpus: float = 0.1
    memory: int = 256


USUAL = Resources()
"""Of those that say nothing."""


def resources_of(node: Node) -> Resources:
    """What a node says; what is usual, if it says nothing.

    Raises:
        MsgFloLabError: It says what cannot be.
    """
    said = node.metadata.get(KEY)
    if said is None:
        return USUAL
    # In the text of a graph, it is one.
    found = int(said) if isinstance(said, str) and said.isdecimal() and len(said) < 10 else said
    is_number = isinstance(found, int) and not isinstance(found, bool)
    if not is_number or not LEAST <= found <= MOST:
        raise MsgFloLabError(
            f"the `{KEY}` of `{shown(node.role)}` is a number of MiB, from {LEAST} to {MOST:,}"
        )
    return Resources(memory=found)
