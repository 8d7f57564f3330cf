"""Homie 3 and 4: a device is described by many retained attributes, in any order.

Pure. Follows the sections Devices, Nodes and Properties of the convention 3.0.1 and 4.0.0, on
https://homieiot.github.io/. Homie 2 is something else; its devices are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..limits import MAX_ATTRIBUTE, MAX_ATTRIBUTES, MAX_PARTS
from .model import Device, Node, Property

OF_DEVICES = ("$homie", "$name", "$state", "$nodes")
OF_NODES = ("$name", "$type", "$properties", "$array")
OF_PROPERTIES = ("$name", "$datatype", "$format", "$settable", "$retained", "$unit")

_KNOWN = {1: frozenset(OF_DEVICES), 2: frozenset(OF_NODES), 3: frozenset(OF_PROPERTIES)}
_VERSION = re.compile(r"[34](\.\d{1,4}){0,2}")
_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})")
_ID = re.compile(r"[^\s$+#/]{1,200}")


def filters(domain: str) -> tuple[str, ...]:
    """The topics of all attributes, and of no values."""
    return tuple(
        f"{domain}/{'+/' * depth}{name}"
        for depth, names in enumerate((OF_DEVICES, OF_NODES, OF_PROPERTIES), 1)
        for name in names
    )


class Attributes:
    """What all devices have said. Not thread-safe."""

    def __init__(self, domain: str) -> None:
        self._domain = domain
        self._devices: dict[str, dict[str, str]] = {}
        """By device, what its attributes say, by their path (`node/property/$name`)."""
        self._count = 0

    def put(self, levels: list[str], payload: bytes) -> bool:
        """An attribute, by the levels of its topic below the domain. False if nothing changes."""
        if len(levels) - 1 not in _KNOWN or levels[-1] not in _KNOWN[len(levels) - 1]:
            return False
        if self.refusal(levels, payload):
            return False
        device, path = levels[0], "/".join(levels[1:])
        said = self._devices.get(device, {})
        if not payload:
            if said.pop(path, None) is None:
                return False
            self._count -= 1
            if not said:
                del self._devices[device]
            return True
        text = payload.decode(errors="replace")
        if said.get(path) == text:
            return False
        if path not in said:
            self._count += 1
        self._devices.setdefault(device, said)[path] = text
        return True

    def refusal(self, levels: list[str], payload: bytes) -> str:
        """Why an attribute cannot be remembered; "" if it can, or is none."""
        if len(levels) - 1 not in _KNOWN or levels[-1] not in _KNOWN[len(levels) - 1]:
            return ""
        if len(payload) > MAX_ATTRIBUTE:
            return f"{len(payload):,} bytes, above MAX_ATTRIBUTE = {MAX_ATTRIBUTE:,}"
        if not all(_ID.fullmatch(each) for each in levels[:-1]):
            return "that is no id of a device, a node or a property"
        is_new = "/".join(levels[1:]) not in self._devices.get(levels[0], {})
        if payload and is_new and self._count >= MAX_ATTRIBUTES:
            return f"there are MAX_ATTRIBUTES = {MAX_ATTRIBUTES:,} attributes already"
        return ""

    def concerned(self, levels: list[str]) -> str:
        """The node that alone is different with an attribute; "" if it may be the whole device."""
        has_arrays = "[]" in self._devices.get(levels[0], {}).get("$nodes", "")
        return levels[1] if len(levels) > 2 and not has_arrays else ""

    def state(self, device: str) -> str:
        """The state of a device; "" if it says none."""
        return self._devices.get(device, {}).get("$state", "").strip()

    def device(self, name: str, *, only: str = "") -> Device | None:
        """A device as far as it has been described; None if it is none of Homie 3 or 4.

        A node is there once its properties have been listed.

        Args:
            only: One node alone; "" for all.
        """
        said = self._devices.get(name, {})
        version = said.get("$homie", "").strip()
        if not _VERSION.fullmatch(version):
            return None
        nodes = [
            node
            for each in _listed(said.get("$nodes", ""))
            if not only or each == only
            for node in _nodes(said, each)
        ]
        return Device(
            id=name,
            topic=f"{self._domain}/{name}",
            version=int(version[0]),
            name=said.get("$name", ""),
            nodes=tuple(nodes[:MAX_PARTS]),
        )

    def problem(self, device: str) -> str:
        """Why a device that has said a version is ignored; or ""."""
        version = self._devices.get(device, {}).get("$homie", "").strip()
        if not version or _VERSION.fullmatch(version):
            return ""
        return f"Homie {version[:20]} is none of the versions 3, 4 and 5"


def _nodes(said: Mapping[str, str], entry: str) -> Iterator[Node]:
    """A node; or all elements of an array (Homie 3), which have their description in common."""
    name = entry.removesuffix("[]")
    listed = said.get(f"{name}/$properties")
    if listed is None:
        return
    properties = tuple(_property(said, name, each) for each in _listed(listed))
    kind, label = said.get(f"{name}/$type", ""), said.get(f"{name}/$name", "")
    if name == entry:
        yield Node(name, label, kind, properties)
        return
    found = _RANGE.fullmatch(said.get(f"{name}/$array", "").strip())
    first, last = (int(found[1]), int(found[2])) if found is not None else (0, -1)
    for index in range(first, min(last + 1, first + MAX_PARTS)):
        element = f"{name}_{index}"
        its = said.get(f"{element}/$name") or f"{label or name} {index}"
        yield Node(element, its, kind, properties)


def _property(said: Mapping[str, str], node: str, name: str) -> Property:
    def attribute(key: str) -> str:
        return said.get(f"{node}/{name}/{key}", "").strip()

    return Property(
        id=name,
        name=attribute("$name"),
        datatype=attribute("$datatype") or "string",
        format=attribute("$format"),
        unit=attribute("$unit"),
        is_settable=attribute("$settable") == "true",
        is_retained=attribute("$retained") != "false",
    )


def _listed(text: str) -> list[str]:
    """The ids of a list with commas, each once."""
    ids = (each.strip() for each in text.split(",", MAX_PARTS))
    return [each for each in dict.fromkeys(ids) if _ID.fullmatch(each)][:MAX_PARTS]
