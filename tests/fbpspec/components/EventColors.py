"""What happens in the house, as a colour for the lamps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_COLOURS = {"open": [0, 255, 0], "closed": [255, 0, 0]}


def event_colors(event: dict[str, Any], brightness: float = 1.0) -> Iterator[tuple[str, Any]]:
    colour = _COLOURS.get(event["state"], [0, 0, 255])
    yield "colors", {"lamp": event["lamp"], "rgb": [round(part * brightness) for part in colour]}
    yield "count", len(_COLOURS)
