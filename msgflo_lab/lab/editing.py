"""The graph: what should be connected to what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..definition import Side
from ..errors import MsgFloLabError
from ..graph import Edge, Graph
from ..graph.model import Edited
from ..names import Role
from ..runtime.session import Session
from ..runtime.workspace import Phase
from .core import Core


class Editing(Core):
    """The part of `Lab` that edits the graph."""

    @property
    def graph(self) -> Graph:
        """What should be connected. Immutable."""
        return self._host.workspace.graph

    def connect(self, source: str, target: str) -> Edge:
        """Bind an outport to an inport, both as `role.port`; now, or as soon as both are there.

        Raises:
            UnknownName: A role that is there has no such port.
        """
        return self._edit_edge(source, target, lambda graph, edge: graph.connect(edge))

    def balance(self, source: str, target: str, *, dead_letters: str | None = None) -> Role:
        """Hand the messages of an outport out to the workers of a role, in turn.

        A node of the component `msgflo/RoundRobin` is put between them, or taken if the outport
        leads to one already.

        Args:
            dead_letters: The inport for what the workers reject, as `role.port`. Without it, it
                waits among the dead letters.

        Returns:
            The node's role.

        Raises:
            UnknownName: A role that is there has no such port.
        """
        made: list[Role] = []

        def find(session: Session | None) -> Callable[[Graph], Edited]:
            out = self._address(session, source, Side.OUT)
            into = self._address(session, target, Side.IN)
            dead = self._address(session, dead_letters, Side.IN) if dead_letters else None

            def edit(graph: Graph) -> Edited:
                role, edited = graph.balance(
                    (out.role, out.port),
                    (into.role, into.port),
                    (dead.role, dead.port) if dead else None,
                )
                made.append(role)
                return edited

            return edit

        self._edit(find)
        return made[0]

    def disconnect(self, source: str, target: str) -> Edge:
        """Undo `connect`. No message of any other edge is lost.

        Raises:
            UnknownName: There is no such edge.
            MsgFloLabError: The two ports share a queue; nobody bound them.
        """

        def undo(graph: Graph, edge: Edge) -> Edited:
            session = self._host.session
            if edge not in graph.edges and session and session.coordinator.has_edge(edge):
                raise MsgFloLabError(
                    f"`{source}` and `{target}` use the same queue: nobody has bound them, and "
                    "nobody but the participants themselves can take them apart"
                )
            return graph.disconnect(edge)

        return self._edit_edge(source, target, undo)

    def pause(self, graph: str | None = None) -> None:
        """Stop the network (or one of its graphs): messages wait until `resume`, and none is lost.

        Participants of this process rest; others finish what has reached their queues. What can be
        promised of what waits is what the transport promises of an inbox: with AMQP the broker
        keeps it, elsewhere this process does. Where the broker binds, a message that passes at that
        very moment may come twice.

        Raises:
            UnknownName: There is no such graph.
        """
        self._enter(graph, Phase.HELD)

    def resume(self, graph: str | None = None) -> None:
        """Undo `pause`. Initial packets are sent again, as at each start.

        Raises:
            UnknownName: There is no such graph.
        """
        self._enter(graph, Phase.RUNNING)

    def _enter(self, graph: str | None, phase: Phase) -> None:
        name = graph if graph is not None else self._host.workspace.main
        self._do(lambda _: self._host.enter(name, phase))

    def move(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Remember where somebody has put nodes in the picture (upper left corners, in pixels)."""

        metadata = {Role(role): {"x": x, "y": y} for role, (x, y) in places.items()}
        self._edit(lambda _: lambda graph: graph.add_nodes(metadata))

    def unpin(self) -> None:
        """Forget where nodes have been put: the picture may place them again."""

        def release(graph: Graph) -> Edited:
            placed = [role for role, node in graph.nodes.items() if "x" in node.metadata]
            return graph.add_nodes({role: {"x": None, "y": None} for role in placed})

        self._edit(lambda _: release)

    def _edit_edge(self, source: str, target: str, edit: Callable[[Graph, Edge], Edited]) -> Edge:
        made: list[Edge] = []

        def find(session: Session | None) -> Callable[[Graph], Edited]:
            out = self._address(session, source, Side.OUT)
            into = self._address(session, target, Side.IN)
            made.append(Edge(out.role, out.port, into.role, into.port))
            return lambda graph: edit(graph, made[0])

        self._edit(find)
        return made[0]
