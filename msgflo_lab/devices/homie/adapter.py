"""Devices of the Homie convention, versions 3 to 5.

Pure. See `msgflo_lab.devices.adapter` for what an adapter is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ...names import ParticipantId
from ..adapter import Found
from ..limits import MAX_ATTRIBUTES, MAX_FOUND, MAX_TOPIC
from ..register import Ignored, Register
from . import attributes, description
from .attributes import Attributes
from .description import VERSION, Unusable
from .model import ALIVE, Device
from .participant import NAME, participants

MAX_STATE = 100
"""Bytes of a state; the longest one there is has 12."""


class Homie:
    """Devices that describe themselves as Homie has it. Not thread-safe.

    Args:
        domain: The first level of all topics; no wildcards.
    """

    name = NAME
    watching: frozenset[str] = frozenset()
    """Nothing: states are among the attributes."""

    def __init__(self, domain: str = NAME) -> None:
        self._domain = domain.strip("/")
        self.filters = (*attributes.filters(self._domain), *description.filters(self._domain))
        self._register = Register()
        self._ignored = Ignored()
        self._attributes = Attributes(self._domain)
        self._described: dict[str, Device] = {}
        """Devices of Homie 5."""
        self._targets: dict[str, set[tuple[str, str]]] = {}
        """Their properties, with the nodes, of which a target was heard."""
        self._target_count = 0
        self._states: dict[str, str] = {}
        """Their states."""
        self._below: dict[str, dict[str, None]] = {}
        """Who is connected through a device."""
        self._pending: dict[str, set[str]] = {}
        """What is to be worked out anew: nodes by the topic of a device, "" for all of them."""
        self._shown: dict[str, dict[str, dict[ParticipantId, None]]] = {}
        """By the topic of a device and by node, who there is."""

    @property
    def found(self) -> Mapping[ParticipantId, Found]:
        """See `Adapter.found`. Worked out here: a device is described by hundreds of messages."""
        pending, self._pending = self._pending, {}
        for topic, nodes in pending.items():
            for node in ("",) if "" in nodes else nodes:
                self._show(topic, node)
        return self._register.found

    @property
    def ignored(self) -> Mapping[str, str]:
        """See `Adapter.ignored`."""
        return self._ignored.reasons

    def hear(self, topic: str, payload: bytes) -> bool:
        """See `Adapter.hear`."""
        if not topic.startswith(f"{self._domain}/") or len(topic) > MAX_TOPIC:
            return False
        levels = topic[len(self._domain) + 1 :].split("/")
        if len(levels) == 3 and levels[0] == VERSION and levels[2] in description.OF_DEVICES:
            return self._hear_five(topic, levels[1], levels[2], payload)
        if len(levels) == 5 and levels[0] == VERSION and levels[4] == description.TARGET:
            return self._hear_target(levels[1], levels[2], levels[3], payload)
        why = self._attributes.refusal(levels, payload)
        if why:
            self._ignored.put(topic, why)
        if not self._attributes.put(levels, payload):
            return False
        self._ignored.drop(topic)
        name, state = levels[0], self._attributes.state(levels[0])
        node = self._attributes.concerned(levels)
        problem, of = self._attributes.problem(name), f"{self._domain}/{name}/$homie"
        if problem:
            self._ignored.put(of, problem)
        else:
            self._ignored.drop(of)
        return self._touch(f"{self._domain}/{name}", node, is_complete=bool(state))

    def _hear_five(self, topic: str, name: str, attribute: str, payload: bytes) -> bool:
        if attribute == "$state":
            # A device ceases to exist with its state.
            self._states.pop(name, None)
            if payload and len(self._states) < MAX_FOUND:
                self._states[name] = payload[:MAX_STATE].decode(errors="replace").strip()
            names: Iterable[str] = [name, *self._below.get(name, ())]
        else:
            if not self._describe(topic, name, payload):
                return False
            names = [name]
        return True in [
            self._touch(f"{self._domain}/{VERSION}/{each}", is_complete=each in self._states)
            for each in names
        ]

    def _hear_target(self, name: str, node: str, of: str, payload: bytes) -> bool:
        """A property has a target; which one is for those who listen there."""
        known = self._targets.get(name, set())
        if (node, of) in known or not payload or self._target_count >= MAX_ATTRIBUTES:
            return False
        self._target_count += 1
        self._targets.setdefault(name, known).add((node, of))
        return self._touch(f"{self._domain}/{VERSION}/{name}", is_complete=name in self._states)

    def _describe(self, topic: str, name: str, payload: bytes) -> bool:
        """Take note of a description; False if it is of no use, and the old one is kept."""
        try:
            device = description.device(self._domain, name, payload) if payload else None
            if name not in self._described and len(self._described) >= MAX_FOUND:
                raise Unusable("there are MAX_FOUND devices already")
        except Unusable as why:
            self._ignored.put(topic, str(why))
            return False
        self._ignored.drop(topic)
        if device is not None and device.problem:
            self._ignored.put(topic, device.problem)
        before = self._described.pop(name, None)
        if before is not None and before.root:
            below = self._below.get(before.root, {})
            below.pop(name, None)
            if not below:
                self._below.pop(before.root, None)
        if device is None:
            self._target_count -= len(self._targets.pop(name, ()))
        else:
            self._described[name] = device
            if device.root:
                self._below.setdefault(device.root, {})[name] = None
        return True

    def _touch(self, topic: str, node: str = "", *, is_complete: bool) -> bool:
        """Something is different about a device. False if nobody is to see any of it yet."""
        if not is_complete and topic not in self._shown and topic not in self._pending:
            return False
        self._pending.setdefault(topic, set()).add(node)
        return True

    def _device(self, topic: str, node: str) -> tuple[Device | None, str]:
        """A device, or one node of it, and its state; None while it has none."""
        name = topic[len(self._domain) + 1 :]
        if "/" not in name:
            state = self._attributes.state(name)
            return self._attributes.device(name, only=node) if state else None, state
        name = name.partition("/")[2]
        device, state = self._described.get(name), self._states.get(name, "")
        # A device whose root is lost is lost itself; nobody says that for it.
        root = self._states.get(device.root, "") if device is not None else ""
        if device is not None and name in self._targets:
            device = description.with_targets(device, self._targets[name])
        return device if state else None, "lost" if root == "lost" else state

    def _show(self, topic: str, node: str) -> None:
        """Bring what is found of a device up to date; of one node alone, if it is named."""
        device, state = self._device(topic, node)
        shown = self._shown.setdefault(topic, {})
        before = dict(shown.get(node, {})) if node else {w: None for n in shown.values() for w in n}
        if node:
            shown.pop(node, None)
        else:
            shown.clear()
        for who, own in participants(device) if device is not None else ():
            key = who.definition.id
            who = msgspec.structs.replace(who, is_alive=state in ALIVE)
            self._register.put(who, own)
            before.pop(key, None)
            if key in self._register.found:
                shown.setdefault(node or _node_of(key), {})[key] = None
        for key in before:
            self._register.drop(key)
        if not shown:
            del self._shown[topic]


def _node_of(key: ParticipantId) -> str:
    return key.rpartition("/")[2]
