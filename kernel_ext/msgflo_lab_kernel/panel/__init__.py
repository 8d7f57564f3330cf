"""The panel of dead letters: `%msgflo dead --panel`.

`panel` puts ipywidgets together and carries out what is clicked; `pieces` are the two widgets that
ipywidgets lacks; `follower` watches how many dead letters there are.
"""

from __future__ import annotations

from msgflo_lab.lab import Lab

from ..picture import without_parent
from .panel import DeadLetterPanel

_panels: dict[int, DeadLetterPanel] = {}


def panel_of(lab: Lab, port: str = "") -> DeadLetterPanel:
    """The lab's panel: one for all cells that show it, made when first asked for.

    Args:
        port: Show this port's dead letters only; "" for those of all.
    """
    panel = _panels.get(id(lab))
    if panel is None or panel.comm is None:

        def make() -> None:
            _panels[id(lab)] = DeadLetterPanel(lab)

        without_parent(make)
        panel = _panels[id(lab)]
    without_parent(lambda: panel.show_port(port))
    return panel


def close_all(lab: Lab) -> None:
    """Close the lab's panel, if it has one."""
    panel = _panels.pop(id(lab), None)
    if panel is not None:
        panel.close()


__all__ = ["DeadLetterPanel", "close_all", "panel_of"]
