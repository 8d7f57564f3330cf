"""Files of Python as components of this process, before a suite needs them.

The runtime would run them here by itself; but only this way all cases say why one cannot be loaded.
"""

from __future__ import annotations

from ..fbpspec import Suite, graph_for
from ..lab import Lab
from ..runtime.within import in_this_process, is_for_this_process


def adopt(lab: Lab, suite: Suite) -> None:
    """Let the files of Python that a suite needs run in this process. No other file is run.

    Raises:
        MsgFloLabError: One cannot be loaded, or the fixture is no graph.
    """
    nodes = graph_for(suite).nodes.values() if suite.fixture is not None else ()
    names = {suite.topic} if suite.fixture is None else {node.component for node in nodes}
    # Whoever writes tests may leave out the namespace.
    for component in lab.library.components():
        known = {component.name, component.name.rpartition("/")[2]}
        if names & known and is_for_this_process(component):
            lab.library.put(in_this_process(component))
