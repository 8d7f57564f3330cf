"""A project on the disk: what its configuration and its directories have of components.

Plain synchronous reading, for any thread. Only files that have changed are read again.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InvalidConfig, InvalidName
from ..files import replace
from ..names import ComponentName, shown
from .component import Component, Program, Source
from .config import Config, find, read
from .languages import extension_of, handler_of, language_of
from .limits import FILES_MOST, SOURCE_MOST
from .shell import GIVEN, lost

DIRECTORIES = ("components", "participants")
"""Where a project has its components; the first is the one that is made."""
Stamp = tuple[int, int]
"""Time (in nanoseconds) and size of a file."""
_BASE_NAME = re.compile(r"[^\W_][\w.+-]*( [\w.+-]+)*")


@dataclass(frozen=True, slots=True)
class Look:
    """What was there at a moment.

    Attributes:
        problems: Files that could be components and are none, a line each.
    """

    components: Mapping[ComponentName, Component]
    problems: tuple[str, ...] = ()


class Project:
    """One configuration, and directories of components.

    Attributes:
        config: What it says.
        directories: Where files are components. The first gets new ones; it may not exist yet.
    """

    def __init__(self, config: Config, directories: Sequence[Path]) -> None:
        self.config = config
        self.directories = tuple(directories)
        self._read: dict[Path, tuple[Stamp, Component]] = {}
        self._lock = threading.Lock()

    def look(self) -> Look:
        """Everything that is there now."""
        with self._lock:
            problems: list[str] = []
            found: dict[ComponentName, Component] = {}
            before, self._read = self._read, {}
            for directory in self.directories:
                for file, stamp in _files(directory, problems):
                    component = self._component(file, stamp, before.get(file), problems)
                    if component is None:
                        continue
                    self._read[file] = (stamp, component)
                    other = found.setdefault(component.name, component)
                    if other is not component:
                        problems.append(_twice(file, other))
        for name, command in self.config.components.items():
            how = Program(command, None, self.config.folder, _values(name))
            problems += _lost(f"`{shown(name)}`", how)
            found[ComponentName(name)] = Component(ComponentName(name), how=how)
        return Look(found, tuple(problems))

    def write(self, name: str, language: str, code: str) -> ComponentName:
        """Write the source of a component, in one step; the whole name of what it is now.

        Raises:
            InvalidName: It cannot be a component of this project.
            InvalidConfig: The directory cannot be written to.
        """
        file = self._file_for(name, language)
        payload = code.encode(errors="surrogatepass")
        if len(payload) > SOURCE_MOST:
            raise InvalidName(f"`{shown(name)}`: a source has at most {SOURCE_MOST:,} bytes")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            replace(file, payload, through_links=False)
        except OSError as error:
            problem = f"cannot be written: {error.strerror or error}"
            raise InvalidConfig(problem, file) from error
        return self._name_of(file)

    def _component(
        self, file: Path, stamp: Stamp, known: tuple[Stamp, Component] | None, problems: list[str]
    ) -> Component | None:
        """What a file is, if it is one; `known` is what it was at the last look."""
        if known is not None and known[0] == stamp:
            return known[1]
        handlers = self.config.handlers
        if not handler_of(file.suffix, handlers):
            return None
        if stamp[1] > SOURCE_MOST:
            problems.append(f"{file}: larger than {SOURCE_MOST:,} bytes; it is no component")
            return None
        try:
            text = file.read_text(errors="replace")
        except OSError as error:
            problems.append(f"{file}: cannot be read: {error.strerror or error}")
            return None
        name = self._name_of(file)
        command = handler_of(file.suffix, handlers)
        values = {**_values(name), "FILENAME": str(file)}
        how = Program(command, file, self.config.folder, values)
        problems += _lost(str(file), how)
        return Component(name, how=how, source=Source(language_of(file.suffix), text))

    def _name_of(self, file: Path) -> ComponentName:
        space = self.config.namespace
        return ComponentName(f"{space}/{file.stem}" if space else file.stem)

    def _file_for(self, name: str, language: str) -> Path:
        """Where a component's source goes: into the directory, whatever the name says."""
        space, _, base = name.rpartition("/")
        if space and space != self.config.namespace:
            own = f"`{shown(self.config.namespace)}`" if self.config.namespace else "none"
            raise InvalidName(f"`{shown(name)}` is of another namespace; this project's is {own}")
        if not _BASE_NAME.fullmatch(base):
            raise InvalidName(
                f"`{shown(name)}` cannot be the name of a file with a component: letters, digits "
                "and . + - _ are allowed, and it begins with a letter or digit"
            )
        extension = extension_of(language)
        if not handler_of(extension, self.config.handlers):
            raise InvalidName(
                f"nothing here runs {shown(extension)} files: the project has no handler for them"
            )
        file = self.directories[0] / f"{base}{extension}"
        whole = self._name_of(file)
        if {name, base, whole} & self.config.components.keys():
            raise InvalidName(
                f"`{shown(name)}` is a command of the project's configuration, without a file"
            )
        for other in self._files_of(base):
            if other.suffix == extension:
                return other
            raise InvalidName(f"`{shown(name)}` is {other} already: remove that first")
        return file

    def _files_of(self, base: str) -> list[Path]:
        """The files that a component of this name is made of."""
        handlers = self.config.handlers
        return [
            file
            for directory in self.directories
            for file, _ in _files(directory, [])
            if file.stem == base and handler_of(file.suffix, handlers)
        ]


def projects_at(path: Path, directory: Path | None = None) -> list[Project]:
    """The projects of a configuration file, or of a folder.

    A folder has configurations, or `components`, or is itself full of components.

    Args:
        directory: Where the files with components are, in place of the usual places.

    Raises:
        InvalidConfig: There is nothing, or something that cannot be used.
    """
    path = Path(os.path.abspath(path.expanduser()))
    if not path.exists():
        raise InvalidConfig("is not there", path)
    folder = path if path.is_dir() else path.parent
    configs = [read(path)] if path.is_file() else [read(file) for file in find(folder)]
    if directory is not None:
        directories = [Path(os.path.abspath(directory.expanduser()))]
        if not directories[0].is_dir():
            raise InvalidConfig("is no directory", directories[0])
    else:
        usual = [folder / name for name in DIRECTORIES]
        directories = [each for each in usual if each.is_dir()] or usual[:1]
    if not configs:
        configs = [Config(folder)]
        if directory is None and not directories[0].is_dir():
            directories = [folder]
        if directory is None and not Project(configs[0], directories).look().components:
            raise InvalidConfig(
                "has no configuration (package.json, pyproject.toml with [tool.msgflo]), and no "
                "files that are components",
                path,
            )
    # A file is one component, so it belongs to one of them.
    last = len(configs) - 1
    return [Project(each, directories if at == last else ()) for at, each in enumerate(configs)]


def _twice(file: Path, other: Component) -> str:
    at = other.how.file if isinstance(other.how, Program) else None
    return f"{file}: `{shown(other.name)}` is {at} already; this one is not used"


def _lost(whose: str, how: Program) -> list[str]:
    """Variables without a value, which keep a part of the command from being run; a line each."""
    names = (*how.values, *GIVEN)
    return [
        f"{whose}: `{shown(each)}` has no value, so the shell leaves out all from there on in "
        f"`{shown(how.command, 120)}`"
        for each in lost(how.command, names)
    ]


def _values(name: str) -> dict[str, str]:
    return {"COMPONENT": name, "COMPONENTNAME": name.rpartition("/")[2]}


def _files(directory: Path, problems: list[str]) -> list[tuple[Path, Stamp]]:
    """The visible files of a directory by name, each with its time and size."""
    found: list[tuple[Path, Stamp]] = []
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name[0] in "._":
                    continue
                if len(found) >= FILES_MOST:
                    problems.append(f"{directory}: more than {FILES_MOST:,} files; not all count")
                    break
                with contextlib.suppress(OSError):  # it has just gone
                    about = entry.stat()
                    if entry.is_file():
                        found.append((Path(entry.path), (about.st_mtime_ns, about.st_size)))
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(f"{directory}: cannot be read: {error.strerror or error}")
    return sorted(found)
