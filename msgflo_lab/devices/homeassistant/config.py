"""Discovery messages: the entities in one.

Pure. A message describes one entity (`homeassistant/light/[node/]object/config`) or a device with
all of its own (`homeassistant/device/[node/]object/config`, since 2024.11). Here short keys become
long ones, `~` becomes what it stands for, and what a device says for all is given to each. Follows
https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery and what Home Assistant 2026.2 does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ...errors import InvalidMessage
from ...jsontext import json_object
from ..limits import MAX_DESCRIPTION, MAX_PARTS
from ..naming import line
from .abbreviations import OF_DEVICES, OF_ENTITIES

_TOPIC = re.compile(r"(?P<component>\w+)/(?:(?P<node>[A-Za-z0-9_-]+)/)?(?P<object>[A-Za-z0-9_-]+)")
_ID = re.compile(r"[^\s/]{1,200}")
_FOR_ALL = (
    "availability", "availability_mode", "availability_template", "availability_topic",
    "command_topic", "payload_available", "payload_not_available", "state_topic", "qos", "encoding",
)  # fmt: skip
"""What a device's message may say for all of its entities."""
TRIGGERS = "device_automation"


class Unusable(Exception):
    """Why a discovery message cannot be used; never leaves this package."""


class Entity(msgspec.Struct, frozen=True):
    """One entity, with long keys.

    Attributes:
        id: Unique within the prefix: `light/node/object`.
        component: `light`, `sensor`, ...
        config: Everything that was said of it.
        device: Everything that was said of its device.
        own: What tells it from others of its name.
    """

    id: str
    component: str
    config: Mapping[str, Any]
    device: Mapping[str, Any]
    own: str

    @property
    def device_name(self) -> str:
        """The device's name, or ""."""
        return text_of(self.device.get("name"))

    @property
    def device_id(self) -> str:
        """What a device is known by, or ""."""
        ids = self.device.get("identifiers") or self.device.get("connections") or ""
        while isinstance(ids, list) and ids:
            ids = ids[-1]
        return text_of(ids)


def entities(topic: str, payload: bytes) -> list[Entity]:
    """What a message on a discovery topic describes; nothing if it takes back what was there.

    Args:
        topic: Without the prefix and `/config`.

    Raises:
        Unusable: It is not as it should be; why.
    """
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise Unusable("a discovery topic has only letters, digits, `_` and `-` in its levels")
    config = _object(payload)
    if not config or config.get("migrate_discovery", config.get("migr_discvry")) is True:
        return []
    component, node, name = found["component"], found["node"], found["object"]
    if component != "device":
        own = f"{node}_{name}" if node else name
        return [_entity(topic, component, _long(config, OF_ENTITIES), own)]
    return list(_of_device(topic, _long(config, OF_ENTITIES), name))


def text_of(value: Any) -> str:
    """A value as Home Assistant takes it for text: numbers and truth in Python's way; or ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, bool | int | float) else ""


def list_of(value: Any) -> list[Any]:
    """A list; a single thing is one that has nothing else; at most `MAX_PARTS`."""
    if value is None:
        return []
    return value[:MAX_PARTS] if isinstance(value, list) else [value]


def _object(payload: bytes) -> dict[str, Any]:
    if not payload.strip():
        return {}
    try:
        return json_object(payload, MAX_DESCRIPTION, "MAX_DESCRIPTION")
    except InvalidMessage as error:
        raise Unusable(str(error)) from None


def _of_device(topic: str, message: dict[str, Any], own: str) -> Iterator[Entity]:
    components = message.get("components")
    if not isinstance(components, dict):
        raise Unusable("a device without `components`")
    if not isinstance(message.get("device"), dict):
        raise Unusable("a message of a device without `device`")
    if len(components) > MAX_PARTS:
        raise Unusable(f"{len(components):,} components, above MAX_PARTS = {MAX_PARTS}")
    shared = {key: message[key] for key in (*_FOR_ALL, "device", "~") if key in message}
    for name, part in components.items():
        if not isinstance(part, dict):
            raise Unusable(f"the component `{line(name, 40)}` is not an object")
        config = _long(part, OF_ENTITIES)
        component = config.pop("platform", None)
        if not isinstance(component, str) or not component.isidentifier():
            raise Unusable(f"the component `{line(name, 40)}` does not say its `platform`")
        if not config:
            continue  # The platform alone: the device no longer has it.
        if not _ID.fullmatch(name):
            raise Unusable(f"`{line(name, 40)}` cannot be the name of a component")
        yield _entity(f"{topic}/{name}", component, {**shared, **config}, f"{own}_{name}")


def _entity(name: str, component: str, config: dict[str, Any], own: str) -> Entity:
    device = config.pop("device", None)
    base = config.pop("~", None)
    if isinstance(base, str):
        config = {key: _based(key, value, base) for key, value in config.items()}
    device = _long(device, OF_DEVICES) if isinstance(device, dict) else {}
    return Entity(id=name, component=component, config=config, device=device, own=own)


def _long(said: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The same with long keys; in the entries of `availability`, too."""
    config = {names.get(key, key): value for key, value in said.items()}
    entries = config.get("availability")
    if entries:
        config["availability"] = [
            {names.get(key, key): value for key, value in each.items()}
            for each in list_of(entries)
            if isinstance(each, dict)
        ]
    return config


def _based(key: str, value: Any, base: str) -> Any:
    """A topic with `~` at its beginning or end replaced."""
    if key == "availability" and isinstance(value, list):
        return [{k: _based(k, v, base) for k, v in each.items()} for each in value]
    if not isinstance(value, str) or not key.endswith("topic"):
        return value
    if value.startswith("~"):
        value = base + value[1:]
    return value[:-1] + base if value.endswith("~") else value
