"""Topics for commands that nobody has used while we looked, but that devices of a kind listen on.

Pure. Commands are rarely retained, so a scan hardly ever sees one.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from ..lines import is_topic
from .guess import Guess
from .places import SAYS, Place, Spot

_POWER = re.compile(r"POWER[1-8]?")


def unseen(device: tuple[str, ...], spots: Sequence[Spot], seen: Container[str]) -> list[Spot]:
    """Further topics of a device.

    Args:
        seen: All topics that there were.
    """
    have = {spot.topic for spot in spots}
    found: dict[str, Spot] = {}
    for spot in spots:
        for topic, part, what in (*_tasmota(spot), *_shelly(spot), *_zigbee2mqtt(spot, seen)):
            if topic not in have and is_topic(topic):
                found.setdefault(topic, Spot(topic, Place(device, part, True), what))
    return list(found.values())


_New = tuple[str, tuple[str, ...], Guess]
_SWITCH = Guess("boolean", "boolean:ON/OFF")


def _tasmota(spot: Spot) -> list[_New]:
    """`cmnd/lamp/POWER` for each switch that is spoken of on `stat/lamp/...` or `tele/lamp/...`."""
    levels = spot.topic.split("/")
    at = next((i for i, level in enumerate(levels[:2]) if level in SAYS), None)
    if at is None or len(levels) < 3:
        return []
    names = [steps[0] for steps, _ in spot.what.fields if len(steps) == 1]
    found: list[_New] = []
    for name in (*names, levels[-1]):
        if _POWER.fullmatch(name):
            found.append(
                ("/".join([*levels[:at], "cmnd", *levels[at + 1 : -1], name]), (name,), _SWITCH)
            )
    return found


def _shelly(spot: Spot) -> list[_New]:
    """`shellies/lamp/relay/0/command`; since the second generation `lamp/command/switch:0`."""
    levels = spot.topic.split("/")
    if len(levels) == 3 and levels[1] == "status" and levels[2].startswith(("switch:", "light:")):
        topic, part = f"{levels[0]}/command/{levels[2]}", levels[2:]
    elif len(levels) == 4 and levels[0] == "shellies" and levels[2] in ("relay", "light"):
        topic, part = f"{spot.topic}/command", levels[2:]
    else:
        return []
    return [(topic, tuple(part), Guess("boolean", "boolean:on/off"))]


def _zigbee2mqtt(spot: Spot, seen: Container[str]) -> list[_New]:
    """`zigbee2mqtt/lamp/set` for `zigbee2mqtt/lamp`, where there is its bridge."""
    base = spot.topic.split("/")[0]
    if spot.place.part or spot.what.type != "object" or f"{base}/bridge/state" not in seen:
        return []
    return [(f"{spot.topic}/set", (), Guess("object", "json"))]
