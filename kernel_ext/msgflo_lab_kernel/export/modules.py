"""Modules of people's own: files that are nowhere installed, and what those need in turn."""

from __future__ import annotations

import ast
import sys
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from .travelling import file_of


def needed_by(names: Iterable[str]) -> dict[str, Path | None]:
    """These modules, and those that files of people's own among them import, and so on.

    Args:
        names: Top-level modules.

    Returns:
        Each with its file, if it is one of people's own.
    """
    found: dict[str, Path | None] = {}
    waiting = deque(names)
    while waiting:
        name = waiting.popleft()
        if name in found:
            continue
        file = own_file(name)
        found[name] = file
        if file is not None:
            waiting.extend(sorted(imported_by(file.read_text(encoding="utf-8"))))
    return found


def siblings_of(file: Path) -> dict[str, Path]:
    """The modules beside a file that it imports, those that these import, and so on; by name."""
    found: dict[str, Path] = {}
    waiting = [file]
    while waiting:
        for name in sorted(imported_by(waiting.pop().read_text(encoding="utf-8"))):
            sibling = file.with_name(f"{name}.py")
            if name not in found and sibling != file and sibling.is_file():
                found[name] = sibling
                waiting.append(sibling)
    return found


def own_file(name: str) -> Path | None:
    """The file of a top-level module that is loaded, and is somebody's own; None of all others."""
    module = sys.modules.get(name)
    return file_of(module) if module is not None and not name.startswith("msgflo_lab") else None


def imported_by(text: str) -> set[str]:
    """The top-level modules that a file imports, anywhere; none if it is no Python."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError):
        return set()
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {
        node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    }
    return {name.partition(".")[0] for name in names} - {""}
