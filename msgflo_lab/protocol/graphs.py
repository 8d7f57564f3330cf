"""The sub-protocol `graph`: clients edit graphs. Everybody is told by the graphs' own changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..graph import Edge, Edited, Export, Graph, Group, Wire
from ..graph.exports import add_export, remove_export, rename_export
from ..graph.groups import add_group, change_group, remove_group, rename_group
from ..names import Role, shown
from .capabilities import Level
from .changes import (
    edge_payload,
    ends,
    export_payload,
    fitting,
    group_payload,
    metadata_of,
    node_payload,
    side_of,
)
from .code import check_edit, check_packet
from .limits import GRAPHS
from .messages import (
    AddExport,
    AddGroup,
    AddInitial,
    AddNode,
    ChangeGroup,
    ChangeNode,
    Clear,
    EdgeOf,
    GroupName,
    Message,
    NodeId,
    Of,
    Public,
    Refused,
    RemoveInitial,
    Rename,
    edge_of,
    index_of,
    refuse_unnamed,
)
from .peer import Peer

if TYPE_CHECKING:
    from .service import Answer, Handler, Service

Edit = Callable[[Graph], Edited]


class Graphs:
    """Handlers of the messages `graph:...`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._workspace = service.host.workspace
        handlers: dict[str, Handler] = {
            "clear": self._clear,
            "addnode": self._add_node,
            "removenode": self._remove_node,
            "renamenode": self._rename_node,
            "changenode": self._change_node,
            "addedge": self._add_edge,
            "removeedge": self._remove_edge,
            "changeedge": self._change_edge,
            "addinitial": self._add_initial,
            "removeinitial": self._remove_initial,
            "addgroup": self._add_group,
            "removegroup": self._remove_group,
            "renamegroup": self._rename_group,
            "changegroup": self._change_group,
        }
        for side in ("inport", "outport"):
            handlers[f"add{side}"] = self._add_export(f"add{side}")
            handlers[f"remove{side}"] = self._remove_export(f"remove{side}")
            handlers[f"rename{side}"] = self._rename_export(f"rename{side}")
        self.handlers = {f"graph:{name}": handler for name, handler in handlers.items()}

    def _clear(self, asked: Clear, peer: Peer) -> Answer:
        workspace = self._workspace
        if not asked.id:
            raise Refused("No graph specified")
        if asked.id not in workspace.graphs and len(workspace.graphs) >= GRAPHS:
            forgotten = workspace.forget_empty()
            if not forgotten:
                raise Refused(f"there are {GRAPHS} graphs already")
            self._service.forget(forgotten)
        if asked.id not in workspace.graphs and asked.id in self._service.host.library.components:
            raise Refused(f"`{shown(asked.id)}` is a component")
        said = {
            key: value
            for key in ("name", "library", "main", "icon", "description")
            if (value := getattr(asked, key)) is not None
        }
        properties = {key: value for key, value in said.items() if key != "main"}
        self._refuse_code({asked.id: Graph()}, peer)

        def clear() -> None:
            workspace.create(asked.id, main=bool(asked.main))
            workspace.apply(workspace.graphs[asked.id].describe(properties), asked.id)

        self._service.without_telling(clear)
        self._service.flow.look_again()
        self._service.tell(Message("graph", "clear", {"id": asked.id, **said}))
        return None

    def _add_node(self, asked: AddNode, peer: Peer) -> Answer:
        self._edit(asked, peer, lambda g: g.add_node(asked.id, asked.component, asked.metadata))
        return self._or_else("addnode", asked, lambda g: node_payload(g.nodes[asked.id]))

    def _remove_node(self, asked: NodeId, peer: Peer) -> Answer:
        self._edit(asked, peer, lambda g: g.remove_node(asked.id))
        return None

    async def _rename_node(self, asked: Rename, peer: Peer) -> Answer:
        before, after = Role(asked.before), Role(asked.after)
        host, graph = self._service.host, self._graph(asked)
        if self._is_ours(before) and before in graph.nodes and before != after:
            every = self._workspace.graphs.items()
            renamed = {n: g.rename_node(before, after)[0] for n, g in every if before in g.nodes}
            self._refuse_code(renamed, peer)
            await host.rename(before, after)
        else:
            self._edit(asked, peer, lambda g: g.rename_node(before, after))
        return self._or_else(
            "renamenode", asked, lambda _: {"from": asked.before, "to": asked.after}
        )

    def _change_node(self, asked: ChangeNode, peer: Peer) -> Answer:
        self._node(asked, asked.id)
        self._edit(asked, peer, lambda g: g.add_node(asked.id, metadata=asked.metadata))
        return self._or_else(
            "changenode",
            asked,
            lambda g: {"id": asked.id, "metadata": metadata_of(g.nodes[asked.id])},
        )

    def _add_edge(self, asked: EdgeOf, peer: Peer) -> Answer:
        edge, wire = self._wire(asked)
        for role, port in ((edge.source, edge.outport), (edge.target, edge.inport)):
            self._node(asked, role)
            refuse_unnamed(port)
        self._edit(asked, peer, lambda g: g.connect(edge, wire))
        return self._or_else("addedge", asked, lambda g: edge_payload(edge, _found(g, edge, wire)))

    def _remove_edge(self, asked: EdgeOf, peer: Peer) -> Answer:
        edge, wire = self._wire(asked)
        known = self._graph(asked).edges.get(edge, ())
        # Without indexes it is the wire that has none; all of them, if none is so.
        is_one = wire.indexes != (None, None) or _has(known, wire)
        which = wire if is_one else None
        self._edit(asked, peer, lambda g: g.disconnect(edge, which))
        # Where several wires of an edge are left or gone, everybody was told of each.
        return self._or_else("removeedge", asked, lambda _: ends(edge, wire))

    def _change_edge(self, asked: EdgeOf, peer: Peer) -> Answer:
        edge, wire = self._wire(asked)
        known = self._graph(asked).edges.get(edge, ())
        if not _has(known, wire):
            raise Refused(f"no edge `{edge}`")
        self._edit(asked, peer, lambda g: g.connect(edge, wire))
        return self._or_else(
            "changeedge",
            asked,
            lambda g: {
                **ends(edge, wire),
                "metadata": fitting(_found(g, edge, wire).metadata, "edge"),
            },
        )

    def _add_initial(self, asked: AddInitial, peer: Peer) -> Answer:
        role, port = asked.tgt.node, asked.tgt.port
        node = self._node(asked, role)
        refuse_unnamed(port)
        if peer.level is not Level.SOURCE:
            check_packet(self._service.host.library, node.component, port)
        index = index_of(asked.tgt)
        self._edit(
            asked,
            peer,
            lambda g: g.set_initial(
                role, port, asked.src.data, index=index, metadata=asked.metadata
            ),
        )
        return None

    def _remove_initial(self, asked: RemoveInitial, peer: Peer) -> Answer:
        at = (asked.tgt.node, asked.tgt.port)
        self._edit(asked, peer, lambda g: g.remove_initial(*at))
        return None

    def _add_export(self, command: str) -> Handler:
        side = side_of(command)

        def add(asked: AddExport, peer: Peer) -> Answer:
            self._node(asked, asked.node)
            refuse_unnamed(asked.port)
            export = Export(side, asked.public, asked.node, asked.port, asked.metadata or {})
            self._edit(asked, peer, lambda g: add_export(g, export))
            return self._or_else(
                command,
                asked,
                lambda g: export_payload(g.exports[side, asked.public]),
            )

        return add

    def _remove_export(self, command: str) -> Handler:
        def remove(asked: Public, peer: Peer) -> Answer:
            self._edit(asked, peer, lambda g: remove_export(g, side_of(command), asked.public))
            return None

        return remove

    def _rename_export(self, command: str) -> Handler:
        def rename(asked: Rename, peer: Peer) -> Answer:
            side = side_of(command)
            self._edit(asked, peer, lambda g: rename_export(g, side, asked.before, asked.after))
            return self._or_else(
                command, asked, lambda _: {"from": asked.before, "to": asked.after}
            )

        return rename

    def _add_group(self, asked: AddGroup, peer: Peer) -> Answer:
        for node in asked.nodes:
            self._node(asked, node)
        group = Group(asked.name, tuple(asked.nodes), asked.metadata or {})
        self._edit(asked, peer, lambda g: add_group(g, group))
        return self._or_else("addgroup", asked, lambda g: group_payload(g.groups[asked.name]))

    def _remove_group(self, asked: GroupName, peer: Peer) -> Answer:
        self._edit(asked, peer, lambda g: remove_group(g, asked.name))
        return None

    def _rename_group(self, asked: Rename, peer: Peer) -> Answer:
        self._edit(asked, peer, lambda g: rename_group(g, asked.before, asked.after))
        return self._or_else(
            "renamegroup", asked, lambda _: {"from": asked.before, "to": asked.after}
        )

    def _change_group(self, asked: ChangeGroup, peer: Peer) -> Answer:
        self._edit(asked, peer, lambda g: change_group(g, asked.name, asked.metadata))
        return self._or_else(
            "changegroup",
            asked,
            lambda g: {
                "name": asked.name,
                "metadata": fitting(g.groups[asked.name].metadata, "group"),
            },
        )

    # what they stand on

    def _graph(self, asked: Of) -> Graph:
        return graph_named(self._workspace.graphs, asked)

    def _edit(self, asked: Of, peer: Peer, edit: Edit) -> None:
        edited = edit(self._graph(asked))
        self._refuse_code({asked.graph: edited[0]}, peer)
        self._workspace.apply(edited, asked.graph)

    def _refuse_code(self, edited: Mapping[str, Graph], peer: Peer) -> None:
        if peer.level is not Level.SOURCE:
            check_edit(self._service.host.library, self._workspace.graphs, edited)

    def _node(self, asked: Of, role: Role) -> Any:
        node = self._graph(asked).nodes.get(role)
        if node is None:
            raise Refused(f"no node `{role}` in the graph `{asked.graph}`")
        return node

    def _wire(self, asked: EdgeOf) -> tuple[Edge, Wire]:
        wire = Wire(index_of(asked.src), index_of(asked.tgt), asked.metadata or {})
        return edge_of(asked.src, asked.tgt), wire

    def _or_else(
        self, command: str, asked: Of, payload: Callable[[Graph], dict[str, Any]]
    ) -> Iterable[Message]:
        """Nothing has changed, so nobody was told: the asker gets what is there."""
        if self._service.has_answered:
            return ()
        graph = self._graph(asked)
        return [Message("graph", command, {**payload(graph), "graph": asked.graph})]

    def _is_ours(self, role: Role) -> bool:
        host = self._service.host
        is_run = host.session is not None and role in host.session.local
        return is_run or role in host.workspace.behaviours


def graph_named(graphs: Mapping[str, Graph], asked: Of) -> Graph:
    """The graph that a request is about. Raises Refused, in the words that clients know."""
    if not asked.graph:
        raise Refused("No graph specified")
    graph = graphs.get(asked.graph)
    if graph is None:
        raise Refused("Requested graph not found")
    return graph


def _has(wires: Iterable[Wire], wire: Wire) -> bool:
    return any(each.indexes == wire.indexes for each in wires)


def _found(graph: Graph, edge: Edge, wire: Wire) -> Wire:
    return next((w for w in graph.edges[edge] if w.indexes == wire.indexes), wire)
