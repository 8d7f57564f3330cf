"""What a participant does, read off a plain function or class.

A function's parameters are its inports, its annotations their types; a parameter with a default is
a setting. What it returns goes to `out`, and the annotation of that is the type of `out`. Anything
with `process(inport, message)` is a class with state. This module only looks at the code;
`handlers` runs it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict, Unpack

from ..definition import ParticipantDefinition, Port, Side
from ..errors import InvalidDefinition
from ..names import ComponentName, ParticipantId, PortName, QueueName, Role, listed
from .limits import LONGEST_RETRY, RETRIES_MOST
from .object import Participant

DEFAULT_OUTPORTS = ("out", "error")
DEFAULT_ICON = "file-word-o"
"""What the existing libraries announce where nobody chose an icon."""

Ports = Iterable[str] | Mapping[str, str]
"""Port names, or names with their types."""

_TYPES: dict[Any, str] = {
    int: "int",
    float: "number",
    complex: "any",
    str: "string",
    bool: "boolean",
    list: "array",
    tuple: "array",
    set: "array",
    dict: "object",
    bytes: "bytes",
}
_PLAIN = (bool, int, float, str, list, dict)
"""What can be returned and is sent as it is, so that it is the type of an outport."""


@dataclass(frozen=True, slots=True)
class PortSpec:
    """A port before it has a queue. `options` are what the broker is asked for (`Port.options`)."""

    name: PortName
    type: str = "any"
    options: Mapping[str, Any] = field(default_factory=dict)


class Details(TypedDict, total=False):
    """What can be said of a participant beside its code.

    Attributes:
        every: Run it every so many seconds, instead of on messages (a source).
        outports: Its outports; else those that its `yield "port", value` name, else `out`; and
            `error` in both cases. A class says it by its attribute `outports`.
        icon: A Font Awesome 4 name, e.g. `lightbulb-o`.
        label: What it does, in a few words; the first line of its docstring if not given.
        component: The code's name if not given.
        retries: How often a message that it fails at comes again, before it is a dead letter.
        retry_after: In how many seconds.
        share: Those who play its role share its messages: each goes to one of them. On AMQP they
            always do.
        options: Queue options, by port, e.g. `{"in": {"quorum": True}}`.
    """

    every: float | None
    outports: Ports | None
    icon: str | None
    label: str | None
    component: str | None
    retries: int
    retry_after: float
    share: bool
    options: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """A component: code and ports, without a role.

    Attributes:
        code: The function, or the class.
        parameters: Inport to parameter name, for functions; empty for classes.
        settings: Inports with a default, and the default.
        every: Seconds between two runs of a source; None for everything else.
        retries: How often a message comes again that the code has failed at.
        retry_after: In how many seconds.
        private: Inports without a queue, which are not announced: settings of a class that the
            graph alone gives. They are set as attributes before the class is made.
    """

    component: ComponentName
    code: Callable[..., Any]
    inports: tuple[PortSpec, ...]
    outports: tuple[PortSpec, ...]
    parameters: Mapping[PortName, str]
    settings: Mapping[PortName, Any]
    every: float | None = None
    label: str = ""
    icon: str = DEFAULT_ICON
    retries: int = 0
    retry_after: float = 1.0
    private: tuple[PortSpec, ...] = ()

    @property
    def is_object(self) -> bool:
        """True for a class with `process`, False for a function."""
        return inspect.isclass(self.code)

    @property
    def required(self) -> list[PortName]:
        """Inports that must have received something before a function can run."""
        return [port.name for port in self.inports if port.name not in self.settings]

    @property
    def streams(self) -> bool:
        """True if it is a source that runs from its start, without a timer."""
        if self.is_object:
            return hasattr(self.code, "run")
        is_generator = inspect.isgeneratorfunction(self.code) or inspect.isasyncgenfunction(
            self.code
        )
        return is_generator and self.every is None and not self.required

    def definition(
        self,
        participant: ParticipantId,
        role: Role,
        queue_of: Callable[[Side, PortName], QueueName],
    ) -> ParticipantDefinition:
        """The announcement of a participant that behaves so."""
        return ParticipantDefinition(
            id=participant,
            role=role,
            component=self.component,
            inports=tuple(_announced(p, queue_of(Side.IN, p.name)) for p in self.inports),
            outports=tuple(_announced(p, queue_of(Side.OUT, p.name)) for p in self.outports),
            label=self.label,
            icon=self.icon,
        )


def behaviour_of(code: Callable[..., Any] | Behaviour, **details: Unpack[Details]) -> Behaviour:
    """Read a function or class; see `Details`. A class may say the same by its attributes.

    One that has been read already may get another name (`component`), and nothing else.

    Raises:
        InvalidDefinition: It cannot be a participant; the text says why.
    """
    if isinstance(code, Behaviour):
        if details.keys() - {"component"}:
            raise InvalidDefinition(f"`{code.component}` says all but its `component` itself")
        return replace(code, component=ComponentName(details.get("component") or code.component))
    unknown = details.keys() - Details.__annotations__.keys()
    if unknown:
        raise InvalidDefinition(
            f"no detail {listed(sorted(unknown))}; there are: {listed(Details.__annotations__, 20)}"
        )
    said: Details = {**_said_by(code), **{k: v for k, v in details.items() if v is not None}}  # type: ignore[typeddict-item]
    outports = said.get("outports")
    inports: tuple[PortSpec, ...]
    parameters: dict[PortName, str] = {}
    settings: dict[PortName, Any] = {}
    returned: Any = inspect.Signature.empty
    if inspect.isclass(code):
        inports = _class_ports(code)
    elif callable(code):
        signature = _signature(code)
        inports, parameters, settings = _parameters(signature)
        outports = outports if outports is not None else _yielded_ports(code)
        returned = signature.return_annotation if not isinstance(outports, Mapping) else returned
    else:
        raise InvalidDefinition(f"a participant is a function or a class, not {code!r}")
    name = said.get("component") or str(getattr(code, "__name__", type(code).__name__))
    options = _options(said)
    found = Behaviour(
        component=ComponentName(name),
        code=code,
        inports=_with_options(inports, options, share=said.get("share", False)),
        outports=_with_options(_returning(returned, _outports(outports)), options),
        parameters=parameters,
        settings=settings,
        every=_seconds(said.get("every")),
        label=said.get("label") or _first_line(code),
        icon=(said.get("icon") or DEFAULT_ICON).removeprefix("fa-"),
        retries=_checked("retries", said.get("retries", 0), int, RETRIES_MOST),
        retry_after=_checked(
            "retry_after", said.get("retry_after", 1.0), int | float, LONGEST_RETRY
        ),
        private=_specs(getattr(code, "private", ()) if inspect.isclass(code) else (), "inport"),
    )
    ports = [spec.name for spec in (*found.inports, *found.outports)]
    for port in options:
        if port not in ports:
            raise InvalidDefinition(f"`options` for a port `{port}`; it has: {listed(ports)}")
    _check_runs(found)
    return found


def port_name(parameter: str) -> PortName:
    """The inport of a parameter: a trailing underscore is dropped (`in_` is the port `in`)."""
    return PortName(parameter.removesuffix("_") or parameter)


def port_type(annotation: Any) -> str:
    """The port type that an annotation stands for; `any` where there is no word for it."""
    if annotation is inspect.Parameter.empty or annotation is None:
        return "any"
    if isinstance(annotation, str):
        words = {kind.__name__: word for kind, word in _TYPES.items()}
        return words.get(annotation, annotation if annotation.isidentifier() else "any").lower()
    origin = typing.get_origin(annotation) or annotation
    for kind in getattr(origin, "__mro__", ()):
        if kind in _TYPES:
            return _TYPES[kind]
    return "any"


def _said_by(code: Callable[..., Any]) -> dict[str, Any]:
    """The details that a class has as attributes; a function says none."""
    if not inspect.isclass(code):
        return {}
    found = {name: getattr(code, name, None) for name in Details.__annotations__}
    return {k: value for k, value in found.items() if value is not None and not callable(value)}


def _announced(spec: PortSpec, queue: QueueName) -> Port:
    return Port(spec.name, queue, spec.type, options=spec.options)


def _options(said: Details) -> Mapping[str, Mapping[str, Any]]:
    options = said.get("options", {})
    if not isinstance(options, Mapping) or not all(
        isinstance(each, Mapping) for each in options.values()
    ):
        raise InvalidDefinition('`options` are by port, e.g. {"in": {"quorum": True}}')
    return options


def _with_options(
    specs: tuple[PortSpec, ...], options: Mapping[str, Mapping[str, Any]], *, share: bool = False
) -> tuple[PortSpec, ...]:
    shared = {"share": True} if share else {}
    return tuple(replace(spec, options={**shared, **options.get(spec.name, {})}) for spec in specs)


def _checked(name: str, value: Any, kind: Any, most: float) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool) or not 0 <= value <= most:
        raise InvalidDefinition(f"`{name}` is a number from 0 to {most:,}, not {value!r}")
    return value


def _outports(said: Ports | None) -> tuple[PortSpec, ...]:
    return _specs(DEFAULT_OUTPORTS if said is None else said, "outport")


def _returning(annotation: Any, outports: tuple[PortSpec, ...]) -> tuple[PortSpec, ...]:
    """The outports, with the type of what is returned where only one is there for it."""
    kind = typing.get_origin(annotation) or annotation
    names = [each.__name__ for each in _PLAIN]
    is_plain = any(kind is each for each in _PLAIN) or (isinstance(kind, str) and kind in names)
    results = [spec for spec in outports if spec.name != "error"]
    if not is_plain or len(results) != 1:
        return outports
    typed = replace(results[0], type=port_type(annotation))
    return tuple(typed if spec is results[0] else spec for spec in outports)


def _signature(code: Callable[..., Any]) -> inspect.Signature:
    try:
        try:
            return inspect.signature(code, eval_str=True)
        except Exception:  # an annotation is text that cannot be evaluated: any error there is
            return inspect.signature(code)
    except (ValueError, TypeError) as error:
        raise InvalidDefinition(f"the parameters of {code!r} cannot be read: {error}") from error


def _parameters(
    signature: inspect.Signature,
) -> tuple[tuple[PortSpec, ...], dict[PortName, str], dict[PortName, Any]]:
    specs: dict[PortName, PortSpec] = {}
    parameters: dict[PortName, str] = {}
    settings: dict[PortName, Any] = {}
    for each in signature.parameters.values():
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD, each.POSITIONAL_ONLY):
            stars = {each.VAR_POSITIONAL.name: "*", each.VAR_KEYWORD.name: "**"}
            sign = stars.get(each.kind.name, "")
            raise InvalidDefinition(
                f"the parameter `{sign}{each.name}` cannot be an inport: each inport is one "
                "plainly named parameter"
            )
        name = port_name(each.name)
        if name in specs:
            raise InvalidDefinition(f"two parameters are both the inport `{name}`")
        specs[name] = PortSpec(name, port_type(each.annotation))
        parameters[name] = each.name
        if each.default is not each.empty:
            settings[name] = each.default
            if each.annotation is each.empty and each.default is not None:
                specs[name] = PortSpec(name, port_type(type(each.default)))
    return tuple(specs.values()), parameters, settings


def _class_ports(code: type) -> tuple[PortSpec, ...]:
    processes = getattr(code, "process", None) not in (None, Participant.process)
    if not processes and not hasattr(code, "run"):
        raise InvalidDefinition(
            f"the class `{code.__name__}` has no method `process(self, inport, message)`"
        )
    inports = getattr(code, "inports", Participant.inports)
    if inports is Participant.inports and not processes:
        inports = ()
    return _specs(inports, "inport")


def _specs(ports: Ports, kind: str) -> tuple[PortSpec, ...]:
    if isinstance(ports, str):
        ports = ports.replace(",", " ").split()
    pairs = ports.items() if isinstance(ports, Mapping) else ((port, "any") for port in ports)
    specs = [
        PortSpec(PortName(name), "error" if name == "error" and word == "any" else word)
        for name, word in pairs
    ]
    names = [spec.name for spec in specs]
    for name in names:
        if not isinstance(name, str) or not name:
            raise InvalidDefinition(f"an {kind} needs a name, not {name!r}")
        if names.count(name) > 1:
            raise InvalidDefinition(f"two {kind}s are called `{name}`")
    return tuple(specs)


def _yielded_ports(code: Callable[..., Any]) -> Ports | None:
    """The ports that a generator's `yield "port", value` statements name, or None."""
    if not (inspect.isgeneratorfunction(code) or inspect.isasyncgenfunction(code)):
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except (OSError, TypeError, SyntaxError):
        return None
    named: dict[str, None] = {}
    plain = False
    for node in ast.walk(tree):
        if not isinstance(node, ast.Yield):
            continue
        pair = node.value
        is_pair = isinstance(pair, ast.Tuple) and len(pair.elts) == 2
        first = pair.elts[0] if isinstance(pair, ast.Tuple) and is_pair else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            named[first.value] = None
        else:
            plain = True
    if not named:
        return None
    return list(dict.fromkeys([*(["out"] if plain else []), *named, "error"]))


def _check_runs(found: Behaviour) -> None:
    if found.is_object or found.inports or found.every is not None or found.streams:
        return
    raise InvalidDefinition(
        f"`{found.component}` would never run: it has no inport (a parameter), is no generator, "
        "and nothing says how often to run it (`--every SECONDS`)"
    )


def _seconds(every: float | None) -> float | None:
    if every is None:
        return None
    if not isinstance(every, int | float) or not 0.001 <= every < float("inf"):
        raise InvalidDefinition(f"`every` is in seconds and at least 0.001, not {every!r}")
    return float(every)


def _first_line(code: Callable[..., Any]) -> str:
    text = inspect.getdoc(code) if getattr(code, "__doc__", None) else None
    return text.strip().partition("\n")[0] if text else ""
