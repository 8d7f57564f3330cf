"""Topics read as places: which device, which of its ports, and whether it is for commands.

Pure. There is no rule for topics, only habits. Read here are those of Tasmota (`tele/lamp/STATE`,
`cmnd/lamp/POWER`), of Zigbee2MQTT (`zigbee2mqtt/lamp`, `.../set`), of ESPHome
(`lamp/light/ceiling/state`, `.../command`), of Shelly (`shellies/lamp/relay/0`, `.../command`; or
`lamp/status/switch:0`, `lamp/command/switch:0`), and plain ones: `sensors/kitchen/temperature`.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from .guess import Guess

SAYS, DOES = frozenset(("tele", "stat")), frozenset(("cmnd", "cmd"))
"""Levels, the first or the second, that say whether a device speaks or is spoken to."""
_COMMANDS = frozenset(("set", "command", "commands", "cmd", "cmnd"))
"""Levels further on that say so."""
_ASKS = frozenset(("get", "getget"))
_STATES = frozenset(("state", "status", "stat", "value"))
_KINDS = frozenset(
    (
        "sensor", "binary_sensor", "text_sensor", "switch", "light", "relay", "cover", "fan",
        "climate", "number", "select", "button", "text", "lock", "input", "output", "roller",
        "emeter", "meter", "dimmer", "event",
    )
)  # fmt: skip
"""Levels that say what kind of thing follows: what stands before them is the device."""
_GROUPS = frozenset(
    ("sensors", "switches", "lights", "relays", "devices", "device", "white", "color", "adc")
)
"""Levels that no device is called by."""
_WHOLE = frozenset(
    (
        "state", "status", "sensor", "sensors", "info", "info1", "info2", "info3", "data",
        "values", "telemetry", "attributes", "json", "event", "events", "result", "measurement",
        "readings", "announce", "uptime", "availability", "online", "lwt",
    )
)  # fmt: skip
"""Ends of topics with JSON that name no device, but are one message of it."""


class Place(msgspec.Struct, frozen=True):
    """Where a topic belongs.

    Attributes:
        device: The levels of the device.
        part: The levels of its port; none if the topic is the device's own.
        is_command: Whether it is for commands.
    """

    device: tuple[str, ...]
    part: tuple[str, ...] = ()
    is_command: bool = False


class Spot(msgspec.Struct, frozen=True):
    """A topic, where it belongs, and what is on it. `count` is 0 for one that was not seen.

    `samples` are messages, the latest last.
    """

    topic: str
    place: Place
    what: Guess
    count: int = 0
    samples: tuple[bytes, ...] = ()


class Topics:
    """All topics that were seen, so that each can be read in the light of the others."""

    def __init__(self, topics: Collection[str]) -> None:
        self._commanded = {
            base for topic in topics for base, is_command in [_split(topic)] if is_command
        }

    def place(self, topic: str, *, is_object: bool) -> Place | None:
        """Where a topic belongs; None if it is a question to a device.

        Args:
            is_object: Whether its messages are JSON objects.
        """
        levels, is_command = _split(topic)
        lower = [each.lower() for each in levels]
        if not levels or lower[-1] in _ASKS:
            return None
        if _prefixed(topic) is not None:
            return Place(levels[:1], levels[1:], is_command)
        kind = next((at for at in range(1, len(levels)) if levels[at] in _KINDS), None)
        if kind is not None and (is_command or not is_object or lower[-1] in _WHOLE):
            end = len(levels) - (lower[-1] in _STATES and len(levels) > kind + 1)
            return Place(levels[:kind], levels[kind:end], is_command)
        # `lamp/state` beside `lamp/set` is the state of the lamp, not a part of it.
        if lower[-1] in _STATES and levels[:-1] in self._commanded:
            levels, lower = levels[:-1], lower[:-1]
        elif is_object and lower[-1] not in _WHOLE:
            return Place(levels, (), is_command)
        return self._single(levels, lower, is_command)

    def _single(self, levels: tuple[str, ...], lower: list[str], is_command: bool) -> Place:
        """A value is a part of what stands before it, unless that is a group or a number."""
        at = len(levels) - 1
        while at > 0 and (lower[at - 1] in _GROUPS or lower[at - 1].isdigit()):
            at -= 1
        if at <= 0 or (len(levels) == 2 and levels in self._commanded):
            return Place(levels, (), is_command)
        return Place(levels[:at], levels[at:], is_command)


def _split(topic: str) -> tuple[tuple[str, ...], bool]:
    """The levels without those that say which way messages go; and whether these are commands."""
    levels = [each for each in topic.split("/") if each]
    is_command = False
    found = _prefixed(topic)
    if found is not None:
        is_command = levels.pop(found).lower() in DOES
    for at in range(len(levels) - 1, 0, -1):
        if levels[at].lower() in _COMMANDS:
            del levels[at]
            return tuple(levels), True
    return tuple(levels), is_command


def _prefixed(topic: str) -> int | None:
    """Where the level stands that says which way the messages of a device go, as Tasmota has it."""
    levels = [each.lower() for each in topic.split("/") if each]
    if len(levels) < 3:
        return None
    if levels[1] == "status" and ":" in levels[2]:
        return 1
    return next((at for at in (0, 1) if levels[at] in SAYS | DOES), None)
