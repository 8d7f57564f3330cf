"""The description of a foreign participant in YAML, as MsgFlo has it.

    component: example/Thermometer
    label: In the kitchen
    icon: thermometer
    role: thermometer
    outports:
      temp:
        queue: /sensors/#ROLE/temperature
        type: number
        encoding: number        # ours: how the device writes it
    inports: {}

Ports are a map by name, or (older) a list of maps with `id`. It is YAML 1.2: `on`, `off` and `yes`
are text; and names are what was written, also `1.10` and `012`. Ours are `encoding`, `qos`,
`retain`, `expire_after` and `off_delay` of a port, several documents in one text, and patterns of
topics (`sensors/+/temperature`) as the queue of an outport.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ..definition import ParticipantDefinition, Port, Side
from ..encoding import encoding_of
from ..errors import InvalidDefinition
from ..names import ComponentName, ParticipantId, PortName, QueueName, Role, shown
from ..topics import is_pattern, problem_of
from .interpreting import OF_TIME, OURS
from .scalars import documents, typed

MAX_TEXT = 1024 * 1024
"""Characters of one description."""
MAX_SECONDS = 366 * 24 * 3600
"""Of `expire_after` and `off_delay`."""
ROLE = "#ROLE"
"""Stands for the role in the queue of a port."""


def loads(
    text: str, *, role: str | None = None, name: str = "<yaml>"
) -> list[ParticipantDefinition]:
    """Read descriptions, one for each document.

    Args:
        role: Of the participant, in place of what the text says.
        name: Of the text, for errors.

    Raises:
        InvalidDefinition: It describes none, or not as it should; says where.
    """
    if len(text) > MAX_TEXT:
        raise InvalidDefinition(f"{name}: {len(text):,} characters, above {MAX_TEXT:,}")
    try:
        said = [each for each in documents(text) if each is not None]
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""
        raise InvalidDefinition(f"{name}{place}: {error.problem}") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise InvalidDefinition(f"{name}: {' '.join(str(error).split())}") from None
    if not said:
        raise InvalidDefinition(f"{name}: it describes no participant")
    if role is not None and len(said) > 1:
        raise InvalidDefinition(f"{name}: one role, and {len(said)} participants")
    try:
        found = [_participant(each, role) for each in said]
        _check_ids(found)
        return found
    except InvalidDefinition as error:
        raise InvalidDefinition(f"{name}: {error}") from None


def _check_ids(found: Iterable[ParticipantDefinition]) -> None:
    seen: set[ParticipantId] = set()
    for each in found:
        if each.id in seen:
            raise InvalidDefinition(f"two participants have the id `{shown(each.id)}`")
        seen.add(each.id)


def dumps(definition: ParticipantDefinition) -> str:
    """Write a description."""
    said: dict[str, Any] = {"component": str(definition.component)}
    for key in ("label", "icon"):
        if getattr(definition, key):
            said[key] = getattr(definition, key)
    said["role"] = str(definition.role)
    if str(definition.id) != str(definition.role):
        said["id"] = str(definition.id)
    for side in Side:
        said[f"{side.noun}s"] = {str(port.id): _said(port) for port in definition.ports(side)}
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.allow_unicode = True
    yaml.dump(said, stream)
    return stream.getvalue()


def _said(port: Port) -> dict[str, Any]:
    said: dict[str, Any] = {"queue": str(port.queue or ""), "type": port.type}
    for key in ("description", "schema", "encoding"):
        if getattr(port, key):
            said[key] = getattr(port, key)
    if port.hidden:
        said["hidden"] = True
    rest = dict(port.options)
    said.update({key: rest.pop(key) for key in OURS if key in rest})
    if rest:
        said["options"] = rest
    return said


def _participant(document: Any, given: str | None) -> ParticipantDefinition:
    if not isinstance(document, Mapping):
        raise InvalidDefinition("a participant is a map with `component`, `inports` and `outports`")
    component = _text(document, "component")
    if not component:
        raise InvalidDefinition("`component` is missing: what kind of participant it is")
    role = given or _text(document, "role")
    if not role:
        raise InvalidDefinition(f"which role does `{shown(component)}` play? give `role`")
    return ParticipantDefinition(
        id=ParticipantId(_text(document, "id") or role),
        role=Role(role),
        component=ComponentName(component),
        inports=tuple(_ports(document, Side.IN, role)),
        outports=tuple(_ports(document, Side.OUT, role)),
        label=_text(document, "label"),
        icon=_text(document, "icon").removeprefix("fa-"),
    )


def _ports(document: Mapping[str, Any], side: Side, role: str) -> Iterator[Port]:
    key = f"{side.noun}s"
    said = document.get(key) or {}
    seen: set[str] = set()
    if isinstance(said, Mapping):
        entries = [(str(name), entry) for name, entry in said.items()]
    elif isinstance(said, list):
        entries = [(_id(entry, f"{key}[{at}]"), entry) for at, entry in enumerate(said)]
    else:
        raise InvalidDefinition(f"`{key}` is neither a map nor a list")
    for name, entry in entries:
        if not name or name in seen:
            raise InvalidDefinition(f"two {key} are called `{shown(name)}`, or one is not at all")
        seen.add(name)
        yield _port(name, entry, side, role)


def _id(entry: Any, where: str) -> str:
    if not isinstance(entry, Mapping) or not entry.get("id"):
        raise InvalidDefinition(f"`{where}` has no `id`")
    return str(entry["id"])


def _port(name: str, entry: Any, side: Side, role: str) -> Port:
    where = f"{side.noun} `{shown(name)}`"
    if not isinstance(entry, Mapping):
        raise InvalidDefinition(f"{where}: `queue` is missing: where its messages are")
    try:
        queue = _text(entry, "queue").replace(ROLE, role)
        encoding = _text(entry, "encoding")
        options = typed(entry.get("options") or {})
        ours = {key: typed(entry[key]) for key in OURS if key in entry}
        hidden = typed(entry.get("hidden")) is True
        if not queue and not hidden:
            raise InvalidDefinition("`queue` is missing: where its messages are")
        if not isinstance(options, Mapping):
            raise InvalidDefinition("`options` is no map")
        encoding_of(encoding)
        problem = problem_of(queue) or _odd(queue)
        if problem:
            raise InvalidDefinition(f"`{shown(queue)}` is no topic and no pattern: {problem}")
        if side is Side.IN and is_pattern(queue):
            raise InvalidDefinition(
                f"`{shown(queue)}` stands for many topics; a message can be sent to one only"
            )
        return Port(
            id=PortName(name),
            queue=QueueName(queue) if queue else None,
            type=_text(entry, "type") or "any",
            description=_text(entry, "description"),
            schema=_text(entry, "schema"),
            options={**options, **_ours({**options, **ours}, side)},
            hidden=hidden,
            encoding=encoding,
        )
    except (InvalidDefinition, ValueError) as error:
        raise InvalidDefinition(f"{where}: {error}") from None


def _odd(queue: str) -> str:
    return "there are control characters in it" if any(char < " " for char in queue) else ""


def _ours(entry: Mapping[str, Any], side: Side) -> dict[str, Any]:
    found = {key: entry[key] for key in OURS if entry.get(key) is not None}
    qos, retain = found.get("qos", 0), found.get("retain", False)
    if type(qos) is not int or qos not in (0, 1, 2):
        raise InvalidDefinition("`qos` is 0, 1 or 2")
    if not isinstance(retain, bool):
        raise InvalidDefinition("`retain` is true or false")
    for key in OF_TIME:
        seconds = found.get(key, 1)
        if type(seconds) not in (int, float) or not 0 < seconds <= MAX_SECONDS:
            raise InvalidDefinition(f"`{key}` is a number of seconds, at most a year")
        if key in found and side is Side.IN:
            raise InvalidDefinition(f"`{key}` is for outports")
    return found


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if isinstance(value, Mapping | list):
        raise InvalidDefinition(f"`{key}` is no text")
    return str(value)
