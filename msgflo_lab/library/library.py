"""The components that are known, by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import msgspec

from ..definition import ParticipantDefinition, Port
from ..names import ComponentName
from ..signal import Signal
from .component import Component, Program, Source
from .limits import DISCOVERED_MOST

DISCOVERY = "discovery"
"""The language of a source that is only what was announced."""
CORE = "core"


class Library:
    """Components by their whole name, `namespace/Name`, in the order in which they came.

    Attributes:
        namespaces: Of the projects that were loaded; a graph may leave them out.
        changed: Told of each component that is put in or taken out.
    """

    def __init__(self, namespace: str = "") -> None:
        self.namespaces: tuple[str, ...] = (namespace,) if namespace else ()
        self.changed: Signal[Component] = Signal()
        self._components: dict[ComponentName, Component] = {}
        self._discovered: dict[ComponentName, None] = {}

    @property
    def namespace(self) -> str:
        """Of the first project that was loaded; "" before."""
        return self.namespaces[0] if self.namespaces else ""

    @property
    def components(self) -> Mapping[ComponentName, Component]:
        """All of them."""
        return MappingProxyType(self._components)

    def __iter__(self) -> Iterator[Component]:
        return iter(list(self._components.values()))

    def put(self, component: Component) -> bool:
        """Keep a component, in place of any other of its name. False if it is the same."""
        if self._components.get(component.name) == component:
            return False
        self._components[component.name] = component
        if component.how is not None:
            self._discovered.pop(component.name, None)
        self.changed(component)
        return True

    def remove(self, name: ComponentName) -> None:
        """Forget a component. Idempotent."""
        component = self._components.pop(name, None)
        self._discovered.pop(name, None)
        if component is not None:
            self.changed(component)

    def find(self, name: str) -> Component | None:
        """The component that a graph means: by its whole name, or within a namespace.

        `Repeat` also finds `core/Repeat` where nothing nearer has that name. What can be run here
        comes before what has merely been heard of.
        """
        names = (name, name.rpartition("/")[2], *(f"{s}/{name}" for s in (*self.namespaces, CORE)))
        found = [self._components.get(ComponentName(each)) for each in names if each]
        known = [component for component in found if component is not None]
        runnable = [component for component in known if component.how is not None]
        return next(iter(runnable or known), None)

    def learn(self, said: ParticipantDefinition, component: ComponentName | None = None) -> None:
        """Somebody announces a component: its ports are known now, and that there is one.

        Args:
            component: What it runs, where that is known better than by what it says.
        """
        known = self._components.get(component) if component else self.find(said.component)
        if known is None:
            known = Component(said.component)
        elif known.how is not None and not isinstance(known.how, Program):
            return  # what runs in the process says all of itself by its code
        learned = replace(
            known,
            description=said.label,
            icon=said.icon,
            inports=tuple(map(_of_component, said.inports)),
            outports=tuple(map(_of_component, said.outports)),
        )
        if learned.how is None:
            learned = replace(learned, source=Source(DISCOVERY, _dumped(learned)))
            self._discovered.setdefault(learned.name)
        self.put(learned)
        while len(self._discovered) > DISCOVERED_MOST:
            self.remove(next(iter(self._discovered)))


def _of_component(port: Port) -> Port:
    """A port without what only one participant has."""
    return msgspec.structs.replace(port, queue=None)


def _dumped(component: Component) -> str:
    """What was announced of a component; JSON, which is YAML too."""
    said: dict[str, Any] = {
        "component": component.name,
        "label": component.description,
        "icon": component.icon,
    }
    for side in ("inports", "outports"):
        said[side] = [_port(port) for port in getattr(component, side)]
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


def _port(port: Port) -> dict[str, Any]:
    said = {"description": port.description, "schema": port.schema, "options": dict(port.options)}
    return {"id": port.id, "type": port.type, **{k: v for k, v in said.items() if v}}
