"""Announcements as participants that nobody here wrote really send them."""

from __future__ import annotations

import json
from typing import Any

NODE: dict[str, Any] = {
    "protocol": "discovery",
    "command": "participant",
    "payload": {
        "component": "Repeat",
        "icon": "file-word-o",
        "label": "Repeats in data without changes",
        "inports": [{"id": "in", "type": "any", "hidden": False, "queue": "repB.IN"}],
        "outports": [{"id": "out", "type": "any", "hidden": False, "queue": "repB.OUT"}],
        "role": "repB",
        "id": "repB-4baa2e34-f3db-4251-bdbd-5123e9dc7326",
    },
}
"""msgflo-nodejs 0.11."""
PYTHON: dict[str, Any] = {
    "protocol": "discovery",
    "command": "participant",
    "payload": {
        "component": "PythonRepeat",
        "label": "Repeat input data without change",
        "inports": [{"id": "in", "type": "any", "queue": "repeater/in"}],
        "outports": [{"id": "out", "type": "any", "queue": "repeater/out"}],
        "role": "repeater",
        "id": "repeater48213",
        "icon": "file-word-o",
    },
}
"""msgflo-python 0.4: no `hidden`, queues by role and port with a slash."""
ARDUINO: dict[str, Any] = {
    "protocol": "discovery",
    "command": "participant",
    "payload": {
        "component": "bitraf/TemperatureSensor",
        "label": "",
        "icon": "fa-thermometer",
        "inports": [],
        "outports": [{"queue": "public/2floor/temp", "type": "float", "id": "temperature"}],
        "role": "2floor",
        "id": "",
    },
}
"""The Arduino library: an empty id is what the sketch says."""
RUST: dict[str, Any] = {
    "protocol": "discovery",
    "command": "participant",
    "payload": {
        "id": "count-x7Gh2",
        "role": "count",
        "component": "counter",
        "label": "counts",
        "icon": "",
        "inports": [{"id": "in", "queue": "count.IN"}],
        "outports": [{"id": "out", "queue": "count.OUT"}],
    },
}
"""msgflo-rust: ports without a type."""

SAMPLES = [NODE, PYTHON, ARDUINO, RUST]


def announcement(sample: dict[str, Any]) -> bytes:
    return json.dumps(sample).encode()
