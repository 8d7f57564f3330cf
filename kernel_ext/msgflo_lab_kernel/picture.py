"""The living picture, as a widget (anywidget), with a static twin for where there is no kernel."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from msgflo_lab import report
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab

from .painter import Message, Painter

STATIC = Path(__file__).parent / "static"

_pictures: dict[int, NetworkPicture] = {}


class NetworkPicture(anywidget.AnyWidget):
    """The living network of a lab. Display it as often as you like: all views show the same.

    Attributes:
        height: Of the picture, in CSS pixels.
    """

    _esm = STATIC / "widget.js"
    height = traitlets.Int(420).tag(sync=True)

    def __init__(self, lab: Lab, **traits: Any) -> None:
        super().__init__(**traits)
        self._lab = lab
        self._painter = Painter(lab, self.send)
        self.on_msg(self._received)

    def open(self) -> None:
        """Make the model known to all pages, without tying it to the cell that runs."""
        without_parent(super().open)

    def close(self) -> None:
        """Take the picture out of all pages, and follow the lab no more."""
        self._painter.close()
        super().close()

    def svg(self) -> str:
        """The picture as it is now, as an SVG document that needs nothing else."""
        return self._painter.static()

    def _received(self, _widget: Any, content: Message, _buffers: Any) -> None:
        # Called on whatever thread the kernel delivers messages on.
        self._painter.ask(content)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        bundle["image/svg+xml"] = self.svg()
        bundle["text/plain"] = report.network(self._lab.network(), self._lab.traffic())
        return bundle, metadata


def without_parent(act: Callable[[], None]) -> None:
    """Do something whose messages belong to no cell.

    Programs that execute notebooks (nbclient, papermill) store the state of every widget that a
    cell opens in the notebook, and converters then prefer it to the static picture, though nothing
    can draw it there. A widget that no cell has opened is not stored; living pages take it all the
    same, and pages that are loaded later ask the kernel for it.
    """
    try:
        from ipykernel.kernelbase import Kernel
    except ImportError:
        act()
        return
    kernel = Kernel.instance() if Kernel.initialized() else None
    if kernel is None or not isinstance(getattr(kernel, "_shell_parent", None), ContextVar):
        act()
        return

    def orphaned() -> None:
        Kernel.set_parent(kernel, [], {}, "shell")  # type: ignore[no-untyped-call]
        act()

    copy_context().run(orphaned)


def picture_of(lab: Lab, height: int) -> NetworkPicture:
    """The lab's picture: one for all cells that show it, made when it is first asked for.

    Raises:
        MsgFloLabError: The front end has not been built.
    """
    if not (STATIC / "widget.js").exists():
        raise MsgFloLabError(
            "the picture's front end has not been built; install the package "
            "(`pip install -e .`) to build it"
        )
    picture = _pictures.get(id(lab))
    if picture is None:
        picture = _pictures[id(lab)] = NetworkPicture(lab, height=height)
    picture.height = height
    return picture


def close_all(lab: Lab) -> None:
    """Close the lab's picture, if it has one."""
    picture = _pictures.pop(id(lab), None)
    if picture is not None:
        picture.close()
