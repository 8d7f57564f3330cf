"""Components that are files of Python, run in this process: they need no broker then.

That is for tests. Otherwise such a file is a program of its own, since one that hangs or crashes is
to take nobody along. Programs for msgflo's own Python library stay such.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import MsgFloLabError
from ..fbpspec import Suite, graph_for
from ..lab import Lab
from ..library import Component, Program
from ..library.languages import PYTHON
from ..msgflo_python.finding import is_for_msgflo
from ..names import shown
from ..program import load, participant_of
from ..runtime.components import component_of

_MODULE = "msgflo_lab_component"


def adopt(lab: Lab, suite: Suite) -> None:
    """Let the files of Python that a suite needs run in this process. No other file is run.

    Raises:
        MsgFloLabError: One cannot be loaded, or the fixture is no graph.
    """
    nodes = graph_for(suite).nodes.values() if suite.fixture is not None else ()
    names = {suite.topic} if suite.fixture is None else {node.component for node in nodes}
    # Whoever writes tests may leave out the namespace.
    for component in lab.library.components():
        if names & {component.name, component.name.rpartition("/")[2]} and _is_file(component):
            lab.library.put(_in_this_process(component))


def _is_file(component: Component) -> bool:
    how, source = component.how, component.source
    is_python = isinstance(how, Program) and how.file is not None and how.file.suffix == PYTHON
    return is_python and source is not None and not is_for_msgflo(source.code)


def _in_this_process(component: Component) -> Component:
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
