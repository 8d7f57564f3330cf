"""Components that are files of Python, in this process: where no program of its own can reach us.

Otherwise such a file is a program of its own, since one that hangs or crashes is to take nobody
along. Programs for msgflo's own Python library stay such.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from ..errors import MsgFloLabError
from ..importing import imports
from ..library import Component, Program
from ..library.languages import PYTHON
from ..names import Role, shown
from .components import component_of
from .python_file import load, participant_of
from .supervisor import Assignment, Runner

_MODULE = "msgflo_lab_component"


def is_for_this_process(component: Component) -> bool:
    """True if its file could be run here as well."""
    how, source = component.how, component.source
    is_python = isinstance(how, Program) and how.file is not None and how.file.suffix == PYTHON
    return is_python and source is not None and not imports(source.code, "msgflo")


def in_this_process(component: Component) -> Component:
    """The same component, run here. Runs its file; may be called by any thread.

    Raises:
        MsgFloLabError: It cannot be loaded.
    """
    assert isinstance(component.how, Program)
    assert component.how.file is not None
    file = component.how.file
    module = f"{_MODULE}_{component.name}".replace(".", "_")
    try:
        found = component_of(component.name, participant_of(load(file, module), file))
    except MsgFloLabError:
        raise
    except Exception as error:  # its own code's
        why = f"{type(error).__name__}: {error}"
        raise MsgFloLabError(f"`{shown(component.name)}` cannot be loaded: {why}") from error
    return replace(found, source=component.source)


class WithinRunner:
    """Runs programs that are files of Python in this process; leaves all others to another runner.

    For the transport that ends with the process.
    """

    def __init__(self, within: Runner, others: Runner) -> None:
        self._within, self._others = within, others

    async def run(self, assignment: Assignment) -> None:
        """Start it, or put other code in.

        Raises:
            MsgFloLabError: It cannot be loaded.
        """
        if not is_for_this_process(assignment.component):
            await self._others.run(assignment)
            return
        here = await asyncio.to_thread(in_this_process, assignment.component)
        await self._within.run(replace(assignment, component=here))

    async def end(self, role: Role) -> None:
        """Stop it."""
        await self._within.end(role)
        await self._others.end(role)

    def doing(self, role: Role) -> str:
        """What keeps it."""
        return self._within.doing(role) or self._others.doing(role)

    def is_coming(self, role: Role) -> bool:
        """Whether it is not there yet."""
        return self._within.is_coming(role) or self._others.is_coming(role)
