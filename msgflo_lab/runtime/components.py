"""Between code that runs in this process and the library's components."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..definition import Port
from ..library import Component, InProcess, Source
from ..names import PortName
from .behaviour import Behaviour, behaviour_of


def component_of(name: str, code: Callable[..., Any]) -> Component:
    """The component that a function or class is.

    Raises:
        InvalidDefinition: It cannot be a participant.
    """
    behaviour = behaviour_of(code, component=name)
    return as_component(behaviour, partial(_configured, behaviour))


def as_component(
    behaviour: Behaviour, make: Callable[[Mapping[PortName, Any]], Behaviour] | None = None
) -> Component:
    """What a participant does, as a component that other nodes can run too.

    Args:
        make: For what has settings of its own.
    """
    return Component(
        behaviour.component,
        behaviour.label,
        behaviour.icon,
        tuple(Port(spec.name, type=spec.type) for spec in (*behaviour.inports, *behaviour.private)),
        tuple(Port(spec.name, type=spec.type) for spec in behaviour.outports),
        InProcess(make or (lambda _: behaviour), tuple(spec.name for spec in behaviour.private)),
        _source(behaviour.code),
    )


def _configured(behaviour: Behaviour, settings: Mapping[PortName, Any]) -> Behaviour:
    code = behaviour.code
    if not settings or not inspect.isclass(code):
        return behaviour
    # A class of its own, so that each participant has its own values.
    values = {str(port): value for port, value in settings.items()}
    code = type(code.__name__, (code,), {"__doc__": code.__doc__, **values})
    return behaviour_of(code, component=behaviour.component)


def _source(code: Callable[..., Any]) -> Source | None:
    try:
        return Source("python", textwrap.dedent(inspect.getsource(code)))
    except (OSError, TypeError):
        return None
