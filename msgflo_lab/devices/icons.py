"""Icons (Font Awesome 4) by what is measured. Pure data."""

from __future__ import annotations

from collections.abc import Mapping

OF_MEASURES: Mapping[str, str] = {
    "temperature": "thermometer-half", "humidity": "tint", "moisture": "tint",
    "battery": "battery-half", "power": "bolt", "energy": "bolt", "current": "bolt",
    "voltage": "bolt", "illuminance": "sun-o", "signal_strength": "signal", "motion": "eye",
    "occupancy": "eye", "presence": "user", "smoke": "fire", "outlet": "plug",
    "timestamp": "clock-o", "door": "window-maximize", "window": "window-maximize",
}  # fmt: skip
