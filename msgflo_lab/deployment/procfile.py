"""A Procfile of a graph: one line for each program. Pure.

As msgflo-procfile writes it, so that Heroku, foreman and their like start the participants.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable
from typing import Any

from ..errors import MsgFloLabError
from ..graph import Graph
from ..library import InProcess, Library, command_line
from ..names import Role, shown
from .labels import label
from .model import Deployment, Service

_NAME = re.compile(r"[A-Za-z0-9_-]+")
"""What foreman takes for the name of a process; it passes over other lines without a word."""


def procfile(
    graph: Graph, library: Library, *, ignore: Collection[str] = (), include: Iterable[str] = ()
) -> str:
    """The lines, and below them those that are included as they are.

    Junctions have none: they are no processes.

    Args:
        ignore: Roles that somebody else runs.

    Raises:
        MsgFloLabError: A role cannot be started by a command. All those are named.
    """
    lines: list[str] = []
    problems: list[str] = []
    for role in graph.nodes:
        if role not in ignore and graph.junction(role) is None:
            try:
                lines.append(f"{role}: {_command(graph, library, role)}")
            except MsgFloLabError as error:
                problems.append(str(error))
    if problems:
        raise MsgFloLabError("; ".join(problems))
    return "\n".join([*lines, *include])


def processes(deployment: Deployment) -> str:
    """A line for each program of a deployment, the network's too.

    Raises:
        MsgFloLabError: A command has more than one line. All those are named.
    """
    problems = [
        f"`{shown(each.name)}` cannot be in a Procfile: its command has more than one line"
        for each in deployment.services
        if any(mark in word for word in each.command for mark in "\r\n")
    ]
    if problems:
        raise MsgFloLabError("; ".join(problems))
    return "".join(
        f"{name_in_procfile(each)}: {shlex.join(each.command)}\n" for each in deployment.services
    )


def name_in_procfile(service: Service) -> str:
    """What a program is called there."""
    return label(service.name, plain=_NAME)


def _command(graph: Graph, library: Library, role: Role) -> str:
    if not _NAME.fullmatch(role):
        raise MsgFloLabError(
            f"the role `{shown(role)}` cannot be a name in a Procfile: letters, digits, `_` and "
            "`-` can"
        )
    name = graph.nodes[role].component
    component = library.find(name) if name else None
    how = component.how if component is not None else None
    if isinstance(how, InProcess):
        raise MsgFloLabError(
            f"`{shown(name)}`, the component of role `{shown(role)}`, is no program: it runs "
            "within a lab; leave the role out with `--ignore`, and let `msgflo-lab run` play it"
        )
    if how is None:
        raise MsgFloLabError(f"No component {shown(name)} defined for role {shown(role)}")
    packets: dict[str, Any] = {
        each.inport: each.value for each in graph.initials.values() if each.role == role
    }
    return command_line(how, role, packets)
