"""The components that are known, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ..names import ComponentName
from ..signal import Signal
from .component import Component


class Library:
    """Components by their whole name, `namespace/Name`, in the order in which they came.

    Attributes:
        namespace: Of the project's own components; a graph may leave it out.
        changed: Told of each component that is put in or taken out.
    """

    def __init__(self, namespace: str = "") -> None:
        self.namespace = namespace
        self.changed: Signal[Component] = Signal()
        self._components: dict[ComponentName, Component] = {}

    @property
    def components(self) -> Mapping[ComponentName, Component]:
        """All of them."""
        return MappingProxyType(self._components)

    def __iter__(self) -> Iterator[Component]:
        return iter(self._components.values())

    def put(self, component: Component) -> bool:
        """Keep a component, in place of any other of its name. False if it is the same."""
        if self._components.get(component.name) == component:
            return False
        self._components[component.name] = component
        self.changed(component)
        return True

    def remove(self, name: ComponentName) -> None:
        """Forget a component. Idempotent."""
        component = self._components.pop(name, None)
        if component is not None:
            self.changed(component)

    def find(self, name: str) -> Component | None:
        """The component that a graph means: by its whole name, or within the namespace.

        `Repeat` also finds `core/Repeat` where nothing nearer has that name.
        """
        for whole in (name, f"{self.namespace}/{name}", name.rpartition("/")[2], f"core/{name}"):
            found = self._components.get(ComponentName(whole))
            if found is not None and whole:
                return found
        return None
