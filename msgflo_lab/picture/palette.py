"""The colours of a picture that has no theme to follow, light and dark.

Grey is structure, `brand` is messages, `error` is errors; `dead` is what somebody should look at:
dead letters, and remarks on what is probably not meant so. No colour alone carries a meaning: every
state also has a shape or a text. Texts keep a contrast of at least 4.5:1 to what is behind them,
edges and glyphs 3:1.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "canvas": "#f8f9fa", "card": "#ffffff", "line": "#d5d5d5", "rule": "#eeeeee",
    "ink": "#212121", "muted": "#6b6b6b", "edge": "#8d8e8e",
    "brand": "#1976d2", "rate": "#1a6fc4", "tile": "#e8f1fb", "icon": "#1976d2",
    "error": "#d32f2f", "errortext": "#d32f2f", "errortile": "#fbeeee", "onerror": "#ffffff",
    "stale": "#fbfcfc", "grey": "#6d6d6d", "dash": "#ababab", "greytile": "#ededed",
    "greyicon": "#909090", "field": "#f3f3f3", "fieldline": "#e0e0e0", "dead": "#dc7104",
    "ondead": "#111111",
}  # fmt: skip
DARK: Mapping[str, str] = {
    "canvas": "#171717", "card": "#252525", "line": "#4b4b4b", "rule": "#363636",
    "ink": "#e3e3e3", "muted": "#9b9b9b", "edge": "#696969",
    "brand": "#2196f3", "rate": "#2196f3", "tile": "#253c4f", "icon": "#59b0f6",
    "error": "#f44336", "errortext": "#f77268", "errortile": "#462a28", "onerror": "#111111",
    "stale": "#1d1d1d", "grey": "#8e8e8e", "dash": "#6d6d6d", "greytile": "#343434",
    "greyicon": "#848484", "field": "#383838", "fieldline": "#4b4b4b", "dead": "#ff9800",
    "ondead": "#111111",
}  # fmt: skip

UI = "-apple-system,BlinkMacSystemFont,'Segoe UI',Helvetica,Arial,sans-serif"
MONO = "Menlo,Consolas,'DejaVu Sans Mono',monospace"

STYLES: Mapping[str, str] = {
    "bg": "fill:$canvas",
    "card": "fill:$card;stroke:$line",
    "card-stale": "fill:$stale;stroke:$dash;stroke-dasharray:4 3",
    "card-absent": "fill:none;stroke:$dash;stroke-dasharray:4 3",
    "card-error": "fill:$card;stroke:$error;stroke-width:1.5",
    "rule": "stroke:$rule",
    "tile": "fill:$tile",
    "tile-grey": "fill:$greytile",
    "tile-error": "fill:$errortile",
    "icon": "fill:$icon",
    "icon-grey": "fill:$greyicon",
    "icon-error": "fill:$errortext",
    "role": "fill:$ink;font-weight:600;font-size:13px",
    "role-grey": "fill:$grey;font-weight:600;font-size:13px",
    "big": "font-size:20px",
    "sub": "fill:$muted",
    "sub-grey": "fill:$grey",
    "sub-error": "fill:$errortext",
    "count": "fill:$icon;font-weight:600;text-anchor:middle",
    "port": "fill:$muted",
    "port-grey": "fill:$grey",
    "end": "text-anchor:end",
    "field": "fill:$field;stroke:$fieldline",
    "literal": f"fill:$ink;font-family:{MONO}",
    "on": "fill:$edge;stroke:$edge;stroke-width:1.5;stroke-linejoin:round",
    "off": "fill:$card;stroke:$edge;stroke-width:1.5;stroke-linejoin:round",
    "on-grey": "fill:$dash;stroke:$dash;stroke-width:1.5;stroke-linejoin:round",
    "off-grey": "fill:$card;stroke:$dash;stroke-width:1.5;stroke-linejoin:round",
    "badge": "fill:$error;stroke:$canvas;stroke-width:2",
    "badge-text": "fill:$onerror;font-weight:700;text-anchor:middle",
    "remark-rim": "fill:$canvas;stroke:$canvas;stroke-width:6;stroke-linejoin:round",
    "remark": "fill:$dead;stroke:$dead;stroke-width:2;stroke-linejoin:round",
    "remark-text": "fill:$ondead;font-weight:700;text-anchor:middle",
    "halo": "fill:$canvas",
    "clock": "fill:$grey",
    "hands": "fill:none;stroke:$canvas;stroke-width:1.5;stroke-linecap:round",
    "edge": "fill:none;stroke:$edge;stroke-width:1.5;stroke-linecap:round",
    "edge-pending": "fill:none;stroke:$edge;stroke-width:1.5;stroke-dasharray:7 5",
    "edge-live": "fill:none;stroke:$brand;stroke-linecap:round",
    "edge-dead": "fill:none;stroke:$dead;stroke-width:2.5;stroke-dasharray:1 5;"
    "stroke-linecap:round",
    "pill": "fill:$canvas;stroke:$rule",
    "pill-live": "fill:$rate;font-size:10.5px;font-weight:600;text-anchor:middle",
    "pill-idle": "fill:$grey;font-size:10.5px;font-weight:600;text-anchor:middle",
    "pill-dead": "fill:$ink;font-size:10.5px;font-weight:600;text-anchor:middle",
    "name": "fill:$ink;font-size:14px;font-weight:600",
    "totals": "fill:$muted;font-size:12px",
}


def css(scope: str, used: frozenset[str]) -> str:
    """The style sheet of one picture; every rule holds only inside elements of class `scope`.

    Args:
        scope: A CSS class name.
        used: The names of `STYLES` that the picture needs.
    """
    light = ";".join(f"--mf-{name}:{value}" for name, value in LIGHT.items())
    dark = ";".join(f"--mf-{name}:{value}" for name, value in DARK.items())
    rules = [
        f".{scope}{{{light};font:11px {UI};color-scheme:light dark}}",
        f"@media(prefers-color-scheme:dark){{.{scope}{{{dark}}}}}",
    ]
    for name, style in STYLES.items():
        if name in used:
            rules.append(f".{scope} .{name}{{{_resolved(style)}}}")
    return "".join(rules)


def _resolved(style: str) -> str:
    parts = []
    for declaration in style.split(";"):
        key, _, value = declaration.partition(":")
        parts.append(f"{key}:var(--mf-{value[1:]})" if value.startswith("$") else declaration)
    return ";".join(parts)
