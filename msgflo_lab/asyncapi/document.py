"""All of a document: what it is about, servers, channels, operations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from ..definition import Side
from ..deployment import yaml
from ..graph import Edge, Graph
from ..names import QueueName, Role, listed, shown
from ..network import NetworkView, RoleView
from . import bindings
from .ends import End
from .keys import keys_of
from .schemas import JSON, content_type_of, schema_of

VERSION = "3.0.0"
SERVER, USER = "broker", "user"
"""How the broker is called in a document, and that it wants to know who comes."""
_PROTOCOLS = ("amqp", "amqps", "mqtt", "mqtts")
"""Those that somebody outside can speak."""
_EXPRESSION = frozenset("{}?#")
"""What means something else in an address of a channel than itself."""
_ASSUMED = (
    "Nobody has announced the channels with `x-assumed` yet: they are those that participants of "
    "msgflo-lab choose."
)
_GUIDE = "What participants send and receive, by their roles. Made by msgflo-lab; edit the graph."


class Server(NamedTuple):
    """The broker, without anything secret.

    Attributes:
        protocol: `mqtt`, `mqtts`, `amqp` or `amqps`; of others a document says nothing.
        host: With its port, if that is not the usual one.
        vhost: On AMQP; "" is the usual one.
        needs_user: Somebody has to say who he is.
        options: Of its address, e.g. `qos`.
    """

    protocol: str
    host: str
    vhost: str = ""
    needs_user: bool = False
    options: Mapping[str, str] = {}


def document(
    view: NetworkView, graph: Graph, ends: Sequence[End], server: Server | None = None
) -> dict[str, Any]:
    """A document of AsyncAPI 3.0.0; plain JSON.

    Args:
        view: Says what the roles do, and the network's name if the graph does not.
        ends: The ports, as `ends_of` has them.
        server: The broker, where there is one.
    """
    if server is not None and server.protocol not in _PROTOCOLS:
        server = None
    said = _Document(view, graph, ends, server).whole()
    clean: dict[str, Any] = _clean(said)
    return clean


def dumps(said: Mapping[str, Any]) -> str:
    """A document as YAML."""
    return yaml.dumps(said, _GUIDE)


class _Document:
    def __init__(
        self, view: NetworkView, graph: Graph, ends: Sequence[End], server: Server | None
    ) -> None:
        self._view = view
        self._graph = graph
        self._server = server
        self._by_queue: dict[QueueName, list[End]] = {}
        for end in ends:
            self._by_queue.setdefault(end.queue, []).append(end)
        self._channels = keys_of((queue, queue) for queue in self._by_queue)
        self._operations = keys_of((_which(end), f"{end.role}.{end.port.id}") for end in ends)
        self._ends = ends
        self._messages: dict[tuple[str, ...], str] = {}
        self._touching: dict[tuple[Role, Side], list[Edge]] = {}
        for edge in graph.edges:
            self._touching.setdefault((edge.source, Side.OUT), []).append(edge)
            self._touching.setdefault((edge.target, Side.IN), []).append(edge)

    def whole(self) -> dict[str, Any]:
        """All of it. Entries are in the order of their keys: the same network is the same text."""
        said: dict[str, Any] = {"asyncapi": VERSION, "info": self._info()}
        said["defaultContentType"] = JSON
        if self._server is not None:
            said["servers"] = {SERVER: self._broker(self._server)}
        channels = {self._channels[queue]: queue for queue in self._by_queue}
        said["channels"] = {key: self._channel(channels[key]) for key in sorted(channels)}
        operations = {self._operations[_which(end)]: end for end in self._ends}
        said["operations"] = {key: self._operation(operations[key]) for key in sorted(operations)}
        if self._server is not None and self._server.needs_user:
            said["components"] = {"securitySchemes": {USER: {"type": "userPassword"}}}
        return said

    def _info(self) -> dict[str, Any]:
        properties = self._graph.properties
        info = {"title": _text(properties.get("name")) or self._view.name or "network"}
        info["version"] = _text(properties.get("version")) or "0.0.0"
        description = [_text(properties.get("description"))]
        if not all(end.is_known for end in self._ends):
            description.append(_ASSUMED)
        if any(description):
            info["description"] = "\n\n".join(filter(None, description))
        views = {each.role: each for each in self._view.roles}
        roles = sorted({end.role for end in self._ends})
        return {**info, "tags": [_tag(role, views.get(role)) for role in roles]}

    def _broker(self, server: Server) -> dict[str, Any]:
        said: dict[str, Any] = {"host": server.host, "protocol": server.protocol}
        if server.vhost:
            said["pathname"] = f"/{quote(server.vhost, safe='')}"
        if server.needs_user:
            said["security"] = [{"$ref": f"#/components/securitySchemes/{USER}"}]
        return said

    def _channel(self, queue: QueueName) -> dict[str, Any]:
        ends, key = self._by_queue[queue], self._channels[queue]
        said: dict[str, Any] = {"address": queue}
        if _EXPRESSION & set(queue):
            said["address"] = None
            said["x-queue"] = queue
        descriptions = dict.fromkeys(e.port.description for e in ends if e.port.description)
        if descriptions:
            said["description"] = "\n".join(descriptions)
        if not any(end.is_known for end in ends):
            said["x-assumed"] = True
        messages: dict[str, dict[str, Any]] = {}
        names = keys_of((_which(end), end.port.id) for end in ends)
        for end in ends:
            what = _message(end)
            found = next((name for name, each in messages.items() if each == what), None)
            if found is None:
                found = names[_which(end)]
                messages[found] = what
            self._messages[_which(end)] = f"#/channels/{key}/messages/{found}"
        said["messages"] = messages
        if self._server is not None:
            said["servers"] = [{"$ref": f"#/servers/{SERVER}"}]
            about = bindings.of_channel(self._server.protocol, self._server.vhost, ends)
            if about:
                said["bindings"] = about
        return said

    def _operation(self, end: End) -> dict[str, Any]:
        is_sent = end.side is Side.OUT
        said: dict[str, Any] = {
            "action": "send" if is_sent else "receive",
            "channel": {"$ref": f"#/channels/{self._channels[end.queue]}"},
            "title": f"{shown(end.role)} {'sends' if is_sent else 'receives'} {shown(end.port.id)}",
        }
        others = [f"`{shown(role)}.{shown(port)}`" for role, port in self._others(end)]
        if others:
            said["description"] = f"{'To' if is_sent else 'From'} {listed(others)}."
        said["messages"] = [{"$ref": self._messages[_which(end)]}]
        said["tags"] = [{"name": end.role}]
        if self._server is not None:
            server = self._server
            about = bindings.of_operation(server.protocol, end.side, server.options)
            if about:
                said["bindings"] = about
        return said

    def _others(self, end: End) -> list[tuple[Role, str]]:
        """The ports at the other ends of its edges, also beyond junctions."""
        found: dict[tuple[Role, str], None] = {}
        seen: set[tuple[Role, str]] = set()
        ahead = [(end.role, str(end.port.id))]
        while ahead:
            here = ahead.pop(0)
            for role, port in self._next(here, end.side):
                if self._graph.junction(role) is None:
                    found[role, port] = None
                elif (role, port) not in seen:
                    seen.add((role, port))
                    ahead += [(role, other) for other in self._through(role, end.side)]
        return sorted(found)

    def _next(self, here: tuple[Role, str], side: Side) -> Iterator[tuple[Role, str]]:
        for edge in self._touching.get((here[0], side), ()):
            if side is Side.OUT and edge.outport == here[1]:
                yield edge.target, edge.inport
            elif side is Side.IN and edge.inport == here[1]:
                yield edge.source, edge.outport

    def _through(self, role: Role, side: Side) -> Iterable[str]:
        """The ports of a junction by which messages leave it, or have come."""
        edges = self._touching.get((role, side), ())
        return dict.fromkeys(e.outport if side is Side.OUT else e.inport for e in edges)


def _tag(role: Role, view: RoleView | None) -> dict[str, str]:
    """What a role is, for people."""
    if view is None or not (view.label or view.component):
        return {"name": role}
    return {"name": role, "description": view.label or f"Runs {view.component}."}


def _which(end: End) -> tuple[str, ...]:
    return (end.role, end.side, end.port.id, end.queue)


def _message(end: End) -> dict[str, Any]:
    """What is in the messages of a port."""
    port = end.port
    said: dict[str, Any] = {"contentType": content_type_of(port), "payload": schema_of(port)}
    if port.type not in ("", "any") and not said["payload"]:
        said["x-type"] = port.type
    if port.encoding:
        said["x-encoding"] = port.encoding
    return said


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _clean(value: Any) -> Any:
    """The same without halves of characters, which neither YAML nor UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, Mapping):
        return {_clean(key): _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value
