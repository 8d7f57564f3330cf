"""Where `msgflo` and `gevent` are found that nobody has installed.

Python asks here last (see `startup.pth`), so real packages win. `msgflo` is found
by anybody. `gevent` is found only by a file that imports `msgflo` as well, or that lies beside the
one which has done so first: many libraries look whether gevent is there, and behave differently
then. (Once it is imported, though, they find it like everybody else: in `sys.modules`.)
"""

from __future__ import annotations

import linecache
import sys
import sysconfig
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FrameType

from ..importing import imports
from .errors import NotStoodIn

STAND_IN = Path(__file__).parent / "stand_in"

_homes: list[Path] = []
"""The program's own folder, when it has imported the stand-in for `msgflo`."""

_MACHINERY = ("<frozen importlib", str(Path(__file__)), "importlib/__init__.py")


def spec_of(name: str) -> ModuleSpec | None:
    """Where the stand-in for a module is; None if there is none, or not for who asks.

    Raises:
        NotStoodIn: It is a part of gevent that is not here.
    """
    package, _, part = name.partition(".")
    if not part:
        importer = _importer()
        if package == "gevent" and not _is_for_msgflo(importer):
            return None
        if package == "msgflo" and importer is not None and not _homes:
            _homes.append(_folder(importer))
        return PathFinder.find_spec(name, [str(STAND_IN)])
    if package == "gevent" and is_stood_in(sys.modules[package].__spec__):
        raise NotStoodIn(name)
    return None


def is_stood_in(spec: ModuleSpec | None) -> bool:
    """True if this is one of the stand-ins."""
    return spec is not None and str(spec.origin).startswith(str(STAND_IN))


def _importer() -> FrameType | None:
    """Who imports."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and (
        frame.f_globals.get("__name__") == "site"  # which has read `startup.pth`
        or any(each in frame.f_code.co_filename for each in _MACHINERY)
    ):
        frame = frame.f_back
    return frame


def _is_for_msgflo(importer: FrameType | None) -> bool:
    if importer is None:
        return False
    there = sys.modules.get("msgflo")
    if there is not None and any(each is there for each in importer.f_globals.values()):
        return True  # typed in line by line
    if there is not None and is_stood_in(there.__spec__) and _is_of_program(_folder(importer)):
        return True
    lines = linecache.getlines(importer.f_code.co_filename, importer.f_globals)
    return imports("".join(lines), "msgflo")


def _folder(importer: FrameType) -> Path:
    """Where a file lies; that which the program runs in for what is no file."""
    file = Path(importer.f_code.co_filename)
    return (file.parent if file.is_file() else Path()).resolve()


def _is_of_program(folder: Path) -> bool:
    """True for the program's own folder, and for those in it that nothing is installed in."""
    installed = {Path(path).resolve() for path in sysconfig.get_paths().values()}
    for place in (folder, *folder.parents):
        if place in installed or place.name in ("site-packages", "dist-packages"):
            return False
        if place in _homes:
            return True
    return False
