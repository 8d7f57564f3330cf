"""What the panel is put together of.

Two widgets that ipywidgets lacks: a table, and a line of text that is nothing but text. (Its
`Label` typesets formulas, and its `HTML` is what it says.) Both set `textContent` only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import traitlets

_HERE = Path(__file__).parent


class LetterTable(anywidget.AnyWidget):
    """A table of dead letters.

    Attributes:
        rows: For each the texts `key`, `port`, `reason`, `times`, `first`, `payload`, and whether
            it is `edited`.
        ticked: The keys of those whose box is ticked, in the order of the rows.
        chosen: The key of the one that is looked at, or "".
        empty: What stands there without rows.
    """

    _esm = _HERE / "table.js"
    _css = _HERE / "panel.css"
    rows: Any = traitlets.List().tag(sync=True)
    ticked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)


class Said(anywidget.AnyWidget):
    """A line of text, or several.

    Attributes:
        tone: `""`, `title`, `muted` or `error`.
    """

    _esm = _HERE / "said.js"
    _css = _HERE / "panel.css"
    text = traitlets.Unicode().tag(sync=True)
    tone = traitlets.Unicode().tag(sync=True)


def wide(width: str) -> Any:
    """A layout of this width."""
    return ipywidgets.Layout(width=width)


def button(text: str, *, style: str = "", icon: str = "", width: str = "180px") -> Any:
    """A button."""
    return ipywidgets.Button(description=text, button_style=style, icon=icon, layout=wide(width))


def close(widget: Any) -> None:
    """Close a widget with all that it is made of."""
    for child in getattr(widget, "children", ()):
        close(child)
    for part in ("layout", "style"):
        if isinstance(getattr(widget, part, None), ipywidgets.Widget):
            getattr(widget, part).close()
    ipywidgets.Widget.close(widget)
