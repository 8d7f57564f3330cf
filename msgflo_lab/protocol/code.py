"""What of a graph is code: settings that some component evaluates, such as an expression.

Only who may set sources may bring any in. It does not matter by which edit: a packet for the port,
another component for a node that has one, another graph that names the node, a node that takes the
name of another, or one that goes and lets another through.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..graph import Graph, Initial
from ..library import Component, InProcess, Library
from ..names import PortName, Role, shown
from .messages import Refused

Code = tuple[str, str, bytes]
"""A component, one of its ports, and what is evaluated there."""

_encode = msgspec.json.Encoder(order="deterministic", enc_hook=repr).encode


def check_packet(library: Library, component: str, port: PortName) -> None:
    """See that a packet for a port is no code, now or as soon as somebody changes the component.

    Raises:
        Refused: It is, or would be.
    """
    found = library.find(component) if component else None
    if found is not None and _same(port) in map(_same, _private(found)):
        raise _refused(port, found.name)
    if found is not None and _same(port) in {_same(each.id) for each in found.inports}:
        return
    for other in library:
        if _same(port) in map(_same, _private(other)):
            raise _refused(port, other.name)


def check_edit(library: Library, graphs: Mapping[str, Graph], edited: Mapping[str, Graph]) -> None:
    """See that an edit lets nothing be evaluated that was not evaluated before.

    Args:
        graphs: All, as they are.
        edited: Those that would be different.

    Raises:
        Refused: It would.
    """
    if all(_evaluates_the_same(graph, graphs.get(name)) for name, graph in edited.items()):
        return
    after = {**graphs, **edited}
    for component, port, _ in code_of(library, after) - code_of(library, graphs):
        raise _refused(port, component)


def _evaluates_the_same(after: Graph, before: Graph | None) -> bool:
    # What an edit does not touch is the same object.
    return before is not None and after.nodes is before.nodes and after.initials is before.initials


def code_of(library: Library, graphs: Mapping[str, Graph]) -> set[Code]:
    """What is evaluated in graphs that are one network: of its packets and nodes, the first."""
    initials: dict[tuple[Role, PortName], Initial] = {}
    for graph in graphs.values():
        initials = {**graph.initials, **initials}
    found = set[Code]()
    for (role, port), initial in initials.items():
        nodes = [graph.nodes[role] for graph in graphs.values() if role in graph.nodes]
        name = next((node.component for node in nodes if node.component), "")
        component = library.find(name) if name else None
        if component is not None and _same(port) in map(_same, _private(component)):
            found.add((component.name, _same(port), _encode(initial.value)))
    return found


def _private(component: Component) -> tuple[PortName, ...]:
    return component.how.private if isinstance(component.how, InProcess) else ()


def _same(port: str) -> str:
    # A running network writes ports as those who have them do, whatever their case was.
    return port.lower()


def _refused(port: str, component: str) -> Refused:
    return Refused(
        f"`{shown(port)}` of {shown(component)} is code, and this secret does not grant "
        "component:setsource"
    )
