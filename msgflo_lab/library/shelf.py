"""The projects that have been loaded, and what of them is in the library.

Looking at the disk is for any thread; what changes the library is for the library's loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..errors import InvalidConfig
from ..names import ComponentName
from .component import Component
from .library import Library
from .project import Look, Project, projects_at


class Shelf:
    """Keeps the components of projects in a library.

    Attributes:
        problems: Files that could be components and are none, as of the last look.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._projects: dict[Path, list[Project]] = {}
        self._put: dict[ComponentName, Component] = {}
        self.problems: tuple[str, ...] = ()

    @property
    def projects(self) -> list[Project]:
        """All, in the order in which they were loaded."""
        return [project for projects in self._projects.values() for project in projects]

    def read(self, path: Path, directory: Path | None = None) -> list[tuple[Project, Look]]:
        """What would be loaded from there; for any thread. See `projects_at`.

        Raises:
            InvalidConfig: Something cannot be used; nothing is loaded.
        """
        return [(project, project.look()) for project in projects_at(path, directory)]

    def load(self, path: Path, found: list[tuple[Project, Look]]) -> list[ComponentName]:
        """Take what was read in, in place of what was loaded from the same path before."""
        self._projects[path.expanduser().absolute()] = [project for project, _ in found]
        spaces = (project.config.namespace for project in self.projects)
        self._library.namespaces = tuple(dict.fromkeys(space for space in spaces if space))
        looks = {id(project): look for project, look in found}
        self.apply({p: looks.get(id(p)) or p.look() for p in self.projects})
        return [name for _, look in found for name in look.components]

    def look(self) -> dict[Project, Look]:
        """What is there now; for any thread."""
        return {project: project.look() for project in self.projects}

    def apply(self, looks: Mapping[Project, Look]) -> None:
        """Put into the library what is new or different, and take out what is gone."""
        wanted: dict[ComponentName, Component] = {}
        for project in self.projects:  # some may have come or gone since that look
            if project in looks:
                wanted.update(looks[project].components)
        self.problems = tuple(p for look in looks.values() for p in look.problems)
        before, self._put = self._put, wanted
        for name in before.keys() - wanted.keys():
            kept = self._library.components.get(name)
            if kept is not None and kept.is_like(before[name]):
                self._library.remove(name)
        for name, component in wanted.items():
            if name in before and component.is_like(before[name]):
                continue
            kept = self._library.components.get(name)
            if kept is not None:  # its ports are what was announced last, until it says others
                component = replace(
                    component,
                    description=kept.description,
                    icon=kept.icon,
                    inports=kept.inports,
                    outports=kept.outports,
                )
            self._library.put(component)

    def add(self, name: str, language: str, code: str) -> ComponentName:
        """Write a component's source into the project that it belongs to.

        Raises:
            InvalidConfig: No project is loaded, or its directory cannot be written to.
            InvalidName: The component cannot be a file there.
        """
        homes = [project for project in self.projects if project.directories]
        if not homes:
            raise InvalidConfig("load a project first: there is no directory for it", name)
        space = name.rpartition("/")[0]
        home = next((each for each in homes if each.config.namespace == space), homes[0])
        made = home.write(name, language, code)
        self.apply(self.look())
        return made
