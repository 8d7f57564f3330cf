"""Lights that put everything into one message: the schemas `json` and `template`.

Pure. Follows https://www.home-assistant.io/integrations/light.mqtt/. The usual schema, with a topic
for each thing, is a part of the table in `aspects`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .aspects import ASPECTS, ON_OFF, Aspect
from .config import list_of, text_of

_COLOURS = {
    "hs": "h, s", "rgb": "r, g, b", "rgbw": "r, g, b, w", "rgbww": "r, g, b, c, w", "xy": "x, y",
}  # fmt: skip
"""Modes of colour, and the fields of such a colour."""
_OPTIONAL = re.compile(
    r"\{%-?\s*if\s+\w+(?:\s+is\s+defined)?(?:\s+(?:and|or)\s+\w+(?:\s+is\s+defined)?)*\s*-?%\}"
    r"(?:(?!\{%).)*\{%-?\s*endif\s*-?%\}",
    re.DOTALL,
)
_VARIABLES = (
    "state", "brightness", "color_temp", "red", "green", "blue", "hue", "sat", "effect", "flash",
    "transition", "value",
)  # fmt: skip


def rows(config: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Aspect], list[str]]:
    """The rows of a light of any schema; its configuration as they need it; and notes."""
    schema = config.get("schema", "basic")
    if schema == "json":
        return config, _json(config), []
    if schema == "template":
        return _template(config)
    return config, list(ASPECTS["light"]), []


def _json(config: Mapping[str, Any]) -> list[Aspect]:
    """What such a light can do, by its colour modes; before 2024 by flags."""
    modes = {text_of(each) for each in list_of(config.get("supported_color_modes"))}
    modes |= {key for key in (*_COLOURS, "color_temp") if config.get(key) is True}
    found = [_part("state", "boolean", words=ON_OFF)]
    if config.get("brightness") is True or modes - {"onoff"}:
        found.append(_part("brightness", "int", limits=("none", "brightness_scale")))
    if modes & {"color_temp"}:
        found.append(_part("color_temp", "int", limits=("min_mireds", "max_mireds")))
    if modes & set(_COLOURS):
        ways = " or ".join(_COLOURS[mode] for mode in sorted(modes & set(_COLOURS)))
        found.append(_part("color", "object", about=f"an object with {ways}"))
    if "white" in modes:
        found.append(_part("white", "int"))
    if config.get("effect") is True or config.get("effect_list"):
        found.append(_part("effect", choices="effect_list"))
    if len(modes) > 1:
        found.append(Aspect(port="color_mode", state="state_topic", within="path:$.color_mode"))
    found.append(
        Aspect(
            port="command", type="object", command="command_topic", wrapped="json",
            about="several at once, e.g. with `transition`",
        )
    )  # fmt: skip
    return found


def _part(port: str, kind: str = "string", **rest: Any) -> Aspect:
    return Aspect(
        port=port, type=kind, state="state_topic", command="command_topic",
        within=f"path:$.{port}", wrapped=f"path:$.{port}", **rest,
    )  # fmt: skip


def _template(config: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Aspect], list[str]]:
    """States by their templates; commands to turn it on, with what that needs, and off."""
    notes: list[str] = []
    found: list[Aspect] = []
    for port, kind in (
        ("state", "boolean"), ("brightness", "int"), ("color_temp", "int"), ("red", "int"),
        ("green", "int"), ("blue", "int"), ("effect", "string"),
    ):  # fmt: skip
        if config.get(f"{port}_template"):
            found.append(
                Aspect(
                    port=port, type=kind, state="state_topic", reading=f"{port}_template",
                    words=("lit", "unlit"),
                )
            )  # fmt: skip
    config = dict(config)
    for port in ("on", "off"):
        key = f"command_{port}_template"
        whole = text_of(config.get(key))
        if not whole:
            continue
        # Whatever is not defined leaves nothing: that is how such a light is turned on as it was.
        config[key] = _OPTIONAL.sub("", whole) if len(whole) < 5_000 else whole
        if config[key] != whole:
            notes.append(f"`{key}`: only what is always in it is sent; the rest depends on more")
        found.append(
            Aspect(port=f"turn_{port}", type="object", command="command_topic", writing=key,
                   fields=_VARIABLES)
        )  # fmt: skip
    return config, found, notes
