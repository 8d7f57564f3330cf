"""Where `msgflo` and `gevent` are found that nobody has installed.

Python asks here last (see `startup.pth`), so real packages win. `msgflo` is found
by anybody. `gevent` is found only by a file that imports `msgflo` as well: many libraries look
whether gevent is there, and behave differently then.
"""

from __future__ import annotations

import ast
import linecache
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import FrameType

from .errors import NotStoodIn

STAND_IN = Path(__file__).parent / "stand_in"

_MACHINERY = ("<frozen importlib", str(Path(__file__)), "importlib/__init__.py")


def is_for_msgflo(code: str) -> bool:
    """True if a source imports `msgflo`, anywhere in it."""
    if "msgflo" not in code:
        return False
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, RecursionError):
        return False
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [str(n.module) for n in nodes if isinstance(n, ast.ImportFrom) and not n.level]
    return any(name.partition(".")[0] == "msgflo" for name in modules)


def spec_of(name: str) -> ModuleSpec | None:
    """Where the stand-in for a module is; None if there is none, or not for who asks.

    Raises:
        NotStoodIn: It is a part of gevent that is not here.
    """
    package, _, part = name.partition(".")
    if not part:
        if package == "gevent" and not _is_for_msgflo(_importer()):
            return None
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
    lines = linecache.getlines(importer.f_code.co_filename, importer.f_globals)
    return is_for_msgflo("".join(lines))
