"""Path data of the icons that participants announce (Font Awesome 4 names without `fa-`).

The data is a file of this package, read once. Without the file there are no icons, and no error.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec

FALLBACK = "cube"


class Icon(msgspec.Struct, frozen=True):
    """One filled path and the size of the box it is drawn in."""

    w: float
    h: float
    d: str


class _File(msgspec.Struct, frozen=True):
    """`icons.json`. `about` names the source and its licence."""

    about: str = ""
    icons: dict[str, Icon] = {}


@cache
def _file() -> _File:
    try:
        data = resources.files(__package__).joinpath("icons.json").read_bytes()
        return msgspec.json.decode(data, type=_File)
    except (OSError, msgspec.MsgspecError):
        return _File()


def about() -> str:
    """Where the icons come from and under which licence, for pictures that contain them."""
    return _file().about


def icon(name: str) -> Icon | None:
    """The icon of that name, the fallback for an unknown name, None if there are none at all."""
    known = _file().icons
    return known.get(name) or known.get(FALLBACK)


def icon_name(name: str) -> str | None:
    """The name under which `icon` has found what it gives for this name."""
    known = _file().icons
    return name if name in known else FALLBACK if FALLBACK in known else None
