"""Between code that runs in this process and the library's components."""

from __future__ import annotations

import inspect
import linecache
import sys
import textwrap
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..definition import Port
from ..errors import InvalidDefinition
from ..library import Component, InProcess, Source
from ..names import PortName, listed
from .behaviour import Behaviour, behaviour_of


def component_of(name: str, code: Callable[..., Any] | Behaviour) -> Component:
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


def component_from(name: str, code: str, namespace: Mapping[str, Any]) -> Behaviour:
    """What a text of Python defines: the function or class of that name, or the only one.

    Args:
        namespace: What the text finds; it is not changed.

    Raises:
        InvalidDefinition: It fails, or defines no participant.
    """
    file, short = f"<component {name}>", name.rpartition("/")[2]
    # So that tracebacks and whoever asks for the source find it.
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    # Without a name of its own, a class would be taken for a built-in.
    made = {"__name__": "__main__", **namespace}
    try:
        exec(compile(code, file, "exec"), made)
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        why = f"{type(error).__name__}: {error}"
        raise InvalidDefinition(f"the source of `{name}` fails: {why}") from error
    new = {
        key: value
        for key, value in made.items()
        if callable(value) and getattr(value, "__module__", None) == made.get("__name__")
        if namespace.get(key) is not value
    }
    found = new.get(short) or (next(iter(new.values())) if len(new) == 1 else None)
    if found is None:
        names = listed(new) if new else "no function or class"
        raise InvalidDefinition(f"the source of `{name}` is to define `{short}`; it has: {names}")
    return behaviour_of(found, component=name)


def namespace_of(component: Component | None, otherwise: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the source of a component finds: the names of its module.

    Args:
        otherwise: What it finds if it is new, or from a cell.
    """
    if component is None or not isinstance(component.how, InProcess):
        return otherwise
    module = getattr(component.how.make({}).code, "__module__", "__main__")
    return otherwise if module == "__main__" else {**otherwise, **vars(sys.modules[module])}


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
