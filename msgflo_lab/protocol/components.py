"""The sub-protocol `component`: what nodes can run, and its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..definition import Port
from ..graph import json_of
from ..library import Component
from ..names import shown
from .messages import Message, Named, Payload, Refused, SetSource
from .peer import Peer, as_json

if TYPE_CHECKING:
    from .service import Answer, Handler, Service


class Components:
    """Handlers of the messages `component:...`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._host = service.host
        self.handlers: Mapping[str, Handler] = {
            "component:list": self._list,
            "component:getsource": self._get_source,
            "component:source": self._set_source,
        }

    def changed(self, component: Component) -> None:
        """A component has come or changed: tell everybody."""
        if component.name in self._host.library.components:
            self._service.tell(Message("component", "component", described(component)))

    def _list(self, asked: Payload, peer: Peer) -> Answer:
        del asked, peer
        every = [Message("component", "component", described(c)) for c in self._host.library]
        return [*every, Message("component", "componentsready", len(every))]

    def _get_source(self, asked: Named, peer: Peer) -> Answer:
        del peer
        graphs = self._host.workspace.graphs
        if asked.name in graphs:
            code = as_json(json_of(graphs[asked.name])).decode()
            return [_source(asked.name, "json", code)]
        component = self._host.library.find(asked.name)
        if component is None:
            raise Refused(f"no component `{shown(asked.name)}`")
        if component.source is None:
            raise Refused(f"the source of `{shown(component.name)}` is not known")
        return [_source(component.name, component.source.language, component.source.code)]

    async def _set_source(self, asked: SetSource, peer: Peer) -> Answer:
        del peer
        name = f"{asked.library}/{asked.name}" if asked.library else asked.name
        if not asked.name:
            raise Refused("a component needs a name")
        if name in self._host.workspace.graphs:
            raise Refused(f"`{shown(name)}` is a graph; edit that instead")
        await self._host.set_source(name, asked.language, asked.code)
        component = self._host.library.find(name)
        if self._service.has_answered or component is None:
            return []
        # It is the same as before, so nobody was told.
        return [Message("component", "component", described(component))]


def described(component: Component) -> dict[str, Any]:
    """A component as `component:component` has it."""
    said = {"description": component.description, "icon": component.icon}
    return {
        "name": component.name,
        **{key: value for key, value in said.items() if value},
        "subgraph": False,
        "inPorts": [port_described(port) for port in component.inports],
        "outPorts": [port_described(port) for port in component.outports],
    }


def port_described(port: Port, name: str | None = None) -> dict[str, Any]:
    """A port as the protocol's `port_definition` has it, under its own or another name."""
    said = {"schema": port.schema, "description": port.description}
    return {
        "id": name if name is not None else port.id,
        "type": port.type,
        **{key: value for key, value in said.items() if value},
    }


def _source(name: str, language: str, code: str) -> Message:
    library, _, short = name.rpartition("/")
    payload = {"name": short, "language": language, "code": code}
    return Message("component", "source", {**payload, **({"library": library} if library else {})})
