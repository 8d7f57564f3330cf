"""The adapters by name; what nobody has turned on need not be loaded."""

from __future__ import annotations

from ..errors import InvalidName, UnknownName
from ..names import shown
from ..topics import is_pattern
from .adapter import Adapter

ADAPTERS = ("homeassistant", "homie")
"""Their names."""


def adapter_of(name: str, prefix: str | None = None) -> Adapter:
    """An adapter that has heard nothing yet.

    Args:
        prefix: The first level of its topics, if that is not the usual one.

    Raises:
        UnknownName: There is none of that name.
        InvalidName: No topic can begin so.
    """
    if prefix is not None:
        prefix = prefix.strip("/")
        if not prefix or is_pattern(prefix) or prefix.startswith("$"):
            raise InvalidName(f"`{shown(prefix)}` is no beginning of a topic")
    match name:
        case "homeassistant":
            from .homeassistant import HomeAssistant

            return HomeAssistant(prefix) if prefix else HomeAssistant()
        case "homie":
            from .homie import Homie

            return Homie(prefix) if prefix else Homie()
    raise UnknownName("adapter", name, known=ADAPTERS)
