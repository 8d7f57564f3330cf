"""The library as people use it: what nodes can run, and where that comes from."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, cast

from ..errors import InvalidConfig, UnknownName
from ..library import Component, Source
from ..names import ComponentName
from ..runtime.host import Host
from ..runtime.session import Session

Do = Callable[[Callable[[Session | None], Any]], Any]
"""Does something with the session, where its loop is, and waits for the end."""
Place = str | PathLike[str]


class ComponentLibrary:
    """`lab.library`. Like the lab's own methods, these may be called from any thread."""

    def __init__(self, do: Do, host: Host) -> None:
        self._do = do
        self._host = host

    def components(self) -> list[Component]:
        """All components, by name."""
        found = self._do(lambda _: list(self._host.library))
        return sorted(cast(list[Component], found), key=lambda each: each.name)

    def find(self, name: str) -> Component:
        """A component by its whole name, or within the namespace of a project or of `core`.

        Raises:
            UnknownName: There is none.
        """
        component = self._do(lambda _: self._host.library.find(name))
        if component is None:
            raise UnknownName("component", name, known=[each.name for each in self.components()])
        return cast(Component, component)

    def source(self, name: str) -> Source:
        """What a component is written in; of one that is only heard of, what it announces.

        Raises:
            UnknownName: There is no such component.
            InvalidConfig: Its source is not known, e.g. as it is a mere command.
        """
        component = self.find(name)
        if component.source is None:
            raise InvalidConfig("the source of this component is not known", component.name)
        return component.source

    def load(self, path: Place = ".", directory: Place | None = None) -> list[ComponentName]:
        """Load a project's components; again, in place of what was loaded from there before.

        From now on, while the lab runs, the files are watched: who runs a component whose source
        has changed begins anew.

        Args:
            path: `package.json`, `pyproject.toml`, or a folder with either; or a folder with
                `components` or `participants`; or one that has the files itself.
            directory: Where files are components, if not in these.

        Returns:
            The components.

        Raises:
            InvalidConfig: Something cannot be used; nothing is loaded then.
        """
        place = Path(path)
        found = self._host.librarian.read(place, None if directory is None else Path(directory))

        async def load() -> list[ComponentName]:
            names = self._host.librarian.load(place, found)
            await self._host.settle()
            return names

        return cast(list[ComponentName], self._do(lambda _: load()))

    def add(self, name: str, language: str, code: str) -> ComponentName:
        """Write a component's source into the directory of its project; new, or in another version.

        Args:
            language: `python`, `javascript`, `coffeescript`, `yaml`, ... or an extension.

        Returns:
            Its whole name.

        Raises:
            InvalidConfig: No project is loaded, or it cannot be written to.
            InvalidName: It cannot be a file there.
        """

        async def add() -> ComponentName:
            made = self._host.librarian.add(name, language, code)
            await self._host.settle()
            return made

        return cast(ComponentName, self._do(lambda _: add()))

    def put(self, component: Component) -> None:
        """Keep a component, in place of any other of its name."""
        self._do(lambda _: self._host.library.put(component))

    def refresh(self) -> None:
        """Look at the files now. While the lab runs, that happens by itself."""
        self._do(lambda _: self._host.librarian.refresh())
