"""What the display says when somebody comes in."""

from __future__ import annotations

from typing import Any


def welcome_message(name: str, template: str = "Welcome, {name}!") -> dict[str, Any]:
    print("welcoming", name)
    return {"text": template.format(name=name), "at": {"line": 1, "blinks": False}}
