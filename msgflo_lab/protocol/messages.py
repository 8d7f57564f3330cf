"""What clients send, typed; and what is sent to them.

Follows the published schemas (npm `fbp-protocol` 0.9.8). Unknown keys of a payload are ignored, as
clients add their own (`baseDir`, and before 0.8 the secret); wrong types are refused. `reading`
makes these of what comes in.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from ..errors import MsgFloLabError
from ..graph import Edge
from ..names import PortName, Role, shown


class Refused(MsgFloLabError):
    """A message that is answered with an error."""


class Message(NamedTuple):
    """One message to clients."""

    protocol: str
    command: str
    payload: Any


class Payload(msgspec.Struct, frozen=True):
    """What every payload may be."""


Index = int | str | None


class End(msgspec.Struct, frozen=True, omit_defaults=True):
    """One end of an edge."""

    node: Role
    port: PortName
    index: Index = None


class Data(msgspec.Struct, frozen=True):
    """What an initial packet carries."""

    data: Any


class Of(Payload, frozen=True):
    """About a graph. Without one, `graph` is "" and refused later."""

    graph: str = ""


class Clear(Payload, frozen=True):
    """`graph:clear`."""

    id: str
    name: str | None = None
    library: str | None = None
    main: bool | None = None
    icon: str | None = None
    description: str | None = None


class AddNode(Of, frozen=True, kw_only=True):
    """`graph:addnode`."""

    id: Role
    component: str
    metadata: dict[str, Any] | None = None


class NodeId(Of, frozen=True, kw_only=True):
    """`graph:removenode`."""

    id: Role


class ChangeNode(Of, frozen=True, kw_only=True):
    """`graph:changenode`."""

    id: Role
    metadata: dict[str, Any]


class Rename(Of, frozen=True, kw_only=True, rename={"before": "from", "after": "to"}):
    """`graph:rename...`."""

    before: str
    after: str


class EdgeOf(Of, frozen=True, kw_only=True):
    """`graph:addedge`, `removeedge`, `changeedge`."""

    src: End
    tgt: End
    metadata: dict[str, Any] | None = None


class AddInitial(Of, frozen=True, kw_only=True):
    """`graph:addinitial`."""

    src: Data
    tgt: End
    metadata: dict[str, Any] | None = None


class RemoveInitial(Of, frozen=True, kw_only=True):
    """`graph:removeinitial`."""

    tgt: End


class AddExport(Of, frozen=True, kw_only=True):
    """`graph:addinport`, `addoutport`."""

    public: str
    node: Role
    port: PortName
    metadata: dict[str, Any] | None = None


class Public(Of, frozen=True, kw_only=True):
    """`graph:removeinport`, `removeoutport`."""

    public: str


class AddGroup(Of, frozen=True, kw_only=True):
    """`graph:addgroup`."""

    name: str
    nodes: list[Role]
    metadata: dict[str, Any] | None = None


class GroupName(Of, frozen=True, kw_only=True):
    """`graph:removegroup`."""

    name: str


class ChangeGroup(Of, frozen=True, kw_only=True):
    """`graph:changegroup`."""

    name: str
    metadata: dict[str, Any]


class Packet(Of, frozen=True, kw_only=True):
    """`runtime:packet`."""

    port: str
    event: Literal["connect", "begingroup", "data", "endgroup", "disconnect"]
    payload: Any = None
    type: str | None = None
    schema: str | None = None


class Named(Payload, frozen=True):
    """`component:getsource`."""

    name: str


class SetSource(Payload, frozen=True):
    """`component:source`."""

    name: str
    language: str
    code: str
    library: str | None = None
    tests: str | None = None


class Debug(Of, frozen=True, kw_only=True):
    """`network:debug`."""

    enable: bool


class Ends(msgspec.Struct, frozen=True):
    """An edge, by its ends."""

    src: End
    tgt: End


class Watch(Of, frozen=True, kw_only=True):
    """`network:edges`."""

    edges: list[Ends]


class TraceStart(Of, frozen=True, kw_only=True):
    """`trace:start`."""

    buffersize: int | None = None


class TraceDump(Of, frozen=True, kw_only=True):
    """`trace:dump`."""

    type: Literal["flowtrace.json"] = "flowtrace.json"


PAYLOADS: dict[str, type[Payload]] = {
    "graph:clear": Clear,
    "graph:addnode": AddNode,
    "graph:removenode": NodeId,
    "graph:renamenode": Rename,
    "graph:changenode": ChangeNode,
    "graph:addedge": EdgeOf,
    "graph:removeedge": EdgeOf,
    "graph:changeedge": EdgeOf,
    "graph:addinitial": AddInitial,
    "graph:removeinitial": RemoveInitial,
    "graph:addinport": AddExport,
    "graph:addoutport": AddExport,
    "graph:removeinport": Public,
    "graph:removeoutport": Public,
    "graph:renameinport": Rename,
    "graph:renameoutport": Rename,
    "graph:addgroup": AddGroup,
    "graph:removegroup": GroupName,
    "graph:renamegroup": Rename,
    "graph:changegroup": ChangeGroup,
    "runtime:getruntime": Payload,
    "runtime:packet": Packet,
    "component:list": Payload,
    "component:getsource": Named,
    "component:source": SetSource,
    "network:start": Of,
    "network:stop": Of,
    "network:getstatus": Of,
    "network:debug": Debug,
    "network:edges": Watch,
    "network:persist": Payload,
    "trace:start": TraceStart,
    "trace:stop": Of,
    "trace:clear": Of,
    "trace:dump": TraceDump,
}

PROTOCOLS = tuple(dict.fromkeys(name.partition(":")[0] for name in PAYLOADS))


def edge_of(src: End, tgt: End) -> Edge:
    """The edge between two ends."""
    return Edge(src.node, src.port, tgt.node, tgt.port)


INDEX_MOST = 999_999_999
"""The highest index of a port."""


def index_of(end: End) -> int | None:
    """The index of an end. Raises Refused if it is none."""
    index = end.index
    if isinstance(index, str) and index.isascii() and index.isdigit() and len(index) <= 9:
        index = int(index)
    if index is None or (isinstance(index, int) and 0 <= index <= INDEX_MOST):
        return index
    raise Refused(f"`{shown(str(index))}` is no index of a port: they go from 0 to {INDEX_MOST:,}")


def refuse_unnamed(port: PortName) -> None:
    """Raise Refused for a port without a name."""
    if not port:
        raise Refused("a port needs a name")
