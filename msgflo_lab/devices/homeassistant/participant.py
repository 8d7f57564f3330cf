"""Entities as participants: one for each, and one for all triggers of a device.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...definition import ParticipantDefinition, Port
from ...names import ComponentName, ParticipantId, PortName, QueueName, Role
from ..adapter import Found
from ..icons import OF_MEASURES
from ..limits import MAX_NOTES, MAX_TRIGGERS
from ..lines import chained, is_topic
from ..naming import label_of, line, role_of, sayable
from . import light
from .aspects import ASPECTS
from .config import TRIGGERS, Entity, Unusable, text_of
from .ports import Ports
from .template import reading

NAME = "homeassistant"
"""The convention, and the usual prefix of its topics."""

_ICONS = {
    "alarm_control_panel": "shield", "binary_sensor": "dot-circle-o", "button": "bullseye",
    "camera": "camera", "climate": "thermometer-half", "cover": "window-maximize",
    "device_tracker": "map-marker", "event": "bell-o", "fan": "fan", "humidifier": "tint",
    "image": "camera", "lawn_mower": "leaf", "light": "lightbulb-o", "lock": "lock",
    "notify": "bell", "number": "sliders", "scene": "bullseye", "select": "list",
    "sensor": "tachometer", "siren": "volume-up", "switch": "toggle-on", "tag": "tag",
    "text": "font", "update": "cloud-download", "vacuum": "refresh", "valve": "tint",
    "water_heater": "shower", TRIGGERS: "bullseye",
}  # fmt: skip


def group_of(entity: Entity) -> ParticipantId:
    """Whose part it is: triggers of one device are together, anything else is on its own."""
    if entity.component == TRIGGERS and entity.device_id:
        return ParticipantId(f"{NAME}/{TRIGGERS}/{sayable(entity.device_id, 'device')}")
    return ParticipantId(f"{NAME}/{entity.id}")


def participant(who: ParticipantId, entities: Sequence[Entity]) -> Found:
    """A participant of entities that are one group.

    Raises:
        Unusable: There is nothing that can be connected.
    """
    first = entities[0]
    component, config = first.component, first.config
    inports: Sequence[Port] = ()
    notes: list[str]
    if component == TRIGGERS:
        outports, notes = _triggers(entities)
        part = "triggers"
    elif component in ASPECTS:
        notes = []
        rows = ASPECTS[component]
        if component == "light":
            config, lights, notes = light.rows(config)
            rows = tuple(lights)
        ports = Ports(component, config, rows)
        inports, outports = ports.inports, ports.outports
        notes += ports.notes
        part = _part(first)
    else:
        raise Unusable(f"there is no component `{line(component, 40)}`")
    if not inports and not outports:
        raise Unusable(notes[0] if notes else "it names no topic for a state or a command")
    label = label_of(first.device_name, part)
    kind = text_of(config.get("device_class"))
    definition = ParticipantDefinition(
        id=who,
        role=Role(role_of(first.device_name, part, component)),
        component=ComponentName(f"{NAME}/{component}"),
        inports=tuple(inports),
        outports=tuple(outports),
        label=label,
        icon=OF_MEASURES.get(kind, _ICONS[component]),
    )
    return Found(definition, notes=tuple(notes[:MAX_NOTES]))


def _part(entity: Entity) -> str:
    """What an entity is called besides its device; "" for the device's main one."""
    name = entity.config.get("name")
    if "name" in entity.config and (name is None or text_of(name)):
        if name is None and not entity.device_name:
            return entity.own
        return text_of(name)
    return text_of(entity.config.get("device_class")) or (
        entity.component if entity.device_name else entity.own
    )


def _triggers(entities: Sequence[Entity]) -> tuple[list[Port], list[str]]:
    """An outport for each trigger: true whenever it happens."""
    found: dict[str, Port] = {}
    notes: list[str] = []
    for entity in entities[:MAX_TRIGGERS]:
        config: Mapping[str, Any] = entity.config
        kind, subtype = text_of(config.get("type")), text_of(config.get("subtype"))
        topic, template = config.get("topic"), config.get("value_template")
        name = sayable(f"{subtype} {kind}", "trigger")
        picked = reading(template) if isinstance(template, str) and template else None
        payload = text_of(config.get("payload"))
        if not is_topic(topic, wild=True):
            notes.append(f"the trigger `{name}` has no topic")
            continue
        words = list(picked.words) if picked is not None else []
        encoding = chained([*words, f"always:{payload}" if payload else "text"])
        if encoding is None or (template and (picked is None or picked.choice)):
            notes.append(f"the trigger `{name}` is beyond what is understood here")
            continue
        while name in found and found[name].queue != topic:
            name += "_"
        found[name] = Port(
            id=PortName(name),
            queue=QueueName(str(topic)),
            type="bang" if payload else "string",
            description=line(f"{kind} of {subtype}"),
            encoding=encoding,
        )
    if len(entities) > MAX_TRIGGERS:
        notes.append(f"{len(entities)} triggers; only {MAX_TRIGGERS} are here")
    return list(found.values()), notes
