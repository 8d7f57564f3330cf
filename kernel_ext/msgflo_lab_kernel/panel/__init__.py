"""The panel of dead letters: `%msgflo dead --panel`.

`panel` puts ipywidgets together and carries out what is clicked; `pieces` are the two widgets that
ipywidgets lacks; `follower` watches how many dead letters there are.
"""

from __future__ import annotations

from msgflo_lab.lab import Lab

from ..picture import without_parent
from .panel import DeadLetterPanel

_panels: dict[tuple[int, str], DeadLetterPanel] = {}


def panel_of(lab: Lab, port: str = "") -> DeadLetterPanel:
    """The lab's panel of a port: one for all cells that show it, made when first asked for.

    Args:
        port: Whose dead letters it shows at first; "" for those of all.
    """
    at = (id(lab), port)
    panel = _panels.get(at)
    if panel is None or panel.comm is None:

        def make() -> None:
            _panels[at] = DeadLetterPanel(lab)

        without_parent(make)
        panel = _panels[at]
    without_parent(lambda: panel.show_port(port))
    return panel


def close_all(lab: Lab) -> None:
    """Close all panels of a lab."""
    for at in [at for at in _panels if at[0] == id(lab)]:
        _panels.pop(at).close()


__all__ = ["DeadLetterPanel", "close_all", "panel_of"]
