"""What runs for the notebook: magics, completion, the picture. No logic of the domain is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cytoscape import to_ipycytoscape
    from .picture import NetworkPicture

__all__ = ["NetworkPicture", "to_ipycytoscape"]


def __getattr__(name: str) -> Any:
    # Widgets are imported when somebody wants one: `%load_ext` stays quick.
    if name == "NetworkPicture":
        from .picture import NetworkPicture

        return NetworkPicture
    if name == "to_ipycytoscape":
        from .cytoscape import to_ipycytoscape

        return to_ipycytoscape
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
