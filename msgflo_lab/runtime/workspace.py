"""What people have made, and what outlives a session on a broker: the graph, the participants."""

from __future__ import annotations

from collections.abc import Callable

from ..graph import Change, Graph
from ..graph.model import Edited
from ..names import Role
from .behaviour import Behaviour

OnEdit = Callable[[Graph, tuple[Change, ...]], object]
"""Called with the graph as it is now, and the changes that led to it, in order."""


class Workspace:
    """The graph with whoever follows its changes. On one loop; `graph` may be read by any thread.

    Attributes:
        behaviours: What the participants of this process do, by role.
    """

    def __init__(self) -> None:
        self.behaviours: dict[Role, Behaviour] = {}
        self._graph = Graph()
        self._followers: dict[OnEdit, None] = {}

    @property
    def graph(self) -> Graph:
        """What should be connected. Immutable."""
        return self._graph

    def apply(self, edited: Edited) -> None:
        """Make an edit of `graph` count, and tell everybody who follows."""
        self._graph, changes = edited
        if changes:
            for follower in list(self._followers):
                follower(self._graph, changes)

    def follow(self, follower: OnEdit) -> None:
        """Call it with each edit from now on."""
        self._followers[follower] = None

    def unfollow(self, follower: OnEdit) -> None:
        """Undo `follow`. Idempotent."""
        self._followers.pop(follower, None)
