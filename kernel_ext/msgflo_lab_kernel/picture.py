"""The living picture, as a widget (anywidget), with a static twin for where there is no kernel."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import anywidget
import traitlets

from msgflo_lab import report
from msgflo_lab.errors import MsgFloLabError
from msgflo_lab.lab import Lab

from .painter import Message, Painter

STATIC = Path(__file__).parent / "static"


class NetworkPicture(anywidget.AnyWidget):
    """The living network of a lab. Display it as often as you like: all views show the same.

    Attributes:
        height: Of the picture, in CSS pixels.

    Args:
        painter: Who follows the lab, if somebody does so already for other pictures of it.
    """

    _esm = STATIC / "widget.js"
    height = traitlets.Int(420).tag(sync=True)

    def __init__(self, lab: Lab, painter: Painter | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self._lab = lab
        self._own_painter = Painter(lab) if painter is None else None
        self._painter = painter or cast(Painter, self._own_painter)
        self._painter.join(self._tell)
        self.on_msg(self._received)

    def open(self) -> None:
        """Make the model known to all pages, without tying it to the cell that runs."""
        without_parent(super().open)

    def close(self) -> None:
        """Take the picture out of all pages, and follow the lab no more."""
        self._painter.leave(self._tell)
        if self._own_painter is not None:
            self._own_painter.close()
        super().close()

    def svg(self) -> str:
        """The picture as it is now, as an SVG document that needs nothing else."""
        return self._painter.static()

    def _tell(self, message: Message) -> None:
        # As part of a cell, it would bind the front end: ipykernel 7 brings what comes back over a
        # comm to the shell that used it last, which for a cell is the one that waits for its end.
        without_parent(partial(self.send, message))

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
    parent = getattr(kernel, "_shell_parent", None)
    if not isinstance(parent, ContextVar):
        act()
        return

    def orphaned() -> None:
        parent.set({})  # not `set_parent`, which would do it to the threads of the user, too
        act()

    copy_context().run(orphaned)


class _Gallery(NamedTuple):
    """The pictures of one lab, by height. All are drawn by one painter: positions agree."""

    painter: Painter
    pictures: dict[int, NetworkPicture]


_galleries: dict[int, _Gallery] = {}


def picture_of(lab: Lab, height: int) -> NetworkPicture:
    """The lab's picture in this height: one for all cells that show it, made when first asked for.

    Raises:
        MsgFloLabError: The front end has not been built.
    """
    if not (STATIC / "widget.js").exists():
        raise MsgFloLabError(
            "the picture's front end has not been built; install the package "
            "(`pip install -e .`) to build it"
        )
    gallery = _galleries.get(id(lab))
    if gallery is None:
        gallery = _galleries[id(lab)] = _Gallery(Painter(lab), {})
    picture = gallery.pictures.get(height)
    if picture is None:
        picture = NetworkPicture(lab, gallery.painter, height=height)
        gallery.pictures[height] = picture
    return picture


def close_all(lab: Lab) -> None:
    """Close all pictures of the lab."""
    gallery = _galleries.pop(id(lab), None)
    if gallery is None:
        return
    for picture in gallery.pictures.values():
        picture.close()
    gallery.painter.close()
