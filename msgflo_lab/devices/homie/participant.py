"""Nodes as participants.

Pure. A node is what a person would draw as one box: the thermometer of a weather station, one of
the two relays of a switch. Its properties become outports, and inports too where they can be set.
"""

from __future__ import annotations

from ...definition import ParticipantDefinition, Port
from ...names import ComponentName, ParticipantId, PortName, QueueName, Role
from ..adapter import Found
from ..limits import MAX_NOTES
from ..lines import is_topic
from ..naming import label_of, line, role_of, sayable, slug
from .model import Device, Node, Property

NAME = "homie"
"""The convention, and the usual domain of its topics."""

_PLAIN = {
    "integer": ("int", "number:int"),
    "float": ("number", "number"),
    "percent": ("number", "number"),
    "boolean": ("boolean", "boolean:true/false"),
    "string": ("string", "text"),
    "enum": ("string", "text"),
    "datetime": ("string", "text"),
    "duration": ("string", "text"),
    "json": ("any", "json"),
}
"""Type and encoding of each datatype but `color`."""
_COLOURS = {"rgb": "{r},{g},{b}", "hsv": "{h},{s},{v}", "xyz": "{x},{y}"}
_ICONS = {
    "°C": "thermometer-half", "°F": "thermometer-half", "W": "bolt", "kW": "bolt", "kWh": "bolt",
    "V": "bolt", "A": "bolt", "lx": "sun-o",
}  # fmt: skip


def participants(device: Device) -> list[tuple[Found, str]]:
    """A participant for each node that has properties, and what tells it from its namesakes."""
    found = []
    for node in device.nodes:
        who = _participant(device, node)
        if who is not None:
            found.append((who, slug(f"{device.id} {node.id}") or "2"))
    return found


def id_of(device: Device, node: str) -> ParticipantId:
    """The id of a node's participant."""
    return ParticipantId(f"{NAME}:{device.topic}/{node}")


def _participant(device: Device, node: Node) -> Found | None:
    notes: list[str] = []
    inports: list[Port] = []
    outports: dict[str, Port] = {}
    for each in node.properties:
        topic = f"{device.topic}/{node.id}/{each.id}"
        if not is_topic(topic):
            continue
        name = base = sayable(each.id, "property")
        number = 1
        while name in outports or (each.has_target and f"{name}_target" in outports):
            number += 1
            name = f"{base}_{number}"
        kind, encoding = _spoken(each, device.version, notes)
        outports[name] = Port(
            id=PortName(name),
            queue=QueueName(topic),
            type=kind,
            description=_about(each),
            encoding=encoding,
        )
        if each.has_target:
            outports[f"{name}_target"] = Port(
                id=PortName(f"{name}_target"),
                queue=QueueName(f"{topic}/$target"),
                type=kind,
                description=line(f"what `{name}` is on its way to"),
                encoding=encoding,
            )
        if each.is_settable:
            inports.append(
                Port(
                    id=PortName(name),
                    queue=QueueName(f"{topic}/set"),
                    type=kind,
                    description=_about(each),
                    encoding=encoding,
                    # What happens at one moment is not to happen late, or twice.
                    options={"qos": 1} if each.is_retained else {},
                )
            )
    if not outports:
        return None
    units = [_ICONS[each.unit] for each in node.properties if each.unit in _ICONS]
    part = node.name or node.id
    definition = ParticipantDefinition(
        id=id_of(device, node.id),
        role=Role(role_of(device.name or device.id, part, "device")),
        component=ComponentName(f"{NAME}/{slug(node.type) or 'node'}"),
        inports=tuple(inports),
        outports=tuple(outports.values()),
        label=label_of(device.name or device.id, part),
        icon=units[0] if units else "sliders" if inports else "tachometer",
    )
    return Found(definition, notes=tuple(notes[:MAX_NOTES]))


def _spoken(each: Property, version: int, notes: list[str]) -> tuple[str, str]:
    """Type and encoding of a property."""
    if each.datatype == "color":
        ways = [way.strip() for way in each.format.split(",")]
        if len(ways) == 1 and ways[0] in _COLOURS:
            prefix = f"{ways[0]}," if version >= 5 else ""
            return "object", f"template:{prefix}{_COLOURS[ways[0]]}"
        notes.append(
            f"`{each.id}` is a colour of several forms, or of none that is known; it is text"
        )
        return "string", "text"
    if each.datatype not in _PLAIN:
        notes.append(f"`{each.id}` is of the unknown datatype `{line(each.datatype, 40)}`")
    return _PLAIN.get(each.datatype, ("string", "text"))


def _about(each: Property) -> str:
    """What a person should know of a property."""
    said: list[str] = []
    if each.datatype in ("integer", "float", "percent") and ":" in each.format:
        least, most, *step = each.format.split(":")
        if least and most:
            said.append(f"{least} to {most}")
        elif least or most:
            said.append(f"at least {least}" if least else f"at most {most}")
        said += [f"in steps of {step[0]}"] if step and step[0] else []
    elif each.datatype == "enum":
        said.append(", ".join(each.format.split(",")))
    elif each.datatype == "boolean" and each.format.count(",") == 1:
        no, yes = each.format.split(",")
        said.append(f"false: {no}, true: {yes}")
    elif each.datatype in ("color", "datetime", "duration"):
        said.append(each.format or each.datatype)
    else:
        said.append(each.format)
    said.append(each.unit)
    if not each.is_retained:
        said.append("for the moment only")
    about = ", ".join(text for text in said if text)
    name = each.name if slug(each.name) != slug(each.id) else ""
    return line(f"{name}: {about}" if name and about else name or about)
